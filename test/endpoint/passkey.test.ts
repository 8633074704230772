/** Passkeys over HTTP: signing in with one, with or without a name, and the level that it gives. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type AttestationIdentity,
  mintAttestationCa,
  mintAttestationLeaf,
} from "../support/attestation-pki.ts";
import { type Attestation, type Authenticator, createAuthenticator } from "../support/authenticator.ts";
import { readForm } from "../support/browser.ts";
import { addPasskey, oneTimeCode, passkeyAnswer, passkeyOptions, usePasskey } from "../support/factors.ts";
import { fingerprintOf } from "../support/pki.ts";
import { askedBy, errorOf, type Stop, Visitor } from "../support/visitor.ts";
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

const COOKIE = "__Host-session";
const UNMET = "unmet_authentication_requirements";
const KIND = "ee882879-721c-4913-9775-3dfcce97072a";

let idp: Instance;
let sp: Sp;
let root: AttestationIdentity;
let device: AttestationIdentity;
beforeAll(async () => {
  skipHashing();
  root = await mintAttestationCa();
  device = await mintAttestationLeaf(root, KIND);
  idp = (await startWorker()).with({ HIGH_ASSURANCE_AUTHENTICATORS: `${KIND}:${await fingerprintOf(root)}` });
  sp = idp.world.sp;
});
afterEach(() => {
  vi.useRealTimers();
});

const wanting = (...levels: string[]) => ({ acr_values: levels.map(loa).join(" ") });
const packed = (leaf: AttestationIdentity, ...issuers: readonly AttestationIdentity[]): Attestation => ({
  format: "packed",
  chain: [leaf, ...issuers].map(({ der }) => der),
  key: leaf.keys.privateKey,
});
const ADDED = "/account/factors?done=passkey_added";

/** A human with a passkey, and a browser that knows nothing of them and offers passkeys on its login page. */
async function withKey(
  level: "low" | "substantial" | "high" | undefined,
  {
    user,
    ...options
  }: Parameters<typeof addPasskey>[2] & { readonly user?: User; readonly kind?: string } = {},
) {
  const human = user ?? (await newUser());
  const key = await createAuthenticator(options.kind ?? KIND);
  const enrolmentCode = level && (await oneTimeCode(human, "enrol", level));
  const stop = await addPasskey(new Visitor(idp, human), key, {
    ...options,
    ...(enrolmentCode === undefined ? {} : { enrolmentCode }),
  });
  expect(stop.url.pathname + stop.url.search).toBe(ADDED);
  return { user: human, key, stop };
}
const nobody = (at: Instance = idp) => new Visitor(at);
async function signInWith(
  key: Authenticator,
  request: Record<string, string> = {},
  change: Parameters<typeof passkeyAnswer>[2] = {},
) {
  const visitor = nobody();
  const stop = await usePasskey(visitor, await visitor.visit(sp, request), key, change);
  return { visitor, stop };
}
const said = async ({ visitor, stop }: { visitor: Visitor; stop: Stop }) => {
  const { claims } = await visitor.redeem(sp, stop);
  return { acr: claims.acr, amr: claims.amr };
};

