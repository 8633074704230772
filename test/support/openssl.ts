/** What `openssl verify` says of a chain: the second opinion on path validation. It has to be installed. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const pemOf = (der: Uint8Array): string =>
  [
    "-----BEGIN CERTIFICATE-----",
    ...(Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? []),
    "-----END CERTIFICATE-----\n",
  ].join("\n");

/** @throws when there is no openssl command: its opinion is not optional */
export const opensslVersion = (): string => execFileSync("openssl", ["version"], { encoding: "utf8" }).trim();

export interface Question {
  /** leaf first */
  readonly chain: readonly Uint8Array[];
  readonly trusted: readonly Uint8Array[];
  /** seconds since 1970 */
  readonly now: number;
  /** RFC 5280 to the letter */
  readonly strict: boolean;
  /** keys and hashes of any strength; else 112 bits: RSA 2048, and no SHA-1 */
  readonly anyStrength?: boolean;
}

/** @returns "accepted", or what openssl has against it */
export async function askOpenssl(question: Question): Promise<string> {
  const [answer = ""] = await askOpensslAll([question]);
  return answer;
}

/** One shell for all: to start processes from Node costs more than openssl itself. */
export async function askOpensslAll(questions: readonly Question[]): Promise<string[]> {
  if (questions.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "openssl-"));
  try {
    const commands = questions.map((question, at) => {
      return `openssl ${writeQuestion(question, folder, `${at}.`)} >${at}.out 2>&1; echo $?`;
    });
    const { stdout } = await promisify(execFile)("sh", ["-c", commands.join("\n")], { cwd: folder });
    return stdout
      .trim()
      .split("\n")
      .map((code, at) => {
        if (code === "126" || code === "127") throw new Error("openssl could not be run");
        return code === "0" ? "accepted" : `refused: ${readFileSync(join(folder, `${at}.out`), "utf8")}`;
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the certificates into files of a folder. @returns openssl's arguments for there */
export function writeQuestion(
  { chain, trusted, now, strict, anyStrength }: Question,
  folder: string,
  prefix = "",
): string {
  const file = (name: string, ders: readonly Uint8Array[]): string => {
    writeFileSync(join(folder, prefix + name), ders.map(pemOf).join(""));
    return prefix + name;
  };
  const [leaf, ...others] = chain;
  const args = ["verify", "-partial_chain", "-attime", String(now)];
  if (anyStrength !== true) args.push("-auth_level", "2");
  // Without a trusted file nothing is trusted, not even the system's roots.
  args.push("-no-CAfile", "-no-CApath", "-no-CAstore");
  if (strict) args.push("-x509_strict");
  if (trusted.length > 0) args.push("-trusted", file("trusted.pem", trusted));
  if (others.length > 0) args.push("-untrusted", file("untrusted.pem", others));
  args.push(file("leaf.pem", leaf === undefined ? [] : [leaf]));
  return args.join(" ");
}
