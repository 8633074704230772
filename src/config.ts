/**
 * Raw environment → Config: typed, bounded, every problem reported at once. The only reader of variables and secrets.
 * The environment is untrusted input like any other; a problem names the variable and never its value.
 */

import { createReader, type Image, type Reader } from "./environment.ts";
import type { TrustedAuthenticators } from "./factors/attestation.ts";
import { readIdentity } from "./identity.ts";
import type { KeySets } from "./jwt/key-sets.ts";
import { readPemChain } from "./jwt/keys.ts";
import { LEVELS, type Level } from "./protocol/assurance.ts";
import { FRAMEWORK_VERSIONS, type FrameworkVersion } from "./protocol/framework.ts";
import type { PartyId } from "./protocol/party-id.ts";
import type { EpochSeconds } from "./protocol/time.ts";
import type { OtlpTarget } from "./watch/otlp.ts";

export interface Config {
  /** origin, no trailing slash */
  readonly issuerUrl: string;
  readonly host: string;
  /** false for http://localhost */
  readonly secure: boolean;
  readonly partyId: PartyId;
  /** PARTY_ID and PARTY_ALIASES: what `aud` may be */
  readonly audience: readonly string[];
  readonly partyName: string;
  readonly keySets: KeySets;
  readonly registry: {
    readonly url: string;
    readonly partyId: PartyId;
    readonly roots: ReadonlySet<string>;
    readonly leaves: ReadonlySet<string>;
  };
  readonly frameworkVersion: FrameworkVersion;
  readonly requestEncryption: "required" | "optional";
  readonly clockSkewSeconds: number;
  readonly trustFreshSeconds: number;
  readonly trustStaleSeconds: number;
  /** what is done while nobody says whether a certificate is revoked: it passes, or waits; off: nobody is asked */
  readonly revocation: "off" | "soft" | "hard";
  readonly codeSeconds: number;
  readonly loginSeconds: number;
  /** how long delegation evidence may be believed: it can't be recalled */
  readonly evidenceSeconds: number;
  /** seconds without use after which a session ends, and its end in any case */
  readonly sessionIdleSeconds: number;
  readonly sessionSeconds: number;
  /** no sign-in reaches less */
  readonly minimumAssurance: Level;
  /** we, as WebAuthn knows us */
  readonly relyingParty: { readonly rpId: string; readonly origin: string };
  /** authenticators that count as hardware */
  readonly trustedAuthenticators: TrustedAuthenticators;
  readonly logos: { readonly ishare: Image | undefined; readonly operator: Image | undefined };
  /** failed tries per quarter of an hour: at one account, and from one address prefix */
  readonly loginMaxFailures: number;
  readonly loginMaxFailuresAddress: number;
  /** audit entries older than this are removed once they are signed for; 0: all are kept */
  readonly auditRetentionDays: number;
  readonly allowLoopbackRedirects: boolean;
  /** what is added in the console waits for a second administrator */
  readonly twoPersonAuthorisations: boolean;
  readonly consentExemptParties: ReadonlySet<string>;
  readonly compat: ReadonlySet<Compat>;
  readonly dataJurisdiction: string | undefined;
  /** where spans and metrics go */
  readonly otlp: OtlpTarget | undefined;
  readonly dataKey: Uint8Array<ArrayBuffer>;
  /** read beside it: those before it, or the one to come */
  readonly otherDataKeys: readonly Uint8Array<ArrayBuffer>[];
  /** said once in the log */
  readonly warnings: readonly string[];
}

