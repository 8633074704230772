/**
 * Certificates as drafts, with every field free to be wrong, and their bytes: DER by hand and signatures by Node, for
 * thousands of chains a minute. Owns the encoding; what is drafted is for `sound` and `faults`. Independent of `src`.
 */
import { createHash, generateKeyPair, type KeyObject, constants as padding, sign } from "node:crypto";
import { promisify } from "node:util";
import { bytesOf, concat, tlv } from "../der.ts";

export type Der = Uint8Array<ArrayBuffer>;

export interface Key {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo */
  readonly spki: Der;
  /** its identifier */
  readonly id: Der;
}

export interface Keys {
  /** RSA, 2048 bits and more */
  readonly sound: readonly Key[];
  /** RSA 2048, in no genuine certificate */
  readonly attacker: Key;
  readonly weak: Key;
  readonly ec: Key;
}

/** Keys cost more than everything else together: one set for all chains of a run. */
export async function createKeys(): Promise<Keys> {
  const rsa = async (modulusLength: number) =>
    keyOf(await promisify(generateKeyPair)("rsa", { modulusLength }));
  const [attacker, weak, ...sound] = await Promise.all(
    [2048, 1024, 2048, 2048, 2048, 2048, 2048, 2048, 2048, 3072].map(rsa),
  );
  const ec = keyOf(await promisify(generateKeyPair)("ec", { namedCurve: "P-256" }));
  return { sound, attacker, weak, ec } as Keys;
}

function keyOf(pair: { publicKey: KeyObject; privateKey: KeyObject }): Key {
  const spki = Uint8Array.from(pair.publicKey.export({ type: "spki", format: "der" }));
  return { ...withSpki(spki), privateKey: pair.privateKey };
}

/** A public key, whoever has the private half. Any unique value will do for an identifier (RFC 5280 §4.2.1.2). */
export const withSpki = (spki: Der): Pick<Key, "spki" | "id"> => ({
  spki,
  id: Uint8Array.from(createHash("sha1").update(spki).digest()),
});

export type Hash = "SHA1" | "SHA256" | "SHA384" | "SHA512";
export type Scheme = "PKCS1" | "PSS";

export interface Extension {
  /** content of the OID, hex */
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Der;
}

/** A key identifier: as it should be, left out, marked critical, or another value. */
export type Identifier = "usual" | "absent" | "critical" | Der;

export interface Draft {
  /** undefined: itself */
  issuer: Draft | undefined;
  subject: Der;
  key: Key;
  hash: Hash;
  scheme: Scheme;
  /** seconds since 1970 */
  notBefore: number;
  notAfter: number;
  /** content of the INTEGER */
  serial: Der;
  extensions: Extension[];
  subjectKeyId: Identifier;
  authorityKeyId: Identifier;
  /** signs in the issuer's place */
  signer?: Key;
  /** the issuer's name, spelled differently */
  issuerName?: Der;
  /** changes to the fields that get signed: version, serial, algorithm, issuer, validity, subject, key, extensions */
  fields?: (fields: Der[]) => Uint8Array[];
  /** changes to what is sent, once signed */
  bytes?: (der: Der) => Der;
}

export const OID = {
  subjectKeyId: "551d0e",
  keyUsage: "551d0f",
  alternativeName: "551d11",
  basicConstraints: "551d13",
  nameConstraints: "551d1e",
  distributionPoints: "551d1f",
  policies: "551d20",
  policyMappings: "551d21",
  authorityKeyId: "551d23",
  policyConstraints: "551d24",
  extendedKeyUsage: "551d25",
  inhibitAnyPolicy: "551d36",
  proxy: "2b0601050507010e",
  unheardOf: "2a0304",
} as const;

const ALGORITHMS: Readonly<Record<Hash, string>> = {
  SHA1: "300d06092a864886f70d0101050500",
  SHA256: "300d06092a864886f70d01010b0500",
  SHA384: "300d06092a864886f70d01010c0500",
  SHA512: "300d06092a864886f70d01010d0500",
};
const ECDSA_SHA256 = "300a06082a8648ce3d040302";
/** RSASSA-PSS with SHA-256, MGF1 of the same, 32 bytes of salt; RFC 4055 §3.1 */
const PSS_SHA256 =
  "304106092a864886f70d01010a3034a00f300d06096086480165030402010500" +
  "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120";

const TRUE = bytesOf("0101ff");