describe("a passkey alone", () => {
  test("signs in without a name, and is substantial when it was added at that level", async () => {
    const { key, user } = await withKey("substantial");
    const done = await signInWith(key, wanting("substantial"), { humanId: user.id });
    expect(done.visitor.asked).toEqual(["/consent"]);
    expect(await said(done)).toEqual({ acr: loa("substantial"), amr: ["pop", "user", "mfa"] });
    expect(done.visitor.browser.cookies.has(COOKIE)).toBe(true);
    expect((await done.visitor.look("/account")).html).toContain(user.username);
  });

  test("the login page asks for any passkey of ours, with a user who is verified", async () => {
    const page = await nobody().visit(sp);
    expect(passkeyOptions(page)).toMatchObject({
      rpId: "idp.example",
      allowCredentials: [],
      userVerification: "required",
    });
    const other = await nobody().visit(sp);
    expect(passkeyOptions(other).challenge).not.toBe(passkeyOptions(page).challenge);
  });

  test("added in a session of a password alone counts as low", async () => {
    const { key } = await withKey(undefined);
    expect(errorOf((await signInWith(key, wanting("substantial"))).stop)).toBe(UNMET);
    expect((await said(await signInWith(key))).acr).toBe(loa("low"));
  });

  test("added in a session that a passkey made counts like that one", async () => {
    const { key } = await withKey("substantial");
    const { visitor } = await signInWith(key, wanting("substantial"));
    const second = await createAuthenticator();
    expect((await addPasskey(visitor, second)).url.search).toContain("passkey_added");
    expect((await said(await signInWith(second, wanting("substantial")))).acr).toBe(loa("substantial"));
  });

  test("gives no more than how well the human was identified", async () => {
    const user = await newUser({ identityAssurance: "low" });
    const { key } = await withKey("substantial", { user });
    expect(errorOf((await signInWith(key, wanting("substantial"))).stop)).toBe(UNMET);
  });

  test("gets in while the account is locked", async () => {
    const at = idp.with({ LOGIN_MAX_FAILURES: "3" });
    const { key, user } = await withKey("substantial");
    const visitor = nobody(at);
    let page = await visitor.visit(sp);
    for (let guess = 0; guess < 3; guess++) {
      page = await visitor.answer(page, { username: user.username, password: "wrong" });
      expect(page.status).toBe(403);
    }
    page = await visitor.answer(page, { username: user.username, password: user.password });
    expect(page.status).toBe(429);
    expect(errorOf(await usePasskey(visitor, page, key))).toBe("none: a code");
    // And that is a sign-in: it opens the account again.
    expect(errorOf(await new Visitor(at, user).visit(sp))).toBe("none: a code");
  });
});

describe("after a name", () => {
  test("as the factor that leads higher: asked for those of this human", async () => {
    const { key, user } = await withKey("substantial");
    const visitor = new Visitor(idp, user);
    const page = await visitor.visit(sp, wanting("substantial"));
    expect(askedBy(page)).toBe("/login/passkey");
    expect(passkeyOptions(page)).toMatchObject({
      allowCredentials: [{ id: key.credentialId, type: "public-key" }],
    });
    const stop = await usePasskey(visitor, page, key);
    const { acr, amr } = await said({ visitor, stop });
    expect(acr).toBe(loa("substantial"));
    expect(amr).toEqual(expect.arrayContaining(["pwd", "user", "mfa"]));
  });

  test("as step-up in a session", async () => {
    const { key, user } = await withKey("substantial");
    const visitor = new Visitor(idp, user);
    await visitor.visit(sp);
    const before = visitor.browser.cookies.get(COOKIE);
    const page = await visitor.visit(sp, wanting("substantial"));
    expect(visitor.asked).toEqual([]);
    const stop = await usePasskey(visitor, page, key);
    expect((await said({ visitor, stop })).acr).toBe(loa("substantial"));
    expect(visitor.browser.cookies.get(COOKIE)).not.toBe(before);
  });

  test("another human's passkey makes it that human's sign-in", async () => {
    const one = await withKey("substantial");
    const two = await withKey("substantial");
    const visitor = new Visitor(idp, one.user);
    const page = await visitor.visit(sp, wanting("substantial"));
    const stop = await usePasskey(visitor, page, two.key);
    const { claims } = await visitor.redeem(sp, stop);
    const own = await signInWith(two.key);
    expect(claims.sub).toBe((await own.visitor.redeem(sp, own.stop)).claims.sub);
    expect(claims.amr).not.toContain("pwd");
  });
});

