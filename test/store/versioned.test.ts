/** Changes of what somebody saw, in the real D1: whole or not at all, whoever else writes at the same moment. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { changeStatement, deactivateStatements } from "../../src/directory/administration.ts";
import { type AuditEntry, auditStatement } from "../../src/directory/audit-entry.ts";
import { auditIfChanged } from "../../src/directory/audited.ts";
import { addHuman, addHumansStatements, listOrganisations } from "../../src/directory/human.ts";
import {
  addMembershipStatements,
  findOrganisation,
  listAllOrganisations,
  removeMembershipStatements,
  renameOrganisation,
} from "../../src/directory/membership.ts";
import { oneTimeCodeStatements } from "../../src/directory/one-time-code.ts";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { grantRoleStatement } from "../../src/directory/role.ts";
import { listHumans, type Standing } from "../../src/directory/roll.ts";
import {
  addScimToken,
  findOwnerOfName,
  listScimTokens,
  revokeScimToken,
} from "../../src/directory/scim-token.ts";
import { asAdministrator, commit, mustBeVersion, NoAdministrator } from "../../src/directory/versioned.ts";
import { migrate } from "../support/migrations.ts";

const database = (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;
const ONE = { id: "NTRNL-1", name: "One" };
const TWO = { id: "NTRNL-2", name: "Two" };
const NOW = 1_800_000_000;
const person = (username: string) => ({
  ...{ username, givenName: "A", familyName: "B", email: "a@b.example" },
  ...{ identityAssurance: "high" as const, organisations: [ONE, TWO] },
});
const entry = (action: string): AuditEntry => ({ actor: "human:x", action, correlationId: "c" });
const told = async () =>
  (
    await database.prepare("SELECT entry FROM audit_pending ORDER BY rowid").all<{ entry: string }>()
  ).results.map((row) => (JSON.parse(row.entry) as AuditEntry).action);
const standingOf = async (id: string): Promise<Standing> => {
  const [human] = await listHumans(database, { id, limit: 1, withStanding: true });
  if (human?.standing === undefined) throw new Error("no standing");
  return human.standing;
};
const row = (id: string) => database.prepare("SELECT * FROM humans WHERE id = ?").bind(id).first();

let nina: string;
beforeEach(async () => {
  await reset();
  await migrate(database);
  nina = await addHuman(database, person("nina"), 0);
});

describe("a change of one version", () => {
  const change = (version: number, email: string) =>
    commit(database, [
      ...mustBeVersion(database, nina, version),
      changeStatement(database, [{ id: nina, changes: { email } }], NOW),
      auditStatement(database, entry(email), NOW),
    ]);

  test("is one of any number at once, and its entry the only one", async () => {
    const { version } = await standingOf(nina);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) => change(version, `${n}@b.example`)),
    );
    expect(outcomes.filter((it) => it === "done")).toHaveLength(1);
    expect(outcomes.filter((it) => it === "outdated")).toHaveLength(7);
    const [winner, ...others] = await told();
    expect([await row(nina), others]).toMatchObject([{ email: winner, version: version + 1 }, []]);
  });

  test.each([
    ["removed by the own organisation", () => database.prepare("UPDATE humans SET deleted_at = 1").run()],
    [
      "erased",
      () =>
        database.batch([
          ...eraseStatements(database, nina, "op", NOW),
          database.prepare("UPDATE humans SET version = 1"),
        ]),
    ],
  ])("%s meanwhile: nothing is written, whatever the version", async (_, act) => {
    const { version } = await standingOf(nina);
    await act();
    const before = await row(nina);
    expect(await change(version, "x@b.example")).toBe("outdated");
    const joining = [
      ...mustBeVersion(database, nina, version),
      ...addMembershipStatements(database, nina, { id: "NTRNL-3", name: "Three" }, NOW),
    ];
    expect(await commit(database, joining)).toBe("outdated");
    expect([await row(nina), await told()]).toEqual([before, []]);
    expect((await listOrganisations(database, nina)).map(({ id }) => id)).not.toContain("NTRNL-3");
  });

  test("two memberships that are removed at once leave one", async () => {
    const { version } = await standingOf(nina);
    const remove = (id: string) =>
      commit(database, [
        ...mustBeVersion(database, nina, version),
        ...removeMembershipStatements(database, nina, id, "op", NOW),
      ]);
    expect((await Promise.all([remove(ONE.id), remove(TWO.id)])).sort()).toEqual(["done", "outdated"]);
    expect(await listOrganisations(database, nina)).toHaveLength(1);
  });

  test("what else goes wrong is thrown", async () => {
    await expect(commit(database, [database.prepare("INSERT INTO nowhere VALUES (1)")])).rejects.toThrow(
      "nowhere",
    );
  });
});

describe("an administrator who does something", () => {
  test("gets the answers to the own statements, and what else goes wrong", async () => {
    await grantRoleStatement(database, nina, "administrator", 0).run();
    const own = asAdministrator(database, nina);
    const [first, second] = await own.batch<{ a: number }>([
      own.prepare("SELECT 1 AS a"),
      own.prepare("SELECT 2 AS a"),
    ]);
    expect([first?.results, second?.results]).toEqual([[{ a: 1 }], [{ a: 2 }]]);
    const { version } = await standingOf(nina);
    expect(await commit(own, mustBeVersion(own, nina, version + 1))).toBe("outdated");
    await expect(own.batch([own.prepare("INSERT INTO nowhere VALUES (1)")])).rejects.toThrow("nowhere");
  });

  const deactivate = (by: string, whom: string) =>
    commit(asAdministrator(database, by), [
      ...deactivateStatements(database, [whom], NOW),
      auditStatement(database, entry(`${by} ${whom}`), NOW),
    ]);

  test("is one at that very moment: two who deactivate each other leave one", async () => {
    const otto = await addHuman(database, person("otto"), 0);
    for (const id of [nina, otto]) await grantRoleStatement(database, id, "administrator", 0).run();
    const outcomes = await Promise.allSettled([deactivate(nina, otto), deactivate(otto, nina)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes).toContainEqual({ status: "rejected", reason: expect.any(NoAdministrator) });
    expect(await told()).toHaveLength(1);
    const active = await database.prepare("SELECT id FROM humans WHERE status = 'active'").all();
    expect(active.results).toHaveLength(1);
  });

  test("not one who lost the role, or is identified less", async () => {
    const otto = await addHuman(database, person("otto"), 0);
    await expect(deactivate(nina, otto)).rejects.toThrow(NoAdministrator);
    await grantRoleStatement(database, nina, "administrator", 0).run();
    await database.prepare("UPDATE humans SET identity_assurance = 'low' WHERE id = ?").bind(nina).run();
    await expect(deactivate(nina, otto)).rejects.toThrow(NoAdministrator);
    expect([await told(), (await row(otto))?.status]).toEqual([[], "active"]);
  });
});

test("a new human and the link are there together, or the name was taken and neither is", async () => {
  const add = (id: string) =>
    commit(database, [
      ...addHumansStatements(database, [{ ...person("otto"), id }], NOW),
      ...oneTimeCodeStatements(database, {
        ...{ hash: id, humanId: id, purpose: "reset", level: "low", expiresAt: NOW + 1 },
      }),
      auditStatement(database, entry(id), NOW),
    ]);
  const outcomes = await Promise.all(["a", "b", "c"].map(add));
  expect([...outcomes].sort()).toEqual(["done", "name_taken", "name_taken"]);
  const [winner] = await told();
  const codes = await database.prepare("SELECT human_id AS id FROM one_time_codes").all();
  expect(codes.results).toEqual([{ id: winner }]);
});

test("what a change has to know of the record", async () => {
  expect(await standingOf(nina)).toEqual({
    ...{ version: 1, home: ONE.id, isProvisioned: false, isRemoved: false },
  });
  const token = { id: "t", hash: "h", organisation: ONE, createdBy: "op" };
  await addScimToken(database, token, "c", 1);
  await database.prepare("UPDATE humans SET deleted_at = 1").run();
  expect(await standingOf(nina)).toMatchObject({ isProvisioned: true, isRemoved: true });
  await revokeScimToken(database, "t", "op", "c", 2);
  expect((await standingOf(nina)).isProvisioned).toBe(false);
  expect((await listHumans(database, { limit: 1 }))[0]).not.toHaveProperty("standing");
});

describe("organisations", () => {
  const rename = (name: string, seen = { name: "One", names: 1 }) =>
    renameOrganisation(
      database,
      { id: ONE.id, name },
      seen,
      auditIfChanged(database, entry(`rename ${name}`), NOW),
    );

  test("are found by part of identifier or name, and counted whole", async () => {
    const names = async (search: string) =>
      (await listAllOrganisations(database, { after: "", search, limit: 9 })).map(({ name }) => name);
    expect(await names("ntrnl-")).toEqual(["One", "Two"]);
    expect(await names("TW")).toEqual(["Two"]);
    for (const none of ["%", "_", "' OR 1=1 --", "x"]) expect(await names(none)).toEqual([]);
    const other = await addHuman(
      database,
      { ...person("otto"), organisations: [{ ...ONE, name: "Uno" }] },
      0,
    );
    expect(await listAllOrganisations(database, { after: "", search: "uno", limit: 9 })).toEqual([
      { ...ONE, humans: 2 },
    ]);
    expect(await findOrganisation(database, ONE.id)).toEqual({ ...ONE, humans: 2, names: 2 });
    await database.prepare("UPDATE humans SET status = 'inactive' WHERE id = ?").bind(other).run();
    expect(await findOrganisation(database, ONE.id)).toMatchObject({ humans: 1 });
    expect(await findOrganisation(database, "NTRNL-9")).toBeUndefined();
  });

  test("are renamed by one of those who do it at once, tokens included, others untouched", async () => {
    for (const [id, organisation] of [
      ["good", ONE],
      ["gone", ONE],
      ["other", TWO],
    ] as const)
      await addScimToken(database, { id, hash: "h", organisation, createdBy: "op" }, "c", 1);
    await revokeScimToken(database, "gone", "op", "c", 2);
    const before = await told();
    const outcomes = await Promise.all(["Alpha", "Beta", "Gamma"].map((name) => rename(name)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const name = ["Alpha", "Beta", "Gamma"][outcomes.indexOf(true)] ?? "none";
    expect(await listOrganisations(database, nina)).toEqual([{ ...ONE, name }, TWO]);
    expect((await told()).slice(before.length)).toEqual([`rename ${name}`]);
    const tokens = (await listScimTokens(database)).map((it) => [it.id, it.organisation.name]);
    expect(Object.fromEntries(tokens)).toEqual({ good: name, gone: "One", other: "Two" });
  });

  test("that nobody represents yet are renamed by their tokens, one of many at once", async () => {
    const three = { id: "NTRNL-3", name: "Three" };
    for (const id of ["good", "more", "gone"])
      await addScimToken(database, { id, hash: "h", organisation: three, createdBy: "op" }, "c", 1);
    await revokeScimToken(database, "gone", "op", "c", 2);
    expect(await findOrganisation(database, three.id)).toEqual({ ...three, humans: 0, names: 1 });
    const before = await told();
    const to = (name: string, seen = { name: "Three", names: 1 }) =>
      renameOrganisation(
        database,
        { id: three.id, name },
        seen,
        auditIfChanged(database, entry(`rename ${name}`), NOW),
      );
    expect(await to("New", { name: "Drei", names: 1 })).toBe(false);
    expect(await to("New", { name: "Three", names: 2 })).toBe(false);
    const outcomes = await Promise.all(["Alpha", "Beta", "Gamma"].map((name) => to(name)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const name = ["Alpha", "Beta", "Gamma"][outcomes.indexOf(true)] ?? "none";
    expect((await told()).slice(before.length)).toEqual([`rename ${name}`]);
    const tokens = (await listScimTokens(database)).map((it) => [it.id, it.organisation.name]);
    expect(Object.fromEntries(tokens)).toEqual({ good: name, more: name, gone: "Three" });
    await revokeScimToken(database, "good", "op", "c", 2);
    await revokeScimToken(database, "more", "op", "c", 2);
    expect(await findOrganisation(database, three.id)).toBeUndefined();
  });

  test("that have got another name, or one more, are not: nor are their tokens", async () => {
    await addScimToken(database, { id: "t", hash: "h", organisation: ONE, createdBy: "op" }, "c", 1);
    expect(await rename("New", { name: "Uno", names: 1 })).toBe(false);
    expect(await rename("New", { name: "One", names: 2 })).toBe(false);
    expect(await rename("New", { name: "One", names: Number.NaN })).toBe(false);
    expect(await told()).toEqual(["token.add"]);
    expect((await listScimTokens(database))[0]?.organisation.name).toBe("One");
  });
});

test("whose a user name is to give: by the end of it, for as long as the token is good", async () => {
  const token = { id: "t", hash: "h", organisation: ONE, usernameSuffix: "@One.example", createdBy: "op" };
  await addScimToken(database, token, "c", 1);
  await addScimToken(database, { ...token, id: "any", organisation: TWO, usernameSuffix: undefined }, "c", 1);
  expect(await findOwnerOfName(database, "NINA@one.EXAMPLE", TWO.id)).toEqual(ONE);
  expect(await findOwnerOfName(database, "nina@one.example", ONE.id)).toBeUndefined();
  expect(await findOwnerOfName(database, "nina@two.example", "NTRNL-3")).toBeUndefined();
  await revokeScimToken(database, "t", "op", "c", 2);
  expect(await findOwnerOfName(database, "nina@one.example", TWO.id)).toBeUndefined();
});
