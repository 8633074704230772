/**
 * The one place that runs `wrangler`. Owns how it is called and what its answers look like: lists are asked for as JSON and
 * read again after a creation, so that no sentence for humans is parsed. Secrets go in by standard input, never as an
 * argument: arguments are seen by everybody on the machine.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import * as v from "valibot";
import { BadInput } from "../directory/input.ts";
import { ROOT } from "../runtime.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
/** @param input standard input, for secrets */
export type RunWrangler = (args: readonly string[], input?: string) => Promise<Ran>;

const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

/** Its answers come as log lines, which the quiet of our other commands would swallow. */
const HEARD = { WRANGLER_LOG: "log", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", CI: "1" };

export const runWrangler: RunWrangler = (args, input = "") =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, ...HEARD, NO_COLOR: "1", FORCE_COLOR: "0" };
    const child = spawn(process.execPath, [WRANGLER, ...args], { cwd: ROOT, env });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(input);
  });

const Namespaces = v.array(v.object({ id: v.string(), title: v.string() }));
const Databases = v.array(v.object({ uuid: v.string(), name: v.string() }));
const Secrets = v.array(v.object({ name: v.string() }));
const Whoami = v.object({
  loggedIn: v.literal(true),
  accounts: v.array(v.object({ id: v.string(), name: v.string() })),
});

export type Account = v.InferOutput<typeof Whoami>["accounts"][number];
export type Cloudflare = ReturnType<typeof createCloudflare>;

/** @param config wrangler.toml @throws BadInput when wrangler refuses: one line of what it said */
export function createCloudflare(run: RunWrangler, config: string) {
  const at = ["--config", config];
  const ask = async <T>(args: readonly string[], shape: v.GenericSchema<unknown, T>): Promise<T> => {
    const parsed = v.safeParse(shape, readJson((await must(args)).stdout));
    if (!parsed.success)
      throw new BadInput(`wrangler ${args.slice(0, 3).join(" ")} answered in an unknown form.`);
    return parsed.output;
  };
  const must = async (args: readonly string[], input?: string): Promise<Ran> => {
    const ran = await run([...args, ...at], input);
    if (ran.code !== 0) throw new BadInput(`wrangler ${args.slice(0, 3).join(" ")}: ${complaintOf(ran)}`);
    return ran;
  };
  const jurisdictionFlag = (jurisdiction: string | undefined): readonly string[] =>
    jurisdiction === undefined ? [] : ["--jurisdiction", jurisdiction];
  return {
    /** undefined: nobody is signed in */
    async accounts(): Promise<readonly Account[] | undefined> {
      const parsed = v.safeParse(Whoami, readJson((await run(["whoami", "--json", ...at])).stdout));
      return parsed.success ? parsed.output.accounts : undefined;
    },
    namespaces: () => ask(["kv", "namespace", "list"], Namespaces),
    createNamespace: (title: string, jurisdiction?: string) =>
      must(["kv", "namespace", "create", title, ...jurisdictionFlag(jurisdiction)]),
    databases: () => ask(["d1", "list", "--json"], Databases),
    createDatabase: (name: string, jurisdiction?: string) =>
      must(["d1", "create", name, ...jurisdictionFlag(jurisdiction)]),
    migrate: (binding: string, environment: string) =>
      must(["d1", "migrations", "apply", binding, "--remote", "--env", environment]),
    /** Names of those that are set; none when the Worker is not there yet. */
    async secrets(environment: string): Promise<ReadonlySet<string>> {
      const args = ["secret", "list", "--env", environment, "--format", "json"];
      const ran = await run([...args, ...at]);
      // These words and no others: taken for "none", another refusal would have secrets set anew that are there.
      if (ran.code !== 0 && /Worker "[^"]+"( \(env: [^)]+\))? not found/.test(ran.stderr)) return new Set();
      if (ran.code !== 0) throw new BadInput(`wrangler secret list: ${complaintOf(ran)}`);
      const parsed = v.safeParse(Secrets, readJson(ran.stdout));
      if (!parsed.success) throw new BadInput("wrangler secret list answered in an unknown form.");
      return new Set(parsed.output.map(({ name }) => name));
    },
    /** In one request: all of them or none. @param secrets null takes one away */
    putSecrets: (secrets: Readonly<Record<string, string | null>>, environment: string) =>
      must(["secret", "bulk", "--env", environment], JSON.stringify(secrets)),
  };
}

/** From the first bracket at a line's start: a warning may stand before it. */
function readJson(text: string): unknown {
  const start = text.search(/^[[{]/m);
  try {
    return start < 0 ? undefined : JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
}

/** The first line that says something, without colours. */
export function complaintOf({ stdout, stderr, code }: Ran): string {
  const lines = `${stderr}\n${errorIn(stdout)}`
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are
    .replace(/\u001b\[[0-9;]*m/g, "")
    .split("\n")
    .map((line) => line.replace(/^[^\p{L}\d]*(\[?ERROR\]?:?\s*)?/u, "").trim());
  return lines.find((line) => line !== "" && !/^Logs were written/.test(line)) ?? `ended with ${code}`;
}

/** Where JSON was asked for, the refusal is JSON too. */
function errorIn(stdout: string): string {
  const answer = readJson(stdout) as { error?: { text?: unknown; notes?: { text?: unknown }[] } } | undefined;
  const { text, notes = [] } = answer?.error ?? {};
  return typeof text !== "string" ? stdout : [text, ...notes.map((it) => it.text)].join(" ");
}
