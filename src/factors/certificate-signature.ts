/**
 * Signatures on attestation certificates, which are ECDSA as a rule (RFC 5758) where iSHARE's are RSA, and the one
 * extension of theirs that `trust/certificate` has no use for. SHA-1 and curves that WebCrypto lacks are refused.
 */
import { encodeHex } from "../protocol/encoding.ts";
import type { Certificate } from "../trust/certificate.ts";
import { type Element, readElements } from "../trust/der.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** AlgorithmIdentifier of ecdsa-with-SHA2 → hash. */
const ECDSA_HASHES: Readonly<Record<string, string>> = {
  "2a8648ce3d040302": "SHA-256",
  "2a8648ce3d040303": "SHA-384",
  "2a8648ce3d040304": "SHA-512",
};
/** Named curves (RFC 5480 §2.1.1.1) → name and bytes of a coordinate. */
const CURVES: Readonly<Record<string, readonly [name: string, bytes: number]>> = {
  "2a8648ce3d030107": ["P-256", 32],
  "2b81040022": ["P-384", 48],
  "2b81040023": ["P-521", 66],
};
const MIN_RSA_BITS = 2048;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

export async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  try {
    return issuer.rsaBits === undefined
      ? await isSignedByEc(certificate, issuer)
      : await isSignedByRsa(certificate, issuer);
  } catch {
    return false; // a key that WebCrypto won't take
  }
}

async function isSignedByEc(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const hash = ECDSA_HASHES[oidOf(fieldsOf(certificate)[1])];
  // SubjectPublicKeyInfo ::= SEQUENCE { algorithm { id-ecPublicKey, curve }, key }
  const [algorithm] = childrenOf(readElements(issuer.spki)?.[0]);
  const curve = CURVES[encodeHex(childrenOf(algorithm)[1]?.content ?? new Uint8Array())];
  if (hash === undefined || curve === undefined) return false;
  const [namedCurve, bytes] = curve;
  const signature = rawSignature(certificate.signature, bytes);
  if (signature === undefined) return false;
  const key = await crypto.subtle.importKey("spki", issuer.spki, { name: "ECDSA", namedCurve }, false, [
    "verify",
  ]);
  return crypto.subtle.verify({ name: "ECDSA", hash }, key, signature, certificate.tbs);
}

async function isSignedByRsa(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const { signatureHash: hash, signature, tbs } = certificate;
  if (hash === undefined || (issuer.rsaBits ?? 0) < MIN_RSA_BITS) return false;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
  const key = await crypto.subtle.importKey("spki", issuer.spki, algorithm, false, ["verify"]);
  return crypto.subtle.verify(algorithm, key, signature, tbs);
}

/** SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 §2.2.3) as WebCrypto wants it: both in a row, each of full length. */
function rawSignature(der: Bytes, bytes: number): Bytes | undefined {
  const [sequence, ...rest] = readElements(der) ?? [];
  const integers = childrenOf(sequence);
  if (integers.length !== 2 || rest.length > 0) return undefined;
  const raw = new Uint8Array(2 * bytes);
  for (const [position, { content }] of integers.entries()) {
    const digits = content[0] === 0 ? content.subarray(1) : content;
    if (digits.length > bytes) return undefined;
    raw.set(digits, (position + 1) * bytes - digits.length);
  }
  return raw;
}

/** @param oid content of the OBJECT IDENTIFIER, hex @returns what is in the extension's OCTET STRING, hex */
export function readExtension(certificate: Certificate, oid: string): string | undefined {
  const list = fieldsOf(certificate).find(({ tag }) => tag === EXTENSIONS);
  const extension = childrenOf(childrenOf(list)[0]).find((it) => oidOf(it) === oid);
  const value = childrenOf(extension).at(-1);
  return value && encodeHex(value.content);
}

/** serialNumber, signature, issuer, …: the fields of TBSCertificate behind its version. */
function fieldsOf({ tbs }: Certificate): readonly Element[] {
  const fields = childrenOf(readElements(tbs)?.[0]);
  return fields[0]?.tag === VERSION ? fields.slice(1) : fields;
}

const childrenOf = (element: Element | undefined): readonly Element[] =>
  (element && readElements(element.content)) ?? [];

/** The OBJECT IDENTIFIER that a SEQUENCE begins with, hex. */
const oidOf = (sequence: Element | undefined): string =>
  encodeHex(childrenOf(sequence)[0]?.content ?? new Uint8Array());
