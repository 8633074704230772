/** What Okta sends, as Okta documents it. */
import { beforeAll, describe, expect, test } from "vitest";
import { freshName, PATCH_OP, type ScimClient, scimClient, USER } from "../support/scim.ts";
import { directory, skipHashing, startWorker } from "../support/worker.ts";
import { ORGANISATION } from "../support/world.ts";

let okta: ScimClient;
beforeAll(async () => {
  skipHashing();
  okta = await scimClient(await startWorker(), ORGANISATION);
});

const creation = (userName: string) => ({
  schemas: [USER],
  userName,
  name: { givenName: "Test", familyName: "User" },
  emails: [{ primary: true, value: "test.user@okta.local", type: "work" }],
  ...{ displayName: "Test User", locale: "en-US", externalId: "00ujl29u0le5T6Aj10h7" },
  ...{ groups: [], password: "1mz050nq", active: true },
});
const created = async () => (await okta.send("POST", "/Users", creation(freshName()))).body;

test("looks for a user, makes it, and finds it", async () => {
  const userName = freshName();
  const query = { filter: `userName eq "${userName}"`, startIndex: "1", count: "100" };
  expect((await okta.list(query)).body).toMatchObject({ totalResults: 0, startIndex: 1, itemsPerPage: 0 });
  const made = await okta.send("POST", "/Users", creation(userName));
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ userName, displayName: "Test User", locale: "en-US", active: true });
  expect(made.body).not.toHaveProperty("password");
  expect((await okta.list(query)).body.Resources).toEqual([made.body]);
  const again = await okta.send("POST", "/Users", creation(userName));
  expect([again.status, again.body.scimType]).toEqual([409, "uniqueness"]);
});

test("replaces a user with what it read, changed", async () => {
  const before = await created();
  const body = {
    ...before,
    name: { givenName: "Another", middleName: "Excited", familyName: "User" },
    emails: [{ primary: true, value: "other@okta.local", type: "work", display: "other@okta.local" }],
    displayName: null,
  };
  const replaced = await okta.send("PUT", `/Users/${before.id}`, body);
  expect(replaced.status).toBe(200);
  expect(replaced.body).toMatchObject({
    id: before.id,
    userName: before.userName,
    active: true,
    locale: "en-US",
  });
  expect(replaced.body.name).toEqual({
    ...{ formatted: "Another User", givenName: "Another", middleName: "Excited", familyName: "User" },
  });
  expect(replaced.body.emails[0].value).toBe("other@okta.local");
  expect(replaced.body).not.toHaveProperty("displayName");
});

test("an address that changes is not verified any more; one that stays is", async () => {
  const { id, emails } = await created();
  const verified = async () =>
    (await directory().prepare("SELECT email_verified AS it FROM humans WHERE id = ?").bind(id).first())?.it;
  await directory().prepare("UPDATE humans SET email_verified = 1 WHERE id = ?").bind(id).run();
  await okta.patch(`/Users/${id}`, { op: "replace", value: { emails, title: "Same address" } });
  expect(await verified()).toBe(1);
  await okta.patch(`/Users/${id}`, { op: "replace", path: "emails.value", value: "new@okta.local" });
  expect(await verified()).toBe(0);
});

test("somebody of another name is not who was identified: assurance falls to low; it stays with the name", async () => {
  const { id } = await created();
  const assurance = async () =>
    (await directory().prepare("SELECT identity_assurance AS it FROM humans WHERE id = ?").bind(id).first())
      ?.it;
  await directory().prepare("UPDATE humans SET identity_assurance = 'high' WHERE id = ?").bind(id).run();
  await okta.patch(`/Users/${id}`, {
    op: "replace",
    value: { "name.givenName": "Test", title: "Same name" },
  });
  expect(await assurance()).toBe("high");
  await okta.patch(`/Users/${id}`, { op: "replace", path: "name.familyName", value: "Other" });
  expect(await assurance()).toBe("low");
});

test("deactivates and activates", async () => {
  const { id } = await created();
  for (const active of [false, true]) {
    const { status, body } = await okta.send("PATCH", `/Users/${id}`, {
      schemas: [PATCH_OP],
      Operations: [{ op: "replace", value: { active } }],
    });
    expect([status, body.active]).toEqual([200, active]);
  }
  const off = await okta.send("PUT", `/Users/${id}`, { ...creation(freshName()), active: false });
  expect([off.status, off.body.active]).toEqual([200, false]);
  const { active, ...silent } = creation(freshName());
  expect((await okta.send("PUT", `/Users/${id}`, silent)).body.active).toBe(false); // nobody said that it is
  expect(active).toBe(true);
});

test("its password syncing is taken and not kept", async () => {
  const { id } = await created();
  const synced = await okta.patch(`/Users/${id}`, { op: "replace", value: { password: "2mz050nq" } });
  expect(synced.status).toBe(200);
  const { body } = await okta.send("GET", "/ServiceProviderConfig");
  expect(body.changePassword).toEqual({ supported: false });
});

describe("a pushed group", () => {
  const group = async () => (await okta.list({ startIndex: "1", count: "100" }, "Groups")).body.Resources[0];
  const memberIds = async () => (await group()).members.map(({ value }: { value: string }) => value);

  test("is found, keeps its name, and changes members in one request", async () => {
    const [one, other] = [await created(), await created()];
    const { id, displayName } = await group();
    const path = `/Groups/${id}`;
    expect((await okta.patch(path, { op: "replace", value: { id, displayName } })).status).toBe(204);
    await okta.patch(path, { op: "remove", path: `members[value eq "${one.id}"]` });
    const changed = await okta.patch(
      path,
      { op: "remove", path: `members[value eq "${other.id}"]` },
      { op: "add", path: "members", value: [{ value: one.id, display: "test.user@okta.local" }] },
    );
    expect(changed.status).toBe(204);
    expect(await memberIds()).toContain(one.id);
    expect(await memberIds()).not.toContain(other.id);
    const all = [{ value: other.id }];
    expect((await okta.patch(path, { op: "replace", path: "members", value: all })).status).toBe(204);
    expect(await memberIds()).toEqual([other.id]);
    const put = await okta.send("PUT", path, {
      displayName,
      members: [{ value: one.id }, { value: other.id }],
    });
    expect(put.status).toBe(200);
    expect((await memberIds()).sort()).toEqual([one.id, other.id].sort());
  });

  test("changes all of its members, or none", async () => {
    const { id } = await created();
    const before = await memberIds();
    const value = [{ value: crypto.randomUUID() }];
    const refused = await okta.patch(
      `/Groups/${(await group()).id}`,
      { op: "remove", path: `members[value eq "${id}"]` },
      { op: "add", path: "members", value },
    );
    expect([refused.status, refused.body.scimType]).toEqual([400, "invalidValue"]);
    expect(await memberIds()).toEqual(before);
  });
});
