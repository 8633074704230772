/**
 * One X.509 certificate, read to the fields that trust decisions need. Owns its canonical encoding (one certificate, one
 * fingerprint) and its form (RFC 5280 §4.1): version 3, each field in its place, nothing else. Every byte of the signed
 * part is read by exact grammars (`der`, `validity`, `name`, `extensions`) and not by a library: those forgive, and what
 * a reader forgives, two readers may understand in two ways. Judges nothing about chains: that is `chain`.
 */
import { sha256Hex } from "../protocol/digest.ts";
import { encodeHex } from "../protocol/encoding.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import {
  BIT_STRING,
  contentOf,
  contextOf,
  type Element,
  Malformed,
  membersOf,
  must,
  onlyElement,
  readInteger,
  readOid,
  SEQUENCE,
  sameBytes,
} from "./der.ts";
import { type Extensions, KEY_USAGES, readExtensions } from "./extensions.ts";
import { readName } from "./name.ts";
import { readSigned, type SignatureHash, type Signed } from "./signature.ts";
import { readValidity, type Validity } from "./validity.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Certificate extends Extensions, Validity {
  readonly der: Bytes;
  /** SHA-256 of `der`, 64 lower-case hex digits */
  readonly fingerprint: string;
  readonly tbs: Bytes;
  readonly signature: Bytes;
  /** hash of the RSASSA-PKCS1-v1_5 signature; undefined for every other algorithm */
  readonly signatureHash: SignatureHash;
  /** content of the INTEGER, lower-case hex */
  readonly serial: string;
  /** DER, compared byte for byte: stricter than RFC 5280 §7.1, and never laxer */
  readonly issuer: Bytes;
  readonly subject: Bytes;
  /** SubjectPublicKeyInfo, DER */
  readonly spki: Bytes;
  /** modulus length in bits; undefined when the key is not RSA */
  readonly rsaBits: number | undefined;
  /** subject attributes by OID; printed names differ between libraries */
  readonly subjectAttributes: ReadonlyMap<string, string>;
}

export const ORGANIZATION_IDENTIFIER = "2.5.4.97"; // ETSI EN 319 412-1 §5.1.4
export const SERIAL_NUMBER = "2.5.4.5";

export const hasKeyUsage = (
  { keyUsage = 0 }: Certificate,
  ...usages: (typeof KEY_USAGES)[number][]
): boolean => usages.some((usage) => (keyUsage & (1 << KEY_USAGES.indexOf(usage))) !== 0);

const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
/** `version [0]` that says 3: the one version with extensions. */
const VERSION_3 = new Uint8Array([0x02, 0x01, 0x02]);
/** RFC 5280 §4.1.2.2: 20 octets, and a sign. */
const MAX_SERIAL_BYTES = 21;

/** Reads one DER certificate. Every refusal is about the certificate's own form. */
export async function parseCertificate(der: Bytes): Promise<Result<Certificate>> {
  const frame = readFrame(der);
  if (frame === undefined) return refuse("certificate_not_canonical");
  try {
    const fields = readFields(frame);
    return ok({ der, fingerprint: await sha256Hex(der), ...fields });
  } catch {
    return refuse("certificate_malformed"); // `Malformed`, or a string that is none
  }
}

interface Frame extends Signed {
  readonly fields: readonly Element[];
}

/**
 * Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }. Bytes outside the signed part
 * must have one form only: exact lengths, the algorithm as inside (RFC 5280 §4.1.1.2), no unused bits.
 */
function readFrame(der: Bytes): Frame | undefined {
  try {
    const signed = readSigned(onlyElement(der));
    const fields = membersOf(signed.tbs, SEQUENCE);
    // An absent version is v1: refused later, with its reason.
    const inner = fields[fields[0]?.tag === contextOf(0) ? 2 : 1];
    must(signed.rest.length === 0 && inner !== undefined && sameBytes(inner.raw, signed.algorithm.raw));
    return { ...signed, fields };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** RFC 5280 §4.1. The two unique identifiers of version 2 MUST NOT be there (§4.1.2.8). */
function readFields({ tbs, fields, signature, hash }: Frame): Omit<Certificate, "der" | "fingerprint"> {
  const [version, serial, , issuer, validity, subject, spki, extensions, ...rest] = fields;
  must(sameBytes(contentOf(version, contextOf(0)), VERSION_3));
  const number = readInteger(serial);
  must(number.length <= MAX_SERIAL_BYTES);
  must(issuer !== undefined && validity !== undefined && subject !== undefined && spki !== undefined);
  must(extensions?.tag === contextOf(3) && rest.length === 0);
  readName(issuer);
  return {
    tbs: tbs.raw,
    signature,
    signatureHash: hash,
    serial: encodeHex(number),
    issuer: issuer.raw,
    ...readValidity(validity),
    subject: subject.raw,
    subjectAttributes: readName(subject),
    spki: spki.raw,
    rsaBits: readRsaBits(spki),
    ...readExtensions(extensions),
  };
}

/** SubjectPublicKeyInfo ::= SEQUENCE { algorithm, subjectPublicKey BIT STRING }, §4.1.2.7 */
function readRsaBits(spki: Element): number | undefined {
  const [algorithm, key, ...rest] = membersOf(spki, SEQUENCE);
  const [oid, , ...more] = membersOf(algorithm, SEQUENCE);
  const bits = contentOf(key, BIT_STRING);
  must(rest.length === 0 && more.length === 0 && bits[0] === 0);
  if (readOid(oid) !== RSA_ENCRYPTION) return undefined;
  // RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }, RFC 8017 A.1.1
  const [modulus, exponent, ...others] = membersOf(onlyElement(bits.slice(1)), SEQUENCE);
  must(others.length === 0 && isExponent(readInteger(exponent)));
  return bitLength(readInteger(modulus));
}

/** RFC 8017 §3.1: odd, from 3. With 1 every message is its own signature; a long one makes each verification dear. */
const isExponent = (bytes: Bytes): boolean =>
  bytes.length <= 5 && bitLength(bytes) > 1 && ((bytes.at(-1) ?? 0) & 1) === 1;

/** @throws when the number is not positive */
function bitLength(bytes: Bytes): number {
  const [first = 0] = bytes;
  must(first < 0x80 && (first > 0 || bytes.length > 1)); // a first byte of 0 is there for the sign alone
  return bytes.length * 8 - (Math.clz32(first) - 24);
}
