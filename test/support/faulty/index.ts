/**
 * The Worker as it is deployed, behind a switchboard: `POST /__faults` says which bindings fail from now on, and
 * `POST /__objects` restarts the Durable Objects that were used, or rings their alarms. Never deployed.
 */
import worker, * as original from "../../../src/index.ts";

export interface Faults {
  /** methods of KV that throw */
  readonly kv?: readonly ("get" | "put" | "delete")[];
  /** what KV holds, whatever was put there */
  readonly poison?: string;
  readonly d1?: "all" | "writes";
  /** a method of a Durable Object that fails: before it did anything, or after, so that its answer is lost */
  readonly object?: { readonly binding: string; readonly method: string; readonly when: "before" | "after" };
}

const RESTARTED = "restarted by a test";
let faults: Faults = {};
/** ids that were asked for, by binding: a stub is good for one request only */
const used = new Map<string, Set<string>>();

type AnyObject = Record<string, (...args: unknown[]) => unknown>;
const withSwitches = <T extends new (...args: never[]) => object>(base: T) => {
  // Names that no class of ours has.
  return class extends (base as unknown as new (
    ...args: unknown[]
  ) => { ctx: DurableObjectState; alarm(): Promise<void> }) {
    async __ring(): Promise<void> {
      await this.alarm();
    }
    __restart(): void {
      this.ctx.abort(RESTARTED);
    }
  };
};
export class Grant extends withSwitches(original.Grant) {}
export class ReplayMarks extends withSwitches(original.ReplayMarks) {}
export class RefreshGate extends withSwitches(original.RefreshGate) {}
export class Session extends withSwitches(original.Session) {}
export class AuditChain extends withSwitches(original.AuditChain) {}
export class LoginCounter extends withSwitches(original.LoginCounter) {}
export class RecentRefusals extends withSwitches(original.RecentRefusals) {}

const NAMESPACES = [
  ...["GRANTS", "REPLAY_MARKS", "REFRESH_GATES", "SESSIONS", "LOGIN_COUNTERS"],
  "RECENT_REFUSALS",
];
const lost = () => Promise.reject(new Error("Network connection lost."));

function faultyKv(kv: KVNamespace): KVNamespace {
  const method =
    (name: "get" | "put" | "delete") =>
    (...args: unknown[]) => {
      if (faults.kv?.includes(name)) return lost();
      if (name === "get" && faults.poison !== undefined) return Promise.resolve(faults.poison);
      return (kv[name] as (...args: unknown[]) => unknown)(...args);
    };
  const list = (options: KVNamespaceListOptions) => kv.list(options);
  return { get: method("get"), put: method("put"), delete: method("delete"), list } as unknown as KVNamespace;
}

function faultyD1(database: D1Database): D1Database {
  const fails = (sql: string) => faults.d1 === "all" || (faults.d1 === "writes" && !/^\s*SELECT/i.test(sql));
  const wrap = (statement: D1PreparedStatement, sql: string): AnyObject => ({
    inner: () => statement,
    sql: () => sql,
    bind: (...values) => wrap(statement.bind(...values), sql),
    first: () => (fails(sql) ? lost() : statement.first()),
    all: () => (fails(sql) ? lost() : statement.all()),
    run: () => (fails(sql) ? lost() : statement.run()),
  });
  return {
    prepare: (sql: string) => wrap(database.prepare(sql), sql),
    batch: (statements: AnyObject[]) =>
      statements.some((it) => fails(String(it.sql?.())))
        ? lost()
        : database.batch(statements.map((it) => it.inner?.() as D1PreparedStatement)),
  } as unknown as D1Database;
}

function faultyNamespace(namespace: DurableObjectNamespace, binding: string): DurableObjectNamespace {
  const get = (id: DurableObjectId) => {
    const stub = namespace.get(id);
    used.set(binding, (used.get(binding) ?? new Set()).add(id.toString()));
    return new Proxy(stub, {
      get: (target, name) => {
        const { object } = faults;
        const isIt = object?.binding === binding && object.method === name;
        return async (...args: unknown[]) => {
          if (isIt && object.when === "before") return lost();
          const answer = await (target as unknown as AnyObject)[String(name)]?.(...args);
          return isIt ? lost() : answer;
        };
      },
    });
  };
  return {
    get,
    newUniqueId: () => namespace.newUniqueId(),
    idFromName: (name: string) => namespace.idFromName(name),
    idFromString: (id: string) => namespace.idFromString(id),
  } as unknown as DurableObjectNamespace;
}

let wrapped: Record<string, unknown> | undefined;
function wrap(env: Record<string, unknown>): Record<string, unknown> {
  wrapped ??= {
    ...env,
    TRUST_CACHE: faultyKv(env.TRUST_CACHE as KVNamespace),
    DIRECTORY: faultyD1(env.DIRECTORY as D1Database),
    ...Object.fromEntries(
      NAMESPACES.map((name) => [name, faultyNamespace(env[name] as DurableObjectNamespace, name)]),
    ),
  };
  return wrapped;
}

export default {
  async fetch(request: Request, env: Record<string, unknown>, context: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/__faults") {
      faults = await request.json();
      return new Response();
    }
    if (pathname === "/__objects") {
      const { binding, what }: { binding: string; what: "__ring" | "__restart" } = await request.json();
      const namespace = env[binding] as DurableObjectNamespace;
      let done = 0;
      for (const id of used.get(binding) ?? []) {
        const stub = namespace.get(namespace.idFromString(id)) as unknown as AnyObject;
        const called = Promise.resolve(stub[what]?.());
        // A restart ends the call as well.
        const ended = await called.then(
          () => "returned",
          (error: Error) => error.message,
        );
        if (ended === (what === "__ring" ? "returned" : RESTARTED)) done++;
        else throw new Error(`${binding} ${what}: ${ended}`);
      }
      return Response.json(done);
    }
    return worker.fetch(request, wrap(env), context);
  },
};
