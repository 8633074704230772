/** The protocol (RFC 7643, RFC 7644) whoever speaks it: tokens, errors, versions, bulk, discovery. */
import { beforeAll, describe, expect, test } from "vitest";
import { revokeScimToken } from "../../src/directory/scim-token.ts";
import { auditOf, BASE, freshName, type ScimClient, scimClient, userOf } from "../support/scim.ts";
import { directory, type Instance, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION } from "../support/world.ts";

let idp: Instance;
let client: ScimClient;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  client = await scimClient(idp, ORGANISATION);
});
const failureOf = async (said: Promise<{ status: number; body: { scimType?: string; detail?: string } }>) => {
  const { status, body } = await said;
  return [status, body.scimType];
};

describe("a token", () => {
  const ask = (headers: Record<string, string>, query = "") =>
    idp.send(new Request(`${BASE}/Users${query}`, { headers }));

  test("opens its organisation; used is noted to the hour", async () => {
    expect((await client.list()).status).toBe(200);
    const used = () =>
      directory()
        .prepare("SELECT last_used_at AS at, hash FROM scim_tokens WHERE id = ?")
        .bind(client.tokenId)
        .first();
    const first = await used();
    expect(first?.at).toBeGreaterThan(1_700_000_000);
    expect(client.token).not.toContain(String(first?.hash));
    await client.list();
    expect(await used()).toEqual(first);
  });

  test.each([
    ["none", () => ({})],
    ["Basic", () => ({ authorization: `Basic ${btoa(client.token)}` })],
    ["two", () => ({ authorization: `Bearer ${client.token} ${client.token}` })],
    ["a letter less", () => ({ authorization: `Bearer ${client.token.slice(0, -1)}` })],
    ["a letter more", () => ({ authorization: `Bearer ${client.token}A` })],
    ["another secret", () => ({ authorization: `Bearer ${client.token.slice(0, -43)}${"A".repeat(43)}` })],
    ["another id", () => ({ authorization: `Bearer scim_${"0".repeat(32)}_${client.token.slice(-43)}` })],
    ["its id alone", () => ({ authorization: `Bearer ${client.tokenId}` })],
  ])("%s: 401, in SCIM's own form, and the same for all", async (_, headers) => {
    const refused = await ask(headers());
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect(refused.headers.get("content-type")).toBe("application/scim+json");
    expect(await refused.json()).toEqual({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      status: "401",
      detail: "The bearer token is missing, unknown or revoked.",
    });
  });

  test("in the query is refused, also beside a good one; and is in no log line", async () => {
    idp.log();
    const headers = { authorization: `Bearer ${client.token}` };
    expect((await ask(headers, `?access_token=${client.token}`)).status).toBe(401);
    expect(JSON.stringify(idp.log())).not.toContain(client.token.slice(-43));
  });

  test("that is revoked opens nothing from that moment on; both are in the audit log", async () => {
    const gone = await scimClient(idp, ORGANISATION);
    expect((await gone.list()).status).toBe(200);
    expect(await revokeScimToken(directory(), gone.tokenId, "ops", "c2", 2)).toBe(true);
    expect((await gone.list()).status).toBe(401);
    expect(await revokeScimToken(directory(), gone.tokenId, "ops", "c3", 3)).toBe(false);
    expect(await auditOf(gone.tokenId)).toEqual([
      {
        actor: "command:test",
        action: "token.add",
        subject: gone.tokenId,
        organisation: ORGANISATION.id,
        correlationId: "c",
      },
      {
        actor: "command:ops",
        action: "token.revoke",
        subject: gone.tokenId,
        organisation: ORGANISATION.id,
        correlationId: "c2",
      },
    ]);
  });

  test("is bounded by PARTY_RATE_LIMIT, where that is bound", async () => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }) => {
      keys.push(key);
      return { success: !key.startsWith("scim token") };
    };
    const bounded = await scimClient(idp.with({ PARTY_RATE_LIMIT: { limit } } as never), ORGANISATION);
    const { status, headers, body } = await bounded.list();
    expect([status, body.scimType, headers.get("retry-after")]).toEqual([429, "tooMany", "30"]);
    expect(keys[1]).toBe(`scim token ${bounded.tokenId}`);
  });
});

test("each change is in the audit log: who, what, which attributes, and no values", async () => {
  const { body } = await client.make(freshName(), { title: "Top Secret" });
  await client.patch(`/Users/${body.id}`, {
    op: "replace",
    value: { title: "Other", "name.givenName": "New" },
  });
  const again = await client.patch(`/Users/${body.id}`, { op: "replace", value: { title: "Other" } });
  expect(again.status).toBe(200); // and no news
  await client.send("DELETE", `/Users/${body.id}`);
  const entries = await auditOf(body.id);
  const common = { actor: `token:${client.tokenId}`, subject: body.id, organisation: ORGANISATION.id };
  expect(entries).toMatchObject([
    { ...common, action: "user.add" },
    { ...common, action: "user.change", reason: "givenName attributes" },
    { ...common, action: "user.remove" },
  ]);
  expect(JSON.stringify(entries)).not.toMatch(/Secret|Other|New/);
});

