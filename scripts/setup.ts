/**
 * `npm run setup`: from an eSEAL to what a deployment needs at Cloudflare. Owns the order: ask, check everything that can be
 * checked, say what will be done, and do it. Each part is in `setup/`; deploying stays a command of its own.
 */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { BadInput } from "./directory/input.ts";
import { anyWrong, print } from "./doctor/finding.ts";
import { ROOT } from "./runtime.ts";
import { createAsker, environmentOf, readSetupFlags, settingsOf, USAGE } from "./setup/answers.ts";
import { dataKey } from "./setup/data-key.ts";
import { at, examine, readIdentity, readToken } from "./setup/examine.ts";
import { fingerprintOf } from "./setup/identity.ts";
import { plan, type Seen } from "./setup/plan.ts";
import { notesOn, planRoll, readRoll } from "./setup/roll.ts";
import type { Step } from "./setup/step.ts";
import { type Cloudflare, createCloudflare, runWrangler } from "./setup/wrangler.ts";
import { readKnown, readTop } from "./setup/wrangler-toml.ts";

const now = (): number => Math.floor(Date.now() / 1000);

async function run(args: readonly string[]): Promise<void> {
  const flags = readSetupFlags(args);
  if (flags.help) return void console.log(USAGE);
  const roll = readRoll(flags);
  const asker = createAsker(process.stdin.isTTY === true);
  const config = flags.config === undefined ? resolve(ROOT, "wrangler.toml") : at(flags.config);
  const file = await readFile(config, "utf8").catch(() => {
    throw new BadInput(`There is no file ${config}.`);
  });

  const environment = await environmentOf(flags, asker);
  const { name, bindings } = readTop(config, roll !== undefined);
  const known = readKnown(config, file, environment);
  const isFirst = known.variables.ISSUER_URL === undefined;
  if (isFirst && roll !== undefined)
    throw new BadInput(
      `wrangler.toml has no environment ${environment} yet: run setup without --as and --drop first.`,
    );
  const variables = await settingsOf(flags, known.variables, asker, (it) => fingerprintOf(at(it)));
  const isElsewhere = variables.SIGNER_URL !== undefined;
  const identity = await readIdentity(flags, asker, { isFirst, isElsewhere });
  const token = await readToken(flags["signer-token-file"]);

  console.log("What is given:");
  const findings = await examine(flags, { identity, token, variables, roll }, now);
  console.log(findings.map(print).join("\n"));
  if (anyWrong(findings)) throw new BadInput("Nothing was done: mend what is wrong, and run it again.");

  const cloudflare = createCloudflare(runWrangler, config);
  const seen = await look(cloudflare, environment, { isDry: flags["dry-run"], isRoll: roll !== undefined });
  const cloud = seen ?? { namespaces: [], databases: [], secrets: new Set<string>() };
  if (cloud.secrets.has("CERTIFICATE_CHAIN") && identity !== undefined && roll === undefined)
    console.log(
      "\nThe Worker has a key already, and keeps it. To put another in its place: --as, see docs/keys.md.",
    );
  const steps =
    roll === undefined
      ? plan(
          {
            ...{ environment, variables, worker: `${name}-${environment}`, identity, token },
            jurisdiction: variables.DATA_JURISDICTION,
            customDomain: customDomainOf(variables.ISSUER_URL ?? ""),
            dataKey: () => dataKey(flags["data-key-file"] && at(flags["data-key-file"])),
          },
          { file, bindings, ids: known.ids, ...cloud },
          cloudflare,
          (text) => writeFile(config, text),
        )
      : planRoll(roll, identity, { environment, variables, present: seen?.secrets }, cloudflare);
  const notes =
    roll === undefined
      ? []
      : notesOn(roll, seen?.secrets, identity !== undefined && identity.key === undefined);
  console.log(
    `\nWhat will be done for ${environment}:\n${[...notes.map(print), ...steps.map(describe)].join("\n")}`,
  );
  if (flags["dry-run"]) return void console.log("\nNothing was done: --dry-run.");
  if (!flags.yes && !(await asker.confirm("\nGo on?"))) throw new BadInput("Nothing was done.");
  for (const step of steps) {
    if (step.run === undefined) continue;
    await step.run();
    console.log(`done     ${step.says}`);
  }
  console.log(
    roll === undefined
      ? `
Now deploy it, and look at it from outside:
  npm run wrangler -- deploy --env ${environment}
  npm run doctor -- --url ${variables.ISSUER_URL}`
      : `
The Worker has them at once, no deployment needed. Look at it from outside:
  npm run doctor -- --environment ${environment}`,
  );
}

const describe = ({ says, run: isToDo }: Step): string => `${isToDo ? "will    " : "is there"} ${says}`;

type Cloud = Pick<Seen, "namespaces" | "databases" | "secrets">;

/** @param isRoll where keys alone are changed, they alone are looked at @returns undefined when nobody is signed in, and nothing is to be done */
async function look(
  cloudflare: Cloudflare,
  environment: string,
  { isDry, isRoll }: { readonly isDry: boolean; readonly isRoll: boolean },
): Promise<Cloud | undefined> {
  const accounts = await cloudflare.accounts();
  if (accounts === undefined) {
    if (!isDry)
      throw new BadInput(
        "Nobody is signed in to Cloudflare: npm run wrangler -- login, or set CLOUDFLARE_API_TOKEN.",
      );
    console.log("\nNobody is signed in to Cloudflare: taken as if nothing were there.");
    return undefined;
  }
  if (accounts.length > 1 && !process.env.CLOUDFLARE_ACCOUNT_ID) {
    const list = accounts.map(({ id, name }) => `${id} (${name})`).join(", ");
    throw new BadInput(`There are several accounts: set CLOUDFLARE_ACCOUNT_ID to one of ${list}.`);
  }
  if (isRoll) return { namespaces: [], databases: [], secrets: await cloudflare.secrets(environment) };
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
