/**
 * `npm run setup`: from an eSEAL to what a deployment needs at Cloudflare. Owns the order: ask, check everything that can be
 * checked, say what will be done, and do it. Each part is in `setup/`; deploying stays a command of its own.
 */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { loadConfig } from "../src/config.ts";
import { readPemChain } from "../src/jwt/keys.ts";
import { BadInput } from "./directory/input.ts";
import { judgeChain } from "./doctor/certificates.ts";
import { judgeSettings } from "./doctor/deployed.ts";
import { anyWrong, type Finding, good, print, unknown, warning, wrong } from "./doctor/finding.ts";
import { askRegistry } from "./doctor/registry.ts";
import { ROOT } from "./runtime.ts";
import {
  type Asker,
  createAsker,
  environmentOf,
  type Flags,
  readSetupFlags,
  settingsOf,
  USAGE,
} from "./setup/answers.ts";
import { dataKey } from "./setup/data-key.ts";
import { fingerprintOf, type Identity, judgePermissions, readPem, readPkcs12 } from "./setup/identity.ts";
import { plan, type Seen, type Step } from "./setup/plan.ts";
import { type Cloudflare, createCloudflare, runWrangler } from "./setup/wrangler.ts";
import { readKnown, readTop } from "./setup/wrangler-toml.ts";

const now = (): number => Math.floor(Date.now() / 1000);
/** As the operator sees the path, wherever npm runs us. */
const at = (file: string): string => resolve(process.env.INIT_CWD ?? ROOT, file);

async function run(args: readonly string[]): Promise<void> {
  const flags = readSetupFlags(args);
  if (flags.help) return void console.log(USAGE);
  const asker = createAsker(process.stdin.isTTY === true);
  const config = flags.config === undefined ? resolve(ROOT, "wrangler.toml") : at(flags.config);
  const file = await readFile(config, "utf8").catch(() => {
    throw new BadInput(`There is no file ${config}.`);
  });

  const environment = await environmentOf(flags, asker);
  const { name, bindings } = readTop(config);
  const known = readKnown(config, file, environment);
  const variables = await settingsOf(flags, known.variables, asker, (it) => fingerprintOf(at(it)));
  const isFirst = known.variables.ISSUER_URL === undefined;
  const identity = await readIdentity(flags, asker, isFirst);

  console.log("What is given:");
  const findings = await examine(flags, identity, variables);
  console.log(findings.map(print).join("\n"));
  if (anyWrong(findings)) throw new BadInput("Nothing was done: mend what is wrong, and run it again.");

  const cloudflare = createCloudflare(runWrangler, config);
  const cloud = await look(cloudflare, environment, flags["dry-run"]);
  if (cloud.secrets.has("SIGNING_KEY") && identity !== undefined)
    console.log("\nThe Worker has a key already, and keeps it. To put another in its place: docs/keys.md.");
  const steps = plan(
    {
      ...{
        environment,
        variables,
        jurisdiction: variables.DATA_JURISDICTION,
        worker: `${name}-${environment}`,
      },
      customDomain: customDomainOf(variables.ISSUER_URL ?? ""),
      identity,
      dataKey: () => dataKey(flags["data-key-file"] && at(flags["data-key-file"])),
    },
    { file, bindings, ids: known.ids, ...cloud },
    cloudflare,
    (text) => writeFile(config, text),
  );
  console.log(`\nWhat will be done for ${environment}:\n${steps.map(describe).join("\n")}`);
  if (flags["dry-run"]) return void console.log("\nNothing was done: --dry-run.");
  if (!flags.yes && !(await asker.confirm("\nGo on?"))) throw new BadInput("Nothing was done.");
  for (const step of steps) {
    if (step.run === undefined) continue;
    await step.run();
    console.log(`done     ${step.says}`);
  }
  console.log(`
Now deploy it, and look at it from outside:
  npm run wrangler -- deploy --env ${environment}
  npm run doctor -- --url ${variables.ISSUER_URL}`);
}

const describe = ({ says, run: isToDo }: Step): string => `${isToDo ? "will    " : "is there"} ${says}`;

