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
import { anyWrong, type Finding, print, unknown, warning, wrong } from "./doctor/finding.ts";
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
import { split } from "./setup/environment.ts";
import { fingerprintOf, type Identity, judgePermissions, readPem, readPkcs12 } from "./setup/identity.ts";
import { plan, type Seen, type Step } from "./setup/plan.ts";
import { type Cloudflare, createCloudflare, runWrangler } from "./setup/wrangler.ts";
import { type Known, readKnown, readTop } from "./setup/wrangler-toml.ts";

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
  const settings = await settingsOf(flags, known.variables, asker, (it) => fingerprintOf(at(it)));
  const identity = await readIdentity(flags, known, asker);
  const variables = withChain(settings, identity.chain);

  console.log("What is given:");
  const findings = await examine(flags, identity, variables);
  console.log(findings.map(print).join("\n"));
  if (anyWrong(findings)) throw new BadInput("Nothing was done: mend what is wrong, and run it again.");

  const cloudflare = createCloudflare(runWrangler, config);
  const cloud = await look(cloudflare, environment, flags["dry-run"]);
  if (cloud.secrets.has("SIGNING_KEY") && leafOf(known.variables) !== leafOf(variables))
    throw new BadInput("The Worker has a key for another certificate: roll the keys as docs/keys.md says.");
  const steps = plan(
    {
      ...{
        environment,
        variables,
        jurisdiction: variables.DATA_JURISDICTION,
        worker: `${name}-${environment}`,
      },
      customDomain: customDomainOf(variables.ISSUER_URL ?? ""),
      secrets: {
        SIGNING_KEY: identity.key,
        DATA_KEY: () => dataKey(flags["data-key-file"] && at(flags["data-key-file"])),
      },
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

async function readIdentity(flags: Flags, { variables }: Known, asker: Asker): Promise<Identity> {
  const chainFiles = (flags.chain ?? []).map(at);
  if (flags.p12 !== undefined && flags.key !== undefined) throw new BadInput("Give either --p12 or --key.");
  if (flags.p12 !== undefined) {
    const password = flags["password-stdin"]
      ? (await text(process.stdin)).replace(/\r?\n$/, "")
      : await asker.askHidden(`Password of ${flags.p12}`, "--password-stdin");
    return readPkcs12(at(flags.p12), chainFiles, password);
  }
  if (flags.key === undefined && chainFiles.length === 0) {
    const chain = chainOf(variables);
    if (chain !== "") return { key: undefined, chain };
  }
  if (chainFiles.length === 0) throw new BadInput("--p12 is missing, or --key and --chain.");
  const ask = (what: string) =>
    flags["password-stdin"]
      ? text(process.stdin).then((it) => it.replace(/\r?\n$/, ""))
      : asker.askHidden(what, "--password-stdin");
  return readPem(flags.key === undefined ? undefined : at(flags.key), chainFiles, ask);
}

/** The Worker's own reading of the settings first: what it would refuse is refused here. */
async function examine(
  flags: Flags,
  identity: Identity,
  variables: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> {
  const chain = readPemChain(identity.chain) ?? [];
  const findings = [...(await judgeChain(chain, now()))];
  const keyFile = flags.p12 ?? flags.key;
  if (keyFile !== undefined) findings.push(...(await judgePermissions(at(keyFile))));
  if (!/^https:/.test(variables.ISSUER_URL ?? ""))
    findings.push(wrong("settings", "the address is not https.", "Give --url https://…"));
  if (identity.key === undefined)
    return [...findings, unknown("registry", "without --p12 or --key the registry can't be asked about us.")];
  const secrets = { SIGNING_KEY: identity.key, DATA_KEY: Buffer.alloc(32).toString("base64") };
  const loaded = await loadConfig({ ...variables, ...secrets }, now());
  if (!loaded.ok)
    return [
      ...findings,
      ...loaded.problems.map((problem) => wrong("settings", `${problem}.`, "See the table in README.md.")),
    ];
  findings.push({ verdict: "good", about: "key", says: "it is the certificate's." });
  const asked = await askRegistry(loaded.config, now);
  if (!flags["skip-registry-checks"]) return [...findings, ...asked];
  return [
    ...findings,
    ...asked.map((it) => (it.verdict === "wrong" ? { ...it, verdict: "warning" as const } : it)),
    warning("registry", "what it says does not stop you: --skip-registry-checks."),
  ];
}

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

function withChain(
  settings: Readonly<Record<string, string>>,
  chain: string,
): Readonly<Record<string, string>> {
  const others = Object.entries(settings).filter(([name]) => !/^CERTIFICATE_CHAIN(_\d+)?$/.test(name));
  return { ...Object.fromEntries(others), ...split("CERTIFICATE_CHAIN", chain) };
}

function chainOf(variables: Readonly<Record<string, string>>): string {
  const parts = [variables.CERTIFICATE_CHAIN ?? ""];
  for (let n = 2; variables[`CERTIFICATE_CHAIN_${n}`] !== undefined; n++)
    parts.push(variables[`CERTIFICATE_CHAIN_${n}`] ?? "");
  return parts.join("\n");
}

const leafOf = (variables: Readonly<Record<string, string>>): string =>
  (/-----BEGIN CERTIFICATE-----([^-]+)/.exec(chainOf(variables))?.[1] ?? "").replace(/\s/g, "");

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
