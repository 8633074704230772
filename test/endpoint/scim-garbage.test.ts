/** Whatever somebody with a good token sends: an answer in SCIM's form, no 500, and no trace of it in the log. */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { ENTERPRISE, freshName, type ScimClient, scimClient, userOf } from "../support/scim.ts";
import { type Instance, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION } from "../support/world.ts";

let idp: Instance;
let client: ScimClient;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  client = await scimClient(idp, ORGANISATION);
});

test("garbage of every kind is answered", { timeout: 120_000 }, async () => {
  const user = (await client.make(freshName())).body.id;
  const group = (await client.list({}, "Groups")).body.Resources[0].id;
  const names = fc.constantFrom(
    ...[
      "userName",
      "name",
      "name.givenName",
      "emails",
      "phoneNumbers",
      "active",
      "members",
      "displayName",
      "externalId",
    ],
    ...[
      "Operations",
      "op",
      "path",
      "value",
      "schemas",
      "meta",
      "groups",
      "manager",
      ENTERPRISE,
      "failOnErrors",
      "bulkId",
    ],
  );
  const leaf = fc.oneof(
    fc.constantFrom(
      "True",
      "",
      user,
      group,
      "bulkId:x",
      'members[value eq "x"]',
      "x@y.example",
      "add",
      "Replace",
      "remove",
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const near = fc
    .dictionary(names, leaf, { maxKeys: 6 })
    .map((some) => ({ ...userOf(freshName()), ...some }));
  const patch = fc
    .array(
      fc.record(
        { op: fc.constantFrom("add", "Replace", "remove"), path: names, value: leaf },
        { requiredKeys: ["op"] },
      ),
    )
    .map((Operations) => ({ Operations }));
  const bulk = fc
    .array(
      fc.record({
        method: fc.constantFrom("POST", "PUT", "PATCH", "DELETE", "GET"),
        path: fc.constantFrom(
          "/Users",
          `/Users/${user}`,
          `/Groups/${group}`,
          "/Users/bulkId:x",
          "/Bulk",
          "//",
          "/Users/%00",
        ),
        bulkId: fc.constantFrom("x", "y"),
        data: fc.oneof(near, patch, fc.jsonValue()),
      }),
      { maxLength: 4 },
    )
    .map((Operations) => ({ Operations }));
  const body = fc.oneof(near, patch, bulk, fc.jsonValue(), fc.string());
  const path = fc.oneof(
    fc.constantFrom(
      "/Users",
      `/Users/${user}`,
      "/Groups",
      `/Groups/${group}`,
      "/Bulk",
      "/Schemas",
      "/Users/\u0000",
    ),
    fc.webPath().filter((it) => it.startsWith("/") && !it.startsWith("//")),
  );
  const text = fc.oneof(
    fc.string(),
    names,
    fc.constantFrom('userName eq "x"', "not (active pr)", "-1", "1e9"),
  );
  const query = fc.dictionary(
    fc.constantFrom(
      "filter",
      "sortBy",
      "sortOrder",
      "startIndex",
      "count",
      "attributes",
      "excludedAttributes",
    ),
    text,
  );
  const method = fc.constantFrom("GET", "GET", "POST", "PUT", "PATCH", "PATCH", "DELETE", "OPTIONS");
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(method, path, query, body, async (how, where, asked, sent) => {
      if (how === "DELETE" && where.includes(user)) return;
      const hasBody = ["POST", "PUT", "PATCH"].includes(how);
      const said = await client.send(
        how,
        `${where}?${new URLSearchParams(asked)}`,
        hasBody ? sent : undefined,
      );
      seen.add(said.status);
      expect(said.status, JSON.stringify(said.body)).toBeLessThan(500);
      if (said.body !== undefined) expect(said.headers.get("content-type")).toBe("application/scim+json");
      if (said.status >= 400 && said.body !== undefined) expect(said.body.status).toBe(String(said.status));
      expect(JSON.stringify(idp.log())).not.toMatch(/example|bulkId|True/);
    }),
    { numRuns: 300 },
  );
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 404, 405]));
});
