/**
 * `npm run doctor -- --url URL`: looks at an instance from outside and says in plain words what is wrong. Owns the flags,
 * the order and the exit code: 1 when something is wrong. What is looked at is in `doctor/`.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { type Config, loadConfig } from "../src/config.ts";
import { BadInput, readFlags } from "./directory/input.ts";
import { judgeClock, type Reading } from "./doctor/clock.ts";
import { judgeDeployed, readDeployed } from "./doctor/deployed.ts";
import { anyWrong, type Finding, print, unknown, wrong } from "./doctor/finding.ts";
import { examine, readingOf } from "./doctor/instance.ts";
import { askRegistry } from "./doctor/registry.ts";
import { askSigner } from "./doctor/signer.ts";
import { get } from "./doctor/web.ts";
import { ROOT } from "./runtime.ts";
import { createCloudflare, runWrangler } from "./setup/wrangler.ts";

const USAGE = `usage: npm run doctor -- (--url URL | --environment test|production)
  [--party-id ID] [--env-file FILE] [--registry URL] [--json]
  --environment  what setup wrote to wrangler.toml: its address, its settings, and whether its secrets are set
  --env-file     the settings with SIGNING_KEY, as serve takes them: then the registry is asked about us
  --registry     without those: look whether the registry answers at all`;

const CONFIG = join(ROOT, "wrangler.toml");
const now = (): number => Math.floor(Date.now() / 1000);

async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    url: { type: "string" },
    environment: { type: "string" },
    "party-id": { type: "string" },
    "env-file": { type: "string" },
    registry: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  if (flags.help) return void console.log(USAGE);
  const deployed = flags.environment === undefined ? undefined : readDeployed(CONFIG, flags.environment);
  const url = readUrl(flags.url ?? deployed?.ISSUER_URL, "--url");
  const settings = flags["env-file"] === undefined ? undefined : await readSettings(flags["env-file"]);
  const partyId = flags["party-id"] ?? settings?.PARTY_ID ?? deployed?.PARTY_ID;

  const { findings: outside, readings, issuer } = await examine(url, { partyId }, now());
  const findings: Finding[] = [...outside];
  if (deployed !== undefined && flags.environment !== undefined)
    findings.push(
      ...(await judgeDeployed(deployed, flags.environment, createCloudflare(runWrangler, CONFIG), now())),
    );
  const registryUrl = flags.registry ?? settings?.REGISTRY_URL ?? deployed?.REGISTRY_URL;
  const witnesses: Reading[] = [];
  if (registryUrl !== undefined) {
    const seen = await lookAtRegistry(readUrl(registryUrl, "--registry"));
    witnesses.push(...seen.readings);
    if (settings === undefined || seen.finding?.verdict === "wrong")
      findings.push(...(seen.finding ? [seen.finding] : []));
  }
  if (settings === undefined)
    findings.push(
      unknown(
        "registration",
        `the registry tells about ${issuer ?? partyId ?? "a party"} only to participants, so it was not asked.`,
        "Give --env-file with our own settings and key.",
      ),
    );
  else findings.push(...(await askAsOurselves({ ISSUER_URL: url.origin, ...settings })));
  if (readings.length > 0) findings.push(judgeClock(readings, witnesses));

  if (flags.json) console.log(JSON.stringify({ url: url.origin, findings }, null, 2));
  else console.log(findings.map(print).join("\n"));
  if (anyWrong(findings)) process.exitCode = 1;
}

/** Does anything answer there? Any HTTP answer will do: what it says is for participants. */
async function lookAtRegistry(url: URL): Promise<{ finding?: Finding; readings: readonly Reading[] }> {
  const outcome = await get(`${url.href.replace(/\/+$/, "")}/capabilities`);
  if ("trouble" in outcome)
    return { finding: wrong("registry", outcome.trouble.says, outcome.trouble.todo), readings: [] };
  const { status } = outcome.answer;
  const readings = [readingOf(outcome.answer, "the registry")];
  return status >= 500
    ? {
        finding: wrong("registry", `it answers with HTTP ${status}.`, "It has an outage: ask its operator."),
        readings,
      }
    : { finding: { verdict: "good", about: "registry", says: "it answers." }, readings };
}

async function askAsOurselves(settings: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const loaded = await loadConfig(settings, now());
  if (!loaded.ok)
    return loaded.problems.map((problem) =>
      wrong("settings", `${problem}.`, "See the table of settings in README.md."),
    );
  const config: Config = loaded.config;
  const ofSigner = await askSigner(config, now());
  return anyWrong(ofSigner) ? ofSigner : [...ofSigner, ...(await askRegistry(config, now))];
}

async function readSettings(file: string): Promise<Readonly<Record<string, string>>> {
  const path = resolve(process.env.INIT_CWD ?? ROOT, file);
  if (!existsSync(path)) throw new BadInput(`There is no file ${file}.`);
  return parseEnv(await readFile(path, "utf8")) as Record<string, string>;
}

function readUrl(text: string | undefined, flag: string): URL {
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "")
    throw new BadInput(`${flag} is missing or is no http(s) address.\n${USAGE}`);
  return url;
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
