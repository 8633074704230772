/** In-memory stand-ins for what the registry cache lives on: a clock, KV, refresh gates, background work. */
import type { Reason } from "../../../src/protocol/failure.ts";
import { ok, type Result, refuse } from "../../../src/protocol/result.ts";
import {
  type AnswerCache,
  type AnswerMemory,
  createAnswerCache,
  createAnswerMemory,
  type Entry,
} from "../../../src/registry/cache.ts";
import type { Fetched } from "../../../src/registry/client.ts";
import type { RefreshGates } from "../../../src/store/ports.ts";

export const START = 1_800_000_000;

/** As the Durable Object behaves: one clock for every isolate. */
export function createGates(): RefreshGates {
  const admitted = new Map<string, number>();
  const unknown = new Map<string, number>();
  return {
    admit: async (entry, interval, now) => {
      const last = admitted.get(entry);
      if (last !== undefined && now < last + interval) return false;
      admitted.set(entry, now);
      return true;
    },
    markUnknown: async (entry, until) => void unknown.set(entry, until),
    isUnknown: async (entry, now) => now < (unknown.get(entry) ?? 0),
  };
}

type KvMethod = "get" | "put" | "delete";

export class FakeKv {
  readonly stored = new Map<string, string>();
  readonly ttl = new Map<string, number | undefined>();
  readonly metadata = new Map<string, object | undefined>();
  readonly broken = new Set<KvMethod>();
  #use(method: KvMethod): void {
    if (this.broken.has(method)) throw new Error(`KV ${method} failed`);
  }
  async get(key: string): Promise<string | null> {
    this.#use("get");
    return this.stored.get(key) ?? null;
  }
  async put(
    key: string,
    value: string,
    options?: { expirationTtl?: number; metadata?: object },
  ): Promise<void> {
    this.#use("put");
    this.stored.set(key, value);
    this.metadata.set(key, options?.metadata);
    this.ttl.set(key, options?.expirationTtl);
  }
  /** In pages of a thousand, as KV does. */
  async list({ prefix, cursor = "0" }: { prefix: string; cursor?: string }) {
    const names = [...this.stored.keys()].filter((name) => name.startsWith(prefix)).sort();
    const [from, to] = [Number(cursor), Number(cursor) + 1000];
    const keys = names.slice(from, to).map((name) => ({ name, metadata: this.metadata.get(name) }));
    return {
      keys,
      ...(to < names.length ? { list_complete: false, cursor: String(to) } : { list_complete: true }),
    };
  }
  async delete(key: string): Promise<void> {
    this.#use("delete");
    this.stored.delete(key);
  }
}

/** What the registry says next: an answer, or how it fails. */
export type Says = { value: string; issuedAt?: number } | "unknown" | "maybe unknown" | Reason;

/** Several isolates share KV, gates and clock; each has its memory. */
export class Scene {
  now = START;
  says: Says = { value: "first" };
  fetches = 0;
  readonly kv = new FakeKv();
  readonly gates = createGates();
  readonly warnings: string[] = [];
  #background: Promise<unknown>[] = [];
  #isolate: { memory: AnswerMemory; cache: AnswerCache } | undefined;

  readonly limits: { readonly fresh: number; readonly stale: number };

  constructor(limits = { fresh: 300, stale: 3600 }) {
    this.limits = limits;
  }

  /** Another isolate from here on. */
  restart(): void {
    this.#isolate = undefined;
  }

  get #current() {
    this.#isolate ??= this.#create();
    return this.#isolate;
  }
  get cache(): AnswerCache {
    return this.#current.cache;
  }
  get memory(): AnswerMemory {
    return this.#current.memory;
  }
  #create() {
    const memory = createAnswerMemory();
    const cache = createAnswerCache({
      ...this.limits,
      memory,
      kv: this.kv as unknown as KVNamespace,
      gates: this.gates,
      now: () => this.now,
      waitUntil: (work) => void this.#background.push(work),
      warn: (event) => void this.warnings.push(event),
    });
    return { memory, cache };
  }

  /** Lets background work come to its end. */
  async settle(): Promise<void> {
    while (this.#background.length > 0) await Promise.all(this.#background.splice(0));
  }

  /** A token is JSON here: `{value, issuedAt, forged, about}`. */
  readonly entry = (key = "party:x"): Entry<string> => ({
    key,
    fetch: async (): Promise<Result<Fetched>> => {
      this.fetches++;
      if (typeof this.says === "object")
        return ok({ kind: "token", token: JSON.stringify({ issuedAt: this.now, ...this.says }) });
      if (this.says === "unknown") return ok({ kind: "unknown", soft: false });
      if (this.says === "maybe unknown") return ok({ kind: "unknown", soft: true });
      return refuse(this.says);
    },
    verify: async (token, arrived) => {
      const answer = JSON.parse(token);
      if (answer.forged) return refuse("registry_signer");
      if (arrived && answer.issuedAt < this.now - 40)
        return refuse("registry_signer", { cause: "jwt_expired" });
      return ok({ payload: answer, issuedAt: answer.issuedAt });
    },
    read: ({ payload }) =>
      payload.about === "other" ? refuse("registry_answer_other_party") : ok(String(payload.value)),
  });

  /** What an endpoint gets now: the value, or the reason. Background work is done afterwards. */
  async get(key?: string): Promise<string> {
    const result = await this.cache.get(this.entry(key));
    await this.settle();
    return result.ok ? result.value.value : result.failure.reason;
  }

  async provoke(key?: string): Promise<string | undefined> {
    const result = await this.cache.provoke(this.entry(key));
    await this.settle();
    return result?.ok ? result.value : result?.failure.reason;
  }
}
