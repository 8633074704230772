/**
 * The settings in force, for people to read. Owns which of them are shown: each by name, here, so that a new secret is not
 * shown because nobody thought of it.
 */
import type { Config } from "../config.ts";
import type { Setting } from "../pages/admin/records.ts";

type Text = string | number | boolean | undefined | Iterable<string>;

/** Names are those of the variables. Secrets, keys and addresses that may hold a password have no line. */
const SHOWN: Readonly<Record<string, (config: Config) => Text>> = {
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

export const settingsOf = (config: Config): readonly Setting[] =>
  Object.entries(SHOWN).map(([name, read]) => ({ name, value: textOf(read(config)) }));

function textOf(value: Text): string {
  const text = typeof value === "object" ? [...value].join(", ") : String(value ?? "");
  return text === "" ? "(none)" : text;
}
