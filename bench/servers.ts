/** The three servers that are measured, each in processes of its own: the IdP, the floor Worker, the peer. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../scripts/runtime.ts";
import type { Identity } from "../test/support/pki.ts";
import { freePort, type Running, startRunning, untilAnswers } from "../test/support/running.ts";
import { type Client, createClient } from "./client.ts";

interface Server {
  readonly origin: string;
  /** CPU seconds that its processes have used so far */
  cpu(): number;
  stop(): Promise<void>;
}

type ServerName = "idp" | "floor" | "peer";
export interface Servers {
  readonly idp: Running;
  readonly clients: Readonly<Record<ServerName, Client>>;
  cpu(name: ServerName): number;
  stop(): Promise<void>;
}

/** @param settings of the IdP, over those of the tests' world @param flags of `serve` */
export async function startServers(
  settings: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<Servers> {
  const idp = await startRunning(settings, flags);
  const floor = await startFloor(idp.world.idp);
  const peer = await startPeer(idp.world.sp.leaf, idp.world.idp);
  const clients = {
    idp: createClient(idp.url),
    floor: createClient(floor.origin),
    peer: createClient(peer.origin),
  };
  const cpu = { idp: () => cpuOf(idp.process), floor: floor.cpu, peer: peer.cpu };
  return {
    idp,
    clients,
    cpu: (name) => cpu[name](),
    stop: async () => {
      for (const client of Object.values(clients)) client.close();
      await Promise.all([idp.stop(), floor.stop(), peer.stop()]);
    },
  };
}

async function serve(
  args: (port: number) => readonly string[],
  path: string,
  clean: () => Promise<void>,
): Promise<Server> {
  const port = await freePort();
  const child = spawn(process.execPath, args(port), { cwd: ROOT });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(origin + path, child, () => log);
  return { origin, cpu: () => cpuOf(child), stop: () => stopAnd(child, clean) };
}

async function startFloor(idp: Identity): Promise<Server> {
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", idp.keys.privateKey)) as ArrayBuffer;
  const key = Buffer.from(pkcs8).toString("base64");
  const state = await mkdtemp(join(tmpdir(), "ishare-idp-floor-"));
  const file = join(ROOT, "bench", "floor", "serve.ts");
  return serve(
    (port) => [file, String(port), state, key],
    "/bare",
    () => rm(state, { recursive: true, force: true }),
  );
}

/** @param sp whose assertions it takes @param idp whose key signs, so that both sign with the same */
async function startPeer(sp: Identity, idp: Identity): Promise<Server> {
  const place = join(ROOT, "bench", "peer");
  if (!existsSync(join(place, "node_modules", "oidc-provider"))) {
    console.log("Installing the peer …");
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    if (spawnSync("npm", args, { cwd: place, stdio: "inherit" }).status !== 0)
      throw new Error("the peer can't be installed");
  }
  const jwk = async (key: CryptoKey) =>
    JSON.stringify({
      keys: [
        {
          ...((await crypto.subtle.exportKey("jwk", key)) as JsonWebKey),
          alg: "RS256",
          use: "sig",
          key_ops: undefined,
        },
      ],
    });
  const keys = [await jwk(sp.keys.publicKey), await jwk(idp.keys.privateKey)];
  const path = "/.well-known/openid-configuration";
  return serve(
    (port) => [join(place, "serve.mjs"), String(port), ...keys],
    path,
    async () => {},
  );
}

async function stopAnd(child: ChildProcess, clean: () => Promise<void>): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
  await clean();
}

/**
 * CPU seconds of workerd, where the child runs it, or of the child itself; the process around workerd only keeps its log.
 * Linux alone tells: elsewhere 0. In ticks of a hundredth of a second.
 */
function cpuOf(child: ChildProcess): number {
  return countedFor(child).reduce((sum, { ticks }) => sum + ticks, 0) / 100;
}

/** Memory of the same, in MiB: what is in RAM now and no file backs (state on tmpfs is files). */
export const memoryOf = (child: ChildProcess): number =>
  countedFor(child).reduce((sum, { pid }) => {
    const [, kibibytes] = /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return sum + Number(kibibytes ?? 0) / 1024;
  }, 0);

function countedFor({ pid }: ChildProcess) {
  if (!existsSync("/proc/self/stat")) return [];
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, command = "", rest = ""] =
          /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
        const fields = rest.split(" ");
        const ticks = Number(fields[11]) + Number(fields[12]);
        return [{ pid: Number(name), command, parent: Number(fields[1]), ticks }];
      } catch {
        return []; // gone meanwhile
      }
    });
  const inside = (id: number | undefined): typeof all =>
    all.filter((it) => it.parent === id).flatMap((it) => [it, ...inside(it.pid)]);
  const workers = inside(pid).filter(({ command }) => command === "workerd");
  return workers.length > 0 ? workers : all.filter((it) => it.pid === pid);
}
