/** Where a certificate says that its issuer tells what it revoked: which addresses count, and what is refused. */
import { describe, expect, test } from "vitest";
import { Malformed, onlyElement } from "../../../src/trust/der.ts";
import {
  readDistributionPoints,
  readPointName,
  readResponders,
} from "../../../src/trust/evidence-sources.ts";
import { bytesOf, concat, tlv } from "../../support/der.ts";
import { text } from "./patch.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const URI = 0x86;
const ONE = "http://crl.example/one.crl";
const TWO = "http://crl.example/two.crl";
const uri = (value: string) => text(URI, value);
const fullName = (...names: readonly Bytes[]) => tlv(0xa0, tlv(0xa0, ...names));
const NAME = tlv(0x30, tlv(0x31, tlv(0x30, bytesOf("0603550403"), bytesOf("130141"))));
const RELATIVE = tlv(0xa1, tlv(0x30, bytesOf("0603550403"), bytesOf("130141")));

function read<T>(how: () => T): T | "malformed" {
  try {
    return how();
  } catch (error) {
    if (error instanceof Malformed) return "malformed";
    throw error;
  }
}

describe("distribution points", () => {
  const pointsIn = (...points: readonly Bytes[]) =>
    read(() => readDistributionPoints(onlyElement(tlv(0x30, ...points))));
  const point = (...members: readonly Bytes[]) => tlv(0x30, ...members);

  test.each<[string, readonly Bytes[], readonly string[]]>([
    ["of one address", [point(fullName(uri(ONE)))], [ONE]],
    ["of two addresses", [point(fullName(uri(ONE), uri(TWO)))], [ONE, TWO]],
    ["of two points", [point(fullName(uri(ONE))), point(fullName(uri(TWO)))], [ONE, TWO]],
    ["of a name beside the address", [point(fullName(tlv(0xa4, NAME), uri(ONE)))], [ONE]],
    ["of a name alone", [point(fullName(tlv(0xa4, NAME)))], []],
    ["of a name below the issuer's", [point(tlv(0xa0, RELATIVE))], []],
    ["about some reasons", [point(fullName(uri(ONE)), bytesOf("81020640"))], []],
    ["of another issuer", [point(fullName(uri(ONE)), tlv(0xa2, tlv(0xa4, NAME)))], []],
    ["of another issuer alone", [point(tlv(0xa2, tlv(0xa4, NAME)))], []],
    ["that says nothing", [point()], []],
    ["an address of 1,000 bytes", [point(fullName(uri("x".repeat(1000))))], ["x".repeat(1000)]],
    ["a longer one is passed over", [point(fullName(uri("x".repeat(1001)), uri(ONE)))], [ONE]],
  ])("%s", (_, points, uris) => {
    expect(pointsIn(...points)).toEqual(uris);
  });

  test.each<[string, readonly Bytes[]]>([
    ["none", []],
    ["no sequence", [bytesOf("0500")]],
    ["reasons of nothing", [point(fullName(uri(ONE)), bytesOf("8100"))]],
    ["reasons of no bit", [point(fullName(uri(ONE)), bytesOf("81020700"))]],
    ["an issuer without a name", [point(fullName(uri(ONE)), tlv(0xa2))]],
    ["an issuer of garbage", [point(fullName(uri(ONE)), tlv(0xa2, tlv(0xa4, bytesOf("0500"))))]],
    ["a name of two", [point(tlv(0xa0, tlv(0xa0, uri(ONE)), tlv(0xa0, uri(TWO))))]],
    ["a name of none", [point(tlv(0xa0))]],
    ["a relative name of nothing", [point(tlv(0xa0, tlv(0xa1)))]],
    ["a relative name of garbage", [point(tlv(0xa0, tlv(0xa1, bytesOf("0500"))))]],
    ["members out of order", [point(bytesOf("81020640"), fullName(uri(ONE)))]],
    ["a fourth member", [point(fullName(uri(ONE)), bytesOf("8300"))]],
  ])("refuses %s", (_, points) => {
    expect(pointsIn(...points)).toBe("malformed");
  });

  test("a point's name by itself", () => {
    expect(read(() => readPointName(onlyElement(tlv(0xa0, uri(ONE)))))).toEqual([ONE]);
    expect(read(() => readPointName(onlyElement(RELATIVE)))).toEqual([]);
    expect(read(() => readPointName(onlyElement(bytesOf("0500"))))).toBe("malformed");
  });
});

describe("responders", () => {
  const OCSP = bytesOf("06082b06010505073001");
  const CA_ISSUERS = bytesOf("06082b06010505073002");
  const access = (method: Bytes, ...more: readonly Bytes[]) => tlv(0x30, method, ...more);

  test.each<[string, Bytes | undefined, readonly string[]]>([
    ["absent", undefined, []],
    ["one", tlv(0x30, access(OCSP, uri(ONE))), [ONE]],
    ["two", tlv(0x30, access(OCSP, uri(ONE)), access(OCSP, uri(TWO))), [ONE, TWO]],
    [
      "beside where the issuer's certificate is",
      tlv(0x30, access(CA_ISSUERS, uri(ONE)), access(OCSP, uri(TWO))),
      [TWO],
    ],
    ["one that is no address", tlv(0x30, access(OCSP, tlv(0xa4, NAME)), access(OCSP, uri(TWO))), [TWO]],
    ["one without an address", tlv(0x30, access(OCSP), access(OCSP, uri(TWO))), [TWO]],
    [
      "one with more behind it",
      tlv(0x30, access(OCSP, uri(ONE), bytesOf("0500")), access(OCSP, uri(TWO))),
      [TWO],
    ],
    ["one of garbage", tlv(0x30, bytesOf("3001ff"), access(OCSP, uri(TWO))), [TWO]],
    ["in a set", tlv(0x31, access(OCSP, uri(ONE))), []],
    ["with more behind the list", concat(tlv(0x30, access(OCSP, uri(ONE))), bytesOf("0500")), []],
    ["a list of garbage", bytesOf("3001ff"), []],
    ["garbage", bytesOf("ff"), []],
    ["nothing", bytesOf(""), []],
  ])("%s", (_, value, uris) => {
    expect(readResponders(value)).toEqual(uris);
  });
});
