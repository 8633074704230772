/**
 * The part of Cloudflare's API that wrangler asks for in a setup, played over HTTP: the real wrangler talks to it. KV, D1
 * (real SQLite), secrets and drafts of Workers, kept in memory. Shows what was asked, so that a test can look for secrets.
 */
import type { Server } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { serveFunction } from "./running.ts";

export interface FakeCloudflare {
  /** what wrangler needs in its environment */
  readonly env: Readonly<Record<string, string>>;
  /** `METHOD path`, in order */
  readonly calls: string[];
  readonly namespaces: { id: string; title: string; supports_url_encoding: boolean; jurisdiction?: string }[];
  readonly databases: {
    uuid: string;
    name: string;
    version: string;
    jurisdiction?: string;
    sqlite: DatabaseSync;
  }[];
  /** by Worker */
  readonly secrets: Map<string, Map<string, string>>;
  /** refuses a call whose `METHOD path` holds this */
  failing: string | undefined;
  readonly server: Server;
}

const ACCOUNT = "0123456789abcdef0123456789abcdef";
const answer = (result: unknown, more: object = {}) =>
  Response.json({ success: true, errors: [], messages: [], result, ...more });
const refuse = (status: number, code: number, message: string) =>
  Response.json({ success: false, errors: [{ code, message }], messages: [], result: null }, { status });

export async function startCloudflare(): Promise<FakeCloudflare> {
  const { url, server } = await serveFunction((request) => handle(cloudflare, request));
  const cloudflare: FakeCloudflare = {
    env: {
      CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
      CLOUDFLARE_API_TOKEN: "a-token-of-nobody",
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    },
    calls: [],
    namespaces: [],
    databases: [],
    secrets: new Map(),
    failing: undefined,
    server,
  };
  return cloudflare;
}

async function handle(cloudflare: FakeCloudflare, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.replace("/client/v4", "");
  const call = `${request.method} ${path}`;
  cloudflare.calls.push(call);
  if (cloudflare.failing !== undefined && call.includes(cloudflare.failing))
    return refuse(400, 1000, "the API says no");
  if (path === "/user/tokens/verify") return answer({ id: "t", status: "active" });
  if (path === "/user") return answer({ id: "u", email: "operator@example.com" });
  if (path === "/accounts") return answer([{ id: ACCOUNT, name: "Test" }], PAGE);
  if (path === "/memberships") return answer([{ account: { id: ACCOUNT, name: "Test" } }], PAGE);
  const [, kind = "", rest = ""] = /^\/accounts\/[0-9a-f]+\/([^/]+)\/(.*)$/.exec(path) ?? [];
  if (kind === "storage") return storage(cloudflare, request);
  if (kind === "d1") return d1(cloudflare, request, rest, url);
  if (kind === "workers") return workers(cloudflare, request, rest);
  return refuse(404, 7003, `nothing at ${path}`);
}

const PAGE = { result_info: { page: 1, per_page: 1000, count: 1, total_count: 1, total_pages: 1 } };

async function storage({ namespaces }: FakeCloudflare, request: Request): Promise<Response> {
  // Asked page by page until one is empty.
  if (request.method === "GET") {
    const { searchParams } = new URL(request.url);
    return answer((searchParams.get("page") ?? "1") === "1" ? namespaces : [], PAGE);
  }
  const { title, jurisdiction } = (await request.json()) as { title: string; jurisdiction?: string };
  if (namespaces.some((it) => it.title === title)) return refuse(400, 10014, "exists");
  const id = crypto.randomUUID().replaceAll("-", "");
  const made = { id, title, supports_url_encoding: true, ...(jurisdiction && { jurisdiction }) };
  namespaces.push(made);
  return answer(made);
}

async function d1(
  { databases }: FakeCloudflare,
  request: Request,
  rest: string,
  url: URL,
): Promise<Response> {
  const [, uuid, action] = /^database(?:\/([^/]+))?(?:\/(\w+))?/.exec(rest) ?? [];
  const shown = ({ sqlite: _, ...it }: (typeof databases)[number]) => it;
  if (uuid === undefined && request.method === "GET")
    return answer(url.searchParams.get("page") === "1" ? databases.map(shown) : []);
  if (uuid === undefined) {
    const { name, jurisdiction } = (await request.json()) as { name: string; jurisdiction?: string };
    const id = crypto.randomUUID();
    const sqlite = new DatabaseSync(":memory:");
    const made = { uuid: id, name, version: "production", ...(jurisdiction && { jurisdiction }), sqlite };
    databases.push(made);
    return answer(shown(made));
  }
  const database = databases.find((it) => it.uuid === uuid);
  if (database === undefined) return refuse(404, 7404, "no such database");
  if (action !== "query") return answer(shown(database));
  const { sql } = (await request.json()) as { sql: string };
  try {
    return answer(execute(database.sqlite, sql));
  } catch (error) {
    return refuse(400, 7500, error instanceof Error ? error.message : "no");
  }
}

const rowsChanged = (sqlite: DatabaseSync): number =>
  Number(sqlite.prepare("SELECT total_changes() AS count").get()?.count);

/** One result for each statement, all of it or nothing. A semicolon in a text ends none. */
function execute(sqlite: DatabaseSync, sql: string) {
  const statements = sql.replace(/^\s*--.*$/gm, "").match(/(?:'(?:[^']|'')*'|[^;'])+/g) ?? [];
  sqlite.exec("BEGIN");
  try {
    const results = statements
      .filter((it) => it.trim() !== "")
      .map((it) => {
        const before = rowsChanged(sqlite);
        const results = sqlite.prepare(it).all();
        return { success: true, meta: { duration: 0, changes: rowsChanged(sqlite) - before }, results };
      });
    sqlite.exec("COMMIT");
    return results;
  } catch (error) {
    sqlite.exec("ROLLBACK");
    throw error;
  }
}

async function workers({ secrets }: FakeCloudflare, request: Request, rest: string): Promise<Response> {
  const [, worker = "", action, name] = /^scripts\/([^/]+)(?:\/([\w-]+))?(?:\/(\w+))?/.exec(rest) ?? [];
  const known = secrets.get(worker);
  if (action === undefined && request.method === "PUT") {
    secrets.set(worker, new Map());
    return answer({ id: worker });
  }
  if (known === undefined) return refuse(404, 10007, "This Worker does not exist on your account.");
  if (action !== "secrets" && action !== "secrets-bulk") return refuse(404, 7003, `nothing at ${rest}`);
  const changes = await changesOf(request, name);
  const long = Object.entries(changes).find(([, it]) => Buffer.byteLength(it?.text ?? "") > MAX_SECRET_BYTES);
  if (long !== undefined) return refuse(400, 10054, `${long[0]} is too long`); // nothing of it is done
  for (const [secret, value] of Object.entries(changes)) {
    if (value === null) known.delete(secret);
    else known.set(secret, value.text);
  }
  return answer([...known.keys()].map((it) => ({ name: it, type: "secret_text" })));
}

/** "Each environment variable has a size limit of 5 KB" (Cloudflare, Workers limits). */
const MAX_SECRET_BYTES = 5120;
type Changes = Readonly<Record<string, { readonly text: string } | null>>;

/** One secret, or many by a merge patch (RFC 7396), where null takes one away. @param name in the path */
async function changesOf(request: Request, name: string | undefined): Promise<Changes> {
  if (request.method === "GET") return {};
  if (request.method === "DELETE") return { [name ?? ""]: null };
  if (request.method === "PATCH") return ((await request.json()) as { secrets: Changes }).secrets;
  const secret = (await request.json()) as { name: string; text: string };
  return { [secret.name]: secret };
}
