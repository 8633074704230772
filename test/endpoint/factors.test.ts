/** `/account/factors`: adding, naming and removing one's own, and what an administrator's code is good for. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { mintAttestationCa, mintAttestationLeaf } from "../support/attestation-pki.ts";
import { createAuthenticator } from "../support/authenticator.ts";
import {
  addPasskey,
  addTotp,
  oneTimeCode,
  passkeyOptions,
  recoveryCodesOn,
  seedOn,
  totpCode,
  usePasskey,
  withTotp,
} from "../support/factors.ts";
import { fingerprintOf } from "../support/pki.ts";
import { askedBy, errorOf, Visitor } from "../support/visitor.ts";
import {
  directory,
  type Instance,
  ISSUER,
  later,
  newUser,
  skipHashing,
  startWorker,
  type User,
} from "../support/worker.ts";
import { loa, type Sp } from "../support/world.ts";

const KIND = "ee882879-721c-4913-9775-3dfcce97072a";
const SUBSTANTIAL = { acr_values: loa("substantial") };

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  sp = idp.world.sp;
});
afterEach(() => {
  vi.useRealTimers();
});

const by = (user: User) => new Visitor(idp, user);
const doneOf = ({ url }: { url: URL }) => url.searchParams.get("done");
const hasTotp = async (user: User) =>
  (await directory()
    .prepare("SELECT level FROM totp WHERE human_id = ? AND confirmed_at IS NOT NULL")
    .bind(user.id)
    .first()) !== null;
const passkeysOf = async (user: User) =>
  (
    await directory()
      .prepare("SELECT name FROM passkeys WHERE human_id = ?")
      .bind(user.id)
      .all<{ name: string }>()
  ).results;
const cookie = ({ browser }: Visitor) => browser.cookies.get("__Host-session");

describe("an app", () => {
  test("is added by scanning or by hand, and its first code", async () => {
    const user = await newUser();
    const page = await by(user).open("/account/totp");
    expect(page.html).toMatch(/<svg/);
    const seed = seedOn(page);
    expect(page.html).toContain((seed.match(/.{1,4}/g) ?? []).join(" "));
    expect(await hasTotp(user)).toBe(false);
  });

  test("is not added with a wrong code; the same seed stays on the page", async () => {
    const user = await newUser();
    const visitor = by(user);
    const page = await visitor.open("/account/totp");
    const seed = seedOn(page);
    const again = await visitor.answer(page, { code: "000000" });
    expect(again.status).toBe(403);
    expect(seedOn(again)).toBe(seed);
    expect(await hasTotp(user)).toBe(false);
    const done = await visitor.answer(again, {
      code: ` ${totpCode(seed).slice(0, 3)} ${totpCode(seed).slice(3)}`,
    });
    expect(done.html).toContain("Keep your recovery codes");
    expect(await hasTotp(user)).toBe(true);
  });

  test("comes with ten recovery codes, shown once and kept as hashes", async () => {
    const user = await newUser();
    const visitor = by(user);
    const { recoveryCode, moreRecoveryCodes } = await addTotp(visitor);
    const codes = [recoveryCode, ...moreRecoveryCodes];
    expect(new Set(codes).size).toBe(10);
    const stored = JSON.stringify(await directory().prepare("SELECT * FROM recovery_codes").all());
    for (const code of codes) {
      expect(stored).not.toContain(code);
      expect(stored).not.toContain(code.replaceAll("-", ""));
    }
    expect(recoveryCodesOn(await visitor.look("/account/factors"))).toEqual([]);
    expect((await visitor.look("/account/factors")).html).toContain("10 recovery codes left");
  });

  test("its seed is not readable in the database", async () => {
    const user = await newUser();
    const { seed } = await addTotp(by(user));
    const row = await directory()
      .prepare("SELECT seed FROM totp WHERE human_id = ?")
      .bind(user.id)
      .first("seed");
    expect(String(row)).not.toContain(seed);
  });

  test("is not put in place of another one", async () => {
    const user = await newUser();
    const visitor = by(user);
    const { seed } = await addTotp(visitor);
    expect((await visitor.look("/account/totp")).url.pathname).toBe("/account/factors");
    const posted = await visitor.post("/account/totp", { code: totpCode(seed) });
    expect(posted.url.pathname).toBe("/account/factors");
  });

  test("new recovery codes put an end to the old", async () => {
    const user = await newUser();
    const visitor = by(user);
    const { recoveryCode } = await addTotp(visitor);
    const renewed = recoveryCodesOn(await visitor.post("/account/recovery", {}));
    expect(renewed).toHaveLength(10);
    expect(renewed).not.toContain(recoveryCode);
    await directory().prepare("UPDATE totp SET level = 'substantial' WHERE human_id = ?").bind(user.id).run();
    await visitor.post("/account/totp/remove", { code: recoveryCode });
    expect(await hasTotp(user)).toBe(true);
    await visitor.post("/account/totp/remove", { code: renewed[0] ?? "" });
    expect(await hasTotp(user)).toBe(false);
  });
});

describe("an administrator's code", () => {
  test("works once", async () => {
    const user = await newUser();
    const code = await oneTimeCode(user, "enrol", "substantial");
    const visitor = by(user);
    await addTotp(visitor, code);
    const refused = await addPasskey(visitor, await createAuthenticator(), { enrolmentCode: code });
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("That enrolment code is not valid, or was used before.");
    expect(await passkeysOf(user)).toEqual([]);
  });

  test("is for one human; another who types it does not use it up", async () => {
    const [user, thief] = [await newUser(), await newUser()];
    const code = await oneTimeCode(user, "enrol", "substantial");
    const visitor = by(thief);
    const page = await visitor.open("/account/totp");
    const refused = await visitor.answer(page, { code: totpCode(seedOn(page)), enrolmentCode: code });
    expect(refused.status).toBe(403);
    expect(await hasTotp(thief)).toBe(false);
    const { seed } = await addTotp(by(user), code.toLowerCase().replaceAll("-", " "));
    expect(errorOf(await withTotp(by(user), seed).visit(sp, SUBSTANTIAL))).toBe("none: a code");
  });

  test("is not used up by a first code that is wrong", async () => {
    const user = await newUser();
    const enrolmentCode = await oneTimeCode(user, "enrol", "substantial");
    const visitor = by(user);
    const page = await visitor.open("/account/totp");
    await visitor.answer(page, { code: "000000", enrolmentCode });
    const done = await visitor.answer(page, { code: totpCode(seedOn(page)), enrolmentCode });
    expect(done.status).toBe(200);
  });

  test("that is a day old, made up, or for a reset is none; and then nothing is added", async () => {
    const user = await newUser();
    const codes = ["0000-0000-0000-0000", "x", await oneTimeCode(user, "reset", "high")];
    for (const enrolmentCode of codes) {
      const refused = await addPasskey(by(user), await createAuthenticator(), { enrolmentCode });
      expect(refused.status).toBe(403);
    }
    const enrolmentCode = await oneTimeCode(user, "enrol", "high");
    later(86_401);
    const late = await addPasskey(by(user), await createAuthenticator(), { enrolmentCode });
    expect(late.status).toBe(403);
    expect(await passkeysOf(user)).toEqual([]);
  });

  test("left empty is no code", async () => {
    const user = await newUser();
    expect(doneOf(await addPasskey(by(user), await createAuthenticator(), { enrolmentCode: "" }))).toBe(
      "passkey_added",
    );
  });

  test("takes nothing away from what the session has reached", async () => {
    const user = await newUser();
    const { seed } = await addTotp(by(user), await oneTimeCode(user, "enrol", "substantial"));
    const visitor = withTotp(by(user), seed);
    await visitor.visit(sp, SUBSTANTIAL);
    const key = await createAuthenticator();
    await addPasskey(visitor, key, { enrolmentCode: await oneTimeCode(user, "enrol", "low") });
    const nobody = new Visitor(idp);
    const stop = await usePasskey(nobody, await nobody.visit(sp, SUBSTANTIAL), key);
    expect(errorOf(stop)).toBe("none: a code");
  });
});

describe("a passkey", () => {
  test("is named, renamed and removed; another's is not", async () => {
    const user = await newUser();
    const visitor = by(user);
    const key = await createAuthenticator();
    const added = await addPasskey(visitor, key, { name: "  Work <laptop> " });
    expect(added.html).toContain("Work &lt;laptop&gt;");
    const credential = key.credentialId;

    const stranger = by(await newUser());
    await stranger.open("/account");
    expect((await stranger.post("/account/passkey/rename", { credential, name: "Mine" })).status).toBe(400);
    await stranger.post("/account/passkey/remove", { credential });
    expect(await passkeysOf(user)).toEqual([{ name: "Work <laptop>" }]);

    expect(doneOf(await visitor.post("/account/passkey/rename", { credential, name: "Home" }))).toBe(
      "passkey_renamed",
    );
    expect((await visitor.post("/account/passkey/rename", { credential, name: "  " })).status).toBe(400);
    expect(await passkeysOf(user)).toEqual([{ name: "Home" }]);
    expect(doneOf(await visitor.post("/account/passkey/remove", { credential }))).toBe("passkey_removed");
    expect(await passkeysOf(user)).toEqual([]);
  });

  test("several can be added, none twice, and nobody else's", async () => {
    const user = await newUser();
    const visitor = by(user);
    const [one, two] = [await createAuthenticator(), await createAuthenticator()];
    await addPasskey(visitor, one, { name: "One" });
    const page = await visitor.look("/account/passkey");
    expect(passkeyOptions(page)).toMatchObject({
      attestation: "direct",
      excludeCredentials: [{ id: one.credentialId }],
      user: { name: user.username },
    });
    await addPasskey(visitor, two, { name: "Two" });
    expect(await passkeysOf(user)).toHaveLength(2);
    const other = await newUser();
    for (const visiting of [visitor, by(other)]) expect((await addPasskey(visiting, one)).status).toBe(403);
    expect(await passkeysOf(other)).toEqual([]);
  });

  test.each([
    ["a user who was not verified", { uv: false }],
    ["another site", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["another challenge", { challenge: "A".repeat(43) }],
  ])("is refused: %s", async (_, change) => {
    const user = await newUser();
    const page = await addPasskey(by(user), await createAuthenticator(), change);
    expect(page.status).toBe(403);
    expect(await passkeysOf(user)).toEqual([]);
  });

  test("answers a challenge once, and that of its own session", async () => {
    const user = await newUser();
    const visitor = by(user);
    const { challenge } = passkeyOptions(await visitor.open("/account/passkey"));
    const register = async (challenge: string) => ({
      credential: JSON.stringify(
        await (await createAuthenticator()).register({ rpId: "idp.example", origin: ISSUER, challenge }),
      ),
      name: "Key",
    });
    const elsewhere = by(await newUser());
    await elsewhere.open("/account");
    expect((await elsewhere.post("/account/passkey", await register(challenge))).status).toBe(403);
    expect(doneOf(await visitor.post("/account/passkey", await register(challenge)))).toBe("passkey_added");
    await visitor.post("/account/passkey", await register(challenge));
    expect(await passkeysOf(user)).toHaveLength(1);
  });
});

describe("removing a factor needs its level", () => {
  async function withApp(level: "low" | "substantial" | "high", human?: User) {
    const user = human ?? (await newUser());
    const rest = await addTotp(by(user), await oneTimeCode(user, "enrol", level));
    const visitor = by(user);
    await visitor.open("/account"); // by password alone
    return { user, visitor, ...rest };
  }

  test("an app: the step up is asked for, and then it goes, recovery codes and all", async () => {
    const { user, visitor, seed, recoveryCode } = await withApp("substantial");
    const page = await visitor.post("/account/totp/remove", {});
    expect(askedBy(page)).toBe("/login/totp");
    expect(await hasTotp(user)).toBe(true);
    const account = await withTotp(visitor, seed).through(page);
    expect(account.url.pathname).toBe("/account");
    expect(doneOf(await visitor.post("/account/totp/remove", {}))).toBe("totp_removed");
    expect(await hasTotp(user)).toBe(false);
    await addTotp(visitor);
    await directory().prepare("UPDATE totp SET level = 'substantial' WHERE human_id = ?").bind(user.id).run();
    const low = by(user);
    await low.open("/account");
    await low.post("/account/totp/remove", { code: recoveryCode });
    expect(await hasTotp(user)).toBe(true);
  });

  test("or a recovery code, for who lost the app", async () => {
    const { user, visitor, recoveryCode } = await withApp("substantial");
    await visitor.post("/account/totp/remove", { code: "0000-0000-0000-0000" });
    expect(await hasTotp(user)).toBe(true);
    expect(doneOf(await visitor.post("/account/totp/remove", { code: recoveryCode }))).toBe("totp_removed");
    expect(await hasTotp(user)).toBe(false);
  });

  test("an app that counts as low goes by password alone", async () => {
    const { user, visitor } = await withApp("low");
    expect(doneOf(await visitor.post("/account/totp/remove", {}))).toBe("totp_removed");
    expect(await hasTotp(user)).toBe(false);
  });

  test("no more than the human can reach with it is demanded of an app", async () => {
    const weak = await withApp("substantial", await newUser({ identityAssurance: "low" }));
    expect(doneOf(await weak.visitor.post("/account/totp/remove", {}))).toBe("totp_removed");

    const strong = await withApp("high"); // two factors are substantial, whatever the code said
    const page = await strong.visitor.post("/account/recovery", {});
    await withTotp(strong.visitor, strong.seed).through(page);
    expect(recoveryCodesOn(await strong.visitor.post("/account/recovery", {}))).toHaveLength(10);
    expect(doneOf(await strong.visitor.post("/account/totp/remove", {}))).toBe("totp_removed");
  });

  test("a passkey: the same", async () => {
    const user = await newUser();
    const key = await createAuthenticator();
    await addPasskey(by(user), key, { enrolmentCode: await oneTimeCode(user, "enrol", "substantial") });
    const visitor = by(user);
    await visitor.open("/account");
    const page = await visitor.post("/account/passkey/remove", { credential: key.credentialId });
    expect(askedBy(page)).toBe("/login/passkey");
    expect(await passkeysOf(user)).toHaveLength(1);
    const before = cookie(visitor);
    await usePasskey(visitor, page, key);
    expect(cookie(visitor)).not.toBe(before);
    await visitor.post("/account/passkey/remove", { credential: key.credentialId });
    expect(await passkeysOf(user)).toEqual([]);
  });

  test("a passkey in hardware: high, or what its human can reach", async () => {
    const root = await mintAttestationCa();
    const leaf = await mintAttestationLeaf(root, KIND);
    const at = idp.with({ HIGH_ASSURANCE_AUTHENTICATORS: `${KIND}:${await fingerprintOf(root)}` });
    const attestation = { format: "packed", chain: [leaf.der, root.der], key: leaf.keys.privateKey } as const;
    for (const [identityAssurance, stays] of [
      ["high", 1],
      ["substantial", 0],
    ] as const) {
      const user = await newUser({ identityAssurance });
      const { seed } = await addTotp(by(user), await oneTimeCode(user, "enrol", "substantial"));
      const key = await createAuthenticator(KIND);
      const enrolmentCode = await oneTimeCode(user, "enrol", "high");
      await addPasskey(new Visitor(at, user), key, { attestation, enrolmentCode });
      const visitor = withTotp(new Visitor(at, user), seed);
      await visitor.visit(sp, SUBSTANTIAL);
      const stop = await visitor.post("/account/passkey/remove", { credential: key.credentialId });
      expect(await passkeysOf(user)).toHaveLength(stays);
      if (stays > 0) expect(askedBy(stop)).toBe("/login/passkey");
    }
  });

  test("a weakly identified human who signed in by password is led to a step up that can be taken", async () => {
    const user = await newUser({ identityAssurance: "substantial" });
    const root = await mintAttestationCa();
    const leaf = await mintAttestationLeaf(root, KIND);
    const at = idp.with({ HIGH_ASSURANCE_AUTHENTICATORS: `${KIND}:${await fingerprintOf(root)}` });
    const key = await createAuthenticator(KIND);
    await addPasskey(new Visitor(at, user), key, {
      attestation: { format: "packed", chain: [leaf.der, root.der], key: leaf.keys.privateKey },
      enrolmentCode: await oneTimeCode(user, "enrol", "high"),
    });
    const visitor = new Visitor(at, user);
    await visitor.open("/account");
    const stop = await visitor.post("/account/passkey/remove", { credential: key.credentialId });
    expect(askedBy(stop)).toBe("/login/passkey");
  });
});
