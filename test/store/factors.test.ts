/** Factors in the real D1: what may happen once happens once, however much arrives at the same time. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { findHumanId, requirePasswordChange } from "../../src/directory/administration.ts";
import { addHuman, type NewHuman } from "../../src/directory/human.ts";
import { addOneTimeCode, takeOneTimeCode } from "../../src/directory/one-time-code.ts";
import {
  addPasskey,
  findPasskey,
  listPasskeys,
  type NewPasskey,
  removePasskey,
  renamePasskey,
  usePasskey,
} from "../../src/directory/passkey.ts";
import { countRecoveryCodes, replaceRecoveryCodes, useRecoveryCode } from "../../src/directory/recovery.ts";
import { beginTotp, confirmTotp, findTotp, removeTotp, useTotpStep } from "../../src/directory/totp.ts";
import { verifyAuthentication, verifyRegistration } from "../../src/factors/passkey.ts";
import { mintAttestationCa, mintAttestationLeaf } from "../support/attestation-pki.ts";
import { createAuthenticator, randomChallenge } from "../support/authenticator.ts";
import { migrate } from "../support/migrations.ts";
import { fingerprintOf } from "../support/pki.ts";
import { accepted } from "../support/result.ts";

const database = (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;
const NOW = 1_800_000_000;
const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));
const successes = (results: readonly unknown[]): number => results.filter(Boolean).length;

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
const deactivate = (id: string) =>
  database.prepare("UPDATE humans SET status = 'inactive' WHERE id = ?").bind(id).run();

describe("one-time passwords", () => {
  async function enrolled(step = 100) {
    expect(await beginTotp(database, alice, "seed", "substantial", NOW)).toBe(true);
    expect(await confirmTotp(database, alice, "seed", step, NOW)).toBe(true);
  }

  test("of 50 uses of one step at once, one passes; later steps pass, earlier ones never", async () => {
    await enrolled();
    expect(successes(await times(50, () => useTotpStep(database, alice, 101)))).toBe(1);
    expect(await useTotpStep(database, alice, 101)).toBe(false);
    expect(await useTotpStep(database, alice, 100)).toBe(false);
    expect(await useTotpStep(database, alice, 102)).toBe(true);
    expect(await findTotp(database, alice)).toEqual({
      ...{ seed: "seed", level: "substantial", confirmed: true, lastStep: 102 },
    });
  });

  test("the step that confirmed is used", async () => {
    await enrolled(100);
    expect(await useTotpStep(database, alice, 100)).toBe(false);
  });

  test("an enrolment that was not confirmed opens nothing, and makes way for the next", async () => {
    expect(await beginTotp(database, alice, "first", "high", NOW)).toBe(true);
    expect(await useTotpStep(database, alice, 100)).toBe(false);
    expect(await beginTotp(database, alice, "second", "low", NOW + 1)).toBe(true);
    expect(await findTotp(database, alice)).toMatchObject({ seed: "second", level: "low", confirmed: false });
    // A code checked against a seed that was replaced meanwhile confirms nothing.
    expect(await confirmTotp(database, alice, "first", 100, NOW + 2)).toBe(false);
    expect(successes(await times(50, () => confirmTotp(database, alice, "second", 100, NOW + 2)))).toBe(1);
  });

  test("a confirmed one is not replaced, only removed", async () => {
    await enrolled();
    expect(await beginTotp(database, alice, "thief", "low", NOW + 1)).toBe(false);
    expect(await findTotp(database, alice)).toMatchObject({ seed: "seed", confirmed: true });
    await removeTotp(database, alice);
    expect(await findTotp(database, alice)).toBeUndefined();
    expect(await useTotpStep(database, alice, 200)).toBe(false);
    expect(await beginTotp(database, alice, "next", "low", NOW + 2)).toBe(true);
  });

  test("are each human's own", async () => {
    await enrolled();
    expect(await findTotp(database, bob)).toBeUndefined();
    expect(await useTotpStep(database, bob, 101)).toBe(false);
  });
});

describe("recovery codes", () => {
  test("of 50 uses of one code at once, one passes; the others are still there", async () => {
    await replaceRecoveryCodes(database, alice, ["a", "b", "c"]);
    expect(successes(await times(50, () => useRecoveryCode(database, alice, "a")))).toBe(1);
    expect(await useRecoveryCode(database, bob, "b")).toBe(false);
    expect(await countRecoveryCodes(database, alice)).toBe(2);
  });

  test("a new set ends the old one; none may be left", async () => {
    await replaceRecoveryCodes(database, alice, ["a", "b"]);
    await replaceRecoveryCodes(database, bob, ["a"]);
    await replaceRecoveryCodes(database, alice, ["c"]);
    expect(await useRecoveryCode(database, alice, "a")).toBe(false);
    expect(await useRecoveryCode(database, alice, "c")).toBe(true);
    await replaceRecoveryCodes(database, alice, []);
    expect(await countRecoveryCodes(database, alice)).toBe(0);
    expect(await countRecoveryCodes(database, bob)).toBe(1);
  });
});

describe("one-time codes of administrators", () => {
  const code = (over = {}) =>
    ({ hash: "h", humanId: alice, purpose: "enrol", level: "high", expiresAt: NOW + 60, ...over }) as const;

  test("of 50 that take one at once, one has it", async () => {
    await addOneTimeCode(database, code());
    const taken = await times(50, () => takeOneTimeCode(database, "h", "enrol", NOW));
    expect(successes(taken)).toBe(1);
    expect(taken.find(Boolean)).toEqual({ humanId: alice, level: "high" });
  });

  test("work for their purpose, their human and their time only, and are not used up by others", async () => {
    await addOneTimeCode(database, code());
    expect(await takeOneTimeCode(database, "h", "reset", NOW)).toBeUndefined();
    expect(await takeOneTimeCode(database, "h", "enrol", NOW, bob)).toBeUndefined();
    expect(await takeOneTimeCode(database, "h", "enrol", NOW + 60)).toBeUndefined();
    expect(await takeOneTimeCode(database, "x", "enrol", NOW)).toBeUndefined();
    await deactivate(alice);
    expect(await takeOneTimeCode(database, "h", "enrol", NOW)).toBeUndefined();
    await database.prepare("UPDATE humans SET status = 'active'").run();
    expect(await takeOneTimeCode(database, "h", "enrol", NOW + 59, alice)).toMatchObject({ level: "high" });
  });

  test("a new one ends the one before, for the same human and purpose", async () => {
    await addOneTimeCode(database, code());
    await addOneTimeCode(database, code({ hash: "r", purpose: "reset", level: "low" }));
    await addOneTimeCode(database, code({ hash: "b", humanId: bob }));
    await addOneTimeCode(database, code({ hash: "h2", level: "low" }));
    expect(await takeOneTimeCode(database, "h", "enrol", NOW)).toBeUndefined();
    expect(await takeOneTimeCode(database, "h2", "enrol", NOW)).toEqual({ humanId: alice, level: "low" });
    expect(await takeOneTimeCode(database, "r", "reset", NOW)).toEqual({ humanId: alice, level: "low" });
    expect(await takeOneTimeCode(database, "b", "enrol", NOW)).toMatchObject({ humanId: bob });
  });
});

describe("passkeys", () => {
  const passkey = (over: Partial<NewPasskey> = {}): NewPasskey => ({
    ...{ humanId: alice, credentialId: "key-1", publicKey: Uint8Array.of(0, 1, 255), counter: 5 },
    ...{ transports: ["usb", "nfc"], aaguid: "00000000-0000-0000-0000-000000000000", deviceBound: true },
    ...{ hardware: true, backedUp: false, level: "high", name: "blue key", ...over },
  });

  test("are found as they were stored, with what a sign-in needs of the human", async () => {
    expect(await addPasskey(database, passkey(), NOW)).toBe(true);
    const stored = { ...passkey(), createdAt: NOW, lastUsedAt: undefined };
    expect(await listPasskeys(database, alice)).toEqual([stored]);
    expect(await findPasskey(database, "key-1")).toEqual({
      ...stored,
      username: "alice",
      identityAssurance: "high",
    });
    expect(await listPasskeys(database, bob)).toEqual([]);
    expect(await findPasskey(database, "key-2")).toBeUndefined();
    await deactivate(alice);
    expect(await findPasskey(database, "key-1")).toBeUndefined();
  });

  test("a credential is enrolled once, whoever comes second", async () => {
    const results = await times(50, (n) =>
      addPasskey(database, passkey({ humanId: n % 2 ? alice : bob }), NOW),
    );
    expect(successes(results)).toBe(1);
  });

  test("of 50 uses with one counter at once, one passes", async () => {
    await addPasskey(database, passkey(), NOW);
    expect(successes(await times(50, () => usePasskey(database, "key-1", 6, false, NOW + 9)))).toBe(1);
    expect(await findPasskey(database, "key-1")).toMatchObject({ counter: 6, lastUsedAt: NOW + 9 });
    for (const counter of [0, 5, 6])
      expect(await usePasskey(database, "key-1", counter, false, NOW)).toBe(false);
    expect(await usePasskey(database, "key-2", 7, false, NOW)).toBe(false);
  });

  test("one without a counter works each time, until it has one", async () => {
    await addPasskey(database, passkey({ counter: 0, transports: [] }), NOW);
    expect(await usePasskey(database, "key-1", 0, false, NOW)).toBe(true);
    expect(await usePasskey(database, "key-1", 0, false, NOW)).toBe(true);
    expect(await usePasskey(database, "key-1", 1, false, NOW)).toBe(true);
    expect(await usePasskey(database, "key-1", 0, false, NOW)).toBe(false);
    expect((await findPasskey(database, "key-1"))?.transports).toEqual([]);
  });

  test("what is copied is not stored as hardware, nor becomes it", async () => {
    await expect(addPasskey(database, passkey({ backedUp: true }), NOW)).rejects.toThrow("CHECK");
    await expect(addPasskey(database, passkey({ deviceBound: false }), NOW)).rejects.toThrow("CHECK");
    await addPasskey(database, passkey({ deviceBound: false, hardware: false }), NOW);
    expect(await usePasskey(database, "key-1", 6, true, NOW)).toBe(true);
    expect(await findPasskey(database, "key-1")).toMatchObject({ backedUp: true, hardware: false });
  });

  test("are named and removed by their human alone", async () => {
    await addPasskey(database, passkey(), NOW);
    expect(await renamePasskey(database, bob, "key-1", "mine")).toBe(false);
    expect(await removePasskey(database, bob, "key-1")).toBe(false);
    expect(await renamePasskey(database, alice, "key-1", "red key")).toBe(true);
    expect((await findPasskey(database, "key-1"))?.name).toBe("red key");
    expect(await removePasskey(database, alice, "key-1")).toBe(true);
    expect(await removePasskey(database, alice, "key-1")).toBe(false);
  });

  test("made, stored and used in this runtime, hardware told from software", async () => {
    const now = Math.floor(Date.now() / 1000);
    const kind = "ee882879-721c-4913-9775-3dfcce97072a";
    const root = await mintAttestationCa();
    const device = await mintAttestationLeaf(root, kind);
    const chain = [device.der, root.der];
    const expected = { rpId: "idp.example", origin: "https://idp.example", challenge: randomChallenge() };
    const trusted = { pairs: [{ aaguid: kind, root: await fingerprintOf(root) }] };
    const authenticator = await createAuthenticator(kind);
    const attestation = { format: "packed", chain, key: device.keys.privateKey } as const;
    for (const [attested, hardware] of [
      [{ format: "self" } as const, false],
      [attestation, true],
    ] as const) {
      const response = await authenticator.register(expected, attested);
      const made = accepted(await verifyRegistration({ ...expected, response, trusted, now }));
      expect(made.hardware).toBe(hardware);
      await removePasskey(database, alice, made.credentialId);
      expect(await addPasskey(database, { ...made, humanId: alice, level: "high", name: "k" }, now)).toBe(
        true,
      );
    }
    const credential = await findPasskey(database, authenticator.credentialId);
    if (credential === undefined) throw new Error("not found");
    const response = await authenticator.sign({ ...expected, counter: 1 });
    expect(accepted(await verifyAuthentication({ ...expected, response, credential }))).toMatchObject({
      newCounter: 1,
    });
    expect(await usePasskey(database, credential.credentialId, 1, false, now)).toBe(true);
    const again = await findPasskey(database, authenticator.credentialId);
    expect(
      await verifyAuthentication({ ...expected, response, credential: again ?? credential }),
    ).toMatchObject({
      failure: { reason: "passkey_counter" },
    });
  });
});

describe("what an administrator asks", () => {
  test("a human by any spelling of the name, while active", async () => {
    expect(await findHumanId(database, " ALICE ")).toBe(alice);
    expect(await findHumanId(database, "carol")).toBeUndefined();
    await deactivate(alice);
    expect(await findHumanId(database, "alice")).toBeUndefined();
  });

  test("that a password be changed", async () => {
    await requirePasswordChange(database, alice);
    const { results } = await database.prepare("SELECT human_id, must_change FROM passwords").all();
    expect(results).toContainEqual({ human_id: alice, must_change: 1 });
    expect(results).toContainEqual({ human_id: bob, must_change: 0 });
  });
});
