/**
 * One organisation's token against another organisation's humans: read, filter, sort, change, remove, count, rename into,
 * guess. And the answers to names that are somebody's elsewhere, held against those to names that are nobody's.
 */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listOrganisations } from "../../src/directory/human.ts";
import {
  auditOf,
  ENTERPRISE,
  freshName,
  type Json,
  type Said,
  type ScimClient,
  scimClient,
} from "../support/scim.ts";
import { directory, type Instance, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION, SECOND_ORGANISATION } from "../support/world.ts";

let idp: Instance;
let home: ScimClient;
let other: ScimClient;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  home = await scimClient(idp, ORGANISATION);
  other = await scimClient(idp, SECOND_ORGANISATION);
});

let name: string;
let victim: Json;
beforeEach(async () => {
  name = freshName();
  const more = {
    externalId: `x-${name}`,
    displayName: "Victim",
    title: "Secret",
    [ENTERPRISE]: { department: "D9" },
  };
  victim = (await home.make(name, more)).body;
});
const asSeenAtHome = async () => (await home.send("GET", `/Users/${victim.id}`)).body;
const human = () => directory().prepare("SELECT * FROM humans WHERE id = ?").bind(victim.id).first();

describe("by its id", () => {
  test.each([
    ["GET", undefined],
    ["PUT", { userName: "x", name: { givenName: "a", familyName: "b" }, emails: [{ value: "a@b.example" }] }],
    ["PATCH", { Operations: [{ op: "replace", value: { active: false } }] }],
    ["DELETE", undefined],
  ] as const)("%s is answered as for nobody's", async (method, body) => {
    const before = await human();
    const theirs = await other.send(method, `/Users/${victim.id}`, body);
    const nobodys = await other.send(method, `/Users/${crypto.randomUUID()}`, body);
    expect(theirs.status).toBe(404);
    expect(theirs.body).toEqual(nobodys.body);
    expect(await human()).toEqual(before);
  });

  test("as a member of the other's group it is no user at all", async () => {
    const [group] = (await other.list({}, "Groups")).body.Resources;
    const join = (value: string) =>
      other.patch(`/Groups/${group.id}`, { op: "add", path: "members", value: [{ value }] });
    const [theirs, nobodys] = [await join(victim.id), await join(crypto.randomUUID())];
    expect(theirs.status).toBe(400);
    expect(theirs.body).toEqual(nobodys.body);
    expect(await listOrganisations(directory(), victim.id)).toEqual([ORGANISATION]);
    const theirGroup = (await home.list({}, "Groups")).body.Resources[0].id;
    expect((await other.send("GET", `/Groups/${theirGroup}`)).status).toBe(404);
  });

  test("in a bulk", async () => {
    const operations = [
      {
        method: "PATCH",
        path: `/Users/${victim.id}`,
        data: { Operations: [{ op: "replace", value: { active: false } }] },
      },
      { method: "DELETE", path: `/Users/${victim.id}` },
    ];
    const { body } = await other.send("POST", "/Bulk", { Operations: operations });
    expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(["404", "404"]);
    expect((await asSeenAtHome()).active).toBe(true);
  });
});

test("no filter, order or count knows it", async () => {
  const filters = [
    `userName eq "${name}"`,
    `id eq "${victim.id}"`,
    `externalId eq "x-${name}"`,
    'title eq "Secret"',
    `${ENTERPRISE}:department eq "D9"`,
    'not (userName eq "nobody")',
    "userName pr or active eq true",
    'userName sw "user-" or userName co "org"',
    'meta.created ge "2000-01-01T00:00:00Z"',
    `userName eq "x" or (id pr and not (id eq "x"))`,
  ];
  const own = (await other.make(freshName())).body.id;
  for (const filter of filters) {
    for (const sortBy of ["userName", "title", "meta.lastModified"]) {
      const { status, body } = await other.list({ filter, sortBy });
      expect(status, filter).toBe(200);
      expect(body.Resources.filter(({ id }: { id: string }) => id === victim.id)).toEqual([]);
      expect(body.totalResults).toBe((await all(filter)).length);
    }
  }
  async function all(filter: string) {
    const { body } = await other.list({ filter });
    return body.Resources.filter(({ id }: { id: string }) => id === own || id !== victim.id);
  }
});

test.each([
  `userName eq "x" OR 1=1 --"`,
  `userName eq "x') OR ('1'='1"`,
  `attributes eq "x"`,
  `organisation_id ne "x"`,
  `kind eq "home"`,
  `__proto__ eq "x"`,
  `username_key) or (1 eq "1"`,
  `${"(".repeat(40)}userName eq "x"${")".repeat(40)}`,
  Array.from({ length: 30 }, () => 'userName eq "x"').join(" or "),
  `userName eq "${"x".repeat(2000)}"`,
])("what is no filter finds nobody: %s", async (filter) => {
  const { status, body } = await other.list({ filter });
  expect([
    [400, "invalidFilter"],
    [200, undefined],
  ]).toContainEqual([status, body.scimType]);
  if (status === 200) expect(body.totalResults).toBe(0);
  const sorted = await other.list({ sortBy: filter });
  expect([sorted.status, sorted.body.scimType]).toEqual([400, "invalidFilter"]);
});

/** What is said, without what is made up per user and moment. */
const shapeOf = ({ status, body, headers }: Said): string =>
  JSON.stringify({ status, body, names: [...headers.keys()].sort() })
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "#id")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "#time")
    .replaceAll(/W\/\\"[\w-]{22}\\"/g, "#version");

