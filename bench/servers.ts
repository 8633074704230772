/** The three servers that are measured, each in processes of its own: the IdP, the floor Worker, the peer. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../scripts/runtime.ts";
import type { Identity } from "../test/support/pki.ts";
import { freePort, untilAnswers } from "../test/support/running.ts";

export interface Server {
  readonly origin: string;
  /** CPU seconds that its processes have used so far */
  cpu(): number;
  stop(): Promise<void>;
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

export async function startFloor(idp: Identity): Promise<Server> {
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
export async function startPeer(sp: Identity, idp: Identity): Promise<Server> {
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
export function cpuOf({ pid }: ChildProcess): number {
  if (!existsSync("/proc/self/stat")) return 0;
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
  const counted = workers.length > 0 ? workers : all.filter((it) => it.pid === pid);
  return counted.reduce((sum, { ticks }) => sum + ticks, 0) / 100;
}
