/**
 * What one isolate makes once: settings read, keys imported, stores found, caches that begin empty. Owns which bindings there
 * must be, and where objects live. What a request gets of it is `deps`'.
 */
import { type Config, loadConfig } from "./config.ts";
import { createVault, type Vault } from "./factors/seed-vault.ts";
import { createRollingSigner, type KeySet, warnOfEnds } from "./jwt/key-sets.ts";
import { createPathCache, type PathCache } from "./jwt/path-cache.ts";
import type { Signer } from "./jwt/sign.ts";
import type { Log } from "./log.ts";
import type { Refusal } from "./protocol/refusal.ts";
import type { EpochSeconds } from "./protocol/time.ts";
import type { Bearers } from "./registry/authorisation-registry.ts";
import { type AnswerMemory, createAnswerMemory } from "./registry/cache.ts";
import type { Bearer } from "./registry/peer.ts";
import { createRevocationMemory, type RevocationMemory } from "./registry/revocation.ts";
import { createAuditChains } from "./store/audit-chain.ts";
import { createGrantStore } from "./store/grant.ts";
import { createHandles, type Handles } from "./store/handle.ts";
import { createLoginCounters } from "./store/login-counter.ts";
import type {
  AuditChains,
  GrantStore,
  LoginCounters,
  RefreshGates,
  RefusalStore,
  ReplayStore,
  SessionStore,
} from "./store/ports.ts";
import { createRefusalStore } from "./store/recent-refusals.ts";
import { createRefreshGates } from "./store/refresh-gate.ts";
import { createReplayStore } from "./store/replay-marks.ts";
import { createSessionStore } from "./store/session.ts";
import { createTelemetry, type Telemetry } from "./watch/otlp.ts";
import type { LatestReadiness } from "./watch/readiness.ts";
import { createRefusals, type Refusals } from "./watch/refusals.ts";

/** Signed once, handed out for a part of its life. */
export interface SignedCopies {
  capabilities?: { readonly jwt: string; readonly signedAt: EpochSeconds; readonly by: KeySet | undefined };
  /** the last try that failed */
  failed?: { readonly error: unknown; readonly at: EpochSeconds };
}

export interface Bindings {
  readonly TRUST_CACHE: KVNamespace;
  readonly DIRECTORY: D1Database;
  readonly GRANTS: DurableObjectNamespace;
  readonly REPLAY_MARKS: DurableObjectNamespace;
  readonly REFRESH_GATES: DurableObjectNamespace;
  readonly SESSIONS: DurableObjectNamespace;
  readonly LOGIN_COUNTERS: DurableObjectNamespace;
  readonly AUDIT_CHAINS: DurableObjectNamespace;
  readonly RECENT_REFUSALS: DurableObjectNamespace;
  /** where the audit log is exported to */
  readonly AUDIT_EXPORT?: R2Bucket;
  readonly LOGIN_RATE_LIMIT?: RateLimit;
  readonly PARTY_RATE_LIMIT?: RateLimit;
  readonly METRICS?: AnalyticsEngineDataset;
}
const BINDINGS: readonly (keyof Bindings)[] = [
  "TRUST_CACHE",
  "DIRECTORY",
  "GRANTS",
  "REPLAY_MARKS",
  "REFRESH_GATES",
  "SESSIONS",
  "LOGIN_COUNTERS",
  "AUDIT_CHAINS",
  "RECENT_REFUSALS",
];
/** What a deployment may do without. */
const OPTIONAL: readonly (keyof Bindings)[] = [
  "AUDIT_EXPORT",
  "LOGIN_RATE_LIMIT",
  "PARTY_RATE_LIMIT",
  "METRICS",
];

