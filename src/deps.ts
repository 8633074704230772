/**
 * Config and bindings → what the endpoints may touch. The only reader of bindings and of the clock. Owns what is made
 * once per isolate (keys, caches) and what per request (correlation id, background work).
 */
import { type Config, loadConfig } from "./config.ts";
import type { Database } from "./directory/human.ts";
import { BRIEF, patient } from "./directory/patience.ts";
import { createVault, type Vault } from "./factors/seed-vault.ts";
import { createPathCache, type PathCache } from "./jwt/path-cache.ts";
import { createSigner, type Signer } from "./jwt/sign.ts";
import { createLog, type Log } from "./log.ts";
import type { Language } from "./pages/text.ts";
import type { EpochSeconds } from "./protocol/time.ts";
import {
  type AuthorisationRegistries,
  type Bearers,
  createAuthorisationRegistries,
} from "./registry/authorisation-registry.ts";
import { type AnswerMemory, createAnswerCache, createAnswerMemory } from "./registry/cache.ts";
import { createRegistryClient } from "./registry/client.ts";
import type { Bearer } from "./registry/peer.ts";
import { createRegistry, type Registry } from "./registry/registry.ts";
import {
  createRevocationCheck,
  createRevocationMemory,
  type RevocationMemory,
} from "./registry/revocation.ts";
import { createGrantStore } from "./store/grant.ts";
import { createHandles, type Handles } from "./store/handle.ts";
import { createLoginCounters } from "./store/login-counter.ts";
import type { GrantStore, LoginCounters, RefreshGates, ReplayStore, SessionStore } from "./store/ports.ts";
import { createRefreshGates } from "./store/refresh-gate.ts";
import { createReplayStore } from "./store/replay-marks.ts";
import { createSessionStore } from "./store/session.ts";
import { createTelemetry, type Telemetry } from "./watch/otlp.ts";
import type { LatestReadiness } from "./watch/readiness.ts";
import { type RequestWatch, watchRequest } from "./watch/request-watch.ts";

export interface Deps {
  readonly config: Config;
  readonly now: () => EpochSeconds;
  readonly signer: Signer;
  readonly registry: Registry;
  readonly authorisationRegistries: AuthorisationRegistries;
  readonly paths: PathCache;
  readonly grants: GrantStore;
  readonly replay: ReplayStore;
  readonly sessions: SessionStore;
  /** for TOTP seeds */
  readonly vault: Vault;
  readonly loginCounters: LoginCounters;
  /** in front of the counters, never a decision by itself */
  readonly loginShield: Shield;
  /** for what one party asks: the one bound on it */
  readonly partyShield: Shield;
  readonly directory: Database;
  readonly handles: Handles;
  readonly signedCopies: SignedCopies;
  readonly readiness: LatestReadiness;
  readonly log: Log;
  readonly watch: RequestWatch;
  /** what a human can quote and an operator can find */
  readonly correlationId: string;
  /** what the human reads, as far as the request alone tells: for pages that know of no sign-in */
  readonly language?: Language;
}

/** The platform's own limiter, where one is bound. @returns false when there was too much of this */
export type Shield = (key: string) => Promise<boolean>;

/** Signed once, handed out for a part of its life. */
export interface SignedCopies {
  capabilities?: { readonly jwt: string; readonly signedAt: EpochSeconds };
}

export interface Bindings {
  readonly TRUST_CACHE: KVNamespace;
  readonly DIRECTORY: D1Database;
  readonly GRANTS: DurableObjectNamespace;
  readonly REPLAY_MARKS: DurableObjectNamespace;
  readonly REFRESH_GATES: DurableObjectNamespace;
  readonly SESSIONS: DurableObjectNamespace;
  readonly LOGIN_COUNTERS: DurableObjectNamespace;
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
];

/** What one isolate makes once. */
interface Isolate {
  readonly config: Config;
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
  readonly signedCopies: SignedCopies;
  readonly readiness: LatestReadiness;
  readonly telemetry: Telemetry | undefined;
}

const isolates = new WeakMap<object, Isolate>();

/** Milliseconds since 1970, for durations; every rule counts in seconds. */
const preciseClock = (): number => Date.now();
export const clock = (): EpochSeconds => Math.floor(preciseClock() / 1000);

/**
 * @param request none for work that the platform's clock starts
 * @returns undefined when the configuration has problems: all of them are in the log
 */
