/**
 * Revocation of the certificates below an anchor (RFC 5280 §5, RFC 6960): when evidence is fetched, from where, and what is
 * done without it. Owns the copies: isolate memory holds what was read, KV the signed bytes, read again each time, so that
 * a poisoned KV forges nothing. What evidence says is for `trust/revocation`.
 */
import type { Failure, Reason } from "../protocol/failure.ts";
import { remember } from "../protocol/remember.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { RefreshGates } from "../store/ports.ts";
import type { VerifiedChain } from "../trust/chain.ts";
import { sameBytes } from "../trust/der.ts";
import { conclude, type Evidence, isNewer, type Link } from "../trust/revocation.ts";
import { createAdmission } from "./admission.ts";
import { call } from "./outbound.ts";
import { type RevocationSource, sourcesOf } from "./revocation-source.ts";

/** Call only with chains that reached an anchor: other certificates could name any address. */
export type RevocationCheck = (chain: VerifiedChain) => Promise<Result<VerifiedChain>>;

/** For who does not ask. */
export const uncheckedRevocation: RevocationCheck = async (chain) => ok(chain);

type Bytes = Uint8Array<ArrayBuffer>;

/** What is kept per isolate; by certificate but for the lists. */
export interface RevocationMemory {
  readonly evidence: Map<string, Evidence>;
  /** the latest of few issuers: they are long, and serve all certificates of theirs */
  readonly lists: Map<string, Bytes>;
  /** who is being asked for now, and since when */
  readonly asking: Map<string, EpochSeconds>;
  /** why a question had no answer, and until when none is waited for */
  readonly silent: Map<string, { readonly cause: Reason; readonly until: EpochSeconds }>;
  readonly notBefore: Map<string, EpochSeconds>;
}
export const createRevocationMemory = (): RevocationMemory => ({
  evidence: new Map(),
  lists: new Map(),
  asking: new Map(),
  silent: new Map(),
  notBefore: new Map(),
});

export interface RevocationOptions {
  readonly mode: "off" | "soft" | "hard";
  readonly memory: RevocationMemory;
  readonly kv: Pick<KVNamespace, "get" | "put">;
  readonly gates: RefreshGates;
  readonly skew: number;
  /** issuers on this machine, for the sandbox */
  readonly allowLoopback: boolean;
  readonly now: () => EpochSeconds;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly warn: (event: string, data: Readonly<Record<string, string | number | boolean>>) => void;
}

/** One fetch per certificate and so many seconds, from whichever source. */
const INTERVAL_SECONDS = 60;
/** KV itself remembers for a while what it does not have; and a long list takes its time to be read. */
const KV_INTERVAL_SECONDS = 30;
const SILENT_SECONDS = 300;
/** An old word that a certificate is revoked still counts: it outlives its own end in KV. */
const KEPT_LONGER_SECONDS = 7 * 24 * 3600;
const KEPT_AT_MOST_SECONDS = 366 * 24 * 3600;
const MAX_LISTS = 8;
/** As long as a question may take, and a little: who asks may be gone without a word. */
const ASKING_SECONDS = 4;
const PAUSE_MS = 50;

