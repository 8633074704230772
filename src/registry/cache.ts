/**
 * When to ask the registry and when not (wire document §4): fresh, soon stale, stale, too old. Owns ages, the KV copy
 * and who may cause a look-up. KV holds the signed token, verified again on every read, so a poisoned cache can forge
 * nothing; isolate memory in front holds what was verified.
 */
import { PARTIES_REMEMBERED, remember } from "../protocol/remember.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { RefreshGates } from "../store/ports.ts";
import { createAdmission } from "./admission.ts";
import type { Answer } from "./answer.ts";
import type { Fetched } from "./client.ts";

/** Strangers can't drive look-ups: what they can provoke happens once per entry and this many seconds. */
const PROVOKED_INTERVAL_SECONDS = 60;
const UNKNOWN_SECONDS = 60;
const KV_INTERVAL_SECONDS = 5;

/** What is kept per isolate. */
export interface AnswerMemory {
  readonly answers: Map<string, { readonly value: unknown; readonly issuedAt: EpochSeconds }>;
  readonly unknown: Map<string, EpochSeconds>;
  /** when something may be tried again */
  readonly notBefore: Map<string, EpochSeconds>;
}
export const createAnswerMemory = (): AnswerMemory => ({
  answers: new Map(),
  unknown: new Map(),
  notBefore: new Map(),
});

/** One thing that the registry can be asked for. */
export interface Entry<T> {
  readonly key: string;
  fetch(): Promise<Result<Fetched>>;
  /** proves that the answer is the registry's @param arrived just now, so that its life counts */
  verify(token: string, arrived: boolean): Promise<Result<Answer>>;
  read(answer: Answer): Result<T> | Promise<Result<T>>;
  /** by which people look for it: kept beside the answer, believed by nobody */
  nameOf?(value: T): string | undefined;
}

export interface CacheOptions {
  readonly memory: AnswerMemory;
  readonly kv: Pick<KVNamespace, "get" | "put" | "delete" | "list">;
  readonly gates: RefreshGates;
  /** seconds */
  readonly fresh: number;
  readonly stale: number;
  readonly now: () => EpochSeconds;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly warn: (event: string, data: Readonly<Record<string, string | number | boolean>>) => void;
  /** where an answer that a request needed came from; `stale`: the registry was asked in vain */
  readonly note?: (outcome: "memory" | "kv" | "registry" | "stale") => void;
}

interface Held<T> {
  readonly value: T;
  readonly issuedAt: EpochSeconds;
}

export interface Current<T> {
  readonly value: T;
  /** asked for just now: to ask again would bring the same */
  readonly justAsked: boolean;
  /** asked for in vain: it is past its time, and still usable */
  readonly isStale?: boolean;
}

export interface AnswerCache {
  /** The current answer. Refused with `party_unknown` or `registry_unavailable`. */
  get<T>(entry: Entry<T>): Promise<Result<Current<T>>>;
  /** The answer at hand, fresh or old but usable, without asking; undefined when there is none. */
  held<T>(entry: Entry<T>): Promise<T | undefined>;
  /** A new answer because the current one did not fit; undefined when it is too soon to ask again. */
  provoke<T>(entry: Entry<T>): Promise<Result<T> | undefined>;
  /** Keys under a prefix that somebody waited for lately, of the first ten thousand. */
  wanted(prefix: string): Promise<readonly Wanted[]>;
  /** A new answer before anybody waits for it, if the one at hand is getting old; once per entry, for all isolates. */
  refresh<T>(entry: Entry<T>, wantedAt: EpochSeconds): Promise<void>;
}

export interface Wanted {
  readonly key: string;
  /** when a request last had to wait for it */
  readonly wantedAt: EpochSeconds;
  /** as its entry names it, the beginning; empty: it has none */
  readonly name: string;
}
/** KV takes 1,024 bytes of metadata, and JSON up to six for a letter. */
const NAME_LENGTH = 150;
/** What nobody waited for in a day is not kept fresh any more: the next one to want it waits. */
const WANTED_SECONDS = 86_400;

