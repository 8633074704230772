/**
 * The local runtime: real workerd with real SQLite Durable Objects, D1 and KV, through Miniflare. Owns how a Worker of
 * ours is bundled (as `wrangler deploy` would) and started from its wrangler.toml; leaves settings to the caller.
 * Workers listen on sockets of workerd's own: no development proxy stands in front.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Log, LogLevel, Miniflare, type MiniflareOptions } from "miniflare";
import { unstable_readConfig } from "wrangler";
import { type Patience, patient } from "../src/directory/patience.ts";

export const ROOT = join(import.meta.dirname, "..");

/** The part of a wrangler.toml that a local run needs. */
interface Settings {
  readonly name?: string;
  readonly compatibility_date?: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly kv_namespaces: readonly { readonly binding: string; readonly id?: string }[];
  readonly d1_databases: readonly {
    readonly binding: string;
    readonly database_id?: string;
    readonly migrations_dir?: string;
  }[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
}
const readConfig = (config: string): Settings => unstable_readConfig({ config }) as Settings;

export interface LocalWorker {
  /** its wrangler.toml */
  readonly config: string;
  readonly variables: Readonly<Record<string, string>>;
  /** sockets it answers on; `localhost` and `127.0.0.1` both mean IPv4 loopback */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

/**
 * Starts the Workers in one workerd process.
 * @param state folder that keeps Durable Objects, D1 and KV
 * @param inspectorPort of 127.0.0.1, for a debugger; without one there is none
 */
export async function startWorkers(
  workers: readonly LocalWorker[],
  state: string,
  onLog: (line: LogLine) => void,
  inspectorPort?: number,
): Promise<Miniflare> {
  const miniflare = new Miniflare({
    ...INSTANCE,
    ...(inspectorPort === undefined ? {} : { inspectorHost: INSTANCE.host, inspectorPort }),
    resourcePersistencePath: state,
    handleStructuredLogs: onLog,
    workers: await Promise.all(workers.map(toOptions)),
  });
  await miniflare.ready;
  return miniflare;
}

/** The platform's clock: calls what a Worker does every minute, as long as the process lives. */
export function startClock(miniflare: Miniflare, worker: string): void {
  const tick = async (): Promise<void> => {
    try {
      await (await miniflare.getWorker(worker)).scheduled({ scheduledTime: new Date() });
    } catch {
      // It is ending; what goes wrong in the Worker is in its own log.
    }
  };
  setInterval(tick, 60_000).unref();
}

const INSTANCE = {
  host: "127.0.0.1",
  port: 0,
  cf: false,
  telemetry: { enabled: false },
  log: new Log(LogLevel.ERROR),
} as const;

type WorkerOptions = MiniflareOptions["workers"][number];

async function toOptions({ config, variables, listen }: LocalWorker): Promise<WorkerOptions> {
  const settings = readConfig(config);
  const { name = "worker", compatibility_date = "", durable_objects } = settings;
  return {
    config: {
      name,
      compatibilityDate: compatibility_date,
      manifest: {
        mainModule: "index.js",
        modulesRoot: "/",
        modules: { "index.js": { type: "esm", contents: await bundle(config) } },
      },
      exports: Object.fromEntries(
        durable_objects.bindings.map((it) => [it.class_name, { type: "durable-object", storage: "sqlite" }]),
      ),
      env: {
        ...Object.fromEntries(
          durable_objects.bindings.map((it) => [
            it.name,
            { type: "durable-object", worker: name, exportName: it.class_name },
          ]),
        ),
        ...Object.fromEntries(
          settings.kv_namespaces.map((it) => [it.binding, { type: "kv", id: it.id ?? it.binding }]),
        ),
        ...d1Bindings(settings),
        ...Object.fromEntries(
          Object.entries({ ...settings.vars, ...variables }).map(([key, value]) => [
            key,
            { type: "text", value: String(value) },
          ]),
        ),
      },
    },
    dev: { unsafeDirectSockets: [...listen] },
  } as WorkerOptions;
}

const d1Bindings = ({ d1_databases }: Settings) =>
  Object.fromEntries(
    d1_databases.map((it) => [it.binding, { type: "d1", id: it.database_id ?? it.binding }]),
  );

/** What `wrangler deploy` would upload: one ES module. */
async function bundle(config: string): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), "ishare-idp-"));
  try {
    const wrangler = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
    const args = [wrangler, "deploy", "--dry-run", "--outdir", out, "--config", config];
    const bundling = promisify(execFile)(process.execPath, args);
    process.once("exit", () => bundling.child.kill()); // when we are stopped meanwhile
    await bundling;
    return await readFile(join(out, "index.js"), "utf8");
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Only the databases of a Worker, for commands that run beside it on the same state folder. */
export async function openDatabase(config: string, binding: string, state: string) {
  const settings = readConfig(config);
  const worker = {
    config: {
      name: "database",
      compatibilityDate: settings.compatibility_date ?? "",
      manifest: {
        mainModule: "index.js",
        modulesRoot: "/",
        modules: { "index.js": { type: "esm", contents: "export default {}" } },
      },
      env: d1Bindings(settings),
    },
  } as unknown as WorkerOptions;
  const miniflare = new Miniflare({ ...INSTANCE, resourcePersistencePath: state, workers: [worker] });
  const database = await miniflare.getD1Database(binding);
  return {
    database: patient(database as unknown as D1Database, SHARED) as D1Database,
    close: () => miniflare.dispose(),
  };
}

/** The IdP may run on the same file: then each waits for the other, for some five seconds. */
const SHARED: Patience = {
  pauses: Array.from({ length: 50 }, (_, n) => 20 + n * 4),
  // SQLite found it locked, before a statement or at its end: then the transaction is undone.
  wroteNothing: (message) => /SQLITE_BUSY|session commit token/.test(message),
};

/**
 * Applies the migrations that a database has not seen, in order, each in one transaction. Keeps the books in the same
 * table as `wrangler d1 migrations`, so that either may go on where the other stopped.
 */
export async function migrate(database: D1Database, config: string): Promise<readonly string[]> {
  const folder = join(dirname(config), readConfig(config).d1_databases[0]?.migrations_dir ?? "migrations");
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
       applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const seen = new Set(results.map(({ name }) => name));
  const pending = (await readdir(folder)).filter((name) => name.endsWith(".sql") && !seen.has(name)).sort();
  for (const name of pending) {
    const sql = await readFile(join(folder, name), "utf8");
    const statements = sql
      .replace(/--.*$/gm, "")
      .split(";")
      .map((statement) => statement.trim())
      .filter((statement) => statement !== "");
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return pending;
}
