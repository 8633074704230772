/**
 * Certificates of an authenticator maker, minted on the spot and as faulty as wanted: an attestation root, CAs below it,
 * and batch certificates whose keys sit in devices. EC keys, as makers use.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { concat } from "./der.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface AttestationIdentity {
  readonly subject: string;
  readonly keys: CryptoKeyPair;
  readonly der: Bytes;
}

export interface MintOptions {
  readonly subject?: string;
  /** also shown in a name that is another's: a forgery */
  readonly issuer?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: string;
  readonly keys?: KeyAlgorithm;
  readonly extensions?: readonly x509.Extension[];
}

export type KeyAlgorithm = "P-256" | "P-384" | "P-521" | "RSA-1024" | "RSA-2048";

const DAY = 86_400_000;

async function generateKeys(algorithm: KeyAlgorithm, hash: string): Promise<CryptoKeyPair> {
  const [kind, bits] = algorithm.split("-");
  const rsa = {
    name: "RSASSA-PKCS1-v1_5",
    hash,
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: Number(bits),
  };
  const chosen = kind === "RSA" ? rsa : { name: "ECDSA", namedCurve: algorithm };
  return (await crypto.subtle.generateKey(chosen, true, ["sign", "verify"])) as CryptoKeyPair;
}

async function mint(
  issuer: AttestationIdentity | undefined,
  subject: string,
  extensions: readonly x509.Extension[],
  options: MintOptions,
): Promise<AttestationIdentity> {
  const hash = options.hash ?? "SHA-256";
  const keys = await generateKeys(options.keys ?? "P-256", hash);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: crypto.randomUUID().replaceAll("-", "").slice(0, 18).replace(/^./, "1"),
    subject: options.subject ?? subject,
    issuer: options.issuer ?? issuer?.subject ?? options.subject ?? subject,
    notBefore: options.notBefore ?? new Date(Date.now() - DAY),
    notAfter: options.notAfter ?? new Date(Date.now() + 365 * DAY),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { name: (issuer?.keys ?? keys).privateKey.algorithm.name, hash },
    extensions: [...(options.extensions ?? extensions)],
  });
  return { subject: options.subject ?? subject, keys, der: new Uint8Array(certificate.rawData) };
}

/** key usage of a key that signs, but no certificates */
export const SIGNING_ONLY = x509.KeyUsageFlags.digitalSignature;

export const caExtensions = (
  pathLength?: number,
  usage: number = x509.KeyUsageFlags.keyCertSign,
): x509.Extension[] => [
  new x509.BasicConstraintsExtension(true, pathLength, true),
  new x509.KeyUsagesExtension(usage, true),
];

export const notCa = (): x509.Extension => new x509.BasicConstraintsExtension(false, undefined, true);

/** id-fido-gen-ce-aaguid (WebAuthn §8.2.1) */
export const aaguidExtension = (aaguid: string): x509.Extension => {
  const bytes = aaguid.replaceAll("-", "").match(/../g) ?? [];
  const value = concat(
    Uint8Array.of(0x04, 0x10),
    Uint8Array.from(bytes, (digits) => Number.parseInt(digits, 16)),
  );
  return new x509.Extension("1.3.6.1.4.1.45724.1.1.4", false, value);
};

export const unknownCritical = (): x509.Extension => new x509.Extension("1.2.3.4", true, Uint8Array.of(5, 0));

/** Without `issuer`: a root. */
export const mintAttestationCa = (
  issuer?: AttestationIdentity,
  options: MintOptions = {},
): Promise<AttestationIdentity> =>
  mint(
    issuer,
    issuer ? "CN=Keymaker CA, O=Keymaker, C=SE" : "CN=Keymaker Root, O=Keymaker, C=SE",
    caExtensions(),
    options,
  );

/** A batch certificate, for devices of one kind. */
export const mintAttestationLeaf = (
  issuer: AttestationIdentity,
  aaguid: string,
  options: MintOptions = {},
): Promise<AttestationIdentity> =>
  mint(
    issuer,
    "CN=Keymaker Key 1, OU=Authenticator Attestation, O=Keymaker, C=SE",
    [notCa(), aaguidExtension(aaguid)],
    options,
  );
