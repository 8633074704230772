/** What administrators do to the directory, in the real D1: with its audit entry or not at all, and nothing left behind. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { changeStatement } from "../../src/directory/administration.ts";
import { type AuditEntry, auditStatement } from "../../src/directory/audit-entry.ts";
import { addAuthorisation, findRights, listAuthorisations } from "../../src/directory/authorisation.ts";
import { giveConsent, listConsents } from "../../src/directory/consent.ts";
import {
  addHuman,
  findHuman,
  findLogin,
  listOrganisations,
  type NewHuman,
} from "../../src/directory/human.ts";
import { importHumans, type OnExisting } from "../../src/directory/import.ts";
import {
  addMembershipsStatement,
  listAllOrganisations,
  removeMembershipStatements,
} from "../../src/directory/membership.ts";
import { grantRoleStatement, listRoles, revokeRoleStatement } from "../../src/directory/role.ts";
import { listHumans } from "../../src/directory/roll.ts";
import { migrate } from "../support/migrations.ts";

const database = (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;
const NOW = 1_800_000_000;
const ONE = { id: "NTRNL-1", name: "One" };
const TWO = { id: "NTRNL-2", name: "Two" };

const person = (username: string, over: Partial<NewHuman> = {}): NewHuman => ({
  ...{ username, givenName: "A", familyName: "B", email: `${username}@example.com` },
  identityAssurance: "high",
  organisations: [ONE],
  ...over,
});
const entry = (what: Partial<AuditEntry>): AuditEntry => ({
  ...{ actor: "command:test", action: "test", correlationId: "c" },
  ...what,
});
const audited = async (): Promise<readonly AuditEntry[]> => {
  const { results } = await database
    .prepare("SELECT entry FROM audit_pending ORDER BY rowid")
    .all<{ entry: string }>();
  return results.map((row) => JSON.parse(row.entry));
};
const usernames = async (page: Partial<Parameters<typeof listHumans>[1]> = {}) =>
  (await listHumans(database, { limit: 100, ...page })).map(({ username }) => username);

let alice: string;
beforeEach(async () => {
  await reset();
  await migrate(database);
  alice = await addHuman(database, person("alice", { passwordHash: "x", organisations: [ONE, TWO] }), NOW);
});

describe("a change and its audit entry", () => {
  test("are stored together", async () => {
    const audit = [entry({ action: "human.add", subject: "bob-id" })];
    expect(await addHuman(database, person("bob", { id: "bob-id" }), NOW, audit)).toBe("bob-id");
    expect(await audited()).toEqual(audit);
  });

  test("or not at all: a name that is taken leaves no entry, an entry that can't be stored no human", async () => {
    await expect(addHuman(database, person("ALICE"), NOW, [entry({})])).rejects.toThrow("UNIQUE");
    expect(await audited()).toEqual([]);
    await database.prepare("DROP TABLE audit_pending").run();
    await expect(addHuman(database, person("carol"), NOW, [entry({})])).rejects.toThrow("audit_pending");
    expect(await usernames()).toEqual(["alice"]);
  });

  test("an authorisation likewise", async () => {
    const record = { humanId: alice, organisationId: ONE.id, policySets: [], registeredBy: "test" };
    const id = await addAuthorisation(database, record, NOW, (it) => [entry({ reason: it })]);
    expect(await audited()).toEqual([entry({ reason: id })]);
    await database.prepare("DROP TABLE audit_pending").run();
    await expect(addAuthorisation(database, record, NOW, () => [entry({})])).rejects.toThrow();
    expect(await listAuthorisations(database, alice)).toHaveLength(1);
  });
});

test("fields that are named change, the others stay; another address is not verified", async () => {
  await database.prepare("UPDATE humans SET email_verified = 1, phone = '1', gender = 'female'").run();
  await changeStatement(database, [{ id: alice, changes: { familyName: "C", phone: null } }], NOW).run();
  expect(await findHuman(database, alice)).toMatchObject({
    ...{ familyName: "C", givenName: "A", gender: "female", emailVerified: true },
  });
  expect(await findHuman(database, alice)).not.toHaveProperty("phone");
  await changeStatement(database, [{ id: alice, changes: { email: "new@example.com" } }], NOW).run();
  expect(await findHuman(database, alice)).toMatchObject({ email: "new@example.com", emailVerified: false });
});

test("a role is given once and taken away", async () => {
  const grant = grantRoleStatement(database, alice, "administrator", NOW);
  await database.batch([grant, grant]);
  expect(await listRoles(database, alice)).toEqual(["administrator"]);
  expect(await usernames({ role: "administrator" })).toEqual(["alice"]);
  await revokeRoleStatement(database, alice, "administrator").run();
  expect(await listRoles(database, alice)).toEqual([]);
  const wrong = database.prepare("INSERT INTO human_roles VALUES (?, 'root', 0)").bind(alice);
  await expect(wrong.run()).rejects.toThrow("CHECK");
});

describe("memberships", () => {
  test("are added behind those there are; one that is there gets its new name and keeps its place", async () => {
    const three = { id: "NTRNL-3", name: "Three" };
    await addMembershipsStatement(database, [
      { ...three, humanId: alice },
      { id: ONE.id, name: "Uno", humanId: alice },
    ]).run();
    expect(await listOrganisations(database, alice)).toEqual([{ ...ONE, name: "Uno" }, TWO, three]);
  });

  test("end with the rights and consents that hung on them: coming back brings none back", async () => {
    for (const organisationId of [ONE.id, TWO.id]) {
      const record = { humanId: alice, organisationId, policySets: [], registeredBy: "test" };
      await addAuthorisation(database, record, NOW);
      const consent = { humanId: alice, partyId: "sp", partyName: "SP", organisationId, scopes: ["openid"] };
      await giveConsent(database, consent, NOW);
    }
    await database.batch(removeMembershipStatements(database, alice, TWO.id, "test", NOW));
    expect(await listOrganisations(database, alice)).toEqual([ONE]);
    await addMembershipsStatement(database, [{ ...TWO, humanId: alice }]).run();
    expect((await findRights(database, alice, [TWO.id], NOW)).authorisations).toEqual([]);
    expect((await findRights(database, alice, [ONE.id], NOW)).authorisations).toHaveLength(1);
    expect((await listConsents(database, alice)).map((it) => it.organisationId)).toEqual([ONE.id]);
  });

  test("are counted by organisation, active humans only, by the page", async () => {
    await addHuman(database, person("bob", { status: "inactive" }), NOW);
    const first = { after: "", limit: 1 };
    expect(await listAllOrganisations(database, first)).toEqual([{ ...ONE, humans: 1 }]);
    expect(await listAllOrganisations(database, { after: ONE.id, limit: 5 })).toEqual([
      { ...TWO, humans: 1 },
    ]);
  });
});

describe("the roll", () => {
  beforeEach(async () => {
    await addHuman(database, person("bob", { givenName: "Bo%b", organisations: [TWO] }), NOW);
    await addHuman(database, person("Çelik", { status: "inactive" }), NOW);
  });

  test("goes on behind the last name of the page before, whatever its spelling", async () => {
    expect(await usernames({ limit: 2 })).toEqual(["alice", "bob"]);
    expect(await usernames({ limit: 2, after: "BOB" })).toEqual(["Çelik"]);
  });

  test.each([
    [{ organisation: TWO.id }, ["alice", "bob"]],
    [{ status: "inactive" as const }, ["Çelik"]],
    [{ search: "ÇELI" }, ["Çelik"]],
    [{ search: "BOB@EXAMPLE" }, ["bob"]],
    [{ search: "o%b b" }, ["bob"]],
    [{ search: "%" }, ["bob"]],
    [{ search: "_" }, []],
    [{ search: "' OR 1=1 --" }, []],
    [{ search: `x${"y".repeat(200)}` }, []],
    [{ search: "b", organisation: ONE.id, status: "active" as const }, ["alice"]],
  ])("%j finds %j", async (page, expected) => {
    expect(await usernames(page)).toEqual(expected);
  });

  test("shows password hashes only when asked", async () => {
    const [plain] = await listHumans(database, { limit: 1 });
    expect(plain).not.toHaveProperty("passwordHash");
    const [withHash] = await listHumans(database, { limit: 1, withPasswordHashes: true });
    expect(withHash).toMatchObject({ passwordHash: "x", passwordLevel: "substantial" });
    const [, without] = await listHumans(database, { limit: 2, withPasswordHashes: true });
    expect(without).not.toHaveProperty("passwordHash");
  });
});

describe("many at once", () => {
  const doImport = (humans: readonly NewHuman[], onExisting: OnExisting, over = {}) =>
    importHumans(database, humans, {
      ...{ onExisting, now: NOW + 1, audit: (what: Partial<AuditEntry>) => entry(what) },
      ...over,
    });

  test("are added with one audit entry each; without a password nobody signs in", async () => {
    expect(
      await doImport([person("x", { passwordHash: "h", passwordLevel: "low" }), person("y")], "refuse"),
    ).toEqual(["added", "added"]);
    expect((await audited()).map(({ action, reason }) => [action, reason])).toEqual([
      ["human.add", "import"],
      ["human.add", "import"],
    ]);
    expect(await findLogin(database, "x")).toMatchObject({ passwordHash: "h", passwordLevel: "low" });
    expect(await findLogin(database, "y")).toBeUndefined();
  });

  test.each([
    ["refuse", "taken"],
    ["skip", "skipped"],
    ["update", "changed"],
  ] as const)("with %s one who is there is %s", async (onExisting, outcome) => {
    const change = person("ALICE", { givenName: "New", organisations: [{ id: "NTRNL-9", name: "Nine" }] });
    expect(await doImport([change, person("z")], onExisting)).toEqual([outcome, "added"]);
    const changed = outcome === "changed";
    expect(await findHuman(database, alice)).toMatchObject({
      username: "alice",
      givenName: changed ? "New" : "A",
    });
    expect((await listOrganisations(database, alice)).map(({ id }) => id)).toEqual(
      changed ? [ONE.id, TWO.id, "NTRNL-9"] : [ONE.id, TWO.id],
    );
    const reasons = (await audited()).map(({ subject, reason }) => [subject === alice, reason]);
    expect(reasons.filter(([isAlice]) => isAlice)).toEqual(
      changed ? [[true, "givenName,email,organisations"]] : [],
    );
  });

  test("an update says what a row says, twice without effect; the password that it brings counts for low", async () => {
    const rows = [person("alice", { passwordHash: "new", status: "inactive" })];
    expect(await doImport(rows, "update")).toEqual(["changed"]);
    expect(await doImport(rows, "update")).toEqual(["unchanged"]);
    const row = await database
      .prepare("SELECT hash, level, status, ended_at FROM humans JOIN passwords")
      .first();
    expect(row).toEqual({ hash: "new", level: "low", status: "inactive", ended_at: NOW + 1 });
    expect((await audited()).map(({ reason }) => reason)).toEqual(["password,status"]);
  });

  test("a rehearsal says what would be and stores nothing", async () => {
    const rows = [person("x"), person("alice", { givenName: "New" })];
    expect(await doImport(rows, "update", { isRehearsal: true })).toEqual(["added", "changed"]);
    expect(await usernames()).toEqual(["alice"]);
    expect(await audited()).toEqual([]);
  });

  test("of two imports at once each human is there once, and none is lost", async () => {
    const rows = Array.from({ length: 40 }, (_, n) => person(`crowd-${n}`));
    const [one = [], other = []] = await Promise.all([doImport(rows, "skip"), doImport(rows, "skip")]);
    expect([...one, ...other].filter((outcome) => outcome === "added")).toHaveLength(40);
    expect(await usernames()).toHaveLength(41);
    expect(await audited()).toHaveLength(40);
  });

  test("all or none of a batch: what can't be audited is not stored", async () => {
    await database.prepare("DROP TABLE audit_pending").run();
    await expect(doImport([person("x")], "skip")).rejects.toThrow("audit_pending");
    expect(await usernames()).toEqual(["alice"]);
    await expect(auditStatement(database, entry({}), NOW).run()).rejects.toThrow();
  });
});
