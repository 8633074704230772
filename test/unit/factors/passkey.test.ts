/** Passkeys: what is asked of browsers, and which answers are refused. Hardware: see `attestation.test`. */
import { describe, expect, test } from "vitest";
import {
  authenticationOptions,
  registrationOptions,
  verifyAuthentication,
  verifyRegistration,
} from "../../../src/factors/passkey.ts";
import {
  base64url,
  type Ceremony,
  createAuthenticator,
  fromBase64url,
  randomChallenge,
} from "../../support/authenticator.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const EXPECTED = { rpId: "idp.example", origin: "https://idp.example", challenge: randomChallenge() };
const HUMAN = "0b5e1a0c-7a5e-4a0e-9d35-0f5f6e8a1c11";
const HANDLE = btoa(HUMAN).replaceAll("=", "");
const NOBODY = { pairs: [] };
const NOW = Math.floor(Date.now() / 1000);

const register = (response: unknown) =>
  verifyRegistration({ ...EXPECTED, response, trusted: NOBODY, now: NOW });

describe("what the browser is asked", () => {
  test("to make a key: verified human, kept on the device, attested, never twice on one device", () => {
    const options = registrationOptions({
      ...EXPECTED,
      rpName: "Example IdP",
      human: { id: HUMAN, username: "alice", displayName: "Alice O'Neil" },
      exclude: [{ credentialId: "AAAA", transports: ["usb"] }],
    });
    expect(options).toMatchObject({
      challenge: EXPECTED.challenge,
      rp: { id: "idp.example", name: "Example IdP" },
      user: { id: HANDLE, name: "alice", displayName: "Alice O'Neil" },
      excludeCredentials: [{ type: "public-key", id: "AAAA", transports: ["usb"] }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "direct",
    });
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-8, -7, -257]);
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });

  test("to sign: with any key of this IdP, or with one of those named", () => {
    expect(authenticationOptions(EXPECTED)).toMatchObject({
      ...{
        challenge: EXPECTED.challenge,
        rpId: "idp.example",
        allowCredentials: [],
        userVerification: "required",
      },
    });
    const allow = [{ credentialId: "AAAA", transports: ["internal"] }];
    expect(authenticationOptions({ ...EXPECTED, allow }).allowCredentials).toEqual([
      { type: "public-key", id: "AAAA", transports: ["internal"] },
    ]);
  });
});

/** Answers that differ from what was asked, for both ceremonies. */
const WRONG: readonly [what: string, change: Partial<Ceremony>, reason: string][] = [
  ["the human not verified", { uv: false }, "passkey_user_verification"],
  ["nobody present", { up: false }, "passkey_user_verification"],
  ["another origin", { origin: "https://idp.example.evil" }, "passkey_origin"],
  ["the same host by http", { origin: "http://idp.example" }, "passkey_origin"],
  ["another site's frame", { clientData: { crossOrigin: true } }, "passkey_origin"],
  ["a frame that names its top", { clientData: { topOrigin: "https://evil.example" } }, "passkey_origin"],
  ["another relying party", { rpId: "example" }, "passkey_rp_id"],
  ["another challenge", { challenge: randomChallenge() }, "passkey_challenge"],
  ["another ceremony", { type: "payment.get" }, "passkey_type"],
  ["backed up though it can't be", { bs: true }, "passkey_backup"],
];

