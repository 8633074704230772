/**
 * The settings in force, for people to read, and what may be bound or not. Owns which of them are shown: each by name, here,
 * so that a new secret is not shown because nobody thought of it.
 */
import type { Config } from "../config.ts";
import type { Setting } from "../pages/admin/records.ts";
import { sha256Hex } from "../protocol/digest.ts";

type Text = string | number | boolean | undefined | Iterable<string>;

/** Names are those of the variables. Secrets, keys and addresses that may hold a password have no line. */
const SHOWN: Readonly<Record<string, (config: Config) => Text | Promise<Text>>> = {
  ISSUER_URL: (it) => it.issuerUrl,
  PARTY_ID: (it) => it.partyId,
  PARTY_ALIASES: (it) => it.audience.filter((id) => id !== it.partyId),
  PARTY_NAME: (it) => it.partyName,
  REGISTRY_URL: (it) => it.registry.url,
  REGISTRY_PARTY_ID: (it) => it.registry.partyId,
  REGISTRY_ROOT_FINGERPRINTS: (it) => it.registry.roots,
  REGISTRY_LEAF_FINGERPRINTS: (it) => it.registry.leaves,
  FRAMEWORK_VERSION: (it) => it.frameworkVersion,
  REQUEST_ENCRYPTION: (it) => it.requestEncryption,
  REVOCATION: (it) => it.revocation,
  CLOCK_SKEW_SECONDS: (it) => it.clockSkewSeconds,
  TRUST_FRESH_SECONDS: (it) => it.trustFreshSeconds,
  TRUST_STALE_SECONDS: (it) => it.trustStaleSeconds,
  CODE_SECONDS: (it) => it.codeSeconds,
  LOGIN_SECONDS: (it) => it.loginSeconds,
  EVIDENCE_SECONDS: (it) => it.evidenceSeconds,
  SESSION_IDLE_SECONDS: (it) => it.sessionIdleSeconds,
  SESSION_SECONDS: (it) => it.sessionSeconds,
  MINIMUM_ASSURANCE: (it) => it.minimumAssurance,
  HIGH_ASSURANCE_AUTHENTICATORS: ({ trustedAuthenticators: { pairs } }) =>
    describeList(pairs.map(({ aaguid, root }) => `${aaguid}:${root}`)),
  LOGIN_MAX_FAILURES: (it) => it.loginMaxFailures,
  LOGIN_MAX_FAILURES_ADDRESS: (it) => it.loginMaxFailuresAddress,
  AUDIT_RETENTION_DAYS: (it) => it.auditRetentionDays,
  ALLOW_LOOPBACK_REDIRECTS: (it) => it.allowLoopbackRedirects,
  TWO_PERSON_AUTHORISATIONS: (it) => it.twoPersonAuthorisations,
  CONSENT_EXEMPT_PARTIES: (it) => it.consentExemptParties,
  COMPAT: (it) => it.compat,
  DATA_JURISDICTION: (it) => it.dataJurisdiction,
};

export const SHOWN_SETTINGS: readonly string[] = Object.keys(SHOWN);

export const settingsOf = (config: Config): Promise<readonly Setting[]> =>
  Promise.all(
    Object.entries(SHOWN).map(async ([name, read]) => ({ name, value: textOf(await read(config)) })),
  );

/**
 * What a deployment may have or not. Where it is has no place here: an address may hold a password.
 * @param optional whether each binding that nobody has to have is there
 */
export const servicesOf = (
  config: Pick<Config, "keySets" | "otlp">,
  optional: Readonly<Record<string, boolean>>,
): readonly Setting[] => {
  const there = (isThere: boolean) => (isThere ? "in force" : NONE);
  return [
    ...Object.entries(optional).map(([name, isThere]) => ({ name, value: there(isThere) })),
    // By key: while they are rolled, one may be here and the next one there.
    {
      name: "SIGNER_URL",
      value: textOf(config.keySets.filter(({ privateKey }) => privateKey.isRemote).map(({ name }) => name)),
    },
    { name: "OTLP_ENDPOINT", value: there(config.otlp !== undefined) },
  ];
};

/** Of what is too long to read: how many, and what tells two lists apart, in whatever order they are written. */
async function describeList(items: readonly string[]): Promise<Text> {
  const list = [...new Set(items)].sort();
  if (list.length === 0) return undefined;
  return `${list.length}, SHA-256 ${(await sha256Hex(list.join())).slice(0, 16)}…`;
}

const NONE = "(none)";

function textOf(value: Text): string {
  const text = typeof value === "object" ? [...value].join(", ") : String(value ?? "");
  return text === "" ? NONE : text;
}
