/**
 * What setup has to know: from flags, from what an earlier run wrote, and where neither says it, by asking. Owns the
 * questions; whether the answers are sound is for `config`, which the Worker uses too.
 */
import { createInterface } from "node:readline/promises";
import { BadInput, readFlags } from "../directory/input.ts";
import { fingerprintOf } from "./identity.ts";

export const USAGE = `usage: npm run setup -- --environment test|production
  --url https://idp.example.com --party-id ID --party-name NAME
  (--p12 FILE [--password-stdin] | --key FILE) [--chain FILE …]
  --registry-url URL --registry-id ID --registry-root (FILE.pem | SHA-256) …
  [--framework 2.0|2.1|2.2|3.0] [--jurisdiction eu|us|fedramp] [--data-key-file FILE]
  [--signer-url URL --signer-token-file FILE (a key that lives elsewhere: --chain alone)]
  [--dry-run] [--yes] [--skip-registry-checks] [--config FILE]
What is missing is asked for; of a second run, what the first one wrote.

To roll keys (docs/keys.md): npm run setup -- --environment test|production
  [(--p12 FILE [--password-stdin] | --key FILE) [--chain FILE …] --as next|current|previous [--from TIME] [--until TIME]]
  [--drop next|previous …] [--signer-token-file FILE] [--dry-run] [--yes] [--skip-registry-checks] [--config FILE]`;

const OPTIONS = {
  environment: { type: "string" },
  url: { type: "string" },
  "party-id": { type: "string" },
  "party-name": { type: "string" },
  p12: { type: "string" },
  "password-stdin": { type: "boolean", default: false },
  key: { type: "string" },
  chain: { type: "string", multiple: true },
  "registry-url": { type: "string" },
  "registry-id": { type: "string" },
  "registry-root": { type: "string", multiple: true },
  framework: { type: "string" },
  jurisdiction: { type: "string" },
  "data-key-file": { type: "string" },
  "signer-url": { type: "string" },
  "signer-token-file": { type: "string" },
  as: { type: "string" },
  from: { type: "string" },
  until: { type: "string" },
  drop: { type: "string", multiple: true },
  config: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  "skip-registry-checks": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

export type Flags = ReturnType<typeof readSetupFlags>;
export const readSetupFlags = (args: readonly string[]) => readFlags(args, OPTIONS);

/** Somebody to ask, or nobody. */
export interface Asker {
  /** @throws BadInput when there is nobody to ask */
  ask(question: string, flag: string): Promise<string>;
  askHidden(question: string, flag: string): Promise<string>;
  confirm(question: string): Promise<boolean>;
}

export const ENVIRONMENTS: readonly string[] = ["test", "production"];

export async function environmentOf(flags: Flags, asker: Asker): Promise<string> {
  const name = flags.environment ?? (await asker.ask("Environment, test or production", "--environment"));
  if (!ENVIRONMENTS.includes(name)) throw new BadInput("--environment must be test or production.");
  return name;
}

/** Settings that everybody has to make. @param known of an earlier run */
export async function settingsOf(
  flags: Flags,
  known: Readonly<Record<string, string>>,
  asker: Asker,
  fingerprint: (file: string) => Promise<string> = fingerprintOf,
): Promise<Readonly<Record<string, string>>> {
  const questions = [
    ["ISSUER_URL", "url", "Address where it will answer, such as https://idp.example.com"],
    ["PARTY_ID", "party-id", "Your party identifier, as the Participant Registry writes it"],
    ["PARTY_NAME", "party-name", "Your legal name, as humans will see it"],
    ["REGISTRY_URL", "registry-url", "Address of the Participant Registry"],
    ["REGISTRY_PARTY_ID", "registry-id", "Party identifier of the Participant Registry"],
  ] as const;
  const misplaced = secretsAmong(known);
  if (misplaced.length > 0)
    throw new BadInput(
      `wrangler.toml has ${misplaced.join(", ")} among its vars: take it out, it is kept as a secret.`,
    );
  const settings: Record<string, string> = { ...known };
  for (const [variable, flag, question] of questions) {
    const value = flags[flag] ?? known[variable] ?? (await asker.ask(question, `--${flag}`));
    settings[variable] = value.trim();
  }
  settings.ISSUER_URL = (settings.ISSUER_URL ?? "").replace(/\/$/, "");
  const roots =
    flags["registry-root"] ??
    (known.REGISTRY_ROOT_FINGERPRINTS === undefined
      ? [await asker.ask("The registry's root CA: a PEM file, or its SHA-256", "--registry-root")]
      : undefined);
  if (roots !== undefined)
    settings.REGISTRY_ROOT_FINGERPRINTS = (
      await Promise.all(roots.map((it) => (isFingerprint(it) ? it : fingerprint(it))))
    ).join(",");
  if (flags.framework !== undefined) settings.FRAMEWORK_VERSION = flags.framework;
  const signer = flags["signer-url"];
  if (signer !== undefined) settings.SIGNER_URL = signer;
  const { jurisdiction } = flags;
  if (jurisdiction !== undefined) {
    const before = known.DATA_JURISDICTION;
    // Objects in another jurisdiction are other objects: every session would be lost, and the data would stay behind.
    if (known.ISSUER_URL !== undefined && before !== jurisdiction)
      throw new BadInput(`--jurisdiction can't change any more: it is ${before ?? "none"}.`);
    settings.DATA_JURISDICTION = jurisdiction;
  }
  return settings;
}

/** What has no place in a file that is kept in git, or would stand in the way of the secret of that name. */
export const secretsAmong = (variables: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(variables).filter((name) =>
    /^(\w+_)?(SIGNING_KEY|CERTIFICATE_CHAIN|DATA_KEY)(_\d+)?$|^SIGNER_TOKEN$/.test(name),
  );

const isFingerprint = (text: string): boolean => /^([0-9a-f]{2}:?){32}$/i.test(text);

/** @param answers instead of a human: null when there is nobody */
export function createAsker(terminal: boolean): Asker {
  const question = async (text: string, flag: string, hidden: boolean): Promise<string> => {
    if (!terminal) throw new BadInput(`${flag} is missing.`);
    // Unseen: readline writes what is typed to its output, so it has none.
    const { Writable } = await import("node:stream");
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({
      input: process.stdin,
      output: hidden ? nowhere : process.stdout,
      terminal: true,
    });
    if (hidden) process.stdout.write(`${text}: `);
    const gone = new Promise<string>((_, reject) => {
      lines.once("SIGINT", () => lines.close());
      lines.once("close", () => reject(new BadInput("\nNothing was done.")));
    });
    const answer = await Promise.race([lines.question(hidden ? "" : `${text}: `), gone]);
    gone.catch(() => {}); // it closes now, and nobody minds
    lines.close();
    if (hidden) process.stdout.write("\n");
    if (answer.trim() === "") throw new BadInput(`${flag} is missing.`);
    return hidden ? answer : answer.trim();
  };
  return {
    ask: (text, flag) => question(text, flag, false),
    askHidden: (text, flag) => question(text, flag, true),
    confirm: async (text) => {
      if (!terminal) throw new BadInput("Nobody is here to be asked: add --yes to go on, or --dry-run.");
      return /^y(es)?$/i.test(await question(`${text} [y/N]`, "an answer", false));
    },
  };
}
