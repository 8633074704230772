/**
 * The extensions of one certificate (RFC 5280 §4.2). Owns their exact form, and which of them are understood. Judges
 * nothing about chains: that is for `chain`.
 *
 * Read is what decides about trust, and what may be critical without harm, so that it is known to say something. An
 * extension in neither group may hold anything while it is not critical: other people's business.
 */
import { encodeHex } from "../protocol/encoding.ts";
import {
  contentOf,
  context,
  contextOf,
  type Element,
  listOf,
  membersOf,
  must,
  OCTET_STRING,
  onlyElement,
  readBits,
  readFlag,
  readInteger,
  readOid,
  readOptional,
  SEQUENCE,
} from "./der.ts";
import { readDistributionPoints, readResponders } from "./evidence-sources.ts";
import { directoryName, readGeneralNames } from "./name.ts";

export interface Extensions {
  readonly isCa: boolean;
  /** whoever can't read that it is a CA, or how long a path may be, has to stop: RFC 5280 §4.2.1.9 */
  readonly isCriticallyCa: boolean;
  readonly pathLength: number | undefined;
  /** one bit for each of `KEY_USAGES`; undefined when the extension is absent */
  readonly keyUsage: number | undefined;
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  /** which of the issuer's certificates is meant, for issuers that say so: its issuer's name (DER) and its serial */
  readonly authorityCertificate:
    | { readonly issuer: Element["raw"] | undefined; readonly serial: string }
    | undefined;
  /** OIDs; empty when the extension is absent */
  readonly extendedKeyUsages: readonly string[];
  /** where the issuer tells what it has revoked, as written: in lists, and at OCSP responders */
  readonly crlUris: readonly string[];
  readonly ocspUris: readonly string[];
  readonly hasNameConstraints: boolean;
  /** OIDs of extensions that forbid to go on: critical ones that are not evaluated, and `NEVER_HARMLESS` */
  readonly unknownCritical: readonly string[];
}

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_KEY_ID = "2.5.29.14";
const AUTHORITY_KEY_ID = "2.5.29.35";
const NAME_CONSTRAINTS = "2.5.29.30";
const CRL_DISTRIBUTION_POINTS = "2.5.29.31";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1";

/** §4.2.1.3, in the order of their bits. */
export const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

/** May be critical: evaluated, or demanded of nobody, so that marking them changes nothing. */
const MAY_BE_CRITICAL = [
  BASIC_CONSTRAINTS,
  KEY_USAGE,
  NAME_CONSTRAINTS,
  "2.5.29.17", // subjectAltName
  "2.5.29.32", // certificatePolicies
  EXTENDED_KEY_USAGE,
];

/** They change what a path means to everyone who knows them, critical or not; here they are not evaluated. */
const NEVER_HARMLESS = [
  "1.3.6.1.5.5.7.1.14", // proxyCertInfo, RFC 3820: issued by something that is no CA
  "1.3.6.1.5.5.7.1.7", // IP addresses and AS numbers that a CA hands down, RFC 3779
  "1.3.6.1.5.5.7.1.8",
];

/** Those of which the form alone is of interest: other verifiers refuse a certificate in which it is wrong. */
const FORMS: Readonly<Record<string, (value: Element) => unknown>> = {
  "2.5.29.17": (value) => readGeneralNames(value),
  "2.5.29.32": (value) => listOf(value, SEQUENCE).map((policy) => readOid(listOf(policy, SEQUENCE)[0])),
  "2.16.840.1.113730.1.1": (value) => readBits(value), // Netscape's certificate type
};

export interface ExtensionList {
  /** by OID, what each holds as bytes */
  readonly values: ReadonlyMap<string, Element["content"]>;
  readonly critical: ReadonlySet<string>;
  /** What an extension holds; undefined when it is absent. */
  read<T>(oid: string, how: (value: Element) => T): T | undefined;
}

/** Extensions ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }, §4.1.2.9 */
export function readExtensionList(element: Element): ExtensionList {
  const critical = new Set<string>();
  const values = new Map<string, Element["content"]>();
  for (const extension of listOf(element, SEQUENCE)) {
    const members = membersOf(extension, SEQUENCE);
    const [type, flag] = members;
    const oid = readOid(type);
    must(!values.has(oid) && members.length <= 3); // §4.2: not twice
    if (members.length === 3 && flag !== undefined && readFlag(flag)) critical.add(oid);
    values.set(oid, contentOf(members.at(-1), OCTET_STRING));
  }
  return {
    values,
    critical,
    read: (oid, how) => {
      const value = values.get(oid);
      return value && how(onlyElement(value));
    },
  };
}

/** @param field `extensions [3]` of the signed part */
export function readExtensions(field: Element): Extensions {
  const { values, critical, read } = readExtensionList(onlyElement(field.content));
  for (const [oid, form] of Object.entries(FORMS)) read(oid, form);
  const basic = read(BASIC_CONSTRAINTS, readBasicConstraints);
  const authority = read(AUTHORITY_KEY_ID, readAuthority);
  return {
    isCa: basic?.isCa ?? false,
    isCriticallyCa: basic?.isCa === true && critical.has(BASIC_CONSTRAINTS),
    pathLength: basic?.pathLength,
    keyUsage: read(KEY_USAGE, (value) => readBits(value)),
    subjectKeyId: read(SUBJECT_KEY_ID, (value) => readKeyId(value, OCTET_STRING)),
    authorityKeyId: authority?.keyId,
    authorityCertificate: authority?.certificate,
    extendedKeyUsages: read(EXTENDED_KEY_USAGE, readOids) ?? [],
    crlUris: read(CRL_DISTRIBUTION_POINTS, readDistributionPoints) ?? [],
    ocspUris: readResponders(values.get(AUTHORITY_INFORMATION_ACCESS)),
    hasNameConstraints: values.has(NAME_CONSTRAINTS),
    unknownCritical: [...values.keys()].filter(
      (oid) => NEVER_HARMLESS.includes(oid) || (critical.has(oid) && !MAY_BE_CRITICAL.includes(oid)),
    ),
  };
}

const readOids = (value: Element): readonly string[] => listOf(value, SEQUENCE).map((oid) => readOid(oid));

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }, §4.2.1.9 */
function readBasicConstraints(value: Element): { isCa: boolean; pathLength: number | undefined } {
  const [flag, length, ...rest] = membersOf(value, SEQUENCE);
  const isCa = flag !== undefined && readFlag(flag);
  must(rest.length === 0 && (isCa || length === undefined)); // a path length is for CAs
  return { isCa, pathLength: length && readPathLength(length) };
}

function readPathLength(element: Element): number {
  const bytes = readInteger(element);
  must(bytes.length <= 4 && (bytes[0] ?? 0) < 0x80);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function readKeyId(element: Element, tag: number): string {
  const id = contentOf(element, tag);
  must(id.length > 0);
  return encodeHex(id);
}

/** §4.2.1.1: a key's identifier, a certificate's issuer and serial, or both; something at least. */
function readAuthority(value: Element): {
  keyId: string | undefined;
  certificate: Extensions["authorityCertificate"];
} {
  const members = listOf(value, SEQUENCE);
  const [keyId, issuer, serial] = readOptional(members, [context(0), contextOf(1), context(2)]);
  must((issuer === undefined) === (serial === undefined));
  return {
    keyId: keyId && readKeyId(keyId, context(0)),
    certificate: issuer && {
      issuer: directoryName(readGeneralNames(issuer, contextOf(1))),
      serial: encodeHex(readInteger(serial, context(2))),
    },
  };
}
