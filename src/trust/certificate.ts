/**
 * One X.509 certificate, parsed to the fields that trust decisions need. The only importer of the X.509 library.
 * Owns: canonical encoding (one certificate, one fingerprint) and what of RFC 5280 is read. Judges nothing about
 * chains: that is `chain`.
 */
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Extension,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  Validity,
} from "@peculiar/asn1-x509";
import { encodeHex } from "../protocol/encoding.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { BIT_STRING, type Element, readElements, SEQUENCE, sameBytes } from "./der.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Certificate {
  readonly der: Bytes;
  /** SHA-256 of `der`, 64 lower-case hex digits */
  readonly fingerprint: string;
  readonly tbs: Bytes;
  readonly signature: Bytes;
  /** hash of the RSASSA-PKCS1-v1_5 signature; undefined for every other algorithm */
  readonly signatureHash: "SHA-256" | "SHA-384" | "SHA-512" | undefined;
  /** DER, compared byte for byte: stricter than RFC 5280 §7.1, and never laxer */
  readonly issuer: Bytes;
  readonly subject: Bytes;
  readonly notBefore: EpochSeconds;
  readonly notAfter: EpochSeconds;
  /** SubjectPublicKeyInfo, DER */
  readonly spki: Bytes;
  /** modulus length in bits; undefined when the key is not RSA */
  readonly rsaBits: number | undefined;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** `KeyUsageFlags`; undefined when the extension is absent */
  readonly keyUsage: number | undefined;
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly hasNameConstraints: boolean;
  /** critical extensions that we do not evaluate */
  readonly unknownCritical: readonly string[];
  /** subject attributes by OID; printed names differ between libraries */
  readonly subjectAttributes: ReadonlyMap<string, string>;
}

export const ORGANIZATION_IDENTIFIER = "2.5.4.97"; // ETSI EN 319 412-1 §5.1.4
export const SERIAL_NUMBER = "2.5.4.5";

export const hasKeyUsage = (certificate: Certificate, ...usages: (keyof typeof KeyUsageFlags)[]): boolean =>
  usages.some((usage) => ((certificate.keyUsage ?? 0) & KeyUsageFlags[usage]) !== 0);

const SIGNATURE_HASHES: Record<string, Certificate["signatureHash"]> = {
  "2a864886f70d01010b": "SHA-256", // sha256WithRSAEncryption, RFC 4055 §5
  "2a864886f70d01010c": "SHA-384",
  "2a864886f70d01010d": "SHA-512",
};
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const EVALUATED = [id_ce_basicConstraints, id_ce_keyUsage, id_ce_nameConstraints];
/** Demanded of nobody (wire document §3), so that marking them critical changes nothing. */
const HARMLESS = [id_ce_extKeyUsage, id_ce_subjectAltName, id_ce_certificatePolicies];

/** Parses one DER certificate. Every refusal is about the certificate's own form. */
export async function parseCertificate(der: Bytes): Promise<Result<Certificate>> {
  const frame = readFrame(der);
  if (frame === undefined) return refuse("certificate_not_canonical");
  try {
    const fingerprint = encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
    return readFields(der, fingerprint, frame);
  } catch {
    return refuse("certificate_malformed"); // the library throws on what it can't read, some of it lazily
  }
}

interface Frame {
  readonly tbs: Element;
  readonly fields: readonly Element[];
  readonly signature: Bytes;
  readonly algorithm: Element;
}

/**
 * Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }. Bytes outside the signed part
 * must have one form only: exact lengths, the algorithm as inside (RFC 5280 §4.1.1.2), no unused bits.
 */
function readFrame(der: Bytes): Frame | undefined {
  const outer = readElements(der);
  if (outer?.length !== 1 || outer[0]?.tag !== SEQUENCE) return undefined;
  const [tbs, algorithm, value, ...rest] = readElements(outer[0].content) ?? [];
  if (tbs?.tag !== SEQUENCE || algorithm?.tag !== SEQUENCE || value?.tag !== BIT_STRING || rest.length > 0) {
    return undefined;
  }
  if (value.content[0] !== 0) return undefined;
  const fields = readElements(tbs.content);
  if (fields === undefined) return undefined;
  // An absent version is v1: no extensions, so never a CA and never with a key usage; it fails later, with its reason.
  const inner = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  if (inner[1] === undefined || !sameBytes(inner[1].raw, algorithm.raw)) return undefined;
  return { tbs, fields: inner, signature: value.content.slice(1), algorithm };
}

