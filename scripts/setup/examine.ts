/**
 * What is given, before anything is done with it: which files hold the eSEAL, and what the Worker, the registry and the
 * clock will say of it. Owns the order of the checks; each is the Worker's own or the doctor's.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { type Config, loadConfig } from "../../src/config.ts";
import { readPemChain } from "../../src/jwt/keys.ts";
import { parseTimestamp } from "../../src/protocol/time.ts";
import { BadInput } from "../directory/input.ts";
import { judgeChain } from "../doctor/certificates.ts";
import { judgeSettings } from "../doctor/deployed.ts";
import { anyWrong, type Finding, good, unknown, warning, wrong } from "../doctor/finding.ts";
import { askRegistry } from "../doctor/registry.ts";
import { askSigner } from "../doctor/signer.ts";
import { ROOT } from "../runtime.ts";
import type { Asker, Flags } from "./answers.ts";
import { type Identity, judgePermissions, readChain, readPem, readPkcs12 } from "./identity.ts";
import type { Roll } from "./roll.ts";

type Settings = Readonly<Record<string, string>>;

/** As the operator sees the path, wherever npm runs us. */
export const at = (file: string): string => resolve(process.env.INIT_CWD ?? ROOT, file);

/** @returns undefined when none is given: the Worker has one then, or the plan says that it is missing */
export async function readIdentity(
  flags: Flags,
  asker: Asker,
  { isFirst, isElsewhere }: { readonly isFirst: boolean; readonly isElsewhere: boolean },
): Promise<Identity | undefined> {
  const given = (flags.chain ?? []).map(at);
  const { key } = flags;
  const isAsked = isFirst && flags.p12 === undefined && key === undefined && given.length === 0;
  const chainFiles =
    isAsked && isElsewhere ? [at(await asker.ask("Your certificates, a PEM file", "--chain"))] : given;
  const p12 =
    isAsked && !isElsewhere
      ? await asker.ask("Your eSEAL, a .p12 file", "--p12 (or --key and --chain)")
      : flags.p12;
  if (p12 !== undefined && key !== undefined) throw new BadInput("Give either --p12 or --key.");
  const password = async (what: string): Promise<string> =>
    flags["password-stdin"]
      ? (await text(process.stdin)).replace(/\r?\n$/, "")
      : asker.askHidden(`Password of ${what}`, "--password-stdin");
  if (p12 !== undefined) return readPkcs12(at(p12), chainFiles, await password(p12));
  if (key === undefined && chainFiles.length === 0) return undefined;
  if (key === undefined && isElsewhere) return readChain(chainFiles);
  if (key === undefined) throw new BadInput("--key is missing.");
  if (chainFiles.length === 0) throw new BadInput("--chain is missing.");
  return readPem(at(key), chainFiles, () => password(key));
}

/** What a signing service knows us by, in a file of its own. */
export async function readToken(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const token = await readFile(at(file), "utf8").catch(() => {
    throw new BadInput(`There is no readable file ${file}.`);
  });
  if (!/^[\w.~+/-]{32,}=*$/.test(token.trim()))
    throw new BadInput(`${file} holds no SIGNER_TOKEN: 32 letters or more, see README.md.`);
  return token.trim();
}

export interface Given {
  readonly identity: Identity | undefined;
  readonly token: string | undefined;
  readonly variables: Settings;
  readonly roll: Roll | undefined;
}

/** The Worker's own reading of the settings: what it would refuse is refused here. */
export async function examine(
  flags: Flags,
  { identity, token, variables, roll }: Given,
  now: () => number,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  if (!/^https:/.test(variables.ISSUER_URL ?? ""))
    findings.push(wrong("settings", "the address is not https.", "Give --url https://…"));
  if (identity === undefined) {
    findings.push(...(await judgeSettings(variables, now())));
    if (roll === undefined)
      findings.push(unknown("registry", "without --p12 or --key the registry can't be asked about us."));
    return findings;
  }
  const isPrevious = roll?.slot === "previous";
  const ofChain = await judgeChain(readPemChain(identity.chain) ?? [], now());
  // That one is there to end.
  findings.push(...ofChain.filter(({ verdict }) => !isPrevious || verdict !== "warning"));
  for (const file of [flags.p12 ?? flags.key, flags["signer-token-file"]])
    if (file !== undefined) findings.push(...(await judgePermissions(at(file))));
  const loaded = await loadConfig({ ...variables, ...secretsFor(identity, token, variables) }, now());
  if (!loaded.ok) {
    const problems = loaded.problems.map((it) => wrong("settings", `${it}.`, "See the table in README.md."));
    return [...findings, ...problems];
  }
  if (identity.key !== undefined) findings.push(good("key", "it is the certificate's."));
  findings.push(...judgeFrom(roll, loaded.config, now()));
  if (isPrevious) return findings; // it signs nothing, and the registry may have put it aside
  if (identity.key === undefined && token === undefined && roll !== undefined)
    return [
      ...findings,
      wrong(
        "signer",
        "without its token nobody can see whether the service has this key.",
        "Give --signer-token-file.",
      ),
    ];
  if (identity.key === undefined && token === undefined)
    return [...findings, unknown("registry", "without --signer-token-file it can't be asked about us.")];
  const ofSigner = await askSigner(loaded.config, now());
  if (anyWrong(ofSigner)) return [...findings, ...ofSigner];
  const asked = await askRegistry(loaded.config, now);
  if (!flags["skip-registry-checks"]) return [...findings, ...ofSigner, ...asked];
  const passed = asked.map((it) => (it.verdict === "wrong" ? { ...it, verdict: "warning" as const } : it));
  const skipped = warning("registry", "what it says stops nothing: --skip-registry-checks.");
  return [...findings, ...ofSigner, ...passed, skipped];
}

/** As if it were the current set, whichever slot it is for. What is not given is sound. */
const secretsFor = (
  { key, chain }: Identity,
  token: string | undefined,
  { SIGNER_URL }: Settings,
): Settings => ({
  ...(key === undefined ? {} : { SIGNING_KEY: key }),
  ...(SIGNER_URL === undefined ? {} : { SIGNER_TOKEN: token ?? "x".repeat(32) }),
  CERTIFICATE_CHAIN: chain,
  DATA_KEY: Buffer.alloc(32).toString("base64"),
});

/** When the next set takes over: while it is valid, and as a rule not at once. */
function judgeFrom(roll: Roll | undefined, { keySets }: Config, now: number): readonly Finding[] {
  const from = roll?.slot === "next" ? parseTimestamp(roll.time) : undefined;
  const [set] = keySets;
  if (from === undefined || set === undefined) return [];
  if (from < set.since || from >= set.until)
    return [wrong("--from", "the certificate is not valid at that time.", "Choose one at which it is.")];
  return from > now
    ? []
    : [
        warning(
          "--from",
          "that time is over: it signs at once.",
          "A day later, and everybody knows it by then.",
        ),
      ];
}