describe("a name that is somebody's elsewhere, and one that is nobody's, get the same answers", () => {
  test("to everything, from the first to the last", async () => {
    const told: string[][] = [];
    for (const userName of [name, freshName()]) {
      const said: string[] = [];
      const say = (answer: Said) => said.push(shapeOf(answer));
      say(await other.list({ filter: `userName eq "${userName}"` }));
      const made = await other.make(userName, { displayName: "Ours", active: true });
      say(made);
      const path = `/Users/${made.body.id}`;
      say(await other.make(userName));
      say(await other.send("GET", path));
      say(await other.list({ filter: `userName eq "${userName}"` }));
      say(
        await other.patch(path, {
          op: "replace",
          value: { "name.familyName": "Else", title: "T", active: false },
        }),
      );
      say(await other.send("GET", path));
      say(await other.patch(path, { op: "replace", path: "active", value: true }));
      say(await other.send("PUT", path, { userName, name: { givenName: "P", familyName: "Q" } }));
      const [group] = (await other.list({}, "Groups")).body.Resources;
      const members = (op: string) =>
        other.patch(`/Groups/${group.id}`, { op, path: "members", value: [{ value: made.body.id }] });
      for (const op of ["remove", "add", "remove"]) {
        say(await members(op));
        say(await other.send("GET", path));
      }
      say(await other.send("DELETE", path));
      say(await other.send("GET", path));
      say(await other.make(userName));
      told.push(said);
      const actions = (await auditOf(made.body.id)).map(({ action, reason }) => [action, reason]);
      said.push(JSON.stringify(actions));
    }
    expect(told[0]).toEqual(told[1]);
    expect(told[0]?.[1]).toContain('"status":201');
  });

  test("and nothing of the human changes but the membership", async () => {
    const before = await human();
    const { body } = await other.make(name, {
      displayName: "Ours",
      emails: [{ value: "evil@other.example" }],
    });
    expect(body.id).not.toBe(victim.id);
    expect(JSON.stringify(body)).not.toMatch(/Victim|Secret|D9/);
    expect(body.emails[0].value).toBe("evil@other.example");
    const both = [ORGANISATION, SECOND_ORGANISATION];
    expect(await listOrganisations(directory(), victim.id)).toEqual(both);
    await other.patch(`/Users/${body.id}`, {
      op: "replace",
      value: { password: "x", "name.givenName": "Evil" },
    });
    expect(await human()).toEqual(before);
    await other.patch(`/Users/${body.id}`, { op: "replace", path: "active", value: false });
    expect(await listOrganisations(directory(), victim.id)).toEqual([ORGANISATION]);
    await other.patch(`/Users/${body.id}`, { op: "replace", path: "active", value: true });
    expect(await listOrganisations(directory(), victim.id)).toEqual(both);
    await other.send("DELETE", `/Users/${body.id}`);
    expect(await listOrganisations(directory(), victim.id)).toEqual([ORGANISATION]);
    expect(await human()).toEqual(before);
    expect(await asSeenAtHome()).toEqual(victim);
  });

  test("also to a user who is renamed to it; nobody signs in by a name that is somebody else's", async () => {
    const told: string[][] = [];
    idp.log();
    for (const wanted of [name, freshName()]) {
      const made = (await other.make(freshName())).body;
      const path = `/Users/${made.id}`;
      const renamed = await other.patch(path, { op: "Replace", path: "userName", value: wanted });
      expect(renamed.body.userName).toBe(wanted);
      const found = await other.list({ filter: `userName eq "${wanted}"` });
      told.push([shapeOf(renamed), shapeOf(found)]);
      const warned = idp.log().filter(({ event }) => event === "scim_name_taken");
      expect(warned.map(({ user }) => user)).toEqual(wanted === name ? [made.id] : []);
      const row = await directory().prepare("SELECT username FROM humans WHERE id = ?").bind(made.id).first();
      expect(row).toEqual({ username: wanted === name ? made.userName : wanted });
    }
    expect(told[0]).toEqual(told[1]);
    const holder = await directory().prepare("SELECT id FROM humans WHERE username = ?").bind(name).first();
    expect(holder).toEqual({ id: victim.id });
  });
});

test("a token that may give names of one kind only gets no others, somebody's or nobody's", async () => {
  const bound = await scimClient(idp, SECOND_ORGANISATION, "@Second.example");
  const [theirs, nobodys] = [await bound.make(name), await bound.make(freshName())];
  expect([theirs.status, theirs.body.scimType]).toEqual([400, "invalidValue"]);
  expect(theirs.body).toEqual(nobodys.body);
  const made = await bound.make(`user-${crypto.randomUUID()}@SECOND.example`);
  expect(made.status).toBe(201);
  const renamed = await bound.patch(`/Users/${made.body.id}`, {
    op: "replace",
    path: "userName",
    value: freshName(),
  });
  expect(renamed.status).toBe(400);
});

test("no password comes in or out: whoever provisions people could sign in as them", async () => {
  const made = await home.make(freshName(), { password: "a very good password 9!" });
  expect(made.status).toBe(201);
  await home.patch(`/Users/${made.body.id}`, {
    op: "replace",
    path: "password",
    value: "another good password 9!",
  });
  const row = await directory()
    .prepare("SELECT * FROM passwords WHERE human_id = ?")
    .bind(made.body.id)
    .first();
  expect(row).toBeNull();
  const text = JSON.stringify((await home.send("GET", `/Users/${made.body.id}?attributes=password`)).body);
  expect(text).not.toMatch(/good password|"password"/);
});
