/**
 * When to ask the registry and when not (wire document §4): fresh, soon stale, stale, too old. Owns ages, the KV copy
 * and who may cause a look-up. KV holds the signed token, verified again on every read, so a poisoned cache can forge
 * nothing; isolate memory in front holds what was verified.
 */
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { RefreshGates } from "../store/ports.ts";
import type { Answer } from "./answer.ts";
import type { Fetched } from "./client.ts";

/** Strangers can't drive look-ups: what they can provoke happens once per entry and this many seconds. */
const PROVOKED_INTERVAL_SECONDS = 60;
const UNKNOWN_SECONDS = 60;

/** What is kept per isolate. */
export interface AnswerMemory {
  readonly answers: Map<string, { readonly value: unknown; readonly issuedAt: EpochSeconds }>;
  readonly unknown: Map<string, EpochSeconds>;
}
export const createAnswerMemory = (): AnswerMemory => ({ answers: new Map(), unknown: new Map() });
const MEMORY_ENTRIES = 2000;

/** One thing that the registry can be asked for. */
export interface Entry<T> {
  readonly key: string;
  fetch(): Promise<Result<Fetched>>;
  /** proves that the answer is the registry's @param arrived just now, so that its life counts */
  verify(token: string, arrived: boolean): Promise<Result<Answer>>;
  read(answer: Answer): Result<T>;
}

export interface CacheOptions {
  readonly memory: AnswerMemory;
  readonly kv: Pick<KVNamespace, "get" | "put" | "delete">;
  readonly gates: RefreshGates;
  /** seconds */
  readonly fresh: number;
  readonly stale: number;
  readonly now: () => EpochSeconds;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly warn: (event: string, data: Readonly<Record<string, string | number | boolean>>) => void;
}

interface Held<T> {
  readonly value: T;
  readonly issuedAt: EpochSeconds;
}

export interface Current<T> {
  readonly value: T;
  /** asked for just now: to ask again would bring the same */
  readonly justAsked: boolean;
}

export interface AnswerCache {
  /** The current answer. Refused with `party_unknown` or `registry_unavailable`. */
  get<T>(entry: Entry<T>): Promise<Result<Current<T>>>;
  /** A new answer because the current one did not fit; undefined when it is too soon to ask again. */
  provoke<T>(entry: Entry<T>): Promise<Result<T> | undefined>;
}

