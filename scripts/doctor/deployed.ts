/**
 * What can be seen of a deployed environment by whoever may deploy it: its settings in wrangler.toml, as the Worker will
 * read them, and which secrets it has. Their values nobody can see.
 */
import { readFileSync } from "node:fs";
import { loadConfig } from "../../src/config.ts";
import { BadInput } from "../directory/input.ts";
import { secretsAmong } from "../setup/answers.ts";
import type { Cloudflare } from "../setup/wrangler.ts";
import { readKnown } from "../setup/wrangler-toml.ts";
import { type Finding, good, unknown, wrong } from "./finding.ts";

type Settings = Readonly<Record<string, string>>;

/** @param config wrangler.toml @throws BadInput when it has no such environment */
export function readDeployed(config: string, environment: string): Settings {
  const { variables } = readKnown(config, readFileSync(config, "utf8"), environment);
  if (variables.ISSUER_URL === undefined)
    throw new BadInput(`wrangler.toml has no environment ${environment}: npm run setup writes it.`);
  return variables;
}

export async function judgeDeployed(
  variables: Settings,
  environment: string,
  cloudflare: Pick<Cloudflare, "accounts" | "secrets">,
  now: number,
): Promise<readonly Finding[]> {
  return [...(await judgeSettings(variables, now)), await judgeSecrets(variables, environment, cloudflare)];
}

/** The Worker's own reading; what only a secret can answer is left out. */
export async function judgeSettings(variables: Settings, now: number): Promise<readonly Finding[]> {
  const loaded = await loadConfig(variables, now);
  const problems = loaded.ok
    ? []
    : loaded.problems.filter((it) => !/^(SIGNING_KEY|CERTIFICATE_CHAIN|DATA_KEY|SIGNER_TOKEN)\b/.test(it));
  const misplaced = secretsAmong(variables);
  if (misplaced.length > 0)
    return [
      wrong(
        "settings",
        `${misplaced.join(", ")} among the vars of wrangler.toml.`,
        "Take it out: it is a secret.",
      ),
    ];
  return problems.length === 0
    ? [good("settings", "those in wrangler.toml are sound.")]
    : problems.map((it) => wrong("settings", `${it}.`, "Mend it in wrangler.toml, and deploy."));
}

async function judgeSecrets(
  variables: Settings,
  environment: string,
  cloudflare: Pick<Cloudflare, "accounts" | "secrets">,
): Promise<Finding> {
  if ((await cloudflare.accounts()) === undefined)
    return unknown("secrets", "nobody is signed in to Cloudflare.", "npm run wrangler -- login");
  const present = await cloudflare.secrets(environment);
  // The key may be with a signing service; it may also be here, where others are there.
  const isElsewhere = variables.SIGNER_URL !== undefined || present.has("SIGNER_URL");
  const needed = [isElsewhere ? "SIGNER_TOKEN" : "SIGNING_KEY", "CERTIFICATE_CHAIN", "DATA_KEY"];
  const missing = needed.filter((name) => !present.has(name));
  return missing.length === 0
    ? good("secrets", `${needed.join(", ")} are set.`)
    : wrong(
        "secrets",
        `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not set.`,
        "Run setup again.",
      );
}