const COMPAT = ["authorize-get", "lowercase-scope"] as const;
export type Compat = (typeof COMPAT)[number];
const JURISDICTIONS = ["eu", "us", "fedramp"];

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/** @param env variables and secrets by name; other bindings are ignored */
export async function loadConfig(env: Readonly<Record<string, unknown>>, now: EpochSeconds): Promise<Loaded> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const read = createReader(env, problems);

  const issuer = readIssuer(read.required("ISSUER_URL"), problems, warnings);
  const partyId = read.partyId("PARTY_ID");
  const aliases = read.partyIds("PARTY_ALIASES");
  const partyName = read.required("PARTY_NAME");
  const frameworkVersion = read.choice("FRAMEWORK_VERSION", FRAMEWORK_VERSIONS, "2.1");
  const needsRoot = frameworkVersion === "3.0";
  const identity = await readIdentity(env, problems, warnings, { needsRoot, now });
  const { keySets, dataKey, otherDataKeys } = identity;
  const registryUrl = read.serviceUrl("REGISTRY_URL");
  const registryId = read.partyId("REGISTRY_PARTY_ID");
  const roots = read.fingerprints("REGISTRY_ROOT_FINGERPRINTS", true);
  const leaves = read.fingerprints("REGISTRY_LEAF_FINGERPRINTS", false);
  if (aliases.some((alias) => alias === registryId))
    problems.push("PARTY_ALIASES names the registry, not us");
  const settings = {
    frameworkVersion,
    requestEncryption: read.choice("REQUEST_ENCRYPTION", ["optional", "required"] as const, "optional"),
    clockSkewSeconds: read.seconds("CLOCK_SKEW_SECONDS", 10, 0, 60),
    trustFreshSeconds: read.seconds("TRUST_FRESH_SECONDS", 300, 0, 86_400),
    trustStaleSeconds: read.seconds("TRUST_STALE_SECONDS", 3600, 0, 604_800),
    revocation: read.choice("REVOCATION", ["off", "soft", "hard"] as const, "soft"),
    codeSeconds: read.seconds("CODE_SECONDS", 60, 1, 600),
    loginSeconds: read.seconds("LOGIN_SECONDS", 600, 1, 3600),
    evidenceSeconds: read.seconds("EVIDENCE_SECONDS", 60, 1, 3600),
    sessionIdleSeconds: read.seconds("SESSION_IDLE_SECONDS", 1800, 1, 86_400),
    sessionSeconds: read.seconds("SESSION_SECONDS", 28_800, 1, 604_800),
    minimumAssurance: read.choice("MINIMUM_ASSURANCE", LEVELS, "low"),
    trustedAuthenticators: {
      pairs: read.authenticators("HIGH_ASSURANCE_AUTHENTICATORS"),
      roots: readRoots(read.long("ATTESTATION_ROOTS"), problems),
    },
    logos: { ishare: read.image("ISHARE_LOGO"), operator: read.image("OPERATOR_LOGO") },
    loginMaxFailures: read.count("LOGIN_MAX_FAILURES", 10, 1, 100),
    loginMaxFailuresAddress: read.count("LOGIN_MAX_FAILURES_ADDRESS", 100, 1, 1000),
    auditRetentionDays: read.count("AUDIT_RETENTION_DAYS", 0, 0, 36_500),
    allowLoopbackRedirects:
      read.choice("ALLOW_LOOPBACK_REDIRECTS", ["true", "false"] as const, "false") === "true",
    twoPersonAuthorisations:
      read.choice("TWO_PERSON_AUTHORISATIONS", ["true", "false"] as const, "false") === "true",
    consentExemptParties: new Set<string>(read.partyIds("CONSENT_EXEMPT_PARTIES")),
    compat: new Set(read.choices("COMPAT", COMPAT)),
    dataJurisdiction: read.optionalChoice("DATA_JURISDICTION", JURISDICTIONS),
    otlp: readOtlp(read),
  };

  if (problems.length > 0 || !issuer || !partyId || !partyName || !registryUrl || !registryId || !dataKey) {
    return { ok: false, problems };
  }
  return {
    ok: true,
    config: {
      ...settings,
      issuerUrl: issuer.origin,
      host: issuer.host,
      secure: issuer.protocol === "https:",
      relyingParty: { rpId: issuer.hostname, origin: issuer.origin },
      partyId,
      audience: [partyId, ...aliases],
      partyName,
      keySets,
      registry: { url: registryUrl, partyId: registryId, roots, leaves },
      dataKey,
      otherDataKeys,
      warnings,
    },
  };
}

/** Roots that authenticators leave out of their chains: they complete a chain, the pairs decide. */
function readRoots(pem: string | undefined, problems: string[]): readonly Uint8Array<ArrayBuffer>[] {
  const roots = pem === undefined ? [] : readPemChain(pem.replaceAll("\\n", "\n"));
  if (roots === undefined) problems.push("ATTESTATION_ROOTS holds no readable PEM certificates");
  return roots ?? [];
}

function readIssuer(text: string | undefined, problems: string[], warnings: string[]): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || url.username !== "" || `${url.origin}/` !== url.href) {
    problems.push("ISSUER_URL must be an origin, such as https://idp.example.com");
    return undefined;
  }
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && url.hostname === "localhost") {
    warnings.push("ISSUER_URL is http: cookies are neither Secure nor __Host-; for development only");
    return url;
  }
  problems.push("ISSUER_URL must be https (http only with host localhost)");
  return undefined;
}

function readOtlp(read: Reader): OtlpTarget | undefined {
  const url = read.optional("OTLP_ENDPOINT") === undefined ? undefined : read.serviceUrl("OTLP_ENDPOINT");
  const headers = read.headers("OTLP_HEADERS");
  return url === undefined ? undefined : { url, headers };
}
