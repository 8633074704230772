/**
 * What a token can't get by asking in another way: another organisation's human to act for its own, names given first, more
 * work in a bulk than in requests.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { deactivateStatements } from "../../src/directory/administration.ts";
import { listOrganisations } from "../../src/directory/human.ts";
import { type ScimClient, scimClient, userOf } from "../support/scim.ts";
import { Visitor } from "../support/visitor.ts";
import { directory, type Instance, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION, SECOND_ORGANISATION } from "../support/world.ts";

let idp: Instance;
let home: ScimClient;
let other: ScimClient;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  home = await scimClient(idp, ORGANISATION);
  other = await scimClient(idp, SECOND_ORGANISATION, "@second.example");
});
const ownName = () => `user-${crypto.randomUUID()}@second.example`;

describe("a human who was given another organisation's name before it did", () => {
  test("does not come to act for it: the answer is as ever, the log has a warning", async () => {
    const mallory = await newUser();
    const name = ownName();
    const renamed = await home.patch(`/Users/${mallory.id}`, {
      op: "replace",
      path: "userName",
      value: name,
    });
    expect(renamed.status).toBe(200);
    idp.log();
    const { status, body } = await other.make(name);
    expect([status, body.active, body.groups]).toEqual([201, true, [expect.anything()]]);
    expect(body.id).not.toBe(mallory.id);
    const warned = idp.log().filter(({ event }) => event === "scim_membership_withheld");
    expect(warned.map(({ user }) => user)).toEqual([body.id]);
    await other.patch(`/Users/${body.id}`, { op: "replace", path: "title", value: "Director" });
    expect(await listOrganisations(directory(), mallory.id)).toEqual([ORGANISATION]);

    const forms = { "/organisation": { organisation: SECOND_ORGANISATION.id, decision: "allow" } };
    const visitor = new Visitor(idp, { ...mallory, username: name }).with(forms);
    const { sp } = idp.world;
    const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
    const claims = await (await visitor.userinfo(accessToken)).text();
    expect(atob((claims.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))).not.toContain(
      SECOND_ORGANISATION.id,
    );
  });

  test("gets the same answers as one whose name is nobody's", async () => {
    const taken = ownName();
    await home.make(taken);
    const shapes = await Promise.all(
      [taken, ownName()].map(async (name) => {
        const made = await other.make(name);
        const read = await other.send("GET", `/Users/${made.body.id}`);
        const text = JSON.stringify([
          made.status,
          made.body,
          read.status,
          read.body,
          [...made.headers.keys()],
        ]);
        return text
          .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "#id")
          .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "#time")
          .replaceAll(/W\/\\"[\w-]{22}\\"/g, "#version");
      }),
    );
    expect(shapes[0]).toBe(shapes[1]);
  });
});

test("whom the operator deactivated stays so, whatever the home organisation puts", async () => {
  const user = await newUser();
  await directory().batch(deactivateStatements(directory(), [user.id], Math.floor(Date.now() / 1000)));
  const put = await home.send("PUT", `/Users/${user.id}`, { ...userOf(user.username), active: true });
  expect([put.status, put.body.active]).toEqual([200, false]);
  const again = await new Visitor(idp, user).visit(idp.world.sp);
  expect(again.url.searchParams.get("code")).toBeNull();
});

describe("a bulk", () => {
  const groupChange = async (client: ScimClient, version?: string) => {
    const [group] = (await client.list({ excludedAttributes: "members" }, "Groups")).body.Resources;
    const data = { Operations: [{ op: "add", path: "members", value: [] }] };
    return { method: "PATCH", path: `/Groups/${group.id}`, data, ...(version && { version }) };
  };
  const statusesOf = ({ body }: { body: { Operations: { status: string }[] } }) =>
    body.Operations.map(({ status }) => status);

  test("changes groups ten times and no more", async () => {
    const one = await groupChange(home);
    const of = (count: number) => home.send("POST", "/Bulk", { Operations: Array(count).fill(one) });
    expect(statusesOf(await of(10))).toEqual(Array(10).fill("204"));
    const { status, body } = await of(11);
    expect([status, body.scimType]).toEqual([413, "tooMany"]);
  });

  test("still asks a group for its version where one is named", async () => {
    const operations = [await groupChange(home, 'W/"old"')];
    expect(statusesOf(await home.send("POST", "/Bulk", { Operations: operations }))).toEqual(["412"]);
  });

  test("is asked for by PARTY_RATE_LIMIT as often as its operations", async () => {
    let left = 3; // one for the request
    const limit = async ({ key }: { key: string }) => ({
      success: !key.startsWith("scim token") || left-- > 0,
    });
    const bounded = await scimClient(idp.with({ PARTY_RATE_LIMIT: { limit } } as never), ORGANISATION);
    const remove = { method: "DELETE", path: "/Users/nobody" };
    const answer = await bounded.send("POST", "/Bulk", { Operations: Array(4).fill(remove) });
    expect(statusesOf(answer)).toEqual(["404", "404", "429", "429"]);
  });
});
