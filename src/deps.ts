/**
 * What the endpoints may touch. The only reader of the clock. Owns what is made per request (correlation id, background
 * work, what watches it); what is made once is `isolate`'s.
 */
import { type Audit, createAudit } from "./audit/audit.ts";
import type { Config } from "./config.ts";
import type { Database } from "./directory/human.ts";
import { BRIEF, patient } from "./directory/patience.ts";
import type { Vault } from "./factors/seed-vault.ts";
import { whyNoneSigns } from "./identity.ts";
import { type Bindings, createIsolate, type Isolate, type SignedCopies } from "./isolate.ts";
import type { PathCache } from "./jwt/path-cache.ts";
import type { Signer } from "./jwt/sign.ts";
import { createLog, type Log } from "./log.ts";
import type { Language } from "./pages/text.ts";
import type { EpochSeconds } from "./protocol/time.ts";
import {
  type AuthorisationRegistries,
  createAuthorisationRegistries,
} from "./registry/authorisation-registry.ts";
import { createAnswerCache } from "./registry/cache.ts";
import { createRegistryClient } from "./registry/client.ts";
import { createRegistry, type Registry } from "./registry/registry.ts";
import { createRevocationCheck } from "./registry/revocation.ts";
import type { Handles } from "./store/handle.ts";
import type { GrantStore, LoginCounters, RefusalStore, ReplayStore, SessionStore } from "./store/ports.ts";
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
  readonly audit: Audit;
  readonly handles: Handles;
  readonly signedCopies: SignedCopies;
  readonly readiness: LatestReadiness;
  /** what requests were refused for, lately */
  readonly refusals: RefusalStore;
  /** whether each binding that nobody has to have is there */
  readonly optional: Readonly<Record<string, boolean>>;
  readonly log: Log;
  readonly watch: RequestWatch;
  /** what a human can quote and an operator can find */
  readonly correlationId: string;
  /** what the human reads, as far as the request alone tells: for pages that know of no sign-in */
  readonly language?: () => Language;
}

/** The platform's own limiter, where one is bound. @returns false when there was too much of this */
export type Shield = (key: string) => Promise<boolean>;

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
  const made = isolates.get(env) ?? (await createIsolate(env, createLog({ correlationId }), preciseClock));
  if (made === undefined) return undefined;
  // Several requests begin a new isolate at once: what the first of them made is everybody's.
  const isolate = isolates.get(env) ?? made;
  isolates.set(env, isolate);
  const { config, paths, signer, telemetry } = isolate;
  const bindings = env as Bindings;
  const watch = watchRequest({
    ...{ correlationId, telemetry, waitUntil, clock: preciseClock, dataset: bindings.METRICS },
    refusals: isolate.newRefusals,
    traceparent: request?.headers.get("traceparent") ?? null,
  });
  const log = request === undefined ? createLog({ correlationId }) : watch.log;
  const problems = whyNoneSigns(config.keySets, clock());
  if (problems.length > 0) {
    log.error("misconfigured", { problems });
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
  const directory = patient(bindings.DIRECTORY, BRIEF);
  const audit = createAudit({
    ...{ directory, signer, now: clock, waitUntil, log, correlationId, chains: isolate.chains },
    bucket: bindings.AUDIT_EXPORT,
    retentionDays: config.auditRetentionDays,
  });
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
    refusals: isolate.refusals,
    optional: isolate.optional,
    log,
    watch,
    correlationId,
    directory,
    audit,
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
