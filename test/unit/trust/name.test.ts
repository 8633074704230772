/** Names: each type of string, and each kind of general name, in its exact form; whatever else is refused. */
import { describe, expect, test } from "vitest";
import { Malformed, onlyElement } from "../../../src/trust/der.ts";
import { directoryName, readGeneralNames, readName } from "../../../src/trust/name.ts";
import { bytesOf, concat, tlv } from "../../support/der.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const COMMON_NAME = bytesOf("0603550403");

/** A name of one attribute. */
const named = (value: string) => tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, bytesOf(value))));

function read<T>(how: () => T): T | string {
  try {
    return how();
  } catch (error) {
    return error instanceof Malformed ? "malformed" : "no text";
  }
}
const textIn = (der: Bytes) => read(() => readName(onlyElement(der)).get("2.5.4.3"));

describe("the text of an attribute", () => {
  test.each([
    ["UTF8String", "0c035ac3ab", "Zë"],
    ["UTF8String that begins with a byte order mark", "0c04efbbbf41", "\ufeffA"],
    ["UTF8String of nothing", "0c00", ""],
    ["UTF8String of no UTF-8", "0c01ff", "no text"],
    ["UTF8String, cut", "0c025ac3", "no text"],
    ["NumericString", "12023132", "12"],
    ["PrintableString", "13024142", "AB"],
    ["TeletexString, as Latin-1", "140341eb42", "AëB"],
    ["IA5String", "160161", "a"],
    ["UniversalString", "1c08000000410001f600", "A\u{1f600}"],
    ["UniversalString of half a letter", "1c020041", "malformed"],
    ["UniversalString beyond Unicode", "1c0400110000", "no text"],
    ["BMPString", "1e0400410062", "Ab"],
    ["BMPString of nothing", "1e00", ""],
    ["BMPString of a letter and a half", "1e03004100", "malformed"],
    ["BIT STRING, which has no text", "0302078f", ""],
    ["BIT STRING of nothing", "030100", ""],
    ["BIT STRING without its first byte", "0300", "malformed"],
    ["BIT STRING with eight unused bits", "03020800", "malformed"],
    ["INTEGER", "020101", "malformed"],
    ["NULL", "0500", "malformed"],
    ["SEQUENCE", "3000", "malformed"],
  ])("%s", (_, value, expected) => {
    expect(textIn(named(value))).toBe(expected);
  });
});

describe("the form of a name", () => {
  const attribute = tlv(0x30, COMMON_NAME, bytesOf("130141"));
  const other = tlv(0x30, COMMON_NAME, bytesOf("130142"));

  test("the first of two of a kind counts, beside it or in a set of its own", () => {
    expect(textIn(tlv(0x30, tlv(0x31, attribute), tlv(0x31, other)))).toBe("A");
    expect(textIn(tlv(0x30, tlv(0x31, attribute, other)))).toBe("A");
  });

  test.each<[string, Bytes]>([
    ["no attribute", tlv(0x30)],
    ["an empty set", tlv(0x30, tlv(0x31))],
    ["a sequence for a set", tlv(0x30, tlv(0x30, attribute))],
    ["a set for a sequence", tlv(0x31, tlv(0x31, attribute))],
    ["a type without a value", tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME)))],
    ["a value too many", tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, bytesOf("130141130142"))))],
    ["a type that is no OID", tlv(0x30, tlv(0x31, tlv(0x30, bytesOf("0203550403"), bytesOf("130141"))))],
  ])("refuses %s", (_, der) => {
    expect(textIn(der)).toBe("malformed");
  });
});

describe("a general name", () => {
  const general = (...names: readonly Bytes[]) =>
    read(() => readGeneralNames(onlyElement(tlv(0x30, ...names))).length);
  const otherName = (value: string, type = COMMON_NAME) => tlv(0xa0, type, bytesOf(value));

  test.each<[string, Bytes]>([
    ["mail", bytesOf("8103614062")],
    ["mail up to the last letter of ASCII", bytesOf("81027f61")],
    ["a host", bytesOf("820161")],
    ["a URI", bytesOf("860161")],
    ["IPv4", bytesOf("870401020304")],
    ["IPv6", bytesOf(`8710${"00".repeat(16)}`)],
    ["a registered OID", bytesOf("88032a0304")],
    ["a directory name", tlv(0xa4, named("130141"))],
    ["another name of text", otherName("a0030c0141")],
    ["another name of octets", otherName("a0030401ff")],
    ["another name of a structure", otherName("a0023000")],
  ])("%s", (_, name) => {
    expect(general(name)).toBe(1);
    expect(general(name, name)).toBe(2);
  });

  test.each<[string, Bytes]>([
    ["mail outside ASCII, at its end", bytesOf("81026180")],
    ["mail outside ASCII, at its start", bytesOf("81028061")],
    ["a host outside ASCII", bytesOf("8201ff")],
    ["a URI outside ASCII", bytesOf("8601e9")],
    ["an address of three bytes", bytesOf("8703010203")],
    ["an address of eight bytes: with a mask", bytesOf("87080102030400000000")],
    ["a registered OID that is none", bytesOf("88022a80")],
    ["a directory name that is none", tlv(0xa4, bytesOf("3000"))],
    ["two directory names in one", tlv(0xa4, named("130141"), named("130141"))],
    ["an X.400 address", bytesOf("a300")],
    ["an EDI party", bytesOf("a500")],
    ["another name without a type", otherName("a0030c0141", concat())],
    ["another name whose type is no OID", otherName("a0030c0141", bytesOf("0203550403"))],
    ["another name without a value", otherName("")],
    ["another name with an empty value", otherName("a000")],
    ["another name with two values", otherName("a0060c01410c0142")],
    ["another name with more behind it", otherName("a0030c01410500")],
    ["another name of a number", otherName("a003020101")],
  ])("refuses %s", (_, name) => {
    expect(general(name)).toBe("malformed");
    expect(general(bytesOf("820161"), name)).toBe("malformed");
  });

  test("none at all is refused", () => {
    expect(general()).toBe("malformed");
    expect(read(() => readGeneralNames(undefined))).toBe("malformed");
  });

  test("the first directory name is the one that counts", () => {
    const [one, two] = [named("130141"), named("130142")];
    const names = readGeneralNames(onlyElement(tlv(0x30, bytesOf("820161"), tlv(0xa4, one), tlv(0xa4, two))));
    expect(directoryName(names)).toEqual(one);
    expect(directoryName(names.slice(0, 1))).toBeUndefined();
  });
});
