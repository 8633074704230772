/**
 * The eSEAL as it comes: PKCS#12 or PEM, certificates in whatever order, a key in whatever encoding. Owns turning it into
 * what the Worker takes (PKCS#8, leaf first). The key is never printed; whether the chain is sound is judged elsewhere.
 */
import { spawn } from "node:child_process";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { BadInput } from "../directory/input.ts";
import { type Finding, warning } from "../doctor/finding.ts";

export interface Identity {
  /** PKCS#8 PEM; undefined where a signing service has it */
  readonly key: string | undefined;
  /** PEM, leaf first */
  readonly chain: string;
}

type WithKey = Identity & { readonly key: string };

/** @param askPassword only when the key is encrypted */
export async function readPem(
  keyFile: string,
  chainFiles: readonly string[],
  askPassword: () => Promise<string>,
): Promise<WithKey> {
  const chain = (await Promise.all(chainFiles.map(readText))).join("\n");
  const key = await parseKey(await readText(keyFile), askPassword);
  return { key: toPkcs8(key), chain: orderChain(certificatesIn(chain), key) };
}

/** Through `openssl`, for Node reads no PKCS#12. The password goes in by a pipe. */
export async function readPkcs12(
  file: string,
  chainFiles: readonly string[],
  password: string,
): Promise<WithKey> {
  await readText(file); // there is such a file
  let pem = await openssl(["pkcs12", "-in", file, "-nodes", "-passin", "stdin"], password);
  // Those of before are encrypted with what OpenSSL 3 has put aside.
  pem ??= await openssl(["pkcs12", "-legacy", "-in", file, "-nodes", "-passin", "stdin"], password);
  if (pem === undefined)
    throw new BadInput(`${file} can't be opened: is this its password, and is it PKCS#12?`);
  const key = await parseKey(pem, async () => "");
  const more = (await Promise.all(chainFiles.map(readText))).join("\n");
  return { key: toPkcs8(key), chain: orderChain(certificatesIn(`${pem}\n${more}`), key) };
}

/** Without a key: the eSEAL is the one that is no CA's. @throws BadInput */
export async function readChain(files: readonly string[]): Promise<Identity> {
  const certificates = certificatesIn((await Promise.all(files.map(readText))).join("\n"));
  if (certificates.length === 0) throw new BadInput(NO_CERTIFICATE);
  const [leaf, ...others] = certificates.filter(({ ca }) => !ca);
  if (leaf === undefined || others.length > 0)
    throw new BadInput("Which certificate is the eSEAL? Give files that hold one, and CAs.");
  return { key: undefined, chain: climb(leaf, certificates) };
}

/** From the certificate of the key upwards. @throws BadInput */
export function orderChain(certificates: readonly X509Certificate[], key: KeyObject): string {
  const leaf = certificates.find((it) => it.checkPrivateKey(key));
  if (leaf === undefined)
    throw new BadInput(
      certificates.length === 0 ? NO_CERTIFICATE : "No certificate there belongs to the key.",
    );
  return climb(leaf, certificates);
}

const NO_CERTIFICATE = "There is no certificate in those files.";

/** As far as they go; others are left out. */
function climb(leaf: X509Certificate, certificates: readonly X509Certificate[]): string {
  const chain = [leaf];
  for (let last = leaf; !isSelfIssued(last); ) {
    const issuer = certificates.find(
      (it) => !chain.includes(it) && it.ca && last.checkIssued(it) && last.verify(it.publicKey),
    );
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain.map((it) => it.toString().trim()).join("\n");
}

const isSelfIssued = (it: X509Certificate): boolean => it.subject === it.issuer;

/** SHA-256, hex, of the first certificate in a file: what REGISTRY_ROOT_FINGERPRINTS wants. */
export async function fingerprintOf(file: string): Promise<string> {
  const [certificate] = certificatesIn(await readText(file));
  if (certificate === undefined) throw new BadInput(`${file} holds no PEM certificate.`);
  return certificate.fingerprint256.replaceAll(":", "").toLowerCase();
}

/** Who else on this machine may read the key? */
export async function judgePermissions(file: string): Promise<readonly Finding[]> {
  const { mode } = await stat(file);
  return (mode & 0o077) === 0 || process.platform === "win32"
    ? []
    : [warning("key file", `others on this machine may read ${file}.`, `chmod 600 ${file}`)];
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const seen = new Map<string, X509Certificate>();
  for (const text of found) {
    try {
      const certificate = new X509Certificate(text);
      seen.set(certificate.fingerprint256, certificate);
    } catch {
      throw new BadInput("A certificate in those files can't be read.");
    }
  }
  return [...seen.values()];
}

async function parseKey(pem: string, askPassword: () => Promise<string>): Promise<KeyObject> {
  // PKCS#8 says so in its label, the older form in a header.
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  try {
    return createPrivateKey(isEncrypted ? { key: pem, passphrase: await askPassword() } : pem);
  } catch (error) {
    if (error instanceof BadInput) throw error; // nobody was there to be asked
    throw new BadInput(
      isEncrypted ? "That is not the key's password." : "The key file holds no private key in PEM.",
    );
  }
}

function toPkcs8(key: KeyObject): string {
  if (key.asymmetricKeyType !== "rsa") throw new BadInput("The private key is not RSA, as iSHARE's are.");
  return key.export({ type: "pkcs8", format: "pem" }).toString().trim();
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "latin1");
  } catch {
    throw new BadInput(`There is no readable file ${file}.`);
  }
}

/** @returns undefined when it refuses @throws BadInput when there is none */
function openssl(args: readonly string[], input: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn("openssl", args, { stdio: ["pipe", "pipe", "ignore"] });
    let out = "";
    child.stdout.on("data", (data) => (out += data));
    child.on("error", () =>
      reject(new BadInput("PKCS#12 needs openssl, which is not here: give --key and --chain as PEM.")),
    );
    child.on("close", (code) => resolve(code === 0 ? out : undefined));
    child.stdin.on("error", () => {});
    child.stdin.end(`${input}\n`);
  });
}