describe("is refused", () => {
  /** The same page again, with words, and nobody signed in. */
  async function expectRefused(visitor: Visitor, stop: Stop) {
    expect(stop.status).toBe(403);
    expect(stop.html).toContain("That passkey was not accepted");
    expect(visitor.browser.cookies.has(COOKIE)).toBe(false);
    const { returnUrl = "" } = readForm(stop.html).fields;
    expect(askedBy(await visitor.look(returnUrl))).toBe("/login");
  }

  test.each<[string, Parameters<typeof passkeyAnswer>[2]]>([
    ["user not verified", { uv: false }],
    ["nobody present", { up: false, uv: false }],
    ["another site", { origin: "https://evil.example" }],
    ["another origin of ours", { origin: "https://idp.example:8443" }],
    ["another relying party", { rpId: "evil.example" }],
    ["another challenge", { challenge: "A".repeat(43) }],
    ["a registration's type", { type: "webauthn.create" }],
    ["another human's handle", { humanId: crypto.randomUUID() }],
    ["backed up, which it could not be", { be: true, bs: true }],
  ])("%s", async (_, change) => {
    const { key } = await withKey("substantial");
    const { visitor, stop } = await signInWith(key, {}, change);
    await expectRefused(visitor, stop);
  });

  test("a key that nobody added, or one that was removed", async () => {
    const { visitor, stop } = await signInWith(await createAuthenticator());
    await expectRefused(visitor, stop);
    const { key, user } = await withKey(undefined);
    const owner = new Visitor(idp, user);
    await owner.open("/account");
    await owner.post("/account/passkey/remove", { credential: key.credentialId });
    const after = await signInWith(key);
    await expectRefused(after.visitor, after.stop);
  });

  test("of a human who was deactivated", async () => {
    const { key, user } = await withKey("substantial");
    await directory().prepare("UPDATE humans SET status = 'inactive' WHERE id = ?").bind(user.id).run();
    const { visitor, stop } = await signInWith(key);
    await expectRefused(visitor, stop);
  });

  test.each(["", "{}", "[]", "null", '{"id":1}', '{"id":"x","response":{}}', "x".repeat(5000)])(
    "%j",
    async (credential) => {
      const visitor = nobody();
      const page = await visitor.visit(sp);
      const { returnUrl = "" } = await passkeyAnswer(page, await createAuthenticator());
      await expectRefused(visitor, await visitor.post("/login/passkey", { returnUrl, credential }));
    },
  );

  test("a challenge that was used, in this sign-in or another", async () => {
    const { key } = await withKey("substantial");
    const visitor = nobody();
    const page = await visitor.visit(sp);
    const answer = await passkeyAnswer(page, key);
    expect((await visitor.post("/login/passkey", answer)).status).toBe(200); // consent
    const again = await visitor.post("/login/passkey", answer);
    expect(again.status).toBe(403);

    const other = nobody();
    const { returnUrl = "" } = await passkeyAnswer(await other.visit(sp), key);
    await expectRefused(other, await other.post("/login/passkey", { ...answer, returnUrl }));
  });

  test("sent several times at once it is good once", async () => {
    const { key } = await withKey("substantial");
    const visitor = nobody();
    const answer = await passkeyAnswer(await visitor.visit(sp), key);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => visitor.browser.post("/login/passkey", answer)),
    );
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
  });

  test("a counter that stands still or goes back; forward it is good", async () => {
    const { key } = await withKey("substantial", { counter: 5 });
    for (const [counter, good] of [
      [5, false],
      [4, false],
      [0, false],
      [9, true],
      [9, false],
      [8, false],
      [10, true],
    ] as const) {
      const { stop } = await signInWith(key, {}, { counter });
      expect([counter, stop.status === 403]).toEqual([counter, !good]);
    }
  });

  test("from another site's form, or another browser", async () => {
    const { key } = await withKey("substantial");
    const visitor = nobody();
    const answer = await passkeyAnswer(await visitor.visit(sp), key);
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await visitor.browser.post("/login/passkey", answer, headers)).status).toBe(403);
    expect((await idp.browser().post("/login/passkey", answer)).status).toBe(403);
    expect(visitor.browser.cookies.has(COOKIE)).toBe(false);
  });
});

