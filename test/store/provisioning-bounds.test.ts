/**
 * What an organisation's directory does not undo or reach: what the operator decided, who was erased, who is homed elsewhere.
 * And no audit entry without its change. In the real D1.
 */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { activateStatement, deactivateStatements } from "../../src/directory/administration.ts";
import type { AuditEntry } from "../../src/directory/audit-entry.ts";
import { addAuthorisation, revokeAuthorisation } from "../../src/directory/authorisation.ts";
import { giveConsent, listConsents } from "../../src/directory/consent.ts";
import { addHuman, listOrganisations } from "../../src/directory/human.ts";
import { addMembershipStatements, removeMembershipStatements } from "../../src/directory/membership.ts";
import { collectAudit, eraseStatements } from "../../src/directory/personal-data.ts";
import { findUser, type ProvisionedUser, type UserState } from "../../src/directory/provisioned-user.ts";
import { addUser, changeUsers, removeUser } from "../../src/directory/provisioning.ts";
import { addScimToken, listScimTokens, revokeScimToken } from "../../src/directory/scim-token.ts";
import { migrate } from "../support/migrations.ts";

const database = (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;
const ONE = { id: "NTRNL-1", name: "One" };
const TWO = { id: "NTRNL-2", name: "Two" };
const AUTHOR = { actor: "token:t", correlationId: "c" };
const NOW = 1_800_000_000;
const state = (change: Partial<UserState> = {}): UserState => ({
  ...{ username: "nina", givenName: "N", familyName: "B", email: "n@b.example", phone: undefined },
  ...{ locale: undefined, externalId: undefined, attributes: {}, active: true, member: true, ...change },
});

let nina: string;
beforeEach(async () => {
  await reset();
  await migrate(database);
  nina = await addHuman(
    database,
    {
      ...{ username: "nina", givenName: "A", familyName: "B", email: "a@b.example" },
      ...{ identityAssurance: "high", organisations: [ONE] },
    },
    0,
  );
});

async function user(organisation = ONE, id = nina): Promise<ProvisionedUser> {
  const found = await findUser(database, organisation.id, id);
  if (found === undefined) throw new Error("no user");
  return found;
}
async function guest(namesAreOwn = false): Promise<ProvisionedUser> {
  const added = await addUser(database, TWO, state(), AUTHOR, 1, namesAreOwn);
  if (added === undefined) throw new Error("no guest");
  return added;
}
const change = (of: ProvisionedUser, to: Partial<UserState>, organisation = ONE) =>
  changeUsers(database, [{ user: of, state: { ...of, ...to } }], organisation, AUTHOR, NOW);
const row = () =>
  database.prepare("SELECT * FROM humans WHERE id = ?").bind(nina).first<Record<string, unknown>>();
const memberships = async () => (await listOrganisations(database, nina)).map(({ id }) => id);
const told = async () =>
  (
    await database.prepare("SELECT entry FROM audit_pending ORDER BY rowid").all<{ entry: string }>()
  ).results.map(({ entry }) => (JSON.parse(entry) as AuditEntry).action);

describe("who was erased while the directory was changing them", () => {
  test.each([
    ["changed", (it: ProvisionedUser) => change(it, { givenName: "Back" })],
    ["renamed", (it: ProvisionedUser) => change(it, { username: "back" })],
    ["removed", (it: ProvisionedUser) => removeUser(database, it, ONE, AUTHOR, NOW)],
  ])("is not %s, and no entry says so", async (_, act) => {
    const read = await user();
    await database.batch(eraseStatements(database, nina, "op", NOW));
    const erased = await row();
    expect(await act(read)).toBe("outdated");
    expect(await row()).toEqual(erased);
    expect(erased).toMatchObject({ given_name: "", home_organisation_id: null, version: read.version + 1 });
    expect([await memberships(), await told()]).toEqual([[], []]);
  });

  test("as a guest likewise", async () => {
    const read = await guest();
    await database.batch(eraseStatements(database, nina, "op", NOW));
    expect(await change(read, { givenName: "Back" }, TWO)).toBe("outdated");
    expect(await removeUser(database, read, TWO, AUTHOR, NOW)).toBe("outdated");
    expect([await memberships(), await told()]).toEqual([[], ["user.add"]]);
  });
});

describe("a membership that the operator ended", () => {
  const end = (organisation: { id: string }) =>
    database.batch(removeMembershipStatements(database, nina, organisation.id, "op", NOW));

  test("does not come back with the next change of a guest, who reads as no member", async () => {
    const { id } = await guest();
    expect(await memberships()).toEqual([ONE.id, TWO.id]);
    await end(TWO);
    const read = await user(TWO, id);
    expect(read.member).toBe(false);
    expect(await change(read, { attributes: { title: "T" } }, TWO)).toBe("done");
    expect(await memberships()).toEqual([ONE.id]);
  });

  test("nor with a change that began before", async () => {
    const read = await guest();
    await end(TWO);
    expect(await change(read, { givenName: "X" }, TWO)).toBe("outdated");
    expect(await memberships()).toEqual([ONE.id]);
  });

  test("of the home organisation takes the human out of its reach, for good", async () => {
    const read = await user();
    expect(await change(read, { externalId: "x", attributes: { title: "T" } })).toBe("done");
    const later = await user();
    await database.batch(addMembershipStatements(database, nina, TWO, NOW));
    await end(ONE);
    expect(await findUser(database, ONE.id, nina)).toBeUndefined();
    expect(await row()).toMatchObject({
      ...{ home_organisation_id: null, external_id: null, attributes: "{}", version: later.version + 2 },
    });
    expect(await change(later, { username: "evil", active: false })).toBe("outdated");
    expect(await removeUser(database, later, ONE, AUTHOR, NOW)).toBe("outdated");
    expect(await row()).toMatchObject({ username: "nina", status: "active" });
    expect(await memberships()).toEqual([TWO.id]);
  });

  test("and one that the operator gave is read by the directory, and another version", async () => {
    const { id } = await guest();
    await end(TWO);
    const ended = await user(TWO, id);
    await database.batch(addMembershipStatements(database, nina, TWO, NOW));
    expect(await user(TWO, id)).toMatchObject({ member: true, version: ended.version + 1 });
  });
});

describe("whom the operator suspended", () => {
  const suspend = () => database.batch(deactivateStatements(database, [nina], NOW));

  test("the directory does not make active, and no entry says that it did", async () => {
    await suspend();
    const read = await user();
    expect(await change(read, { active: true })).toBe("done");
    expect(await change(read, { active: true, givenName: "New" })).toBe("done");
    expect(await row()).toMatchObject({ status: "inactive", given_name: "New" });
    expect(await told()).toEqual(["user.change"]);
    expect((await activateStatement(database, [nina], NOW).all()).results).toEqual([{ id: nina }]);
    expect(await row()).toMatchObject({ status: "active", suspended_at: null });
    expect(await change(await user(), { active: false })).toBe("done");
    expect(await change(await user(), { active: true })).toBe("done");
    expect(await row()).toMatchObject({ status: "active" });
  });

  test("nor one who was added as inactive", async () => {
    const organisations = [ONE];
    const more = { givenName: "A", familyName: "B", email: "o@b.example", identityAssurance: "low" } as const;
    const id = await addHuman(database, { username: "oz", organisations, status: "inactive", ...more }, NOW);
    expect(await change(await user(ONE, id), { active: true })).toBe("done");
    expect((await user(ONE, id)).active).toBe(false);
  });

  test("who was removed or erased is not activated either", async () => {
    await removeUser(database, await user(), ONE, AUTHOR, NOW);
    expect((await activateStatement(database, [nina], NOW).all()).results).toEqual([]);
  });
});

describe("a name of the organisation's own, held by a human homed elsewhere", () => {
  test("gives a guest who reads as a member and acts for nobody, whatever is changed", async () => {
    const read = await guest(true);
    expect(read).toMatchObject({ kind: "guest", member: true, active: true, isWithheld: true });
    for (const to of [{ member: false }, { member: true }, { active: false }, { active: true }]) {
      expect(await change(await user(TWO, read.id), to, TWO)).toBe("done");
      expect(await memberships()).toEqual([ONE.id]);
    }
  });

  test("acts once the operator has looked, and not when the directory says no", async () => {
    const { id } = await guest(true);
    await database.batch(addMembershipStatements(database, nina, TWO, NOW));
    expect(await user(TWO, id)).toMatchObject({ isWithheld: false });
    await change(await user(TWO, id), { active: false }, TWO);
    expect(await memberships()).toEqual([ONE.id]);
    await change(await user(TWO, id), { active: true }, TWO);
    expect(await memberships()).toEqual([ONE.id, TWO.id]);
  });
});

test("consents end with a membership that the directory ends", async () => {
  for (const { id: organisationId } of [ONE, TWO]) {
    const consent = { humanId: nina, partyId: "sp", partyName: "SP", organisationId, scopes: ["openid"] };
    await giveConsent(database, consent, NOW);
  }
  const { id } = await guest();
  await change(await user(TWO, id), { member: false }, TWO);
  expect((await listConsents(database, nina)).map((it) => it.organisationId)).toEqual([ONE.id]);
  await change(await user(), { member: false });
  expect(await listConsents(database, nina)).toEqual([]);
});

test("the copy of one's data has what was told of one's guest records, and of nobody else's", async () => {
  const read = await guest();
  await removeUser(database, read, TWO, AUTHOR, NOW);
  await addUser(database, TWO, state({ username: "somebody" }), AUTHOR, 1);
  const copy = await collectAudit(database, nina);
  expect(copy.map(({ action, organisation }) => [action, organisation])).toEqual([
    ["user.add", TWO.id],
    ["user.remove", TWO.id],
  ]);
});

test("what was revoked already leaves no second entry", async () => {
  const record = { humanId: nina, organisationId: ONE.id, policySets: [], registeredBy: "test" };
  const id = await addAuthorisation(database, record, NOW);
  const entry = { actor: "command:op", action: "authorisation.revoke", correlationId: "c" };
  expect(await revokeAuthorisation(database, id, "op", NOW, [entry])).toBe(true);
  expect(await revokeAuthorisation(database, id, "other", NOW + 1, [entry])).toBe(false);
  expect(await revokeAuthorisation(database, "none", "op", NOW, [entry])).toBe(false);
  const token = { id: "t", hash: "h", organisation: ONE, createdBy: "test" };
  await addScimToken(database, token, "c", NOW);
  const both = await Promise.all(["a", "b"].map((by) => revokeScimToken(database, "t", by, "c", NOW)));
  expect(both.sort()).toEqual([false, true]);
  expect(await told()).toEqual(["authorisation.revoke", "token.add", "token.revoke"]);
});

describe("a suffix", () => {
  const add = (id: string, organisation: typeof ONE, usernameSuffix?: string) =>
    addScimToken(database, { id, hash: "h", organisation, usernameSuffix, createdBy: "test" }, "c", NOW);

  test.each(["@one.example", "@ONE.example", "one.example", ".example", "-x@one.example"])(
    "that overlaps another organisation's is refused: %s",
    async (suffix) => {
      await add("t1", ONE, "@one.example");
      expect(await add("t2", TWO, suffix)).toEqual(ONE);
      expect((await listScimTokens(database)).map(({ id }) => id)).toEqual(["t1"]);
      expect(await told()).toEqual(["token.add"]);
      expect(await add("t3", ONE, suffix)).toBeUndefined();
      for (const id of ["t1", "t3"]) await revokeScimToken(database, id, "op", "c", NOW);
      expect(await add("t4", TWO, suffix)).toBeUndefined();
    },
  );

  test("of another kind, and none, stands beside it", async () => {
    await add("t1", ONE, "@one.example");
    expect(await add("t2", TWO, "@two.example")).toBeUndefined();
    expect(await add("t3", TWO)).toBeUndefined();
  });
});
