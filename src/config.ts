/**
 * Raw environment → Config: typed, bounded, every problem reported at once. The only reader of variables and secrets.
 * The environment is untrusted input like any other; a problem names the variable and never its value.
 */

import { createReader, type Image, type Reader } from "./environment.ts";
import type { TrustedAuthenticators } from "./factors/attestation.ts";
import { importOwnKeys, type OwnKeys, publicKeyOf, readPemChain } from "./jwt/keys.ts";
import { LEVELS, type Level } from "./protocol/assurance.ts";
import { decodeBase64, encodeUtf8 } from "./protocol/encoding.ts";
import { FRAMEWORK_VERSIONS, type FrameworkVersion } from "./protocol/framework.ts";
import type { PartyId } from "./protocol/party-id.ts";
import { isLoopback } from "./protocol/redirect-uri.ts";
import type { EpochSeconds } from "./protocol/time.ts";
import { type Certificate, parseCertificate } from "./trust/certificate.ts";
import { sameBytes } from "./trust/der.ts";

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
  readonly keys: OwnKeys;
  /** leaf first */
  readonly certificateChain: readonly Certificate[];
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
  readonly allowLoopbackRedirects: boolean;
  readonly consentExemptParties: ReadonlySet<string>;
  readonly compat: ReadonlySet<Compat>;
  readonly dataJurisdiction: string | undefined;
  readonly dataKey: Uint8Array<ArrayBuffer>;
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
  const { keys, chain, secret } = await readIdentity(read, problems, now);
  const frameworkVersion = read.choice("FRAMEWORK_VERSION", FRAMEWORK_VERSIONS, "2.1");
  const top = chain.at(-1);
  if (frameworkVersion === "3.0" && top !== undefined && !sameBytes(top.issuer, top.subject))
    problems.push("CERTIFICATE_CHAIN must end with the root under FRAMEWORK_VERSION=3.0"); // iSHARE JWT, `x5c`
  const registryUrl = readRegistryUrl(read.required("REGISTRY_URL"), problems);
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
    allowLoopbackRedirects:
      read.choice("ALLOW_LOOPBACK_REDIRECTS", ["true", "false"] as const, "false") === "true",
    consentExemptParties: new Set<string>(read.partyIds("CONSENT_EXEMPT_PARTIES")),
    compat: new Set(read.choices("COMPAT", COMPAT)),
    dataJurisdiction: read.optionalChoice("DATA_JURISDICTION", JURISDICTIONS),
  };
  const dataKey = await readDataKey(read.optional("DATA_KEY"), secret, problems, warnings);

  if (
    problems.length > 0 ||
    !issuer ||
    !partyId ||
    !partyName ||
    !keys ||
    !registryUrl ||
    !registryId ||
    !dataKey
  ) {
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
      keys,
      certificateChain: chain,
      registry: { url: registryUrl, partyId: registryId, roots, leaves },
      dataKey,
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

function readRegistryUrl(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const plain = url !== null && !/[?#@]/.test(text);
  if (plain && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))) {
    return url.href.replace(/\/+$/, "");
  }
  problems.push("REGISTRY_URL must be an https URL (http only to this machine)");
  return undefined;
}

/** The eSEAL: key and chain, which must belong together and be valid now. */
async function readIdentity(read: Reader, problems: string[], now: EpochSeconds) {
  const keyPem = read.pem("SIGNING_KEY");
  const chainPem = read.pem("CERTIFICATE_CHAIN");
  const secret = decodeBase64((keyPem ?? "").replace(/-----[A-Z ]+-----|\s/g, ""));
  let keys: OwnKeys | undefined;
  if (keyPem !== undefined) {
    try {
      if (secret === undefined) throw new Error("not base64");
      keys = await importOwnKeys(keyPem);
    } catch {
      problems.push("SIGNING_KEY is not an RSA private key in PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)");
    }
  }
  const chain: Certificate[] = [];
  const ders = chainPem === undefined ? [] : readPemChain(chainPem);
  if (ders === undefined) problems.push("CERTIFICATE_CHAIN holds no readable PEM certificates");
  for (const [position, der] of (ders ?? []).entries()) {
    const certificate = await parseCertificate(der);
    if (certificate.ok) chain.push(certificate.value);
    else
      problems.push(
        `CERTIFICATE_CHAIN: certificate ${position + 1} can't be read (${certificate.failure.reason})`,
      );
  }
  for (const [position, certificate] of chain.entries()) {
    if (now >= certificate.notAfter)
      problems.push(`CERTIFICATE_CHAIN: certificate ${position + 1} has expired`);
    if (now < certificate.notBefore)
      problems.push(`CERTIFICATE_CHAIN: certificate ${position + 1} is not valid yet`);
    const issuer = chain[position + 1];
    if (issuer !== undefined && !sameBytes(certificate.issuer, issuer.subject)) {
      problems.push(
        `CERTIFICATE_CHAIN: certificate ${position + 2} is not the issuer of certificate ${position + 1}`,
      );
    }
  }
  const [leaf] = chain;
  if (keys !== undefined && leaf !== undefined) {
    const belongs = await publicKeyOf(leaf.spki).then(
      ({ modulus, exponent }) => modulus === keys?.modulus && exponent === keys.exponent,
      () => false,
    );
    if (leaf.rsaBits !== undefined && leaf.rsaBits < 2048)
      problems.push("SIGNING_KEY has fewer than 2048 bits");
    if (!belongs) problems.push("SIGNING_KEY does not belong to the first certificate of CERTIFICATE_CHAIN");
  }
  return { keys, chain, secret };
}

/** 32 bytes that key MACs and encryption at rest. */
async function readDataKey(
  text: string | undefined,
  secret: Uint8Array<ArrayBuffer> | undefined,
  problems: string[],
  warnings: string[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (text !== undefined) {
    const bytes = decodeBase64(text);
    if (bytes?.length === 32) return bytes;
    problems.push("DATA_KEY must be 32 bytes in base64");
    return undefined;
  }
  if (secret === undefined) return undefined;
  warnings.push(
    "DATA_KEY is not set: it is derived from SIGNING_KEY, so rolling that key invalidates what it protects",
  );
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encodeUtf8("ishare-idp data key"),
  };
  return new Uint8Array(await crypto.subtle.deriveBits(derivation, material, 256));
}
