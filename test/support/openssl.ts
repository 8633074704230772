/** What `openssl verify` says of a chain: the second opinion on path validation. It has to be installed. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
}

/** @returns "accepted", or what openssl has against it */
export async function askOpenssl({ chain, trusted, now, strict }: Question): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "openssl-"));
  const file = (name: string, ders: readonly Uint8Array[]): string => {
    const path = join(folder, name);
    writeFileSync(path, ders.map(pemOf).join(""));
    return path;
  };
  const [leaf, ...others] = chain;
  // 112 bits of security: RSA 2048 and no SHA-1. Without a trusted file nothing is trusted, not even the system's roots.
  const args = ["verify", "-partial_chain", "-auth_level", "2", "-attime", String(now)];
  args.push("-no-CAfile", "-no-CApath", "-no-CAstore");
  if (strict) args.push("-x509_strict");
  if (trusted.length > 0) args.push("-trusted", file("trusted.pem", trusted));
  if (others.length > 0) args.push("-untrusted", file("untrusted.pem", others));
  args.push(file("leaf.pem", leaf === undefined ? [] : [leaf]));
  try {
    return await new Promise((resolve, reject) => {
      execFile("openssl", args, (error, stdout, stderr) => {
        if (error === null) resolve("accepted");
        else if (typeof error.code === "number") resolve(`refused: ${stdout}${stderr}`);
        else reject(error); // it could not be run
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
