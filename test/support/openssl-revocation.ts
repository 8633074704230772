/** What openssl says of revocation evidence: the second opinion on lists and OCSP answers. It has to be installed. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity } from "./pki.ts";

export type Opinion = "good" | "revoked" | "unknown" | "no evidence";

const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;

interface Said {
  readonly code: number;
  readonly text: string;
}

async function openssl(
  files: Readonly<Record<string, string | Uint8Array>>,
  ...args: readonly string[]
): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), "openssl-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  try {
    return await new Promise((resolve, reject) => {
      execFile("openssl", args, { cwd: folder }, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== "number")
          reject(error); // it could not be run
        else resolve({ code: Number(error?.code ?? 0), text: `${stdout}${stderr}` });
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const certificates = (leaf: Identity, issuer: Identity) => ({
  "leaf.pem": pemOf("CERTIFICATE", leaf.der),
  "issuer.pem": pemOf("CERTIFICATE", issuer.der),
});
const TRUST_NOBODY_ELSE = ["-no-CApath", "-no-CAstore"];

export async function askAboutCrl(crl: Uint8Array, leaf: Identity, issuer: Identity): Promise<Opinion> {
  const { code, text } = await openssl(
    { ...certificates(leaf, issuer), "crl.pem": pemOf("X509 CRL", crl) },
    ...["verify", "-partial_chain", "-auth_level", "2", "-crl_check", "-CRLfile", "crl.pem"],
    ...["-trusted", "issuer.pem", "leaf.pem"],
  );
  if (text.includes("certificate revoked")) return "revoked";
  return code === 0 ? "good" : "no evidence";
}

export async function askAboutOcsp(answer: Uint8Array, leaf: Identity, issuer: Identity): Promise<Opinion> {
  const { text } = await openssl(
    { ...certificates(leaf, issuer), "answer.der": answer },
    ...["ocsp", "-respin", "answer.der", "-issuer", "issuer.pem", "-cert", "leaf.pem"],
    ...[
      "-no_nonce",
      "-validity_period",
      "10",
      "-partial_chain",
      "-CAfile",
      "issuer.pem",
      ...TRUST_NOBODY_ELSE,
    ],
  );
  if (!text.includes("Response verify OK") || text.includes("WARNING: Status times invalid"))
    return "no evidence";
  const said = /^leaf\.pem: (good|revoked|unknown)$/m.exec(text)?.[1];
  return (said as Opinion | undefined) ?? "no evidence";
}

/** An OCSP request, in words. */
export const describeRequest = async (request: Uint8Array): Promise<string> =>
  (await openssl({ "request.der": request }, "ocsp", "-reqin", "request.der", "-req_text")).text;