export function createAnswerCache(options: CacheOptions): AnswerCache {
  const { memory, kv, gates, fresh, stale, now, warn } = options;
  const { admit, isTime } = createAdmission({ ...options, notBefore: memory.notBefore });
  return { get, provoke, held, wanted, refresh };

  async function get<T>(entry: Entry<T>): Promise<Result<Current<T>>> {
    if (isKnownUnknown(entry.key)) return refuse("party_unknown");
    const current = await newestHeld(entry);
    if (current === undefined && (await gateSaysUnknown(entry.key))) return refuse("party_unknown");
    if (current === undefined || age(current) >= fresh) {
      const answer = await lookUp(entry, current);
      const isStale = current !== undefined && answer.ok && answer.value === current.value;
      options.note?.(isStale ? "stale" : "registry");
      if (!answer.ok) return answer;
      return ok({ value: answer.value, justAsked: true, ...(isStale ? { isStale } : {}) });
    }
    if (age(current) >= refreshAge()) options.waitUntil(refreshSoon(entry));
    return ok({ value: current.value, justAsked: false });
  }

  async function held<T>(entry: Entry<T>): Promise<T | undefined> {
    const current = isKnownUnknown(entry.key) ? undefined : await newestHeld(entry);
    return current !== undefined && age(current) <= Math.max(fresh, stale) ? current.value : undefined;
  }

  async function provoke<T>(entry: Entry<T>): Promise<Result<T> | undefined> {
    if (!(await admit(`provoked:${entry.key}`, entry.key, PROVOKED_INTERVAL_SECONDS))) return undefined;
    options.note?.("registry");
    return lookUp(entry, memory.answers.get(entry.key) as Held<T> | undefined);
  }

  /** Memory, and from two thirds of its life on also KV, where another isolate may have put a newer one. */
  async function newestHeld<T>(entry: Entry<T>): Promise<Held<T> | undefined> {
    const inMemory = memory.answers.get(entry.key) as Held<T> | undefined;
    const isYoung = inMemory !== undefined && age(inMemory) < refreshAge();
    const isFresh = inMemory !== undefined && age(inMemory) < fresh;
    if (isYoung || (isFresh && !isTime(`kv:${entry.key}`, KV_INTERVAL_SECONDS))) {
      options.note?.("memory");
      return inMemory;
    }
    options.note?.("kv");
    await fromKv(entry);
    return memory.answers.get(entry.key) as Held<T> | undefined;
  }

  /** Asks now. The old answer is used only when the look-up fails, and only up to `stale`. */
  async function lookUp<T>(entry: Entry<T>, held: Held<T> | undefined, wantedAt = now()): Promise<Result<T>> {
    const answer = await ask(entry, wantedAt);
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

  async function ask<T>(entry: Entry<T>, wantedAt: EpochSeconds): Promise<Result<T>> {
    const fetched = await entry.fetch();
    if (!fetched.ok) return fetched;
    if (fetched.value.kind === "unknown") return refuse("party_unknown", { soft: fetched.value.soft });
    const { token } = fetched.value;
    const held = await accept(entry, token, true);
    if (!held.ok) {
      // A signed answer about somebody else, or an empty list: the registry does not vouch for this party.
      return held.failure.reason === "registry_answer_other_party"
        ? refuse("party_unknown", { soft: false })
        : held;
    }
    const name = entry.nameOf?.(held.value.value)?.slice(0, NAME_LENGTH);
    options.waitUntil(toKv(entry.key, token, { wantedAt, name }));
    return ok(held.value.value);
  }

  /** Only what is verified and about the entry gets into memory. */
  async function accept<T>(entry: Entry<T>, token: string, arrived: boolean): Promise<Result<Held<T>>> {
    const answer = await entry.verify(token, arrived);
    if (!answer.ok) return answer;
    const value = await entry.read(answer.value);
    if (!value.ok) return value;
    const held = { value: value.value, issuedAt: answer.value.issuedAt };
    // The newest wins, whichever came in last: a slow look-up or an old copy must not undo a later word.
    const before = memory.answers.get(entry.key);
    if (before === undefined || held.issuedAt >= before.issuedAt) remember(memory.answers, entry.key, held);
    if (arrived) memory.unknown.delete(entry.key);
    return ok(held);
  }

  /** Takes what KV holds into memory, if it is the registry's and newer. */
  async function fromKv<T>(entry: Entry<T>): Promise<void> {
    try {
      const token = await kv.get(entry.key);
      if (token === null) return;
      const held = await accept(entry, token, false);
      if (held.ok) return;
      warn("trust_cache_refused", { ...held.failure.data, entry: entry.key, cause: held.failure.reason });
    } catch {
      warn("trust_cache_unreadable", { entry: entry.key });
    }
  }

  async function toKv(key: string, token: string, metadata: object): Promise<void> {
    try {
      // 60 s is KV's least
      await kv.put(key, token, { expirationTtl: Math.max(60, stale), metadata });
    } catch {
      warn("trust_cache_unwritable", { entry: key });
    }
  }

  async function refreshSoon<T>(entry: Entry<T>, wantedAt = now()): Promise<void> {
    const interval = Math.max(1, Math.floor(fresh / 6));
    if (!(await admit(`soon:${entry.key}`, entry.key, interval))) return;
    await lookUp(entry, memory.answers.get(entry.key) as Held<T> | undefined, wantedAt);
  }

  async function refresh<T>(entry: Entry<T>, wantedAt: EpochSeconds): Promise<void> {
    const current = await newestHeld(entry);
    if (current === undefined || age(current) >= refreshAge()) await refreshSoon(entry, wantedAt);
  }

  async function wanted(prefix: string): Promise<readonly Wanted[]> {
    type Metadata = { readonly [member in keyof Wanted]?: unknown };
    const keys: KVNamespaceListKey<Metadata>[] = [];
    let cursor: string | undefined;
    do {
      const page = await kv.list<Metadata>({ prefix, ...(cursor === undefined ? {} : { cursor }) });
      keys.push(...page.keys);
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor !== undefined && keys.length < PARTIES_REMEMBERED);
    return keys.flatMap(({ name: key, metadata }) => {
      const { wantedAt, name } = metadata ?? {};
      const isLate = typeof wantedAt === "number" && now() - wantedAt <= WANTED_SECONDS;
      return isLate ? [{ key, wantedAt, name: typeof name === "string" ? name : "" }] : [];
    });
  }

  function isKnownUnknown(key: string): boolean {
    return now() < (memory.unknown.get(key) ?? 0);
  }

  async function gateSaysUnknown(key: string): Promise<boolean> {
    return gates.isUnknown(key, now()).catch(() => false);
  }

  async function forget(key: string): Promise<void> {
    const until = now() + UNKNOWN_SECONDS;
    memory.answers.delete(key);
    remember(memory.unknown, key, until);
    const quietly = (work: Promise<unknown>) => work.catch(() => undefined);
    await Promise.all([quietly(gates.markUnknown(key, until, now())), quietly(kv.delete(key))]);
  }

  /** An answer dated ahead of us is new, not younger than new. */
  function age(held: Held<unknown>): number {
    return Math.max(0, now() - held.issuedAt);
  }

  function refreshAge(): number {
    return (fresh * 2) / 3;
  }
}