describe("high", () => {
  const high = wanting("high");

  test("is a listed key whose attestation was verified, added with a code for high", async () => {
    const { key } = await withKey("high", { attestation: packed(device, root) });
    expect(await said(await signInWith(key, high))).toEqual({
      acr: loa("high"),
      amr: ["hwk", "user", "mfa"],
    });
  });

  test("needs that attestation for the account too: only then is it said to be verified", async () => {
    const { stop } = await withKey("high", { attestation: packed(device, root) });
    expect(stop.html).toContain("verified security key");
    const software = await withKey("high");
    expect(software.stop.html).not.toContain("verified security key");
  });

  test.each<[string, () => Promise<Parameters<typeof addPasskey>[2]>]>([
    ["a software key with a listed kind", async () => ({})],
    ["one that attests itself", async () => ({ attestation: { format: "self" } })],
    [
      "a chain to another root",
      async () => {
        const forged = await mintAttestationCa();
        return { attestation: packed(await mintAttestationLeaf(forged, KIND), forged) };
      },
    ],
    [
      "a genuine chain of another kind",
      async () => ({
        attestation: packed(await mintAttestationLeaf(root, "2fc0579f-8113-47ea-b116-bb5a8db9202a"), root),
        kind: "2fc0579f-8113-47ea-b116-bb5a8db9202a",
      }),
    ],
    ["one that can be copied", async () => ({ attestation: packed(device, root), be: true })],
    ["one that is backed up", async () => ({ attestation: packed(device, root), be: true, bs: true })],
  ])("is not: %s, which is substantial at the most", async (_, optionsOf) => {
    const options = { ...(await optionsOf()) };
    const { key } = await withKey("high", options);
    const { be = false, bs = false } = options ?? {};
    expect(errorOf((await signInWith(key, high, { be, bs })).stop)).toBe(UNMET);
    const { acr, amr } = await said(await signInWith(key, wanting("high", "substantial"), { be, bs }));
    expect(acr).toBe(loa("substantial"));
    expect(amr).not.toContain("hwk");
  });

  test.each(["low", "substantial"] as const)(
    "is not a listed key that was added with a code for %s",
    async (level) => {
      const { key } = await withKey(level, { attestation: packed(device, root) });
      expect(errorOf((await signInWith(key, high)).stop)).toBe(UNMET);
      expect((await said(await signInWith(key))).acr).toBe(loa(level));
    },
  );

  test("is not for a human who was identified at substantial", async () => {
    const user = await newUser({ identityAssurance: "substantial" });
    const { key } = await withKey("high", { user, attestation: packed(device, root) });
    expect(errorOf((await signInWith(key, high)).stop)).toBe(UNMET);
  });

  test("is promised only where some authenticator is listed", async () => {
    const promised = async (at: Instance) => {
      const answer = await at.send(new Request(`${ISSUER}/.well-known/openid-configuration`));
      return ((await answer.json()) as { acr_values_supported: string[] }).acr_values_supported;
    };
    expect(await promised(idp)).toContain(loa("high"));
    const none = await promised(idp.with({ HIGH_ASSURANCE_AUTHENTICATORS: "" }));
    expect(none).toEqual([loa("low"), loa("substantial")]);
  });

  test("leads on in its session to everything below", async () => {
    const { key } = await withKey("high", { attestation: packed(device, root) });
    const { visitor } = await signInWith(key, high);
    later(5);
    for (const level of ["low", "substantial", "high"]) {
      const stop = await visitor.visit(sp, wanting(level));
      expect(visitor.asked).toEqual([]);
      expect((await said({ visitor, stop })).acr).toBe(loa("high"));
    }
  });
});
