/** Records of provisioning in the real D1: the migration, transactions that are undone whole, and the index of grants. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import {
  addGrant,
  forgetGrants,
  listGrants,
  listHumansWithStrayGrants,
} from "../../src/directory/grant-index.ts";
import { addHuman, findLogin, listOrganisations } from "../../src/directory/human.ts";
import { findUser, type UserState } from "../../src/directory/provisioned-user.ts";
import { addUser, changeUsers, removeUser } from "../../src/directory/provisioning.ts";
import { addSession } from "../../src/directory/session-index.ts";
import { MIGRATIONS, migrate } from "../support/migrations.ts";

const database = (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;
const ONE = { id: "NTRNL-1", name: "One" };
const TWO = { id: "NTRNL-2", name: "Two" };
const AUTHOR = { actor: "token:t", correlationId: "c" };
const state = (change: Partial<UserState> = {}): UserState => ({
  ...{ username: "nina", givenName: "N", familyName: "B", email: "n@b.example", phone: undefined },
  ...{ locale: undefined, externalId: undefined, attributes: {}, active: true, member: true, ...change },
});
const person = (username: string, organisations = [ONE]) => ({
  ...{ username, givenName: "A", familyName: "B", email: "a@b.example", passwordHash: "x" },
  ...{ identityAssurance: "high" as const, organisations },
});
const pending = async () => (await database.prepare("SELECT id FROM audit_pending").all()).results.length;

beforeEach(async () => {
  await reset();
  await migrate(database);
});

test("0006 gives a human the first organisation as home, and keeps the rest", async () => {
  await reset();
  const at = MIGRATIONS.indexOf("0006_scim.sql");
  await migrate(database, MIGRATIONS.slice(0, at));
  await database.batch([
    ...["h1", "h2"].map((id) =>
      database
        .prepare(
          `INSERT INTO humans (id, username, username_key, given_name, family_name, email, identity_assurance, created_at)
           VALUES (?, ?, ?, 'O', 'L', 'o@example.com', 'high', 5)`,
        )
        .bind(id, id, id),
    ),
    ...[TWO, ONE].map(({ id, name }, position) =>
      database
        .prepare(
          "INSERT INTO memberships (human_id, organisation_id, organisation_name, position) VALUES ('h1', ?, ?, ?)",
        )
        .bind(id, name, position),
    ),
  ]);
  await migrate(database, MIGRATIONS.slice(at));
  const { results } = await database
    .prepare("SELECT id, home_organisation_id AS home, version FROM humans")
    .all();
  expect(results).toEqual([
    { id: "h1", home: TWO.id, version: 1 },
    { id: "h2", home: null, version: 1 },
  ]);
  expect(await findUser(database, TWO.id, "h1")).toMatchObject({
    kind: "home",
    active: true,
    member: true,
    createdAt: 5,
  });
  expect(await findUser(database, ONE.id, "h1")).toBeUndefined();
  expect(await findUser(database, TWO.id, "h2")).toBeUndefined();
});

describe("a change", () => {
  test("that began with an older state is undone whole, its audit entry too", async () => {
    const user = await addUser(database, ONE, state(), AUTHOR, 1);
    if (user === undefined) throw new Error("no user");
    const change = (familyName: string) =>
      changeUsers(database, [{ user, state: state({ familyName, member: false }) }], ONE, AUTHOR, 2);
    expect(await change("First")).toBe("done");
    const entries = await pending();
    expect(await change("Second")).toBe("outdated");
    expect(await removeUser(database, user, ONE, AUTHOR, 3)).toBe("outdated");
    expect(await findUser(database, ONE.id, user.id)).toMatchObject({ familyName: "First", version: 2 });
    expect(await pending()).toBe(entries);
  });

  test("of several users is made for all or none", async () => {
    const [one, other] = [
      await addUser(database, ONE, state(), AUTHOR, 1),
      await addUser(database, ONE, state({ username: "oz" }), AUTHOR, 1),
    ];
    if (one === undefined || other === undefined) throw new Error("no users");
    const changes = [one, { ...other, version: 7 }].map((user) => ({
      user,
      state: { ...user, member: false },
    }));
    expect(await changeUsers(database, changes, ONE, AUTHOR, 2)).toBe("outdated");
    expect(await findUser(database, ONE.id, one.id)).toMatchObject({ member: true, version: 1 });
  });

  test("to a name of another user of the same organisation is undone", async () => {
    await addHuman(database, person("alice"), 0);
    const guest = await addUser(database, TWO, state({ username: "alice" }), AUTHOR, 1);
    await addHuman(database, person("carol"), 0);
    await addUser(database, TWO, state({ username: "carol" }), AUTHOR, 1);
    if (guest === undefined) throw new Error("no guest");
    const changes = [{ user: guest, state: state({ username: "Carol" }) }];
    expect(await changeUsers(database, changes, TWO, AUTHOR, 2)).toBe("name_taken");
  });
});

test("two of one human's records in one organisation: the membership is there while either says so", async () => {
  const alice = await addHuman(database, person("alice"), 0);
  const first = await addUser(database, TWO, state({ username: "alice" }), AUTHOR, 1);
  if (first === undefined) throw new Error("no guest");
  await changeUsers(database, [{ user: first, state: state({ username: "alice2" }) }], TWO, AUTHOR, 2);
  const second = await addUser(database, TWO, state({ username: "alice" }), AUTHOR, 3);
  if (second === undefined) throw new Error("no second");
  await removeUser(database, second, TWO, AUTHOR, 4);
  expect(await listOrganisations(database, alice)).toEqual([ONE, TWO]);
  const again = await findUser(database, TWO.id, first.id);
  if (again === undefined) throw new Error("no first");
  await removeUser(database, again, TWO, AUTHOR, 5);
  expect(await listOrganisations(database, alice)).toEqual([ONE]);
});

test("who is removed signs in no more, and leaves the name but not the authorisations to who comes next", async () => {
  const alice = await addHuman(database, person("alice"), 0);
  await database
    .prepare(
      `INSERT INTO authorisations (id, human_id, organisation_id, policy_sets, registered_by, registered_at)
       VALUES ('a', ?, ?, '[]', 'x', 1)`,
    )
    .bind(alice, ONE.id)
    .run();
  const user = await findUser(database, ONE.id, alice);
  if (user === undefined) throw new Error("no user");
  expect(await removeUser(database, user, ONE, AUTHOR, 9)).toBe("done");
  expect(await findLogin(database, "alice")).toBeUndefined();
  expect(await findLogin(database, `deleted:${alice}`)).toBeUndefined();
  expect(await database.prepare("SELECT status, revoked_by FROM authorisations").first()).toEqual({
    ...{ status: "revoked", revoked_by: "token:t" },
  });
  const next = await addUser(database, ONE, state({ username: "alice" }), AUTHOR, 10);
  expect(next?.kind).toBe("home");
  expect(next?.humanId).not.toBe(alice);
});

describe("the index", () => {
  const grant = (humanId: string, organisationId: string, expiresAt = 100) => ({
    ...{ objectId: crypto.randomUUID(), humanId, organisationId, expiresAt },
  });

  const added = async (it: ReturnType<typeof grant>, now: number) =>
    (await addGrant(database, it, now, database.prepare("SELECT 1"))).added;

  test("forgets those it was told, and none that came meanwhile", async () => {
    const alice = await addHuman(database, person("alice", [ONE]), 0);
    await added(grant(alice, ONE.id), 1);
    const seen = await listGrants(database, alice);
    await added(grant(alice, ONE.id), 1);
    await forgetGrants(database, alice, seen);
    const left = await listGrants(database, alice);
    expect(left).toHaveLength(1);
    expect(seen).not.toContain(left[0]);
  });

  test("takes grants of active members only, and forgets those that are over", async () => {
    const alice = await addHuman(database, person("alice", [ONE, TWO]), 0);
    expect(await added(grant(alice, ONE.id, 5), 1)).toBe(true);
    expect(await added(grant(alice, TWO.id), 6)).toBe(true);
    expect(await added(grant(alice, "NTRNL-3"), 6)).toBe(false);
    expect(await listGrants(database, alice)).toHaveLength(1);
    expect(await listGrants(database, alice, ONE.id)).toEqual([]);
    await database.prepare("DELETE FROM memberships WHERE organisation_id = ?").bind(TWO.id).run();
    expect(await listHumansWithStrayGrants(database, TWO.id)).toEqual([alice]);
    await database.prepare("UPDATE humans SET status = 'inactive'").run();
    expect(await added(grant(alice, ONE.id), 6)).toBe(false);
  });

  test("takes no session of somebody who is not active", async () => {
    const alice = await addHuman(database, person("alice"), 0);
    const session = { humanId: alice, createdAt: 1, expiresAt: 2, agent: "" };
    expect(await addSession(database, { ...session, objectId: "s1" })).toBe(true);
    await database.prepare("UPDATE humans SET status = 'inactive'").run();
    expect(await addSession(database, { ...session, objectId: "s2" })).toBe(false);
  });
});
