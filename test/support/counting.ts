/**
 * Counts what a request costs: calls of Durable Objects, reads and writes of KV, queries of D1, look-ups outside, and
 * signatures. Wraps the bindings of an instance; what they do stays as it is.
 */
import { vi } from "vitest";
import type { Instance } from "./worker.ts";

export interface Costs {
  /** the instance whose costs are counted */
  readonly at: Instance;
  /** what happened since the last call, in order */
  take(): Operations;
}

export interface Operations {
  /** `BINDING.method`, in the order of the calls */
  readonly objects: readonly string[];
  readonly kv: readonly string[];
  /** SQL, one line each; a batch is one query to D1, and has its statements joined here */
  readonly d1: readonly string[];
  readonly signed: number;
  readonly verified: number;
  readonly lookUps: readonly string[];
}

const OBJECTS = ["GRANTS", "REPLAY_MARKS", "REFRESH_GATES", "SESSIONS", "LOGIN_COUNTERS", "RECENT_REFUSALS"];

export function countCosts(idp: Instance): Costs {
  const objects: string[] = [];
  const kv: string[] = [];
  const d1: string[] = [];
  const signatures = { signed: 0, verified: 0 };
  const { subtle } = crypto;
  const [sign, verify] = [subtle.sign.bind(subtle), subtle.verify.bind(subtle)];
  const isRsa = (algorithm: unknown) => /RSASSA/.test(JSON.stringify(algorithm));
  vi.spyOn(subtle, "sign").mockImplementation((...args: Parameters<typeof sign>) => {
    if (isRsa(args[0])) signatures.signed++;
    return sign(...args);
  });
  vi.spyOn(subtle, "verify").mockImplementation((...args: Parameters<typeof verify>) => {
    if (isRsa(args[0])) signatures.verified++;
    return verify(...args);
  });

  const { bindings } = idp;
  const namespaces = OBJECTS.map((name) => {
    const namespace = bindings[name] as DurableObjectNamespace;
    const get = (id: DurableObjectId) =>
      withCalls(namespace.get(id), (method) => objects.push(`${name}.${method}`));
    return [name, replacing(namespace, { get })] as const;
  });
  const cache = bindings.TRUST_CACHE as KVNamespace;
  const database = bindings.DIRECTORY as D1Database;
  const counted = {
    ...Object.fromEntries(namespaces),
    TRUST_CACHE: withCalls(cache, (method) => kv.push(method)),
    DIRECTORY: countingDatabase(database, (sql) => d1.push(sql.replace(/\s+/g, " ").trim())),
  };
  return {
    at: idp.with(counted as unknown as Record<string, string>),
    take: () => {
      const lookUps = idp.world.registry.calls.splice(0);
      const { signed, verified } = signatures;
      Object.assign(signatures, { signed: 0, verified: 0 });
      return { objects: objects.splice(0), kv: kv.splice(0), d1: d1.splice(0), signed, verified, lookUps };
    },
  };
}

function replacing<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get: (it, name) => {
      const value = name in members ? members[name as keyof T] : Reflect.get(it, name, it);
      return typeof value === "function" && !(name in members) ? value.bind(it) : value;
    },
  });
}

function withCalls<T extends object>(target: T, note: (method: string) => void): T {
  return new Proxy(target, {
    get: (it, name) => {
      const value: unknown = Reflect.get(it, name, it);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return (...args: unknown[]) => {
        note(name);
        return Reflect.apply(value, it, args);
      };
    },
  });
}

/** A statement counts when it is run. */
function countingDatabase(database: D1Database, note: (sql: string) => void): D1Database {
  const inner = new WeakMap<object, { readonly statement: D1PreparedStatement; readonly sql: string }>();
  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const run =
      <K extends "first" | "all" | "run">(method: K) =>
      () => {
        note(sql);
        return statement[method]();
      };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), sql),
      first: run("first"),
      all: run("all"),
      run: run("run"),
    } as unknown as D1PreparedStatement;
    inner.set(wrapped, { statement, sql });
    return wrapped;
  };
  return {
    prepare: (sql: string) => wrap(database.prepare(sql), sql),
    batch: (statements: readonly D1PreparedStatement[]) => {
      const known = statements.flatMap((it) => inner.get(it) ?? []);
      note(known.map(({ sql }) => sql).join("; "));
      return database.batch(known.map(({ statement }) => statement));
    },
  } as unknown as D1Database;
}
