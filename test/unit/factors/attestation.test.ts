/** Which keys count as hardware. A software key that claims to be a listed one must never do. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { TrustedAuthenticators } from "../../../src/factors/attestation.ts";
import { verifyRegistration } from "../../../src/factors/passkey.ts";
import {
  type AttestationIdentity,
  aaguidExtension,
  caExtensions,
  mintAttestationCa,
  mintAttestationLeaf,
  notCa,
  SIGNING_ONLY,
  unknownCritical,
} from "../../support/attestation-pki.ts";
import {
  type Attestation,
  type Cbor,
  createAuthenticator,
  type Flags,
  randomChallenge,
} from "../../support/authenticator.ts";
import { fingerprintOf } from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const EXPECTED = { rpId: "idp.example", origin: "https://idp.example", challenge: randomChallenge() };
const NOW = Math.floor(Date.now() / 1000);
const KIND = "ee882879-721c-4913-9775-3dfcce97072a";
const OTHER_KIND = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

let root: AttestationIdentity;
let ca: AttestationIdentity;
let leaf: AttestationIdentity;
let trusted: TrustedAuthenticators;
beforeAll(async () => {
  root = await mintAttestationCa();
  ca = await mintAttestationCa(root);
  leaf = await mintAttestationLeaf(ca, KIND);
  trusted = { pairs: [{ aaguid: KIND, root: await fingerprintOf(root) }] };
});

const packed = (device: AttestationIdentity, ...issuers: readonly AttestationIdentity[]): Attestation => ({
  format: "packed",
  chain: [device, ...issuers].map(({ der }) => der),
  key: device.keys.privateKey,
});

async function enrol(
  attestation: Attestation,
  over: { trusted?: TrustedAuthenticators; flags?: Flags; kind?: string; now?: number } = {},
) {
  const authenticator = await createAuthenticator(over.kind ?? KIND);
  const response = await authenticator.register({ ...EXPECTED, ...over.flags }, attestation);
  return verifyRegistration({
    ...EXPECTED,
    response,
    trusted: over.trusted ?? trusted,
    now: over.now ?? NOW,
  });
}
const isHardware = async (...args: Parameters<typeof enrol>) => accepted(await enrol(...args)).hardware;

describe("counts as hardware", () => {
  test("a listed kind with a chain to its root", async () => {
    expect(accepted(await enrol(packed(leaf, ca, root)))).toMatchObject({
      ...{ hardware: true, deviceBound: true, backedUp: false, aaguid: KIND },
    });
  });

  test("directly below the root, and with certificates above it", async () => {
    const direct = await mintAttestationLeaf(root, KIND);
    expect(await isHardware(packed(direct, root))).toBe(true);
    expect(await isHardware(packed(direct, root, await mintAttestationCa()))).toBe(true);
  });

  test("with the root left out, when it is known and listed", async () => {
    const known = { ...trusted, roots: [(await mintAttestationCa()).der, root.der] };
    expect(await isHardware(packed(leaf, ca), { trusted: known })).toBe(true);
    expect(await isHardware(packed(leaf, ca))).toBe(false);
    expect(await isHardware(packed(leaf, ca), { trusted: { pairs: [], roots: [root.der] } })).toBe(false);
  });

  test.each(["P-384", "P-521", "RSA-2048"] as const)("below a root with a %s key", async (keys) => {
    const hash = keys === "P-384" ? "SHA-384" : keys === "P-521" ? "SHA-512" : "SHA-256";
    for (let round = 0; round < 5; round++) {
      const strong = await mintAttestationCa(undefined, { keys, hash }); // r and s of every length, now and then
      const pairs = [{ aaguid: KIND, root: await fingerprintOf(strong) }];
      const device = await mintAttestationLeaf(strong, KIND, { hash });
      expect(await isHardware(packed(device, strong), { trusted: { pairs } })).toBe(true);
    }
  });

  test("below a root of one kind, whose certificates need not name it", async () => {
    const device = await mintAttestationLeaf(root, KIND, { extensions: [notCa()] });
    expect(await isHardware(packed(device, root))).toBe(true);
    expect(await isHardware(packed(device, root), { kind: OTHER_KIND })).toBe(false);
  });

  test("a batch certificate that is listed itself", async () => {
    const pairs = [{ aaguid: KIND, root: await fingerprintOf(leaf) }];
    expect(await isHardware(packed(leaf), { trusted: { pairs } })).toBe(true);
    expect(await isHardware(packed(leaf, ca, root), { trusted: { pairs } })).toBe(true);
    const sibling = await mintAttestationLeaf(ca, KIND);
    expect(await isHardware(packed(sibling, ca, root), { trusted: { pairs } })).toBe(false);
  });

  test("below a root without keyUsage, as some are", async () => {
    const [basic] = caExtensions();
    const plain = await mintAttestationCa(undefined, { extensions: basic ? [basic] : [] });
    const pairs = [{ aaguid: KIND, root: await fingerprintOf(plain) }];
    expect(
      await isHardware(packed(await mintAttestationLeaf(plain, KIND), plain), { trusted: { pairs } }),
    ).toBe(true);
  });
});

describe("is a key all the same, and not hardware", () => {
  test("a software key that claims a listed kind: no attestation, or its own", async () => {
    expect(accepted(await enrol({ format: "none" }))).toMatchObject({ aaguid: KIND, hardware: false });
    expect(accepted(await enrol({ format: "self" }))).toMatchObject({ aaguid: KIND, hardware: false });
  });

  test("a chain to another root, of the same name or another", async () => {
    const forged = await mintAttestationCa();
    const device = await mintAttestationLeaf(forged, KIND);
    expect(await isHardware(packed(device, forged))).toBe(false);
    // Genuine certificates above a forged one prove nothing.
    expect(await isHardware(packed(device, forged, root))).toBe(false);
    expect(await isHardware(packed(device, root))).toBe(false);
    expect(await isHardware(packed(device, ca, root))).toBe(false);
  });

  test("a root that is listed for another kind only", async () => {
    const device = await mintAttestationLeaf(root, OTHER_KIND);
    expect(await isHardware(packed(device, root), { kind: OTHER_KIND })).toBe(false);
  });

  test("a key that may be copied", async () => {
    expect(await isHardware(packed(leaf, ca, root), { flags: { be: true } })).toBe(false);
    expect(await isHardware(packed(leaf, ca, root), { flags: { be: true, bs: true } })).toBe(false);
  });

  test("below a listed certificate that may issue none", async () => {
    const pairs = [{ aaguid: KIND, root: await fingerprintOf(leaf) }];
    const device = await mintAttestationLeaf(leaf, KIND, {
      subject: "CN=Key 2, OU=Authenticator Attestation, O=Keymaker, C=SE",
    });
    expect(await isHardware(packed(device, leaf), { trusted: { pairs } })).toBe(false);
    expect(await isHardware(packed(device), { trusted: { pairs, roots: [leaf.der] } })).toBe(false);
  });

  test("nothing listed", async () => {
    expect(await isHardware(packed(leaf, ca, root), { trusted: { pairs: [] } })).toBe(false);
  });

  test("a chain whose time is over, or not come", async () => {
    for (const now of [NOW + 366 * 86_400, NOW - 2 * 86_400]) {
      expect(await isHardware(packed(leaf, ca, root), { now })).toBe(false);
    }
    const old = await mintAttestationCa(root, { notAfter: new Date(Date.now() - 3_600_000) });
    expect(await isHardware(packed(await mintAttestationLeaf(old, KIND), old, root))).toBe(false);
  });

  test.each([
    ["is no CA", async () => mintAttestationCa(root, { extensions: [notCa()] })],
    ["has no basic constraints", async () => mintAttestationCa(root, { extensions: [] })],
    [
      "may not sign certificates",
      async () => mintAttestationCa(root, { extensions: caExtensions(undefined, SIGNING_ONLY) }),
    ],
    [
      "has a critical extension that nobody knows",
      async () => mintAttestationCa(root, { extensions: [...caExtensions(), unknownCritical()] }),
    ],
    ["is signed with SHA-1", async () => mintAttestationCa(root, { hash: "SHA-1" })],
    ["is another device", async () => mintAttestationLeaf(root, KIND)],
    ["names another issuer", async () => mintAttestationCa(root, { issuer: "CN=Somebody, C=SE" })],
  ])("a chain in which the issuer %s", async (_what, mintIssuer) => {
    const issuer = await mintIssuer();
    expect(await isHardware(packed(await mintAttestationLeaf(issuer, KIND), issuer, root))).toBe(false);
  });

  test("a path longer than a CA allows", async () => {
    const short = await mintAttestationCa(undefined, { extensions: caExtensions(0) });
    const pairs = [{ aaguid: KIND, root: await fingerprintOf(short) }];
    const middle = await mintAttestationCa(short);
    const device = await mintAttestationLeaf(middle, KIND);
    expect(await isHardware(packed(device, middle, short), { trusted: { pairs } })).toBe(false);
    const direct = await mintAttestationLeaf(short, KIND);
    expect(await isHardware(packed(direct, short), { trusted: { pairs } })).toBe(true);
  });

  test("a root with a weak key", async () => {
    const weak = await mintAttestationCa(undefined, { keys: "RSA-1024" });
    const pairs = [{ aaguid: KIND, root: await fingerprintOf(weak) }];
    const device = await mintAttestationLeaf(weak, KIND);
    expect(await isHardware(packed(device, weak), { trusted: { pairs } })).toBe(false);
  });

  test("a certificate altered where no signature covers it", async () => {
    const pairs = [{ aaguid: KIND, root: await fingerprintOf(root) }];
    const trailing = { ...ca, der: Uint8Array.from([...ca.der, 0]) };
    expect(await isHardware(packed(leaf, trailing, root), { trusted: { pairs } })).toBe(false);
  });

  test("more certificates than any maker sends", async () => {
    const device = await mintAttestationLeaf(root, KIND);
    expect(await isHardware(packed(device, ...Array<AttestationIdentity>(6).fill(root)))).toBe(false);
  });
});

describe("is refused", () => {
  test("a statement signed by another key than the certificate's", async () => {
    const attestation: Attestation = { ...packed(leaf, ca, root), key: ca.keys.privateKey } as Attestation;
    expect(reasonOf(await enrol(attestation))).toBe("passkey_attestation");
  });

  test("another kind than the certificate is for", async () => {
    expect(reasonOf(await enrol(packed(await mintAttestationLeaf(root, OTHER_KIND), root)))).toBe(
      "passkey_attestation",
    );
    const extensions = [notCa(), aaguidExtension(OTHER_KIND)];
    const device = await mintAttestationLeaf(root, KIND, { extensions });
    expect(reasonOf(await enrol(packed(device, root)))).toBe("passkey_attestation");
  });

  test.each([
    ["a CA as device", { extensions: caExtensions() }],
    ["another organisational unit", { subject: "CN=Key, OU=Sales, O=Keymaker, C=SE" }],
    ["a certificate that is over", { notAfter: new Date(Date.now() - 3_600_000) }],
  ])("%s", async (_what, options) => {
    const device = await mintAttestationLeaf(root, KIND, options);
    expect(reasonOf(await enrol(packed(device, root)))).toBe("passkey_attestation");
  });

  test("garbage for certificates", async () => {
    const attestation = { ...packed(leaf), chain: [Uint8Array.of(0x30, 1, 2)] } as Attestation;
    expect(reasonOf(await enrol(attestation))).toBe("passkey_attestation");
  });
});

describe("other statements", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test.each(["android-key", "android-safetynet", "apple", "tpm", "fido-u2f", "compound", "unheard-of"])(
    "%s counts for nothing, and no address in it is followed",
    async (format) => {
      const fetch = vi.fn(() => Promise.reject(new Error("no network")));
      vi.stubGlobal("fetch", fetch);
      const statement = new Map<string, Cbor>([
        ["alg", -7],
        ["sig", Uint8Array.of(1, 2, 3)],
        ["x5c", [leaf, ca, root].map(({ der }) => der)],
      ]);
      expect(await isHardware({ format, statement })).toBe(false);
      expect(fetch).not.toHaveBeenCalled();
    },
  );
});
