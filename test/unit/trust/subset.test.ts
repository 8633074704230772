/** What we accept is a subset of what openssl accepts, for certificates that only a careless CA would issue. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { checkPath, verifyPath } from "../../../src/trust/chain.ts";
import { bytesOf, childrenOf, resign, tlv } from "../../support/der.ts";
import { askOpenssl } from "../../support/openssl.ts";
import { fingerprintOf, type Identity, leafExtensions, mint } from "../../support/pki.ts";
import { reasonOf } from "../../support/result.ts";
import { createWorld, keyUsage, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

async function judge(chain: readonly Uint8Array<ArrayBuffer>[], anchor: Identity): Promise<string> {
  const path = await verifyPath(chain);
  if (!path.ok) return reasonOf(path);
  const anchors = { granted: new Set([await fingerprintOf(anchor)]), withdrawn: new Set<string>() };
  return reasonOf(checkPath(path.value, anchors, world.now));
}

type Fields = Uint8Array<ArrayBuffer>[];
/** A leaf with other fields, signed by its genuine issuer: version, serial, algorithm, issuer, validity, subject, key, extensions. */
const withFields = (change: (fields: Fields) => readonly Uint8Array[]) => async () =>
  resign(world.leaf, change);
const withField = (position: number, change: (field: Uint8Array<ArrayBuffer>) => Uint8Array) =>
  withFields((fields) => fields.map((field, at) => (at === position ? change(field) : field)));

const time = (tag: number, text: string) => tlv(tag, new TextEncoder().encode(text));
const [UTC, GENERALIZED] = [0x17, 0x18];
const START = time(UTC, "200101000000Z");
const END = time(UTC, "401231235959Z");
const withTimes = (...times: readonly Uint8Array[]) => withField(4, () => tlv(0x30, ...times));

/** The list inside the extensions field. */
const extensionsOf = (field: Uint8Array) => childrenOf(childrenOf(field)[0] ?? bytesOf(""));
const withList = (change: (extensions: Fields) => Uint8Array) =>
  withField(7, (field) => tlv(0xa3, change(extensionsOf(field))));
const withExtension = (oid: string, critical: boolean, hex: string) => async () =>
  (await mint(world.pki.issuing, { more: [new x509.Extension(oid, critical, bytesOf(hex))] })).der;

/** Each leaf carries the signature of a listed CA, and openssl refuses it all the same. */
const CARELESS: readonly [name: string, reason: string, build: () => Promise<Uint8Array<ArrayBuffer>>][] = [
  // RFC 5280 §4.1.2.5: a time that can't be read is not a time in the past or in the future.
  ["a start that is no time", "certificate_malformed", withTimes(time(UTC, "hello"), END)],
  ["a start in month 13", "certificate_malformed", withTimes(time(UTC, "201301000000Z"), END)],
  ["an end in month 13", "certificate_malformed", withTimes(START, time(UTC, "401301000000Z"))],
  ["an end at hour 25", "certificate_malformed", withTimes(START, time(UTC, "401231250000Z"))],
  ["an end on day 32", "certificate_malformed", withTimes(START, time(GENERALIZED, "20401232000000Z"))],
  ["an end with a zone", "certificate_malformed", withTimes(START, time(GENERALIZED, "20401231000000-0100"))],
  [
    "an end with a fraction",
    "certificate_malformed",
    withTimes(START, time(GENERALIZED, "20401231000000.5Z")),
  ],
  ["three times", "certificate_malformed", withTimes(START, END, END)],

  // RFC 5280 §4.1: one shape.
  ["a field of no meaning", "certificate_malformed", withFields((it) => [...it, bytesOf("a5020500")])],
  ["extensions twice", "certificate_malformed", withFields((it) => [...it, it[7] ?? bytesOf("")])],
  ["something behind the version", "certificate_malformed", withField(0, () => bytesOf("a0050201020500"))],
  ["a serial that is no integer", "certificate_malformed", withField(1, () => bytesOf("040101"))],
  [
    "something behind the list of extensions",
    "certificate_malformed",
    withField(7, (field) => tlv(0xa3, tlv(0x30, ...extensionsOf(field)), bytesOf("0500"))),
  ],
  ["a set of extensions", "certificate_malformed", withList((it) => tlv(0x31, ...it))],
  [
    "an extension with a fourth part",
    "certificate_malformed",
    withList(([first = bytesOf(""), ...others]) =>
      tlv(0x30, tlv(0x30, ...childrenOf(first), bytesOf("0500")), ...others),
    ),
  ],

  // RFC 5280 §4.2: a critical extension that holds what can't be processed is refused like an unknown one.
  [
    "critical alternative names of garbage",
    "certificate_malformed",
    withExtension("2.5.29.17", true, "0400"),
  ],
  [
    "a critical extended key usage of garbage",
    "certificate_malformed",
    async () => {
      const extended = new x509.Extension("2.5.29.37", true, bytesOf("0400"));
      return (await mint(world.pki.issuing, { extensions: [keyUsage("digitalSignature"), extended] })).der;
    },
  ],
  // RFC 5280 §4.2.1.1: the issuer's name and serial say which certificate of it is meant, as the key identifier does.
  [
    "an authority key identifier that names another certificate",
    "certificate_key_identifier_mismatch",
    async () => {
      const [, , , , , name = bytesOf("")] = childrenOf(childrenOf(world.leaf.der)[0] ?? bytesOf(""));
      const value = tlv(0x30, tlv(0xa1, tlv(0xa4, name)), bytesOf("820101"));
      const other = new x509.Extension("2.5.29.35", false, value);
      return (await mint(world.pki.issuing, { extensions: [...leafExtensions(), other] })).der;
    },
  ],
];

describe("a certificate that only a careless CA would issue", () => {
  test.each(CARELESS)("%s: openssl refuses", async (_, __, build) => {
    const { pki, now } = world;
    const chain = [await build(), pki.issuing.der, pki.sub.der, pki.root.der];
    expect(await askOpenssl({ chain, trusted: [pki.root.der], now, strict: false })).toMatch(/^refused/);
  });

  test.each(CARELESS)("%s: %s", async (_, reason, build) => {
    const { pki } = world;
    expect(await judge([await build(), pki.issuing.der, pki.sub.der, pki.root.der], pki.root)).toBe(reason);
  });
});
