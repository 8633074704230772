/**
 * The IdP as an operator runs it: `serve` in a process of its own, real HTTP, the fake registry behind a real server.
 * For tests of the `running` project (Node).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestBrowser } from "./browser.ts";
import type { FakeRegistry } from "./registry.ts";
import { createWorld, ORGANISATION, type World } from "./world.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the npm scripts' commands to its end. */
export function run(
  args: readonly string[],
  input = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--", join(ROOT, "scripts", "run.mjs"), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server for a function from Request to Response. */
export async function serveFunction(
  handle: (request: Request) => Promise<Response>,
): Promise<{ url: string; server: Server }> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
    const headers = incoming.headers as Record<string, string>;
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method ?? "GET",
      headers,
      body,
    });
    const response = await handle(request).catch(() => undefined);
    if (response === undefined) return void outgoing.destroy();
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

export interface Running {
  readonly world: World;
  readonly registry: FakeRegistry;
  readonly url: string;
  readonly state: string;
  readonly process: ChildProcess;
  readonly readyAfterMs: number;
  log(): string;
  browser(): TestBrowser;
  /** SIGTERM, and the exit code */
  stop(): Promise<number | null>;
}

export const USER = { username: "carol", password: "a password with spaces and 'quotes'" };

export const addUser = (
  state: string,
  username: string,
  password: string,
  ...more: string[]
): Promise<Ended> =>
  run(
    [
      ...["directory", "add-user", "--state", state, "--username", username, "--given-name", "Carol"],
      ...["--family-name", "Jansen", "--email", "carol@example.com", "--organisation", ORGANISATION.id],
      ...["--organisation-name", ORGANISATION.name, "--password-stdin", ...more],
    ],
    `${password}\n`,
  );

type Settings = Readonly<Record<string, string>>;

/**
 * Starts `serve` on an empty state folder with one user.
 * @param settings over those of the world; "" leaves one out. A function is asked just before it starts
 * @param more flags
 */
export async function startRunning(
  settings: Settings | (() => Settings) = {},
  more: readonly string[] = [],
): Promise<Running> {
  const world = await createWorld();
  const { url: registryUrl, server } = await serveFunction(world.registry.handle);
  const folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
  const state = join(folder, "state");
  const added = await addUser(state, USER.username, USER.password);
  if (added.code !== 0) throw new Error(`add-user: ${added.stderr}`);

  const change = typeof settings === "function" ? settings() : settings;
  const variables = Object.entries({ ...world.settings, REGISTRY_URL: registryUrl, ...change }).filter(
    ([, value]) => value !== "",
  );
  const file = join(folder, "env");
  await writeFile(
    file,
    variables.map(([name, value]) => `${name}="${value.replaceAll("\n", "\\n")}"`).join("\n"),
  );
  const port = await freePort();
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      "--",
      join(ROOT, "scripts", "run.mjs"),
      "serve",
      "--env-file",
      file,
      "--port",
      String(port),
      "--state",
      state,
      ...more,
    ],
    { cwd: ROOT },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const url = `http://localhost:${port}`;
  await untilAnswers(`${url}/health`, child, () => log);
  return {
    world,
    registry: world.registry,
    url,
    state,
    process: child,
    readyAfterMs: performance.now() - started,
    log: () => log,
    browser: () => new TestBrowser(url, (request) => fetch(request)),
    stop: async () => {
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const code = await ended;
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

export async function untilAnswers(url: string, child: ChildProcess, log: () => string): Promise<void> {
  // How long a start may take is judged elsewhere: here it is only awaited, with other tests beside it.
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) break;
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at ${url}: ${log()}`);
}
