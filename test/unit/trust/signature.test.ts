/** What is signed, by which algorithm: the frame that certificates, lists and answers share. */
import { describe, expect, test } from "vitest";
import { Malformed, onlyElement } from "../../../src/trust/der.ts";
import { isSignedWith, readSigned } from "../../../src/trust/signature.ts";
import { bytesOf, tlv } from "../../support/der.ts";
import { generateKeys } from "../../support/pki.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const TBS = bytesOf("3003020101");
const SHA_256 = bytesOf("300d06092a864886f70d01010b0500");
const VALUE = bytesOf("03030011ff");
const signed = (...parts: readonly Bytes[]) => readSigned(onlyElement(tlv(0x30, ...parts)));

test("the three parts, and what is behind them", () => {
  const extra = bytesOf("0500");
  const { tbs, algorithm, hash, signature, rest } = signed(TBS, SHA_256, VALUE, extra);
  expect({
    tbs: tbs.raw,
    algorithm: algorithm.raw,
    hash,
    signature,
    rest: rest.map(({ raw }) => raw),
  }).toEqual({
    tbs: TBS,
    algorithm: SHA_256,
    hash: "SHA-256",
    signature: bytesOf("11ff"),
    rest: [extra],
  });
});

test.each<[string, readonly Bytes[]]>([
  ["nothing", []],
  ["no algorithm", [TBS]],
  ["no signature", [TBS, SHA_256]],
  ["a signed part of another type", [bytesOf("3103020101"), SHA_256, VALUE]],
  ["an algorithm of another type", [TBS, bytesOf("310d06092a864886f70d01010b0500"), VALUE]],
  ["a signature in octets", [TBS, SHA_256, bytesOf("04030011ff")]],
  ["unused bits", [TBS, SHA_256, bytesOf("03030111fe")]],
  ["an empty bit string", [TBS, SHA_256, bytesOf("0300")]],
])("refuses %s", (_, parts) => {
  expect(() => signed(...parts)).toThrow(Malformed);
});

describe("the algorithm", () => {
  test.each([
    ["SHA-256", "300d06092a864886f70d01010b0500", "SHA-256"],
    ["SHA-384", "300d06092a864886f70d01010c0500", "SHA-384"],
    ["SHA-512", "300d06092a864886f70d01010d0500", "SHA-512"],
    ["without parameters", "300b06092a864886f70d01010b", "SHA-256"],
    ["with other parameters", "300e06092a864886f70d01010b040100", undefined],
    ["with a NULL that holds something", "300e06092a864886f70d01010b050100", undefined],
    ["with a third part", "300f06092a864886f70d01010b05000500", undefined],
    ["SHA-1", "300d06092a864886f70d0101050500", undefined],
    ["PSS", "300d06092a864886f70d01010a0500", undefined],
    ["an OID in octets", "300d04092a864886f70d01010b0500", undefined],
    ["nothing", "3000", undefined],
    ["garbage", "3001ff", undefined],
  ])("%s", (_, algorithm, hash) => {
    expect(signed(TBS, bytesOf(algorithm), VALUE).hash).toBe(hash);
  });
});

test("a signature holds for its key, its hash and its bytes; without a hash, or a key, none does", async () => {
  const keys = await generateKeys();
  const spki = new Uint8Array((await crypto.subtle.exportKey("spki", keys.publicKey)) as ArrayBuffer);
  const value = new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", keys.privateKey, TBS));
  expect(await isSignedWith(spki, "SHA-256", value, TBS)).toBe(true);
  expect(await isSignedWith(spki, "SHA-384", value, TBS)).toBe(false);
  expect(await isSignedWith(spki, undefined, value, TBS)).toBe(false);
  expect(await isSignedWith(spki, "SHA-256", value, VALUE)).toBe(false);
  expect(await isSignedWith(TBS, "SHA-256", value, TBS)).toBe(false);
});