describe("registration", () => {
  test("gives what is to be stored", async () => {
    const authenticator = await createAuthenticator("01020304-0506-0708-090a-0b0c0d0e0f10");
    const response = await authenticator.register({ ...EXPECTED, counter: 7 });
    expect(accepted(await register(response))).toMatchObject({
      credentialId: authenticator.credentialId,
      counter: 7,
      transports: ["usb"], // unknown ones are left out
      aaguid: "01020304-0506-0708-090a-0b0c0d0e0f10",
      ...{ deviceBound: true, backedUp: false, hardware: false },
    });
  });

  test("tells a key that is synchronised from one that stays", async () => {
    const authenticator = await createAuthenticator();
    const synced = await authenticator.register({ ...EXPECTED, be: true, bs: true });
    expect(accepted(await register(synced))).toMatchObject({ deviceBound: false, backedUp: true });
    const notYet = await authenticator.register({ ...EXPECTED, be: true });
    expect(accepted(await register(notYet))).toMatchObject({ deviceBound: false, backedUp: false });
  });

  test.each(WRONG)("with %s is refused", async (_what, change, reason) => {
    const authenticator = await createAuthenticator();
    expect(reasonOf(await register(await authenticator.register({ ...EXPECTED, ...change })))).toBe(reason);
  });

  test("with the answer to a sign-in is refused", async () => {
    const authenticator = await createAuthenticator();
    const signed = (await authenticator.sign(EXPECTED)) as { response: object };
    const made = await authenticator.register(EXPECTED);
    expect(reasonOf(await register(signed))).toBe("passkey_malformed");
    const mixed = { ...made, response: { ...made.response, ...signed.response } };
    expect(reasonOf(await register(mixed))).toBe("passkey_type");
  });

  test("with another id than the authenticator's is refused", async () => {
    const made = await (await createAuthenticator()).register(EXPECTED);
    const other = (await createAuthenticator()).credentialId;
    expect(reasonOf(await register({ ...made, id: other, rawId: other }))).toBe("passkey_malformed");
  });

  test.each([
    ["nothing", undefined],
    ["text", "{}"],
    ["an empty object", {}],
    ["ids that differ", { id: "AAAA", rawId: "AAAB", type: "public-key", response: {} }],
    ["another type", { id: "AAAA", rawId: "AAAA", type: "password", response: {} }],
    ["an id that is not base64url", { id: "A=", rawId: "A=", type: "public-key", response: {} }],
    ["members missing", { id: "AAAA", rawId: "AAAA", type: "public-key", response: {} }],
    [
      "members of another kind",
      {
        id: "AAAA",
        rawId: "AAAA",
        type: "public-key",
        response: { clientDataJSON: 1, attestationObject: [] },
      },
    ],
    [
      "too much",
      {
        id: "AAAA",
        rawId: "AAAA",
        type: "public-key",
        response: { clientDataJSON: "AAAA", attestationObject: "A".repeat(60_004) },
      },
    ],
  ])("of %s is refused", async (_what, response) => {
    expect(reasonOf(await register(response))).toBe("passkey_malformed");
  });

  test("of garbage in the right places is refused, never thrown", async () => {
    const made = await (await createAuthenticator()).register(EXPECTED);
    const object = fromBase64url(made.response.attestationObject);
    // "attStmt", an empty map, in whose place stands the number 0: well formed, and no statement.
    const statement = Buffer.from(object).indexOf("attStmt") + "attStmt".length;
    expect(object[statement]).toBe(0xa0);
    for (const bytes of [
      object.slice(0, 40),
      object.slice(0, -1),
      Uint8Array.of(0xff),
      Uint8Array.of(0xa0),
      Uint8Array.of(0x00), // the number 0 in place of all
      Uint8Array.of(0x80), // an empty list
      Uint8Array.from(object, (byte, at) => (at === statement ? 0x00 : byte)),
    ]) {
      const attestationObject = base64url(bytes);
      const reason = reasonOf(await register({ ...made, response: { ...made.response, attestationObject } }));
      expect(["passkey_malformed", "passkey_attestation"]).toContain(reason);
    }
    const twice = btoa('{"type":"webauthn.create","type":"x"}').replaceAll("=", "");
    const response = { ...made.response, clientDataJSON: twice };
    expect(reasonOf(await register({ ...made, response }))).toBe("passkey_malformed");
  });
});

