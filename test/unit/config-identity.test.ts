/** The identity in the configuration: key and chain that belong together and are valid now, and the data key. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  chainOf,
  chainPem,
  fingerprintOf,
  generateKeys,
  type Identity,
  keyPem,
  mint,
  mintCa,
  mintLeaf,
  type Pki,
} from "../support/pki.ts";
import { createSettings, type Settings } from "../support/settings.ts";

const DAY = 86_400_000;

let pki: Pki;
let idp: Identity;
let sound: Settings["sound"];
let configOf: Settings["configOf"];
let problemsOf: Settings["problemsOf"];
beforeAll(async () => {
  ({ pki, idp, sound, configOf, problemsOf } = await createSettings());
});

test("a chain longer than one variable may be goes on in the next", async () => {
  const [leaf = "", ...rest] = sound.CERTIFICATE_CHAIN?.split(/(?<=-----END CERTIFICATE-----)\n/) ?? [];
  const half = Math.floor(leaf.split("\n").length / 2); // also inside a certificate, between two lines
  const config = await configOf({
    CERTIFICATE_CHAIN: leaf.split("\n").slice(0, half).join("\n"),
    CERTIFICATE_CHAIN_2: leaf.split("\n").slice(half).join("\\n"),
    CERTIFICATE_CHAIN_3: rest.join("\n"),
    CERTIFICATE_CHAIN_5: "not read: there is no fourth",
  });
  expect(config.certificateChain).toEqual((await configOf()).certificateChain);
  expect(await problemsOf({ CERTIFICATE_CHAIN: "", CERTIFICATE_CHAIN_2: sound.CERTIFICATE_CHAIN })).toEqual([
    "CERTIFICATE_CHAIN is missing",
  ]);
});

describe("SIGNING_KEY and CERTIFICATE_CHAIN", () => {
  const certificatePem = (...identities: readonly Identity[]) =>
    identities.map(({ certificate }) => certificate.toString("pem")).join("\n");
  const identity = async (it: Identity, chain = chainPem(it)) => ({
    SIGNING_KEY: await keyPem(it),
    CERTIFICATE_CHAIN: chain,
  });

  test("a key of another kind, or none", async () => {
    const problem = "SIGNING_KEY is not an RSA private key in PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)";
    const ec = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
    ])) as CryptoKeyPair;
    const keys = [
      await keyPem({ ...idp, keys: ec }),
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
      sound.SIGNING_KEY?.replaceAll("PRIVATE", "RSA PRIVATE"),
      sound.CERTIFICATE_CHAIN,
    ];
    for (const SIGNING_KEY of keys) expect(await problemsOf({ SIGNING_KEY })).toEqual([problem]);
  });

  test("that do not belong together", async () => {
    const other = await mintLeaf(pki, "NTRNL-10000010", { keys: await generateKeys() });
    expect(await problemsOf({ SIGNING_KEY: await keyPem(other) })).toEqual([
      "SIGNING_KEY does not belong to the first certificate of CERTIFICATE_CHAIN",
    ]);
  });

  test("a chain that is none", async () => {
    expect(await problemsOf({ CERTIFICATE_CHAIN: "x" })).toEqual([
      "CERTIFICATE_CHAIN holds no readable PEM certificates",
    ]);
  });

  test("a certificate that can't be read is named by its place", async () => {
    const garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    expect(await problemsOf({ CERTIFICATE_CHAIN: `${certificatePem(idp)}\n${garbage}` })).toEqual([
      "CERTIFICATE_CHAIN: certificate 2 can't be read (certificate_not_canonical)",
    ]);
  });

  test("in the wrong order", async () => {
    expect(
      await problemsOf({ CERTIFICATE_CHAIN: certificatePem(idp, pki.sub, pki.issuing, pki.root) }),
    ).toEqual([
      "CERTIFICATE_CHAIN: certificate 2 is not the issuer of certificate 1",
      "CERTIFICATE_CHAIN: certificate 3 is not the issuer of certificate 2",
      "CERTIFICATE_CHAIN: certificate 4 is not the issuer of certificate 3",
    ]);
  });

  test("with the root first the key does not belong to it either", async () => {
    const reversed = certificatePem(...chainOf(idp).toReversed());
    expect(await problemsOf({ CERTIFICATE_CHAIN: reversed })).toContain(
      "SIGNING_KEY does not belong to the first certificate of CERTIFICATE_CHAIN",
    );
  });

  test("expired, and not valid yet", async () => {
    const old = { notBefore: new Date(Date.now() - 9 * DAY), notAfter: new Date(Date.now() - DAY) };
    expect(await problemsOf(await identity(await mint(pki.issuing, old)))).toEqual([
      "CERTIFICATE_CHAIN: certificate 1 has expired",
    ]);
    expect(
      await problemsOf(await identity(await mint(pki.issuing, { notBefore: new Date(Date.now() + DAY) }))),
    ).toEqual(["CERTIFICATE_CHAIN: certificate 1 is not valid yet"]);
    const ca = await mintCa(pki.root, { subject: "CN=Old CA", ...old });
    expect(await problemsOf(await identity(await mint(ca)))).toEqual([
      "CERTIFICATE_CHAIN: certificate 2 has expired",
    ]);
  });

  test("under framework 3.0 the root is sent too; before, it may be left out", async () => {
    const CERTIFICATE_CHAIN = certificatePem(idp, pki.issuing, pki.sub);
    for (const FRAMEWORK_VERSION of ["2.0", "2.1", "2.2"])
      expect(await problemsOf({ CERTIFICATE_CHAIN, FRAMEWORK_VERSION })).toEqual([]);
    expect(await problemsOf({ CERTIFICATE_CHAIN, FRAMEWORK_VERSION: "3.0" })).toEqual([
      "CERTIFICATE_CHAIN must end with the root under FRAMEWORK_VERSION=3.0",
    ]);
    expect(await problemsOf({ FRAMEWORK_VERSION: "3.0" })).toEqual([]);
  });

  test("the leaf alone is a chain", async () => {
    expect(
      (await configOf({ CERTIFICATE_CHAIN: certificatePem(idp) })).certificateChain[0]?.fingerprint,
    ).toBe(await fingerprintOf(idp));
  });
});

describe("DATA_KEY", () => {
  test.each([31, 33, 0, 16])("not %i bytes", async (length) => {
    const problems = await problemsOf({ DATA_KEY: length === 0 ? "AAAA====" : btoa("k".repeat(length)) });
    expect(problems).toEqual(["DATA_KEY must be 32 bytes in base64"]);
  });

  test("not base64url, not hex", async () => {
    for (const DATA_KEY of ["-_".repeat(21), "aa".repeat(32)])
      expect(await problemsOf({ DATA_KEY })).toEqual(["DATA_KEY must be 32 bytes in base64"]);
  });

  test("where it is absent it comes from SIGNING_KEY, with a warning, and differs with each", async () => {
    const derived = await configOf({ DATA_KEY: undefined });
    const again = await configOf({
      DATA_KEY: undefined,
      SIGNING_KEY: sound.SIGNING_KEY?.replaceAll("\n", "\r\n"),
    });
    const other = await mintLeaf(pki, "NTRNL-10000010", { keys: await generateKeys() });
    const another = await configOf({
      DATA_KEY: undefined,
      SIGNING_KEY: await keyPem(other),
      CERTIFICATE_CHAIN: chainPem(other),
    });
    expect(derived.warnings).toEqual([expect.stringMatching(/^DATA_KEY is not set/)]);
    expect(derived.dataKey).toHaveLength(32);
    expect(again.dataKey).toEqual(derived.dataKey);
    expect(another.dataKey).not.toEqual(derived.dataKey);
  });
});