function readFields(der: Bytes, fingerprint: string, frame: Frame): Result<Certificate> {
  const [serial, , issuer, validity, subject, spki, ...tail] = frame.fields;
  if (!serial || !issuer || !validity || !subject || !spki) return refuse("certificate_malformed");
  const extensions = readExtensions(tail.find((field) => field.tag === 0xa3));
  if (extensions === undefined) return refuse("certificate_malformed");

  const value = (oid: string) => extensions.get(oid)?.extnValue.buffer;
  const constraints = value(id_ce_basicConstraints);
  const basic = constraints && AsnConvert.parse(constraints, BasicConstraints);
  const usage = value(id_ce_keyUsage);
  const subjectKey = value(id_ce_subjectKeyIdentifier);
  const authorityKey = value(id_ce_authorityKeyIdentifier);
  const authorityKeyId = authorityKey && AsnConvert.parse(authorityKey, AuthorityKeyIdentifier).keyIdentifier;
  const { notBefore, notAfter } = AsnConvert.parse(validity.raw, Validity);

  return ok({
    der,
    fingerprint,
    tbs: frame.tbs.raw,
    signature: frame.signature,
    signatureHash: readSignatureHash(frame.algorithm),
    issuer: issuer.raw,
    subject: subject.raw,
    notBefore: Math.ceil(notBefore.getTime().getTime() / 1000),
    notAfter: Math.floor(notAfter.getTime().getTime() / 1000),
    spki: spki.raw,
    rsaBits: readRsaBits(spki),
    isCa: basic?.cA ?? false,
    pathLength: basic?.pathLenConstraint,
    keyUsage: usage && AsnConvert.parse(usage, KeyUsage).toNumber(),
    subjectKeyId:
      subjectKey && encodeHex(new Uint8Array(AsnConvert.parse(subjectKey, SubjectKeyIdentifier).buffer)),
    authorityKeyId: authorityKeyId && encodeHex(new Uint8Array(authorityKeyId.buffer)),
    hasNameConstraints: extensions.has(id_ce_nameConstraints),
    unknownCritical: [...extensions.values()]
      .filter(({ critical, extnID }) => critical && ![...EVALUATED, ...HARMLESS].includes(extnID))
      .map(({ extnID }) => extnID),
    subjectAttributes: readAttributes(subject),
  });
}

/** @returns extensions by OID; undefined when one is there twice (RFC 5280 §4.2) */
function readExtensions(field: Element | undefined): Map<string, Extension> | undefined {
  const extensions = new Map<string, Extension>();
  if (field === undefined) return extensions;
  const list = readElements(field.content)?.[0];
  for (const element of (list && readElements(list.content)) ?? []) {
    const extension = AsnConvert.parse(element.raw, Extension);
    if (extensions.has(extension.extnID)) return undefined;
    extensions.set(extension.extnID, extension);
  }
  return extensions;
}

/** RFC 4055 §5: parameters are NULL; absent ones must be accepted. */
function readSignatureHash(algorithm: Element): Certificate["signatureHash"] {
  const [oid, parameters, ...rest] = readElements(algorithm.content) ?? [];
  if (oid?.tag !== 0x06 || rest.length > 0) return undefined;
  if (parameters !== undefined && !sameBytes(parameters.raw, new Uint8Array([0x05, 0x00]))) return undefined;
  return SIGNATURE_HASHES[encodeHex(oid.content)];
}

function readRsaBits(spki: Element): number | undefined {
  const info = AsnConvert.parse(spki.raw, SubjectPublicKeyInfo);
  if (info.algorithm.algorithm !== RSA_ENCRYPTION) return undefined;
  // RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }, RFC 8017 A.1.1
  const key = readElements(new Uint8Array(info.subjectPublicKey))?.[0];
  const modulus = (key && readElements(key.content))?.[0]?.content;
  if (modulus === undefined) return undefined;
  const start = modulus.findIndex((byte) => byte !== 0);
  const first = modulus[start];
  return first === undefined ? 0 : (modulus.length - start) * 8 - Math.clz32(first) + 24;
}

function readAttributes(subject: Element): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const set of AsnConvert.parse(subject.raw, Name)) {
    for (const { type, value } of set) if (!attributes.has(type)) attributes.set(type, value.toString());
  }
  return attributes;
}