test("humans of a command are read as they are, by their home organisation", async () => {
  const user = await newUser();
  await directory()
    .prepare("UPDATE humans SET phone = '+3120', locale = 'nl' WHERE id = ?")
    .bind(user.id)
    .run();
  const { body } = await client.send("GET", `/Users/${user.id}`);
  expect(body).toMatchObject({ userName: user.username, locale: "nl", active: true });
  expect(body.phoneNumbers).toEqual([{ value: "+3120", type: "work" }]);
});

describe("versions", () => {
  test("a change that began with an older one is refused; a read of a known one has no body", async () => {
    const { id, meta } = (await client.make(freshName())).body;
    const path = `/Users/${id}`;
    const change = (version: string) =>
      client.send(
        "PATCH",
        path,
        { Operations: [{ op: "replace", value: { title: crypto.randomUUID() } }] },
        { "if-match": version },
      );
    expect((await client.send("GET", path, undefined, { "if-none-match": meta.version })).status).toBe(304);
    const changed = await change(meta.version);
    expect(changed.status).toBe(200);
    expect((await change(meta.version)).status).toBe(412);
    expect((await client.send("DELETE", path, undefined, { "if-match": meta.version })).status).toBe(412);
    expect((await client.send("GET", path, undefined, { "if-none-match": meta.version })).status).toBe(200);
    expect((await change(`"other", ${changed.body.meta.version}`)).status).toBe(200);
    expect((await change("*")).status).toBe(200);
    // What a command changes is another version too.
    const { version } = (await client.send("GET", path)).body.meta;
    await directory().prepare("UPDATE humans SET family_name = 'Else' WHERE id = ?").bind(id).run();
    expect((await change(version)).status).toBe(412);
  });

  test("of changes at once all are made, or refused; none is lost", async () => {
    const { id } = (await client.make(freshName())).body;
    const leaves = ["title", "nickName", "userType", "displayName"];
    const done = await Promise.all(
      leaves.map((leaf) => client.patch(`/Users/${id}`, { op: "add", path: leaf, value: leaf })),
    );
    const { body } = await client.send("GET", `/Users/${id}`);
    for (const [at, leaf] of leaves.entries()) {
      expect([200, 412]).toContain(done[at]?.status);
      expect(body[leaf]).toBe(done[at]?.status === 200 ? leaf : undefined);
    }
  });
});

test.each([
  ["no JSON", "{", [400, "invalidSyntax"]],
  ["a name twice", '{"userName":"a","userName":"b"}', [400, "invalidSyntax"]],
  ["__proto__", '{"__proto__":{"userName":"a"}}', [400, "invalidSyntax"]],
  ["a list", "[]", [400, "invalidSyntax"]],
  ["no userName", { name: { givenName: "a", familyName: "b" } }, [400, "invalidValue"]],
  ["no names", { userName: "somebody@org.example" }, [400, "invalidValue"]],
  ["a number", { ...userOf("n"), title: 7 }, [400, "invalidValue"]],
  ["a line end", { ...userOf("n"), title: "a\nb" }, [400, "invalidValue"]],
  ["half a letter", { ...userOf("n"), title: "\ud800" }, [400, "invalidValue"]],
  ["too long", { ...userOf("n"), title: "x".repeat(300) }, [400, "invalidValue"]],
  ["no address", { ...userOf("n"), emails: [{ value: "nobody" }] }, [400, "invalidValue"]],
  ["active as a word", { ...userOf("n"), active: "perhaps" }, [400, "invalidValue"]],
  ["too large", { ...userOf("n"), x: "x".repeat(70_000) }, [413, "tooMany"]],
])("a user with %s is refused", async (_, body, expected) => {
  expect(await failureOf(client.send("POST", "/Users", body))).toEqual(expected);
});

test.each([
  ["nothing to do", { Operations: [] }, "invalidSyntax"],
  ["another operation", { Operations: [{ op: "move", path: "title" }] }, "invalidSyntax"],
  ["a removal of nothing", { Operations: [{ op: "remove" }] }, "noTarget"],
  ["a path of nobody", { Operations: [{ op: "add", path: "shoeSize", value: "44" }] }, "invalidPath"],
  ["a path that is none", { Operations: [{ op: "add", path: "emails[", value: "44" }] }, "invalidPath"],
  [
    "a removal of what is needed",
    { Operations: [{ op: "remove", path: "name.familyName" }] },
    "invalidValue",
  ],
  ["a removal of active", { Operations: [{ op: "remove", path: "active" }] }, "invalidValue"],
])("a PATCH with %s is refused, and changes nothing", async (_, body, scimType) => {
  const { id, ...before } = (await client.make(freshName(), { title: "T" })).body;
  const operations = [{ op: "replace", path: "title", value: "Changed" }, ...body.Operations];
  const sent = body.Operations.length === 0 ? body : { Operations: operations };
  expect(await failureOf(client.send("PATCH", `/Users/${id}`, sent))).toEqual([400, scimType]);
  expect((await client.send("GET", `/Users/${id}`)).body).toEqual({ id, ...before });
});