export const text = (tag: number, value: string): Der => tlv(tag, new TextEncoder().encode(value));
const UTF8 = 0x0c;
/** CN, in a name of the usual kind */
export const nameOf = (common: string, tag = UTF8): Der =>
  tlv(
    0x30,
    tlv(0x31, tlv(0x30, bytesOf("0603550406"), text(0x13, "NL"))),
    tlv(0x31, tlv(0x30, bytesOf("060355040a"), text(tag, "Fuzz"))),
    tlv(0x31, tlv(0x30, bytesOf("0603550403"), text(tag, common))),
  );

/** RFC 5280 §4.1.2.5: two digits of the year until 2049, four from 2050 on */
export function timeOf(seconds: number): Der {
  const digits = new Date(seconds * 1000).toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  const year = Number(digits.slice(0, 4));
  return year >= 1950 && year < 2050 ? text(0x17, digits.slice(2)) : text(0x18, digits);
}

function extensionOf({ oid, critical, value }: Extension): Der {
  return tlv(0x30, tlv(0x06, bytesOf(oid)), critical ? TRUE : bytesOf(""), tlv(0x04, value));
}

function identifiersOf(draft: Draft): Der[] {
  const issuer = draft.issuer ?? draft;
  const list: Der[] = [];
  const add = (oid: string, identifier: Identifier, usual: Der): void => {
    if (identifier === "absent") return;
    const value = identifier instanceof Uint8Array ? identifier : usual;
    list.push(extensionOf({ oid, critical: identifier === "critical", value }));
  };
  add(OID.subjectKeyId, draft.subjectKeyId, tlv(0x04, draft.key.id));
  add(OID.authorityKeyId, draft.authorityKeyId, tlv(0x30, tlv(0x80, issuer.key.id)));
  return list;
}

/** The bytes of a draft. One draft is one certificate, however often it is asked for. */
export function mint(draft: Draft): Der {
  const known = minted.get(draft);
  if (known !== undefined) return known;
  const issuer = draft.issuer ?? draft;
  const signer = (draft.signer ?? issuer.key).privateKey;
  const isRsa = signer.asymmetricKeyType === "rsa";
  const isPss = isRsa && draft.scheme === "PSS";
  const algorithm = bytesOf(isRsa ? (isPss ? PSS_SHA256 : ALGORITHMS[draft.hash]) : ECDSA_SHA256);
  const fields = [
    bytesOf("a003020102"),
    tlv(0x02, draft.serial),
    algorithm,
    draft.issuerName ?? issuer.subject,
    tlv(0x30, timeOf(draft.notBefore), timeOf(draft.notAfter)),
    draft.subject,
    draft.key.spki,
    tlv(0xa3, tlv(0x30, ...draft.extensions.map(extensionOf), ...identifiersOf(draft))),
  ];
  const tbs = tlv(0x30, ...(draft.fields?.(fields) ?? fields));
  const scheme = isPss ? { padding: padding.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const signature = sign(isRsa && !isPss ? draft.hash : "SHA256", tbs, { key: signer, ...scheme });
  const whole = tlv(0x30, tbs, algorithm, tlv(0x03, Uint8Array.of(0), signature));
  const der = draft.bytes?.(whole) ?? whole;
  minted.set(draft, der);
  return der;
}
const minted = new WeakMap<Draft, Der>();

/** How often, and how, an extension is there. */
export function setExtension(draft: Draft, oid: string, value: Der | undefined, critical = false): void {
  draft.extensions = draft.extensions.filter((it) => it.oid !== oid);
  if (value !== undefined) draft.extensions.push({ oid, critical, value });
}

/** KeyUsage of a first byte, as DER has it: no zeros at the end. */
export const usageOf = (bits: number): Der =>
  tlv(0x03, Uint8Array.of(bits === 0 ? 0 : 31 - Math.clz32(bits & -bits), bits));

export const basicConstraintsOf = (isCa: boolean, pathLength?: number): Der =>
  tlv(
    0x30,
    isCa ? TRUE : bytesOf(""),
    pathLength === undefined ? bytesOf("") : tlv(0x02, Uint8Array.of(pathLength)),
  );

export const USAGE = {
  digitalSignature: 0x80,
  nonRepudiation: 0x40,
  keyEncipherment: 0x20,
  dataEncipherment: 0x10,
  keyCertSign: 0x04,
  cRLSign: 0x02,
} as const;

export const append = (hex: string) => (der: Der) => concat(der, bytesOf(hex));
