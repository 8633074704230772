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
import { createSettings, NOW, type Settings } from "../support/settings.ts";

const DAY = 86_400_000;

let pki: Pki;
let idp: Identity;
let sound: Settings["sound"];
let configOf: Settings["configOf"];
let problemsOf: Settings["problemsOf"];
beforeAll(async () => {
  ({ pki, idp, sound, configOf, problemsOf } = await createSettings());
});

test("a signing key of before is read for what it protected, with its chain or without", async () => {
  const other = await keyPem(await mintLeaf(pki, "NTRNL-10000010"));
  const { otherDataKeys, dataKey } = await configOf({ DATA_KEY: "", PREVIOUS_SIGNING_KEY: other });
  expect(otherDataKeys).toHaveLength(1);
  expect(otherDataKeys[0]).not.toEqual(dataKey);
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
  expect(config.keySets[0]?.chain).toEqual((await configOf()).keySets[0]?.chain);
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
      (await configOf({ CERTIFICATE_CHAIN: certificatePem(idp) })).keySets[0]?.chain[0]?.fingerprint,
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

describe("further sets", () => {
  let other: Identity;
  let spare: (prefix: "NEXT_" | "PREVIOUS_", it?: Identity) => Promise<Record<string, string>>;
  beforeAll(async () => {
    other = await mintLeaf(pki, "NTRNL-10000010", { keys: await generateKeys() });
    spare = async (prefix, it = other) => ({
      [`${prefix}SIGNING_KEY`]: await keyPem(it),
      [`${prefix}CERTIFICATE_CHAIN`]: chainPem(it),
    });
  });
  const setsOf = async (change: Record<string, unknown>) => {
    const { keySets, warnings } = await configOf(change);
    return { names: keySets.map(({ name }) => name), sets: keySets, warnings };
  };

  test("next and previous, with their times", async () => {
    const third = await mintLeaf(pki, "NTRNL-10000010", { keys: await generateKeys() });
    const { names, sets, warnings } = await setsOf({
      ...(await spare("NEXT_")),
      ...(await spare("PREVIOUS_", third)),
      NEXT_FROM: new Date((NOW + 3600) * 1000).toISOString(),
      PREVIOUS_UNTIL: String(NOW + 7200),
    });
    expect([names, warnings]).toEqual([["current", "next", "previous"], []]);
    expect(sets[1]?.signsFrom).toBe(NOW + 3600);
    expect(sets[2]?.until).toBe(NOW + 7200);
    expect(sets.map(({ chain }) => chain[0]?.fingerprint)).toEqual(
      await Promise.all([idp, other, third].map(fingerprintOf)),
    );
  });

  test("a set ends with the first of its certificates", async () => {
    const end = Math.floor(Date.now() / 1000) + 5000;
    const ca = await mintCa(pki.root, { subject: "CN=Short CA", notAfter: new Date(end * 1000) });
    const { sets } = await setsOf(await spare("NEXT_", await mint(ca)));
    expect(sets[1]?.until).toBe(end);
  });

  test.each([
    ["2027-01-01T03:00:00Z", 1_798_772_400],
    ["2027-01-01T03:00:00+01:00", 1_798_768_800],
    ["1798772400", 1_798_772_400],
  ])("NEXT_FROM %s", async (NEXT_FROM, wanted) => {
    expect((await setsOf({ ...(await spare("NEXT_")), NEXT_FROM })).sets[1]?.signsFrom).toBe(wanted);
  });

  test.each(["tomorrow", "2027-01-01", "2027-01-01T03:00:00", "1", "-1798772400", "2027-13-01T03:00:00Z"])(
    "a time is not %s",
    async (text) => {
      const wrong = "must be a time such as 2026-12-01T03:00:00Z, or seconds since 1970";
      expect(await problemsOf({ ...(await spare("NEXT_")), NEXT_FROM: text })).toEqual([
        `NEXT_FROM ${wrong}`,
      ]);
      expect(await problemsOf({ PREVIOUS_UNTIL: text })).toEqual([`PREVIOUS_UNTIL ${wrong}`]);
    },
  );

  test("one that is not whole is left out with a warning: its variables come one by one", async () => {
    const whole = await spare("NEXT_");
    for (const [change, warning] of [
      [{ NEXT_SIGNING_KEY: whole.NEXT_SIGNING_KEY }, "NEXT_CERTIFICATE_CHAIN is missing"],
      [{ NEXT_CERTIFICATE_CHAIN: whole.NEXT_CERTIFICATE_CHAIN }, "NEXT_SIGNING_KEY is missing"],
      [
        { ...whole, NEXT_SIGNING_KEY: sound.SIGNING_KEY },
        "NEXT_SIGNING_KEY does not belong to the first certificate of NEXT_CERTIFICATE_CHAIN",
      ],
      [
        { ...whole, NEXT_CERTIFICATE_CHAIN: "x" },
        "NEXT_CERTIFICATE_CHAIN holds no readable PEM certificates",
      ],
    ] as const)
      expect(await setsOf(change)).toMatchObject({
        names: ["current"],
        warnings: [`${warning}: the next keys are left out`],
      });
  });

  test("one that is there already is left out: what was next has become current", async () => {
    expect(await setsOf(await spare("NEXT_", idp))).toMatchObject({
      names: ["current"],
      warnings: ["NEXT_CERTIFICATE_CHAIN is there already, and left out"],
    });
  });

  test("an expired one is kept, and serves nobody; a next one signs where the current one has expired", async () => {
    const old = { notBefore: new Date(Date.now() - 9 * DAY), notAfter: new Date(Date.now() - DAY) };
    const ended = await mint(pki.issuing, old);
    const current = { SIGNING_KEY: await keyPem(ended), CERTIFICATE_CHAIN: chainPem(ended) };
    expect((await setsOf(await spare("PREVIOUS_", ended))).names).toEqual(["current", "previous"]);
    expect((await setsOf({ ...current, ...(await spare("NEXT_")) })).names).toEqual(["current", "next"]);
    expect(await problemsOf({ ...current, ...(await spare("PREVIOUS_")) })).toEqual([
      "CERTIFICATE_CHAIN: certificate 1 has expired",
    ]);
  });

  test("a switch that can't have been meant is told", async () => {
    const NEXT_FROM = String(NOW + 3600);
    expect((await setsOf({ NEXT_FROM })).warnings).toEqual(["NEXT_FROM has no next keys to switch to"]);
    const late = { ...(await spare("NEXT_")), NEXT_FROM: String(NOW + 400 * 86_400) };
    expect((await setsOf(late)).warnings).toEqual([
      "NEXT_FROM is a time at which NEXT_CERTIFICATE_CHAIN is not valid",
      "NEXT_FROM is after the end of CERTIFICATE_CHAIN: the next keys take over at that end",
    ]);
  });

  test("a problem or a warning never holds a value", async () => {
    const secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    const { warnings } = await configOf({
      NEXT_SIGNING_KEY: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
      NEXT_CERTIFICATE_CHAIN: secret,
    });
    expect(warnings).not.toEqual([]);
    expect(warnings.join()).not.toContain(secret);
  });

  describe("and the data key", () => {
    const [A, B] = ["a", "b"].map((letter) => btoa(letter.repeat(32))) as [string, string];
    const text = (keys: readonly Uint8Array[]) => keys.map((it) => Buffer.from(it).toString("base64"));

    test("another is read beside it", async () => {
      const { dataKey, otherDataKeys } = await configOf({ DATA_KEY: A, PREVIOUS_DATA_KEY: B });
      expect([text([dataKey]), text(otherDataKeys)]).toEqual([[A], [B]]);
      expect(await problemsOf({ PREVIOUS_DATA_KEY: "x" })).toEqual([
        "PREVIOUS_DATA_KEY must be 32 bytes in base64",
      ]);
    });

    test("where it is derived, those derived from the other sets are read", async () => {
      const alone = await configOf({ DATA_KEY: undefined });
      const before = await configOf({ DATA_KEY: undefined, ...(await spare("NEXT_")) });
      const after = await configOf({
        DATA_KEY: undefined,
        SIGNING_KEY: await keyPem(other),
        CERTIFICATE_CHAIN: chainPem(other),
        ...(await spare("PREVIOUS_", idp)),
      });
      expect(before.dataKey).toEqual(alone.dataKey);
      expect(text(after.otherDataKeys)).toEqual(text([before.dataKey]));
      expect(text(before.otherDataKeys)).toEqual(text([after.dataKey]));
    });

    test("a key of its own is set where it was derived: the derived one is read as `derived`", async () => {
      const alone = await configOf({ DATA_KEY: undefined });
      const { dataKey, otherDataKeys } = await configOf({ DATA_KEY: A, PREVIOUS_DATA_KEY: "derived" });
      expect([text([dataKey]), text(otherDataKeys)]).toEqual([[A], text([alone.dataKey])]);
      expect((await configOf({ DATA_KEY: A })).otherDataKeys).toEqual([]);
    });
  });

  describe("elsewhere", () => {
    const service = { SIGNER_URL: "https://signer.example/v1/", SIGNER_TOKEN: "t".repeat(32) };

    test("a chain without a key, where a service is named", async () => {
      const { sets, names } = await setsOf({ ...service, SIGNING_KEY: undefined, ...(await spare("NEXT_")) });
      expect(names).toEqual(["current", "next"]);
      expect(sets.map(({ privateKey }) => privateKey.isRemote)).toEqual([true, false]);
      const { modulus } = sets[0]?.publicKey ?? {};
      expect(await crypto.subtle.exportKey("jwk", idp.keys.publicKey)).toMatchObject({ n: modulus });
    });

    test("then DATA_KEY is required", async () => {
      const change = { ...service, SIGNING_KEY: undefined, DATA_KEY: undefined };
      const problem = ["DATA_KEY is missing: there is no SIGNING_KEY to derive it from"];
      expect(await problemsOf(change)).toEqual(problem);
      expect(await problemsOf({ ...change, ...(await spare("PREVIOUS_")) })).toEqual(problem);
    });

    test.each([
      [
        { SIGNER_URL: "http://signer.example" },
        "SIGNER_URL must be an https URL (http only to this machine)",
      ],
      [
        { SIGNER_URL: "https://u:p@signer.example" },
        "SIGNER_URL must be an https URL (http only to this machine)",
      ],
      [{ SIGNER_TOKEN: undefined }, "SIGNER_TOKEN is missing"],
      [
        { SIGNER_TOKEN: "t".repeat(31) },
        "SIGNER_TOKEN must have 32 letters or more, all of RFC 6750's b64token",
      ],
      [
        { SIGNER_TOKEN: `${"t".repeat(40)} x` },
        "SIGNER_TOKEN must have 32 letters or more, all of RFC 6750's b64token",
      ],
    ])("%j is refused", async (change, problem) => {
      expect(await problemsOf({ ...service, ...change })).toEqual([problem]);
      expect(await problemsOf({ ...service, ...change, SIGNING_KEY: undefined })).toContain(problem);
    });
  });
});
