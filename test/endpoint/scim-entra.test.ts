/** What Microsoft Entra ID sends, as Microsoft documents it, and what it wants to read. */
import { beforeAll, describe, expect, test } from "vitest";
import { BASE, ENTERPRISE, freshName, PATCH_OP, type ScimClient, scimClient, USER } from "../support/scim.ts";
import { directory, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION } from "../support/world.ts";

let entra: ScimClient;
beforeAll(async () => {
  skipHashing();
  entra = await scimClient(await startWorker(), ORGANISATION);
});

const creation = (userName: string) => ({
  schemas: [USER, ENTERPRISE],
  externalId: "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
  userName,
  active: true,
  emails: [{ primary: true, type: "work", value: "Test_User@testuser.com" }],
  meta: { resourceType: "User" },
  name: { formatted: "givenName familyName", familyName: "familyName", givenName: "givenName" },
  roles: [],
});
async function created() {
  const userName = freshName();
  const { body } = await entra.send("POST", "/Users", creation(userName));
  return { userName, id: String(body.id), path: `/Users/${body.id}` };
}

test("creates a user who is an active member without a password", async () => {
  const userName = freshName();
  const made = await entra.send("POST", "/Users", creation(userName));
  expect(made.status).toBe(201);
  expect(made.headers.get("content-type")).toBe("application/scim+json");
  const { id } = made.body;
  expect(made.headers.get("location")).toBe(`${BASE}/Users/${id}`);
  expect(made.headers.get("etag")).toBe(made.body.meta.version);
  expect(made.body).toMatchObject({
    ...{ schemas: [USER], externalId: "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", userName, active: true },
    name: { formatted: "givenName familyName", familyName: "familyName", givenName: "givenName" },
    emails: [{ value: "Test_User@testuser.com", type: "work", primary: true }],
    meta: { resourceType: "User", location: `${BASE}/Users/${id}` },
  });
  expect(made.body.meta.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  const row = await directory()
    .prepare(
      `SELECT status, home_organisation_id, organisation_id, organisation_name, hash FROM humans
       JOIN memberships ON memberships.human_id = id LEFT JOIN passwords ON passwords.human_id = id WHERE id = ?`,
    )
    .bind(id)
    .first();
  expect(row).toEqual({
    ...{ status: "active", home_organisation_id: ORGANISATION.id, hash: null },
    ...{ organisation_id: ORGANISATION.id, organisation_name: ORGANISATION.name },
  });
});

test("gets a user, or 404", async () => {
  const { path, id } = await created();
  expect((await entra.send("GET", path)).body.id).toBe(id);
  const missing = await entra.send("GET", "/Users/5171a35d82074e068ce2");
  expect(missing.status).toBe(404);
  expect(missing.body).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: "404",
    detail: "There is no such resource.",
  });
});

test.each([
  ["userName eq", (name: string) => `userName eq "${name}"`],
  ["in another case", (name: string) => `USERNAME Eq "${name.toUpperCase()}"`],
  ["with a backslash in JSON", (name: string) => `userName eq "${name}" or userName eq "DOMAIN\\\\user"`],
  [
    "and",
    (name: string) => `userName eq "${name}" and emails[type eq "work"].value eq "test_user@testuser.com"`,
  ],
  ["schema and name", (name: string) => `${USER}:userName eq "${name}"`],
])("finds by %s", async (_, filter) => {
  const { userName, id } = await created();
  const found = await entra.list({ filter: filter(userName) });
  expect(found.body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1, Resources: [{ id }] });
});

test("finds nobody in a list without resources", async () => {
  const found = await entra.list({ filter: 'userName eq "non-existent user"' });
  expect(found.status).toBe(200);
  expect(found.body).toMatchObject({ totalResults: 0, Resources: [] });
});