test("other types, methods and paths are refused", async () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  expect((await client.send("POST", "/Users", "userName=x", form)).status).toBe(415);
  const json = { "content-type": "application/json; charset=utf-8" };
  expect((await client.send("POST", "/Users", JSON.stringify(userOf(freshName())), json)).status).toBe(201);
  expect((await client.send("DELETE", "/Users")).status).toBe(405);
  expect((await client.send("POST", "/Users/x", {})).status).toBe(405);
  expect((await client.send("GET", "/Bulk")).status).toBe(405);
  for (const path of [
    "/",
    "/Me",
    "/users",
    "/Users/x/y",
    "/Groups/x",
    "/Schemas/x",
    "/Users/%ff",
    "/.search",
  ])
    expect((await client.send("GET", path)).status, path).toBe(404);
});

describe("bulk", () => {
  const bulk = (Operations: readonly unknown[], more = {}) =>
    client.send("POST", "/Bulk", { Operations, ...more });
  const add = (bulkId: string, userName = freshName()) => ({
    method: "POST",
    path: "/Users",
    bulkId,
    data: userOf(userName),
  });

  test("does one after the other, with references to what it made", async () => {
    const [group] = (await client.list({}, "Groups")).body.Resources;
    const members = [{ value: "bulkId:one" }];
    const { status, body } = await bulk([
      add("one"),
      {
        method: "PATCH",
        path: "/Users/bulkId:one",
        data: { Operations: [{ op: "add", path: "title", value: "T" }] },
      },
      {
        method: "PATCH",
        path: `/Groups/${group.id}`,
        data: { Operations: [{ op: "remove", path: "members", value: members }] },
      },
      { method: "DELETE", path: "/Users/bulkId:two" },
    ]);
    expect(status).toBe(200);
    expect(body.Operations.map((it: { status: string }) => it.status)).toEqual(["201", "200", "204", "409"]);
    expect(body.Operations[0]).toMatchObject({
      method: "POST",
      bulkId: "one",
      location: expect.stringContaining(BASE),
    });
    expect(body.Operations[3].response).toMatchObject({ status: "409", scimType: "invalidValue" });
  });

  test("stops after failOnErrors, and goes on without", async () => {
    const bad = { method: "DELETE", path: "/Users/nobody" };
    const statuses = async (more = {}) =>
      (await bulk([bad, add("a"), bad, add("b")], more)).body.Operations.map(
        (it: { status: string }) => it.status,
      );
    expect(await statuses()).toEqual(["404", "201", "404", "201"]);
    expect(await statuses({ failOnErrors: 1 })).toEqual(["404"]);
    expect(await statuses({ failOnErrors: 2 })).toEqual(["404", "201", "404"]);
  });

  test("is bounded as its configuration says, and does nothing beyond", async () => {
    const { body } = await client.send("GET", "/ServiceProviderConfig");
    expect(body.bulk).toEqual({ supported: true, maxOperations: 50, maxPayloadSize: 65_536 });
    expect(
      await failureOf(bulk(Array.from({ length: 51 }, () => ({ method: "DELETE", path: "/Users/x" })))),
    ).toEqual([413, "tooMany"]);
    expect(await failureOf(bulk([]))).toEqual([400, "invalidSyntax"]);
    const inside = [
      { method: "POST", path: "/Bulk", bulkId: "x", data: {} },
      { method: "GET", path: "/Users" },
      7,
    ];
    const answers = (await bulk(inside)).body.Operations.map((it: { status: string }) => it.status);
    expect(answers).toEqual(["400", "400", "400"]);
  });
});

test("says what it can: configuration, types, schemas", async () => {
  const { body } = await client.send("GET", "/ServiceProviderConfig");
  for (const feature of ["patch", "filter", "sort", "etag"]) expect(body[feature].supported).toBe(true);
  expect(body.authenticationSchemes[0].type).toBe("oauthbearertoken");
  const types = (await client.send("GET", "/ResourceTypes")).body.Resources;
  expect(types.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual(["/Users", "/Groups"]);
  expect((await client.send("GET", "/ResourceTypes/Group")).body.name).toBe("Group");
  expect((await client.send("GET", "/Schemas?filter=id+eq+%22x%22")).status).toBe(403);
  const head = await client.send("HEAD", "/ServiceProviderConfig");
  expect(head.status).toBe(200);
});