export function createRevocationCheck(options: RevocationOptions): RevocationCheck {
  const { mode, memory, kv, gates, skew, now, warn } = options;
  const { admit, isTime } = createAdmission({ ...options, notBefore: memory.notBefore });

  return check;

  async function check(chain: VerifiedChain): Promise<Result<VerifiedChain>> {
    if (mode === "off") return ok(chain);
    const failures = await Promise.all(linksOf(chain).map(findFailure));
    const revoked = failures.findIndex((failure) => failure?.reason === "certificate_revoked");
    if (revoked >= 0)
      return refuse("certificate_revoked", { ...failures[revoked]?.data, certificate: revoked });
    for (const [position, failure] of failures.entries()) {
      if (failure === undefined) continue;
      const data = { ...failure.data, certificate: position };
      if (mode === "hard") return refuse("revocation_unavailable", data);
      const { fingerprint = "" } = chain.certificates[position] ?? {};
      if (isTime(`said:${fingerprint}`, INTERVAL_SECONDS))
        warn("revocation_unchecked", { ...data, fingerprint });
    }
    return ok(chain);
  }

  /** `certificate_revoked` or `revocation_unavailable`; undefined when the certificate is good. */
  async function findFailure(link: Link): Promise<Failure | undefined> {
    const key = keyOf(link);
    const atHand = memory.evidence.get(key);
    if (isSettled(atHand) && !isAging(atHand)) return failureOf(atHand);
    const sources = await sourcesOf(link, options.allowLoopback);
    if (sources.length === 0)
      return { reason: "revocation_unavailable", data: { cause: "revocation_no_source" } };
    if (now() >= (memory.notBefore.get(`kv:${key}`) ?? 0)) {
      await Promise.all(sources.map((source) => takeStored(link, source)));
      remember(memory.notBefore, `kv:${key}`, now() + KV_INTERVAL_SECONDS);
    }
    const evidence = memory.evidence.get(key);
    if (isSettled(evidence) && now() < evidence.nextUpdate + skew) {
      if (isAging(evidence)) options.waitUntil(ask(link, sources, spacingOf(evidence)));
      return failureOf(evidence);
    }
    // Who did not answer a moment ago is asked again behind the answer, where that may pass.
    const asked = ask(link, sources, INTERVAL_SECONDS);
    if (mode === "soft" && now() < (memory.silent.get(key)?.until ?? 0)) options.waitUntil(asked);
    else await asked;
    const latest = memory.evidence.get(key);
    if (isSettled(latest)) return failureOf(latest);
    const cause = memory.silent.get(key)?.cause ?? "revocation_outdated"; // nobody may ask at this moment
    return { reason: "revocation_unavailable", data: { cause } };
  }

  function isSettled(evidence: Evidence | undefined): evidence is Evidence {
    const { kind } = conclude(evidence, now(), skew);
    return kind === "good" || kind === "revoked";
  }

  /** From two thirds of its life on it is renewed behind the answer. */
  function isAging({ thisUpdate, nextUpdate }: Evidence): boolean {
    return now() >= thisUpdate + ((nextUpdate - thisUpdate) * 2) / 3;
  }

  /** Asks one source, when it is time to. Of several requests in this isolate one asks, and the others wait for it. */
  async function ask(link: Link, sources: readonly RevocationSource[], interval: number): Promise<void> {
    const key = keyOf(link);
    if (isAsking(key)) {
      while (isAsking(key)) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return;
    }
    remember(memory.asking, key, now());
    try {
      if (!(await admit(`ask:${key}`, `revocation:${key}`, interval))) return;
      const source = await chooseSource(sources);
      if (source === undefined) return;
      const answer = await fetchFrom(source, link);
      if (answer.ok) {
        memory.silent.delete(key);
        return;
      }
      const { reason, data } = answer.failure;
      remember(memory.silent, key, { cause: reason, until: now() + SILENT_SECONDS });
      warn("revocation_look_up_failed", { ...data, url: source.url, cause: reason });
      if (sources.length > 1) await passOver(source, INTERVAL_SECONDS * sources.length);
    } finally {
      memory.asking.delete(key);
    }
  }

  function isAsking(key: string): boolean {
    const since = memory.asking.get(key);
    return since !== undefined && now() < since + ASKING_SECONDS;
  }

  /** The first that has not failed lately, in any isolate: a silent responder must not hide the list beside it. */
  async function chooseSource(sources: readonly RevocationSource[]): Promise<RevocationSource | undefined> {
    if (sources.length > 1)
      for (const source of sources)
        if (!(await gates.isUnknown(source.key, now()).catch(() => false))) return source;
    return sources[0];
  }

  async function passOver({ key }: RevocationSource, seconds: number): Promise<void> {
    await gates.markUnknown(key, now() + seconds, now()).catch(() => undefined);
  }

  async function fetchFrom(source: RevocationSource, link: Link): Promise<Result<void>> {
    const outcome = await call(source.url, await source.request());
    if (outcome.kind === "unreachable") return refuse("revocation_unreachable", { error: outcome.cause });
    if (outcome.kind === "too_large") return refuse("revocation_answer_too_large");
    const { status, body } = outcome;
    if (status !== 200) return refuse("revocation_status", { status });
    const accepted = await accept(source, link, body);
    if (accepted.ok && accepted.value === "newest") options.waitUntil(toKv(source.key, body, link));
    return accepted.ok ? ok(undefined) : accepted;
  }

  /** Only what is verified, about this certificate and of now gets into memory. */
  async function accept(
    source: RevocationSource,
    link: Link,
    bytes: Bytes,
  ): Promise<Result<"newest" | "older">> {
    const evidence = await source.read(bytes, now());
    if (!evidence.ok) return evidence;
    const { kind } = conclude(evidence.value, now(), skew);
    if (kind === "unavailable") return refuse("revocation_outdated");
    if (kind === "unknown") return refuse("revocation_unknown");
    // An earlier word, however it came here, does not undo a later one.
    if (!isNewer(evidence.value, memory.evidence.get(keyOf(link)))) return ok("older");
    remember(memory.evidence, keyOf(link), evidence.value);
    if (source.isShared) remember(memory.lists, source.key, bytes, MAX_LISTS);
    return ok("newest");
  }

  async function takeStored(link: Link, source: RevocationSource): Promise<void> {
    try {
      const inMemory = memory.lists.get(source.key);
      if (inMemory !== undefined) await accept(source, link, inMemory);
      const stored = await kv.get(source.key, "arrayBuffer");
      if (stored === null) return;
      const bytes = new Uint8Array(stored);
      if (inMemory !== undefined && sameBytes(inMemory, bytes)) return;
      const accepted = await accept(source, link, bytes);
      if (accepted.ok || accepted.failure.reason === "revocation_outdated") return;
      warn("revocation_cache_refused", { entry: source.key, cause: accepted.failure.reason });
    } catch {
      warn("revocation_cache_unreadable", { entry: source.key });
    }
  }

  async function toKv(key: string, bytes: Bytes, link: Link): Promise<void> {
    const left = Math.max(0, (memory.evidence.get(keyOf(link))?.nextUpdate ?? 0) - now());
    const expirationTtl = Math.min(left + KEPT_LONGER_SECONDS, KEPT_AT_MOST_SECONDS);
    try {
      await kv.put(key, bytes, { expirationTtl });
    } catch {
      warn("revocation_cache_unwritable", { entry: key });
    }
  }
}

const linksOf = ({ certificates, anchorAt }: VerifiedChain): readonly Link[] =>
  certificates.slice(0, anchorAt).flatMap((certificate, position) => {
    const issuer = certificates[position + 1];
    return issuer === undefined ? [] : [{ certificate, issuer }];
  });

const keyOf = ({ certificate, issuer }: Link): string => `${issuer.fingerprint}:${certificate.serial}`;

function failureOf({ status }: Evidence): Failure | undefined {
  return status.kind === "revoked"
    ? { reason: "certificate_revoked", data: { revokedAt: status.at, revocationReason: status.reason } }
    : undefined;
}

/** Long-lived evidence is renewed with less haste: some four tries in its last third. */
const spacingOf = ({ thisUpdate, nextUpdate }: Evidence): number =>
  Math.min(3600, Math.max(INTERVAL_SECONDS, Math.floor((nextUpdate - thisUpdate) / 12)));