describe("changes a user", () => {
  test("several values by path", async () => {
    const { path } = await created();
    const changed = await entra.patch(
      path,
      { op: "Replace", path: 'emails[type eq "work"].value', value: "updatedEmail@microsoft.com" },
      { op: "Replace", path: "name.familyName", value: "updatedFamilyName" },
      { op: "Add", path: "nickName", value: "Babs" },
      { op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "+31612345678" },
      { op: "Add", path: `${ENTERPRISE}:employeeNumber`, value: "Eqpj" },
      { op: "Add", path: `${ENTERPRISE}:manager`, value: "123456" },
      { op: "Add", path: 'addresses[type eq "work"].streetAddress', value: "not kept" },
    );
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      schemas: [USER, ENTERPRISE],
      emails: [{ value: "updatedEmail@microsoft.com", type: "work", primary: true }],
      name: { familyName: "updatedFamilyName", givenName: "givenName" },
      nickName: "Babs",
      phoneNumbers: [{ value: "+31612345678", type: "mobile" }],
      [ENTERPRISE]: { employeeNumber: "Eqpj", manager: { value: "123456" } },
    });
    expect(JSON.stringify(changed.body)).not.toContain("not kept");
    expect((await entra.send("GET", path)).body).toEqual(changed.body);
  });

  test("several at once without a path, names as members", async () => {
    const { path } = await created();
    const value = {
      displayName: "Bjfe",
      "name.givenName": "Kkom",
      "name.familyName": "Unua",
      [`${ENTERPRISE}:employeeNumber`]: "Aklq",
    };
    const changed = await entra.patch(path, { op: "replace", value });
    expect(changed.body).toMatchObject({
      displayName: "Bjfe",
      name: { givenName: "Kkom", familyName: "Unua" },
      [ENTERPRISE]: { employeeNumber: "Aklq" },
    });
  });

  test("the user name", async () => {
    const { path, id } = await created();
    const userName = freshName();
    const changed = await entra.patch(path, { op: "Replace", path: "userName", value: userName });
    expect(changed.body.userName).toBe(userName);
    const row = await directory().prepare("SELECT username FROM humans WHERE id = ?").bind(id).first();
    expect(row).toEqual({ username: userName });
  });

  test.each([false, "False", "false"])("active is %j: shown as inactive, and found", async (value) => {
    const { path, userName } = await created();
    const off = await entra.send("PATCH", path, {
      Operations: [{ op: "Replace", path: "active", value }],
      schemas: [PATCH_OP],
    });
    expect(off.body.active).toBe(false);
    const found = await entra.list({ filter: `userName eq "${userName}"` });
    expect(found.body.Resources[0].active).toBe(false);
    const on = await entra.patch(path, { op: "Replace", path: "active", value: "True" });
    expect(on.body.active).toBe(true);
  });

  test("removes a user, who is not there any more; the name is free for another human", async () => {
    const { path, userName, id } = await created();
    const gone = await entra.send("DELETE", path);
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    expect((await entra.send("GET", path)).status).toBe(404);
    expect((await entra.send("DELETE", path)).status).toBe(404);
    const again = await entra.send("POST", "/Users", creation(userName));
    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(id);
  });
});

describe("groups", () => {
  const group = async () => (await entra.list({ excludedAttributes: "members" }, "Groups")).body.Resources[0];

  test("are found by name, without members", async () => {
    const { id } = await group();
    const filter = `displayName eq "${ORGANISATION.name}"`;
    const found = await entra.list({ excludedAttributes: "members", filter }, "Groups");
    expect(found.body).toMatchObject({
      totalResults: 1,
      Resources: [{ id, displayName: ORGANISATION.name }],
    });
    expect(found.body.Resources[0]).not.toHaveProperty("members");
    expect((await entra.send("GET", `/Groups/${id}?excludedAttributes=members`)).body).not.toHaveProperty(
      "members",
    );
    expect((await entra.list({ filter: 'displayName eq "Other"' }, "Groups")).body.totalResults).toBe(0);
  });

  test.each([
    [
      "by path and value",
      (id: string) => ({ op: "Remove", path: "members", value: [{ $ref: null, value: id }] }),
    ],
    ["by a filter", (id: string) => ({ op: "remove", path: `members[value eq "${id}"]` })],
  ])("lose a member %s, and get it back", async (_, removal) => {
    const user = await created();
    const path = `/Groups/${(await group()).id}`;
    const isMember = async () => {
      const filter = `members eq "${user.id}"`;
      return (await entra.list({ filter }, "Groups")).body.totalResults === 1;
    };
    expect(await isMember()).toBe(true);
    const removed = await entra.patch(path, removal(user.id));
    expect([removed.status, removed.body]).toEqual([204, undefined]);
    expect(await isMember()).toBe(false);
    expect((await entra.send("GET", user.path)).body).toMatchObject({ active: true, groups: [] });
    const added = { op: "Add", path: "members", value: [{ $ref: null, value: user.id }] };
    expect((await entra.patch(path, added)).status).toBe(204);
    expect(await isMember()).toBe(true);
  });

  test("are neither made, renamed nor removed", async () => {
    const path = `/Groups/${(await group()).id}`;
    const of = async (said: Promise<{ status: number; body: { scimType?: string } }>) => {
      const { status, body } = await said;
      return [status, body.scimType];
    };
    expect(await of(entra.send("POST", "/Groups", { displayName: "New" }))).toEqual([403, "mutability"]);
    expect(await of(entra.send("POST", "/Groups", { displayName: ORGANISATION.name }))).toEqual([
      409,
      "uniqueness",
    ]);
    const renamed = { op: "Replace", path: "displayName", value: "New" };
    expect(await of(entra.patch(path, renamed))).toEqual([400, "mutability"]);
    expect(await of(entra.send("DELETE", path))).toEqual([403, "mutability"]);
  });
});

test("schemas come as a list, without nulls", async () => {
  const { status, body } = await entra.send("GET", "/Schemas");
  expect(status).toBe(200);
  expect(body.totalResults).toBe(3);
  expect(JSON.stringify(body)).not.toContain("null");
  expect(JSON.stringify(body)).not.toContain("password");
  const one = await entra.send("GET", `/Schemas/${encodeURIComponent(ENTERPRISE)}`);
  expect(one.body).toMatchObject({ id: ENTERPRISE, name: "EnterpriseUser" });
});