/** What one isolate makes once. */
export interface Isolate {
  readonly config: Config;
  readonly optional: Readonly<Record<string, boolean>>;
  readonly signer: Signer;
  readonly paths: PathCache;
  readonly memory: AnswerMemory;
  readonly revocations: RevocationMemory;
  readonly bearer: Bearer;
  readonly bearers: Bearers;
  readonly handles: Handles;
  readonly grants: GrantStore;
  readonly replay: ReplayStore;
  readonly sessions: SessionStore;
  readonly vault: Vault;
  readonly loginCounters: LoginCounters;
  readonly gates: RefreshGates;
  readonly chains: AuditChains;
  readonly signedCopies: SignedCopies;
  readonly readiness: LatestReadiness;
  readonly telemetry: Telemetry | undefined;
  /** what is kept of them, and what is on its way there */
  readonly refusals: RefusalStore;
  readonly newRefusals: Refusals;
}

/**
 * @param preciseClock milliseconds since 1970
 * @returns undefined when the configuration has problems: all of them are in the log
 */
export async function createIsolate(
  env: object,
  log: Log,
  preciseClock: () => number,
): Promise<Isolate | undefined> {
  const now = Math.floor(preciseClock() / 1000);
  const loaded = await loadConfig(env as Readonly<Record<string, unknown>>, now);
  const unbound = BINDINGS.filter((name) => !(name in env)).map((name) => `binding ${name} is missing`);
  if (!loaded.ok || unbound.length > 0) {
    log.error("misconfigured", { problems: [...(loaded.ok ? [] : loaded.problems), ...unbound] });
    return undefined;
  }
  const { config } = loaded;
  for (const warning of config.warnings) log.warn("configuration", { warning });
  warnOfEnds(config.keySets, now, log);
  const place = (namespace: DurableObjectNamespace) => inJurisdiction(namespace, config, log);
  const bindings = env as Bindings;
  const refusals = createRefusalStore(place(bindings.RECENT_REFUSALS));
  const keep = (batch: readonly Refusal[], dropped: number) =>
    refusals.keep(batch, dropped, Math.floor(preciseClock() / 1000));
  return {
    config,
    optional: Object.fromEntries(OPTIONAL.map((name) => [name, bindings[name] !== undefined])),
    signer: createRollingSigner(config.keySets, config.partyId),
    paths: createPathCache(),
    memory: createAnswerMemory(),
    revocations: createRevocationMemory(),
    bearer: {},
    bearers: new Map(),
    handles: createHandles(
      await handleKey(config.dataKey),
      await Promise.all(config.otherDataKeys.map(handleKey)),
    ),
    grants: createGrantStore(place(bindings.GRANTS)),
    replay: createReplayStore(place(bindings.REPLAY_MARKS)),
    gates: createRefreshGates(place(bindings.REFRESH_GATES)),
    sessions: createSessionStore(place(bindings.SESSIONS)),
    vault: await createVault(config.dataKey, config.otherDataKeys),
    loginCounters: createLoginCounters(place(bindings.LOGIN_COUNTERS)),
    chains: createAuditChains(place(bindings.AUDIT_CHAINS)),
    signedCopies: {},
    readiness: {},
    telemetry: config.otlp && createTelemetry(config.otlp, config.partyId, preciseClock),
    refusals,
    newRefusals: createRefusals(keep, preciseClock),
  };
}

/** Keeps objects in DATA_JURISDICTION. It must not change after go-live: other objects would be found. */
export function inJurisdiction(
  namespace: DurableObjectNamespace,
  config: Pick<Config, "dataJurisdiction" | "secure">,
  log: Log,
): DurableObjectNamespace {
  if (config.dataJurisdiction === undefined) return namespace;
  if (!config.secure) {
    log.warn("configuration", { warning: "DATA_JURISDICTION is ignored: the local runtime has none" });
    return namespace;
  }
  return namespace.jurisdiction(config.dataJurisdiction as DurableObjectJurisdiction);
}

/** Its own key for MACs, so that no two uses share one. */
async function handleKey(dataKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", dataKey, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("handles");
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  return (await crypto.subtle.deriveKey(derivation, material, hmac, false, ["sign"])) as CryptoKey;
}
