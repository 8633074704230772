/** The configuration: a sound one, every bound, every problem at once, and never a value in a problem. */
import { beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { chainOf, type Identity } from "../support/pki.ts";
import { createSettings, NOW, type Settings } from "../support/settings.ts";

const A = "aa".repeat(32);
const B = "bb".repeat(32);

let idp: Identity;
let sound: Settings["sound"];
let configOf: Settings["configOf"];
let problemsOf: Settings["problemsOf"];
beforeAll(async () => {
  ({ idp, sound, configOf, problemsOf } = await createSettings());
});

describe("a sound one", () => {
  test("with what is required, and defaults for the rest", async () => {
    const config = await configOf();
    expect(config).toMatchObject({
      issuerUrl: "https://idp.example",
      host: "idp.example",
      secure: true,
      partyId: "did:ishare:EU.NL.NTRNL-10000010",
      audience: ["did:ishare:EU.NL.NTRNL-10000010"],
      partyName: "Example Identity",
      registry: {
        url: "https://registry.example",
        partyId: "did:ishare:EU.NL.NTRNL-10000000",
        roots: new Set([A]),
        leaves: new Set(),
      },
      frameworkVersion: "2.1",
      requestEncryption: "optional",
      clockSkewSeconds: 10,
      trustFreshSeconds: 300,
      trustStaleSeconds: 3600,
      revocation: "soft",
      codeSeconds: 60,
      loginSeconds: 600,
      auditRetentionDays: 0,
      allowLoopbackRedirects: false,
      twoPersonAuthorisations: false,
      consentExemptParties: new Set(),
      compat: new Set(),
      dataJurisdiction: undefined,
      warnings: [],
    });
    expect(Buffer.from(config.dataKey).toString()).toBe("k".repeat(32));
    expect(config.keySets[0]?.chain.map(({ der }) => der)).toEqual(chainOf(idp).map(({ der }) => der));
  });

  test("with everything", async () => {
    expect(
      await configOf({
        PARTY_ALIASES: "EU.EORI.NL000000010, NTRNL-10000010",
        REGISTRY_ROOT_FINGERPRINTS: `${A}, ${B.toUpperCase()}`,
        REGISTRY_LEAF_FINGERPRINTS: B.match(/../g)?.join(":"),
        FRAMEWORK_VERSION: "3.0",
        REQUEST_ENCRYPTION: "required",
        ALLOW_LOOPBACK_REDIRECTS: "true",
        TWO_PERSON_AUTHORISATIONS: "true",
        CONSENT_EXEMPT_PARTIES: "EU.EORI.NLCTT,",
        COMPAT: "authorize-get,lowercase-scope",
        DATA_JURISDICTION: "eu",
        SOMETHING_ELSE: "ignored",
        TRUST_CACHE: { get: () => null },
      }),
    ).toMatchObject({
      audience: ["did:ishare:EU.NL.NTRNL-10000010", "EU.EORI.NL000000010", "NTRNL-10000010"],
      registry: { roots: new Set([A, B]), leaves: new Set([B]) },
      frameworkVersion: "3.0",
      requestEncryption: "required",
      allowLoopbackRedirects: true,
      twoPersonAuthorisations: true,
      consentExemptParties: new Set(["EU.EORI.NLCTT"]),
      compat: new Set(["authorize-get", "lowercase-scope"]),
      dataJurisdiction: "eu",
    });
  });

  test("space around values and newlines written as \\n do no harm", async () => {
    const config = await configOf({
      PARTY_ID: "  did:ishare:EU.NL.NTRNL-10000010\n",
      SIGNING_KEY: sound.SIGNING_KEY?.replaceAll("\n", "\\n"),
      CERTIFICATE_CHAIN: sound.CERTIFICATE_CHAIN?.replaceAll("\n", "\\n"),
    });
    expect(config.partyId).toBe("did:ishare:EU.NL.NTRNL-10000010");
    expect(config.keySets[0]?.chain).toHaveLength(4);
  });
});

describe("what is missing", () => {
  const required = [
    ...["ISSUER_URL", "PARTY_ID", "PARTY_NAME", "SIGNING_KEY", "CERTIFICATE_CHAIN"],
    ...["REGISTRY_URL", "REGISTRY_PARTY_ID", "REGISTRY_ROOT_FINGERPRINTS"],
  ];

  test.each(required)("%s", async (name) => {
    for (const value of [undefined, "", "  ", 7, null])
      expect(await problemsOf({ [name]: value })).toEqual([`${name} is missing`]);
  });

  test("is all named at once", async () => {
    const loaded = await loadConfig({}, NOW);
    const problems = loaded.ok ? [] : loaded.problems;
    expect([...problems].sort()).toEqual(required.map((name) => `${name} is missing`).sort());
  });
});

test("every problem is reported at once", async () => {
  const problems = await problemsOf({
    ISSUER_URL: "http://idp.example",
    PARTY_ID: "two words",
    PARTY_ALIASES: "fine,not fine",
    REGISTRY_URL: "ftp://registry.example",
    REGISTRY_ROOT_FINGERPRINTS: "abc",
    FRAMEWORK_VERSION: "4.0",
    CLOCK_SKEW_SECONDS: "61",
    COMPAT: "everything",
    DATA_KEY: "short",
    SIGNING_KEY: "secret-1",
    CERTIFICATE_CHAIN: "secret-2",
  });
  for (const name of [
    ...[
      "ISSUER_URL",
      "PARTY_ID",
      "PARTY_ALIASES",
      "REGISTRY_URL",
      "REGISTRY_ROOT_FINGERPRINTS",
      "FRAMEWORK_VERSION",
    ],
    ...["CLOCK_SKEW_SECONDS", "COMPAT", "DATA_KEY", "SIGNING_KEY", "CERTIFICATE_CHAIN"],
  ])
    expect(
      problems.filter((problem) => problem.startsWith(`${name} `) || problem.startsWith(`${name}:`)),
    ).toHaveLength(1);
  expect(problems).toHaveLength(11);
});

test("no problem and no warning carries a value", async () => {
  const TELL_TALE = "TellTale";
  const names = [
    ...["ISSUER_URL", "PARTY_ID", "PARTY_ALIASES", "REGISTRY_URL", "REGISTRY_PARTY_ID", "FRAMEWORK_VERSION"],
    ...[
      "REGISTRY_ROOT_FINGERPRINTS",
      "REGISTRY_LEAF_FINGERPRINTS",
      "REQUEST_ENCRYPTION",
      "CLOCK_SKEW_SECONDS",
    ],
    ...[
      "TRUST_FRESH_SECONDS",
      "TRUST_STALE_SECONDS",
      "CODE_SECONDS",
      "LOGIN_SECONDS",
      "ALLOW_LOOPBACK_REDIRECTS",
      "TWO_PERSON_AUTHORISATIONS",
    ],
    ...[
      "CONSENT_EXEMPT_PARTIES",
      "COMPAT",
      "DATA_JURISDICTION",
      "DATA_KEY",
      "SIGNING_KEY",
      "CERTIFICATE_CHAIN",
    ],
  ];
  const problems = await problemsOf(Object.fromEntries(names.map((name) => [name, `<${TELL_TALE}>`])));
  expect(problems).toHaveLength(names.length);
  expect(problems.join()).not.toContain(TELL_TALE);

  const halfKey = sound.SIGNING_KEY?.slice(0, 400) ?? "";
  const spoiled = (await problemsOf({ SIGNING_KEY: halfKey })).join();
  for (const line of halfKey.split("\n").slice(1, -1)) expect(spoiled).not.toContain(line);
  const other = await configOf({ DATA_KEY: undefined });
  expect(other.warnings.join()).not.toContain(sound.SIGNING_KEY?.slice(100, 140));
});

describe("whole numbers within their bounds", () => {
  test.each([
    ["CLOCK_SKEW_SECONDS", "clockSkewSeconds", 0, 60],
    ["TRUST_FRESH_SECONDS", "trustFreshSeconds", 0, 86_400],
    ["TRUST_STALE_SECONDS", "trustStaleSeconds", 0, 604_800],
    ["CODE_SECONDS", "codeSeconds", 1, 600],
    ["LOGIN_SECONDS", "loginSeconds", 1, 3600],
    ["AUDIT_RETENTION_DAYS", "auditRetentionDays", 0, 36_500],
  ] as const)("%s", async (name, member, least, most) => {
    for (const value of [least, most])
      expect((await configOf({ [name]: String(value) }))[member]).toBe(value);
    const problem = [`${name} must be a whole number from ${least} to ${most}`];
    for (const odd of [
      String(least - 1),
      String(most + 1),
      "1.5",
      "1e1",
      "0x10",
      "ten",
      "+5",
      "5 s",
      "9999999999",
      "٥",
    ])
      expect(await problemsOf({ [name]: odd })).toEqual(problem);
  });
});

describe("one of a few", () => {
  test.each([
    ["FRAMEWORK_VERSION", ["2.0", "2.1", "2.2", "3.0"], ["1.9", "2", "v2.1", "3"]],
    ["REQUEST_ENCRYPTION", ["optional", "required"], ["Required", "true", "no"]],
    ["REVOCATION", ["off", "soft", "hard"], ["Hard", "on", "true"]],
    ["ALLOW_LOOPBACK_REDIRECTS", ["true", "false"], ["yes", "1", "TRUE"]],
    ["TWO_PERSON_AUTHORISATIONS", ["true", "false"], ["yes", "1", "TRUE"]],
    ["DATA_JURISDICTION", ["eu", "us", "fedramp"], ["EU", "nl"]],
    [
      "COMPAT",
      ["authorize-get", "lowercase-scope", "authorize-get, lowercase-scope"],
      ["authorize-get,x", "all"],
    ],
  ])("%s", async (name, right, wrong) => {
    for (const value of right) expect(await problemsOf({ [name]: value })).toEqual([]);
    for (const value of wrong)
      expect(await problemsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name}.* one of: `)]);
  });
});

describe("lists", () => {
  test.each([
    ["PARTY_ALIASES", "ok,<b>,ok,a b", "a party identifier"],
    ["CONSENT_EXEMPT_PARTIES", "ok,<b>,ok,a b", "a party identifier"],
    ["REGISTRY_ROOT_FINGERPRINTS", `${A},xyz,${B},${A.slice(1)}`, "a SHA-256 fingerprint (64 hex digits)"],
    ["REGISTRY_LEAF_FINGERPRINTS", `${A},xyz,${B},${A.slice(1)}`, "a SHA-256 fingerprint (64 hex digits)"],
  ])("%s: each odd entry is named by its place", async (name, value, what) => {
    expect(await problemsOf({ [name]: value })).toEqual([
      `${name}: entry 2 is not ${what}`,
      `${name}: entry 4 is not ${what}`,
    ]);
  });

  test("roots that are commas alone pin nothing", async () => {
    expect(await problemsOf({ REGISTRY_ROOT_FINGERPRINTS: " , " })).not.toEqual([]);
  });
});

describe("ISSUER_URL is an origin", () => {
  test.each([
    ["https://idp.example", "https://idp.example", "idp.example"],
    ["https://idp.example/", "https://idp.example", "idp.example"],
    ["https://IDP.example:443", "https://idp.example", "idp.example"],
    ["https://idp.example:8443", "https://idp.example:8443", "idp.example:8443"],
  ])("%s", async (text, issuerUrl, host) => {
    expect(await configOf({ ISSUER_URL: text })).toMatchObject({
      issuerUrl,
      host,
      secure: true,
      warnings: [],
    });
  });

  test.each([
    "idp.example",
    "//idp.example",
    "https://",
    "https://idp.example/path",
    "https://idp.example/?",
    "https://idp.example?x=1",
    "https://idp.example/#x",
    "https://user@idp.example",
    "https://user:secret@idp.example",
    "https://:secret@idp.example",
    "mailto:x@idp.example",
    "https://idp example",
  ])("%s is none", async (text) => {
    expect(await problemsOf({ ISSUER_URL: text })).toEqual([
      expect.stringContaining("ISSUER_URL must be an origin"),
    ]);
  });

  test.each([
    "http://idp.example",
    "http://127.0.0.1:8787",
    "http://[::1]:8787",
    "http://idp.localhost:8787",
    "http://localhost.evil.example",
    "ftp://idp.example",
  ])("%s is not https", async (text) => {
    expect(await problemsOf({ ISSUER_URL: text })).toEqual([
      "ISSUER_URL must be https (http only with host localhost)",
    ]);
  });

  test("http with host localhost warns", async () => {
    const config = await configOf({ ISSUER_URL: "http://localhost:8787" });
    expect(config).toMatchObject({ issuerUrl: "http://localhost:8787", secure: false });
    expect(config.warnings).toEqual([expect.stringMatching(/^ISSUER_URL is http/)]);
  });
});

describe("REGISTRY_URL", () => {
  test.each([
    ["https://registry.example", "https://registry.example"],
    ["https://registry.example/", "https://registry.example"],
    ["https://registry.example/api/v2//", "https://registry.example/api/v2"],
    ["http://localhost:9000", "http://localhost:9000"],
    ["http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x"],
    ["http://[::1]:9000", "http://[::1]:9000"],
  ])("%s", async (text, url) => {
    expect((await configOf({ REGISTRY_URL: text })).registry.url).toBe(url);
  });

  test.each([
    "registry.example",
    "http://registry.example",
    "http://localhost.evil.example",
    "http://10.0.0.1",
    "ftp://registry.example",
    "https://user@registry.example",
    "https://user:secret@registry.example",
    "https://:secret@registry.example",
    "https://registry.example/?x=1",
    "https://registry.example/?",
    "https://registry.example/#x",
    "https://registry.example/#",
  ])("not %s", async (text) => {
    expect(await problemsOf({ REGISTRY_URL: text })).toEqual([
      "REGISTRY_URL must be an https URL (http only to this machine)",
    ]);
  });
});