export function createAnswerCache(options: CacheOptions): AnswerCache {
  const { memory, kv, gates, fresh, stale, now, warn } = options;
  return { get, provoke };

  async function get<T>(entry: Entry<T>): Promise<Result<Current<T>>> {
    let held = memory.answers.get(entry.key) as Held<T> | undefined;
    if (held === undefined || age(held) >= refreshAge()) held = newest(held, await fromKv(entry)) ?? held;
    if (held === undefined && (await isUnknown(entry.key))) return refuse("party_unknown");
    if (held === undefined || age(held) >= fresh) {
      const answer = await lookUp(entry, held);
      return answer.ok ? ok({ value: answer.value, justAsked: true }) : answer;
    }
    if (age(held) >= refreshAge()) options.waitUntil(refreshSoon(entry));
    return ok({ value: held.value, justAsked: false });
  }

  async function provoke<T>(entry: Entry<T>): Promise<Result<T> | undefined> {
    const held = memory.answers.get(entry.key) as Held<T> | undefined;
    if (!(await gates.admit(entry.key, PROVOKED_INTERVAL_SECONDS, now()))) return undefined;
    return lookUp(entry, held);
  }

  /** Asks now. The old answer is used only when the look-up fails, and only up to `stale`. */
  async function lookUp<T>(entry: Entry<T>, held: Held<T> | undefined): Promise<Result<T>> {
    const answer = await ask(entry);
    if (answer.ok) return answer;
    const { reason, data } = answer.failure;
    const usable = held !== undefined && age(held) <= stale;
    if (reason === "party_unknown" && !(data?.soft === true && usable)) {
      await forget(entry.key);
      return refuse("party_unknown");
    }
    warn("registry_look_up_failed", { ...data, entry: entry.key, cause: reason, usingOldAnswer: usable });
    return usable ? ok(held.value) : refuse("registry_unavailable", { ...data, cause: reason });
  }

  async function ask<T>(entry: Entry<T>): Promise<Result<T>> {
    const fetched = await entry.fetch();
    if (!fetched.ok) return fetched;
    if (fetched.value.kind === "unknown") return refuse("party_unknown", { soft: fetched.value.soft });
    const { token } = fetched.value;
    const held = await accept(entry, token, true);
    if (!held.ok) {
      // An answer about somebody else, or an empty list: the registry does not vouch for the party asked about.
      return held.failure.reason === "registry_answer_other_party"
        ? refuse("party_unknown", { soft: true })
        : held;
    }
    options.waitUntil(toKv(entry.key, token));
    return ok(held.value.value);
  }

  /** Only what is verified and about the entry gets into memory. */
  async function accept<T>(entry: Entry<T>, token: string, arrived: boolean): Promise<Result<Held<T>>> {
    const answer = await entry.verify(token, arrived);
    if (!answer.ok) return answer;
    const value = entry.read(answer.value);
    if (!value.ok) return value;
    const held = { value: value.value, issuedAt: answer.value.issuedAt };
    remember(memory.answers, entry.key, held);
    memory.unknown.delete(entry.key);
    return ok(held);
  }

  async function fromKv<T>(entry: Entry<T>): Promise<Held<T> | undefined> {
    let token: string | null;
    try {
      token = await kv.get(entry.key);
    } catch {
      warn("trust_cache_unreadable", { entry: entry.key });
      return undefined;
    }
    if (token === null) return undefined;
    const before = memory.answers.get(entry.key) as Held<T> | undefined;
    const held = await accept(entry, token, false);
    if (!held.ok) {
      warn("trust_cache_refused", { ...held.failure.data, entry: entry.key, cause: held.failure.reason });
      return undefined;
    }
    if (before !== undefined && before.issuedAt > held.value.issuedAt)
      remember(memory.answers, entry.key, before);
    return held.value;
  }

  async function toKv(key: string, token: string): Promise<void> {
    try {
      await kv.put(key, token, { expirationTtl: Math.max(60, stale) }); // 60 s is KV's least
    } catch {
      warn("trust_cache_unwritable", { entry: key });
    }
  }

  async function refreshSoon<T>(entry: Entry<T>): Promise<void> {
    if (!(await gates.admit(entry.key, Math.max(1, Math.floor(fresh / 6)), now()))) return;
    const held = memory.answers.get(entry.key) as Held<T> | undefined;
    await lookUp(entry, held);
  }

  async function isUnknown(key: string): Promise<boolean> {
    const until = memory.unknown.get(key);
    if (until !== undefined && now() < until) return true;
    return gates.isUnknown(key, now());
  }

  async function forget(key: string): Promise<void> {
    const until = now() + UNKNOWN_SECONDS;
    memory.answers.delete(key);
    remember(memory.unknown, key, until);
    await Promise.all([gates.markUnknown(key, until, now()), kv.delete(key).catch(() => undefined)]);
  }

  /** An answer dated ahead of us is new, not younger than new. */
  function age(held: Held<unknown>): number {
    return Math.max(0, now() - held.issuedAt);
  }

  function refreshAge(): number {
    return (fresh * 2) / 3;
  }
}

const newest = <T>(one: Held<T> | undefined, other: Held<T> | undefined): Held<T> | undefined =>
  one === undefined || (other !== undefined && other.issuedAt > one.issuedAt) ? other : one;

/** Bounded: the entry longest in goes first. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > MEMORY_ENTRIES && oldest !== undefined) map.delete(oldest);
}