/** @returns undefined when none is given: the Worker has one then, or the plan says that it is missing */
async function readIdentity(flags: Flags, asker: Asker, isFirst: boolean): Promise<Identity | undefined> {
  const chainFiles = (flags.chain ?? []).map(at);
  const { key } = flags;
  const isGiven = flags.p12 !== undefined || key !== undefined || chainFiles.length > 0;
  const p12 =
    isFirst && !isGiven
      ? await asker.ask("Your eSEAL, a .p12 file", "--p12 (or --key and --chain)")
      : flags.p12;
  if (p12 !== undefined && key !== undefined) throw new BadInput("Give either --p12 or --key.");
  const password = async (what: string): Promise<string> =>
    flags["password-stdin"]
      ? (await text(process.stdin)).replace(/\r?\n$/, "")
      : asker.askHidden(`Password of ${what}`, "--password-stdin");
  if (p12 !== undefined) return readPkcs12(at(p12), chainFiles, await password(p12));
  if (key === undefined && chainFiles.length === 0) return undefined;
  if (key === undefined) throw new BadInput("--key is missing.");
  if (chainFiles.length === 0) throw new BadInput("--chain is missing.");
  return readPem(at(key), chainFiles, () => password(key));
}

/** The Worker's own reading of the settings: what it would refuse is refused here. */
async function examine(
  flags: Flags,
  identity: Identity | undefined,
  variables: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  if (!/^https:/.test(variables.ISSUER_URL ?? ""))
    findings.push(wrong("settings", "the address is not https.", "Give --url https://…"));
  if (identity === undefined) {
    findings.push(...(await judgeSettings(variables, now())));
    findings.push(unknown("registry", "without --p12 or --key the registry can't be asked about us."));
    return findings;
  }
  findings.push(...(await judgeChain(readPemChain(identity.chain) ?? [], now())));
  const keyFile = flags.p12 ?? flags.key;
  if (keyFile !== undefined) findings.push(...(await judgePermissions(at(keyFile))));
  const secrets = { SIGNING_KEY: identity.key, CERTIFICATE_CHAIN: identity.chain, DATA_KEY: ANY_DATA_KEY };
  const loaded = await loadConfig({ ...variables, ...secrets }, now());
  if (!loaded.ok) {
    const problems = loaded.problems.map((it) => wrong("settings", `${it}.`, "See the table in README.md."));
    return [...findings, ...problems];
  }
  findings.push(good("key", "it is the certificate's."));
  const asked = await askRegistry(loaded.config, now);
  if (!flags["skip-registry-checks"]) return [...findings, ...asked];
  const passed = asked.map((it) => (it.verdict === "wrong" ? { ...it, verdict: "warning" as const } : it));
  return [...findings, ...passed, warning("registry", "what it says stops nothing: --skip-registry-checks.")];
}

const ANY_DATA_KEY = Buffer.alloc(32).toString("base64");

type Cloud = Pick<Seen, "namespaces" | "databases" | "secrets">;

async function look(cloudflare: Cloudflare, environment: string, isDry: boolean): Promise<Cloud> {
  const accounts = await cloudflare.accounts();
  if (accounts === undefined) {
    if (!isDry)
      throw new BadInput(
        "Nobody is signed in to Cloudflare: npm run wrangler -- login, or set CLOUDFLARE_API_TOKEN.",
      );
    console.log("\nNobody is signed in to Cloudflare: taken as if nothing were there.");
    return { namespaces: [], databases: [], secrets: new Set() };
  }
  if (accounts.length > 1 && !process.env.CLOUDFLARE_ACCOUNT_ID) {
    const list = accounts.map(({ id, name }) => `${id} (${name})`).join(", ");
    throw new BadInput(`There are several accounts: set CLOUDFLARE_ACCOUNT_ID to one of ${list}.`);
  }
  const [namespaces, databases, secrets] = await Promise.all([
    cloudflare.namespaces(),
    cloudflare.databases(),
    cloudflare.secrets(environment),
  ]);
  return { namespaces, databases, secrets };
}

function customDomainOf(issuer: string): string | undefined {
  const hostname = URL.parse(issuer)?.hostname ?? "";
  return hostname.endsWith(".workers.dev") ? undefined : hostname;
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
