/** Consents, sessions and sign-ins in the real D1; and that the migrations keep what was there. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { giveConsent, listConsents, withdrawConsent } from "../../src/directory/consent.ts";
import {
  addHuman,
  findHuman,
  findLogin,
  listOrganisations,
  type NewHuman,
} from "../../src/directory/human.ts";
import {
  addSession,
  KEPT_SIGN_INS,
  listSessions,
  listSignIns,
  recordSignIn,
  removeSession,
} from "../../src/directory/session-index.ts";
import { MIGRATIONS, migrate } from "../support/migrations.ts";

const database = (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;
const NOW = 1_800_000_000;

const person = (username: string): NewHuman => ({
  ...{ username, givenName: "A", familyName: "B", email: "a@example.com", passwordHash: "x" },
  identityAssurance: "high",
  organisations: [{ id: "NTRNL-1", name: "One" }],
});

let alice: string;
let bob: string;
beforeEach(async () => {
  await reset();
  await migrate(database);
  alice = await addHuman(database, person("alice"), NOW);
  bob = await addHuman(database, person("bob"), NOW);
});

describe("consents", () => {
  const consent = (over = {}) => ({
    ...{ humanId: alice, partyId: "sp-1", partyName: "Harbour Desk", organisationId: "NTRNL-1" },
    ...{ scopes: ["openid", "iSHARE", "email", "email"], ...over },
  });

  const scopesFor = async (human: string, partyId: string, organisationId: string) =>
    (await listConsents(database, human)).find(
      (one) => one.partyId === partyId && one.organisationId === organisationId,
    )?.scopes;

  test("are remembered per human, SP and organisation", async () => {
    await giveConsent(database, consent(), NOW);
    expect(await scopesFor(alice, "sp-1", "NTRNL-1")).toEqual(["email", "iSHARE", "openid"]);
    expect(await scopesFor(alice, "sp-1", "NTRNL-2")).toBeUndefined();
    expect(await scopesFor(alice, "sp-2", "NTRNL-1")).toBeUndefined();
    expect(await scopesFor(bob, "sp-1", "NTRNL-1")).toBeUndefined();
  });

  test("a later one takes the place of the earlier", async () => {
    await giveConsent(database, consent(), NOW);
    await giveConsent(database, consent({ scopes: ["openid"], partyName: "Harbour" }), NOW + 1);
    expect(await listConsents(database, alice)).toEqual([
      {
        ...{ partyId: "sp-1", partyName: "Harbour", organisationId: "NTRNL-1", organisationName: "One" },
        ...{ scopes: ["openid"], givenAt: NOW + 1 },
      },
    ]);
  });

  test("are listed latest first, those for an organisation that one left too", async () => {
    await giveConsent(database, consent(), NOW);
    await giveConsent(database, consent({ organisationId: "NTRNL-9", scopes: [] }), NOW + 1);
    await giveConsent(database, consent({ humanId: bob }), NOW + 2);
    const listed = await listConsents(database, alice);
    expect(listed.map(({ organisationId, organisationName }) => [organisationId, organisationName])).toEqual([
      ["NTRNL-9", undefined],
      ["NTRNL-1", "One"],
    ]);
    expect(listed[0]?.scopes).toEqual([]);
  });

  test("withdrawn, one is gone, and nobody else's", async () => {
    await giveConsent(database, consent(), NOW);
    expect(await withdrawConsent(database, bob, "sp-1", "NTRNL-1")).toBe(false);
    expect(await withdrawConsent(database, alice, "sp-1", "NTRNL-1")).toBe(true);
    expect(await withdrawConsent(database, alice, "sp-1", "NTRNL-1")).toBe(false);
    expect(await scopesFor(alice, "sp-1", "NTRNL-1")).toBeUndefined();
  });
});

describe("sessions", () => {
  const session = (objectId: string, over = {}) => ({
    ...{ objectId, humanId: alice, createdAt: NOW, expiresAt: NOW + 100, agent: "Firefox, Linux", ...over },
  });

  test("that may still stand are listed, latest first, each human's own", async () => {
    await addSession(database, session("s1"));
    await addSession(database, session("s2", { createdAt: NOW + 1, expiresAt: NOW + 50 }));
    await addSession(database, session("s3", { humanId: bob }));
    expect((await listSessions(database, alice, NOW + 49)).map(({ objectId }) => objectId)).toEqual([
      "s2",
      "s1",
    ]);
    expect(await listSessions(database, alice, NOW + 50)).toEqual([
      { objectId: "s1", createdAt: NOW, expiresAt: NOW + 100, agent: "Firefox, Linux" },
    ]);
    await removeSession(database, "s1");
    await removeSession(database, "unknown");
    expect(await listSessions(database, alice, NOW + 50)).toEqual([]);
    expect(await listSessions(database, bob, NOW)).toHaveLength(1);
  });

  test("that are over are swept when the next begins", async () => {
    await addSession(database, session("s1"));
    await addSession(database, session("s3", { humanId: bob }));
    await addSession(database, session("s2", { createdAt: NOW + 100, expiresAt: NOW + 200 }));
    const { results } = await database.prepare("SELECT object_id FROM sessions ORDER BY object_id").all();
    expect(results).toEqual([{ object_id: "s2" }, { object_id: "s3" }]);
  });
});

describe("sign-ins", () => {
  test("are listed latest first, as far as wanted", async () => {
    await recordSignIn(database, { humanId: alice, at: NOW, level: "low", amr: [] });
    await recordSignIn(database, {
      ...{ humanId: alice, partyId: "sp-1", partyName: "Harbour Desk", at: NOW + 1 },
      ...{ level: "substantial", amr: ["pwd", "otp", "mfa"] },
    });
    expect(await listSignIns(database, alice, 10)).toEqual([
      {
        ...{ partyId: "sp-1", partyName: "Harbour Desk", at: NOW + 1, level: "substantial" },
        amr: ["pwd", "otp", "mfa"],
      },
      { at: NOW, level: "low", amr: [] },
    ]);
    expect(await listSignIns(database, alice, 1)).toHaveLength(1);
    expect(await listSignIns(database, bob, 10)).toEqual([]);
  });

  test("are forgotten beyond the latest, of each human apart", async () => {
    await recordSignIn(database, { humanId: bob, at: NOW, level: "low", amr: ["pwd"] });
    for (let n = 0; n < KEPT_SIGN_INS + 3; n++) {
      await recordSignIn(database, { humanId: alice, at: NOW + n, level: "low", amr: ["pwd"] });
    }
    const kept = await listSignIns(database, alice, 1000);
    expect(kept).toHaveLength(KEPT_SIGN_INS);
    expect(kept.at(-1)?.at).toBe(NOW + 3);
    expect(await listSignIns(database, bob, 10)).toHaveLength(1);
  });
});

describe("migrations", () => {
  test("0002 keeps what 0001 held: an administrator's password counts for substantial", async () => {
    await reset();
    const [first = "", ...later] = MIGRATIONS;
    expect(first).toBe("0001_directory.sql");
    await migrate(database, [first]);
    await database.batch([
      database.prepare(
        `INSERT INTO humans (id, username, username_key, given_name, family_name, email, identity_assurance, created_at)
         VALUES ('h1', 'Old', 'old', 'O', 'L', 'o@example.com', 'high', 5)`,
      ),
      database.prepare("INSERT INTO passwords (human_id, hash, changed_at) VALUES ('h1', 'hash', 6)"),
      database.prepare(
        `INSERT INTO memberships (human_id, organisation_id, organisation_name, position)
         VALUES ('h1', 'NTRNL-1', 'One', 0)`,
      ),
      database.prepare(
        "INSERT INTO pseudonyms (human_id, party_id, pseudonym, created_at) VALUES ('h1', 'sp', 'p', 7)",
      ),
    ]);
    await migrate(database, later);
    expect(await findHuman(database, "h1")).toMatchObject({ username: "Old", identityAssurance: "high" });
    expect(await findLogin(database, "old")).toMatchObject({ humanId: "h1", passwordHash: "hash" });
    expect(await listOrganisations(database, "h1")).toEqual([{ id: "NTRNL-1", name: "One" }]);
    expect(await database.prepare("SELECT * FROM passwords").first()).toEqual({
      ...{ human_id: "h1", hash: "hash", changed_at: 6, level: "substantial", must_change: 0 },
    });
    expect(await database.prepare("SELECT * FROM pseudonyms").first()).toMatchObject({ pseudonym: "p" });
    expect(await database.prepare("SELECT chosen_at FROM memberships").first()).toEqual({ chosen_at: null });
    await addSession(database, { objectId: "s", humanId: "h1", createdAt: 1, expiresAt: 2, agent: "" });
  });

  test("no factor without a human", async () => {
    const orphan = database.prepare("INSERT INTO recovery_codes (human_id, hash) VALUES ('nobody', 'h')");
    await expect(orphan.run()).rejects.toThrow("FOREIGN KEY");
  });
});