export async function createDeps(
  env: object,
  waitUntil: (work: Promise<unknown>) => void,
  request?: Request,
): Promise<Deps | undefined> {
  const correlationId = crypto.randomUUID();
  const made = isolates.get(env) ?? (await createIsolate(env, createLog({ correlationId })));
  if (made === undefined) return undefined;
  // Several requests begin a new isolate at once: what the first of them made is everybody's.
  const isolate = isolates.get(env) ?? made;
  isolates.set(env, isolate);
  const { config, paths, signer, telemetry } = isolate;
  const bindings = env as Bindings;
  const watch = watchRequest({
    ...{ correlationId, telemetry, waitUntil, clock: preciseClock, dataset: bindings.METRICS },
    traceparent: request?.headers.get("traceparent") ?? null,
  });
  const log = request === undefined ? createLog({ correlationId }) : watch.log;
  // An isolate may outlive the certificate that it checked when it began.
  const expired = config.certificateChain.findIndex(({ notAfter }) => clock() >= notAfter);
  if (expired >= 0) {
    log.error("misconfigured", { problems: [`CERTIFICATE_CHAIN: certificate ${expired + 1} has expired`] });
    return undefined;
  }
  const shared = { now: clock, paths, signer };
  const party = {
    partyId: config.partyId,
    audience: config.audience,
    frameworkVersion: config.frameworkVersion,
    skew: config.clockSkewSeconds,
  };
  const asking = {
    kv: bindings.TRUST_CACHE,
    gates: isolate.gates,
    now: clock,
    waitUntil,
    warn: log.warn,
    note: watch.noteCache,
  };
  const registry = createRegistry({
    ...shared,
    ...party,
    client: createRegistryClient({
      ...shared,
      url: config.registry.url,
      peerId: config.registry.partyId,
      partyId: config.partyId,
      frameworkVersion: config.frameworkVersion,
      bearer: isolate.bearer,
      time: watch.time,
    }),
    cache: createAnswerCache({
      ...asking,
      memory: isolate.memory,
      fresh: config.trustFreshSeconds,
      stale: config.trustStaleSeconds,
    }),
    checkRevocation: createRevocationCheck({
      ...asking,
      memory: isolate.revocations,
      mode: config.revocation,
      skew: config.clockSkewSeconds,
      allowLoopback: !config.secure,
    }),
    pin: config.registry,
  });
  const authorisationRegistries = createAuthorisationRegistries({
    ...shared,
    ...party,
    registry,
    registryId: config.registry.partyId,
    allowLoopback: !config.secure,
    bearers: isolate.bearers,
  });
  const { grants, replay, sessions, vault, loginCounters, handles, signedCopies } = isolate;
  return {
    ...shared,
    config,
    registry,
    authorisationRegistries,
    grants,
    replay,
    sessions,
    vault,
    loginCounters,
    loginShield: createShield(bindings.LOGIN_RATE_LIMIT, log),
    partyShield: createShield(bindings.PARTY_RATE_LIMIT, log),
    handles,
    signedCopies,
    readiness: isolate.readiness,
    log,
    watch,
    correlationId,
    directory: patient(bindings.DIRECTORY, BRIEF),
  };
}

/** One that fails lets everything through: it is there against floods, and no lock. */
function createShield(limiter: RateLimit | undefined, log: Log): Shield {
  return async (key) => {
    try {
      return (await limiter?.limit({ key }))?.success !== false;
    } catch {
      log.warn("rate_limit_unreachable");
      return true;
    }
  };
}

async function createIsolate(env: object, log: Log): Promise<Isolate | undefined> {
  const loaded = await loadConfig(env as Readonly<Record<string, unknown>>, clock());
  const unbound = BINDINGS.filter((name) => !(name in env)).map((name) => `binding ${name} is missing`);
  if (!loaded.ok || unbound.length > 0) {
    log.error("misconfigured", { problems: [...(loaded.ok ? [] : loaded.problems), ...unbound] });
    return undefined;
  }
  const { config } = loaded;
  for (const warning of config.warnings) log.warn("configuration", { warning });
  const place = (namespace: DurableObjectNamespace) => inJurisdiction(namespace, config, log);
  const bindings = env as Bindings;
  return {
    config,
    signer: createSigner(
      config.keys.signing,
      config.certificateChain.map(({ der }) => der),
      config.partyId,
    ),
    paths: createPathCache(),
    memory: createAnswerMemory(),
    revocations: createRevocationMemory(),
    bearer: {},
    bearers: new Map(),
    handles: createHandles(await handleKey(config.dataKey)),
    grants: createGrantStore(place(bindings.GRANTS)),
    replay: createReplayStore(place(bindings.REPLAY_MARKS)),
    gates: createRefreshGates(place(bindings.REFRESH_GATES)),
    sessions: createSessionStore(place(bindings.SESSIONS)),
    vault: await createVault(config.dataKey),
    loginCounters: createLoginCounters(place(bindings.LOGIN_COUNTERS)),
    signedCopies: {},
    readiness: {},
    telemetry: config.otlp && createTelemetry(config.otlp, config.partyId, preciseClock),
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