describe("authentication", () => {
  async function enrolled(flags: Partial<Ceremony> = {}) {
    const authenticator = await createAuthenticator();
    const made = accepted(await register(await authenticator.register({ ...EXPECTED, ...flags })));
    return { authenticator, credential: { ...made, humanId: HUMAN } };
  }

  test("by the key that was enrolled, whether it names its human or not", async () => {
    const { authenticator, credential } = await enrolled({ counter: 3 });
    for (const handle of [HANDLE, undefined]) {
      const response = await authenticator.sign({ ...EXPECTED, counter: 4 }, handle);
      expect(accepted(await verifyAuthentication({ ...EXPECTED, response, credential }))).toEqual({
        newCounter: 4,
        backedUp: false,
      });
    }
  });

  test.each(WRONG)("with %s is refused", async (_what, change, reason) => {
    const { authenticator, credential } = await enrolled();
    const response = await authenticator.sign({ ...EXPECTED, ...change }, HANDLE);
    expect(reasonOf(await verifyAuthentication({ ...EXPECTED, response, credential }))).toBe(reason);
  });

  test.each([
    [10, 9, "passkey_counter"],
    [10, 10, "passkey_counter"],
    [10, 0, "passkey_counter"],
    [10, 11, "accepted"],
    [0, 0, "accepted"],
    [0, 1, "accepted"],
  ])("with counter %i stored and %i sent: %s", async (stored, sent, verdict) => {
    const { authenticator, credential } = await enrolled({ counter: stored });
    const response = await authenticator.sign({ ...EXPECTED, counter: sent }, HANDLE);
    const result = await verifyAuthentication({ ...EXPECTED, response, credential });
    expect(reasonOf(result)).toBe(verdict);
    if (!result.ok) expect(dataOf(result)).toEqual({ stored, received: sent });
  });

  test("by another key under the same id is refused, and not taken for a copy", async () => {
    const { credential } = await enrolled({ counter: 10 });
    const other = await createAuthenticator();
    const signed = (await other.sign(EXPECTED)) as { id: string };
    const response = { ...signed, id: credential.credentialId, rawId: credential.credentialId };
    expect(reasonOf(await verifyAuthentication({ ...EXPECTED, response, credential }))).toBe(
      "passkey_signature",
    );
  });

  test("with a byte changed is refused", async () => {
    const { authenticator, credential } = await enrolled();
    const signed = (await authenticator.sign(EXPECTED)) as { response: { authenticatorData: string } };
    const data = signed.response.authenticatorData;
    // The counter is the last of it: as a thief would raise it.
    const response = {
      ...signed,
      response: { ...signed.response, authenticatorData: `${data.slice(0, -2)}Ag` },
    };
    expect(reasonOf(await verifyAuthentication({ ...EXPECTED, response, credential }))).toBe(
      "passkey_signature",
    );
  });

  test("by another credential, or for another human, is refused", async () => {
    const { authenticator, credential } = await enrolled();
    const { authenticator: other } = await enrolled();
    const foreign = await other.sign(EXPECTED);
    expect(reasonOf(await verifyAuthentication({ ...EXPECTED, response: foreign, credential }))).toBe(
      "passkey_unknown",
    );
    const mallory = await authenticator.sign(EXPECTED, btoa("mallory").replaceAll("=", ""));
    expect(reasonOf(await verifyAuthentication({ ...EXPECTED, response: mallory, credential }))).toBe(
      "passkey_unknown",
    );
  });

  test("a key that stayed on its device can't have become one that moves, nor the other way round", async () => {
    const bound = await enrolled();
    const moved = await bound.authenticator.sign({ ...EXPECTED, be: true, bs: true });
    const { credential } = bound;
    expect(reasonOf(await verifyAuthentication({ ...EXPECTED, response: moved, credential }))).toBe(
      "passkey_backup",
    );
    const synced = await enrolled({ be: true });
    const settled = await synced.authenticator.sign(EXPECTED);
    expect(
      reasonOf(await verifyAuthentication({ ...EXPECTED, response: settled, credential: synced.credential })),
    ).toBe("passkey_backup");
  });

  test("a key that may be copied and now is says so", async () => {
    const { authenticator, credential } = await enrolled({ be: true });
    const response = await authenticator.sign({ ...EXPECTED, be: true, bs: true });
    expect(accepted(await verifyAuthentication({ ...EXPECTED, response, credential })).backedUp).toBe(true);
  });

  test("with a registration in place of a signature is refused", async () => {
    const { authenticator, credential } = await enrolled();
    const response = await authenticator.register(EXPECTED);
    expect(reasonOf(await verifyAuthentication({ ...EXPECTED, response, credential }))).toBe(
      "passkey_malformed",
    );
  });
});
