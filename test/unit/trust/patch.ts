/** One field of a genuine certificate changed, and signed again by its genuine issuer: what a careless CA would issue. */
import { bytesOf, childrenOf, concat, resign, tlv } from "../../support/der.ts";
import { dersOf, type Identity } from "../../support/pki.ts";
import type { World } from "./world.ts";

type Der = Uint8Array<ArrayBuffer>;

/** Where the fields of the signed part are. */
export const FIELD = { version: 0, serial: 1, issuer: 3, validity: 4, subject: 5, key: 6, extensions: 7 };
export type Field = keyof typeof FIELD;
/** @returns what is put in the field's place: one field, none, or more */
export type Change = (field: Der) => Der | readonly Der[];

export const patched = (identity: Identity, field: Field, change: Change): Promise<Der> =>
  resign(identity, (fields) => fields.flatMap((it, at) => (at === FIELD[field] ? change(it) : [it])));

/** The leaf's chain with its leaf (0) or the CA above (1) changed in one field; everybody's keys stay theirs. */
export async function patchedChain(world: World, at: 0 | 1, field: Field, change: Change): Promise<Der[]> {
  const { leaf, pki } = world;
  const der = await patched(at === 0 ? leaf : pki.issuing, field, change);
  return dersOf(leaf).map((genuine, position) => (position === at ? der : genuine));
}

export const put =
  (hex: string): Change =>
  () =>
    bytesOf(hex);

export const text = (tag: number, value: string): Der => tlv(tag, new TextEncoder().encode(value));
export const UTC = 0x17;
export const GENERALIZED = 0x18;
export const START = text(UTC, "200101000000Z");
export const END = text(UTC, "401231235959Z");
export const times =
  (...both: readonly Der[]): Change =>
  () =>
    tlv(0x30, ...both);
export const until = (tag: number, value: string): Change => times(START, text(tag, value));
export const since = (tag: number, value: string): Change => times(text(tag, value), END);

/** OIDs, content in hex. */
export const OID = {
  basicConstraints: "551d13",
  keyUsage: "551d0f",
  extendedKeyUsage: "551d25",
  alternativeNames: "551d11",
  subjectKeyId: "551d0e",
  authorityKeyId: "551d23",
  policies: "551d20",
  distributionPoints: "551d1f",
  proxy: "2b0601050507010e",
  addresses: "2b06010505070107",
  systems: "2b06010505070108",
  netscapeType: "6086480186f8420101",
  unheardOf: "2a0304",
};

const listIn = (field: Der): Der[] => childrenOf(childrenOf(field)[0] ?? bytesOf(""));
const oidOf = (extension: Der): string =>
  Buffer.from(childrenOf(extension)[0] ?? [])
    .toString("hex")
    .slice(4);

export const extension = (oid: string, value: Uint8Array, critical?: string): Der =>
  tlv(0x30, tlv(0x06, bytesOf(oid)), bytesOf(critical ?? ""), tlv(0x04, value));

/** @param critical its encoding, "" for none; unset: as CAs do */
export function extensionIs(name: keyof typeof OID, value: string | Uint8Array, critical?: string): Change {
  const usual = name === "basicConstraints" || name === "keyUsage" ? "0101ff" : "";
  const bytes = typeof value === "string" ? bytesOf(value) : value;
  return (field) => {
    const others = listIn(field).filter((it) => oidOf(it) !== OID[name]);
    return tlv(0xa3, tlv(0x30, ...others, extension(OID[name], bytes, critical ?? usual)));
  };
}

export const extensionsAre =
  (change: (list: Der[]) => readonly Uint8Array[]): Change =>
  (field) =>
    tlv(0xa3, tlv(0x30, ...change(listIn(field))));

/** The genuine extensions, and these behind them. */
export const andExtensions = (...more: readonly Uint8Array[]): Change =>
  extensionsAre((list) => [...list, ...more]);

/** A name of so many attributes. */
export const nameOf = (attributes: number, value: Uint8Array = text(0x0c, "x")): Der =>
  tlv(0x30, ...Array.from({ length: attributes }, () => tlv(0x31, tlv(0x30, bytesOf("0603550403"), value))));

export const behind =
  (hex: string): Change =>
  (field) => [field, bytesOf(hex)];

/** The element with more in it, at its end. */
export const inside =
  (hex: string): Change =>
  (field) =>
    tlv(field[0] ?? 0, concat(...childrenOf(field)), bytesOf(hex));
