/** The outer frame of DER (X.690 §8.1, §10.1): one encoding per value, filled to the last byte. */
import { describe, expect, test } from "vitest";
import {
  type Element,
  MAX_ELEMENTS,
  Malformed,
  onlyElement,
  readBits,
  readElements,
  readEnumerated,
  readFlag,
  readInteger,
  readOid,
  sameBytes,
  writeElement,
} from "../../../src/trust/der.ts";
import { bytesOf, concat, tlv } from "../../support/der.ts";

const zeros = (length: number) => new Uint8Array(length);

describe("readElements", () => {
  test("nothing is no element", () => {
    expect(readElements(bytesOf(""))).toEqual([]);
  });

  test("elements side by side", () => {
    expect(readElements(bytesOf("0500 30030201ff"))).toEqual([
      { tag: 0x05, raw: bytesOf("0500"), content: bytesOf("") },
      { tag: 0x30, raw: bytesOf("30030201ff"), content: bytesOf("0201ff") },
    ]);
  });

  test.each([
    ["short form", 0, "0400"],
    ["short form, its end", 127, "047f"],
    ["one byte", 128, "048180"],
    ["one byte, its end", 255, "0481ff"],
    ["two bytes", 256, "04820100"],
    ["two bytes, their end", 65_535, "0482ffff"],
    ["three bytes", 65_536, "0483010000"],
  ])("a length in %s", (_, length, header) => {
    const encoded = tlv(0x04, zeros(length));
    expect(encoded.subarray(0, header.length / 2)).toEqual(bytesOf(header));
    expect(readElements(encoded)).toEqual([{ tag: 0x04, raw: encoded, content: zeros(length) }]);
  });

  test.each([
    ["a length that ends nowhere (indefinite)", "3080 0500 0000"],
    ["a length of no bytes, alone", "3080"],
    ["0 in long form", "048100"],
    ["127 in long form", `04817f${"00".repeat(127)}`],
    ["255 in two bytes", `048200ff${"00".repeat(255)}`],
    ["a leading zero", `04820001${"00"}`],
    ["65535 in three bytes", `048300ffff${"00".repeat(65_535)}`],
    ["four bytes", "048400000001ff"],
    ["the reserved 0xff", "04ff00"],
    ["a tag alone", "04"],
    ["a cut length", "048201"],
    ["a cut content", "04020a"],
    ["content one byte short in long form", `048180${"00".repeat(127)}`],
    ["a stray byte behind", "0500 00"],
    ["a stray tag behind", "0500 05"],
    ["a multi-byte tag", "1f810000"],
    ["a multi-byte tag that reads as a short element", "1f0100"],
    ["a length that ends nowhere, and bytes enough for one", `3080${"00".repeat(128)}`],
    ["a multi-byte tag behind", "0500 bf2000"],
  ])("refuses %s", (_, hex) => {
    expect(readElements(bytesOf(hex))).toBeUndefined();
  });

  test("every cut of an element is refused", () => {
    const whole = tlv(0x30, tlv(0x04, zeros(200)), bytesOf("0500"));
    for (let end = 1; end < whole.length; end++) expect(readElements(whole.slice(0, end))).toBeUndefined();
  });
});

describe("sameBytes", () => {
  test.each([
    ["", "", true],
    ["00ff", "00ff", true],
    ["00ff", "00fe", false],
    ["00ff", "00", false],
    ["00", "00ff", false],
    ["", "00", false],
  ])("%j and %j: %s", (one, other, same) => {
    expect(sameBytes(bytesOf(one), bytesOf(other))).toBe(same);
  });
});

test("no more elements than any certificate has", () => {
  const nulls = (count: number) => concat(...Array.from({ length: count }, () => bytesOf("0500")));
  expect(readElements(nulls(MAX_ELEMENTS))).toHaveLength(MAX_ELEMENTS);
  expect(readElements(nulls(MAX_ELEMENTS + 1))).toBeUndefined();
});

function read<T>(how: (element: Element) => T, hex: string): T | "malformed" {
  try {
    return how(onlyElement(bytesOf(hex)));
  } catch (error) {
    if (error instanceof Malformed) return "malformed";
    throw error;
  }
}

describe("one value has one encoding", () => {
  test.each([
    ["020100", "00"],
    ["02017f", "7f"],
    ["02020080", "0080"],
    ["0201ff", "ff"],
    ["0202ff7f", "ff7f"],
    ["0200", "malformed"],
    ["02020001", "malformed"],
    ["0202007f", "malformed"],
    ["0202ff80", "malformed"],
    ["030100", "malformed"],
  ])("INTEGER %s: %s", (hex, value) => {
    const seen = read(readInteger, hex);
    expect(seen === "malformed" ? seen : Buffer.from(seen).toString("hex")).toBe(value);
  });

  test.each([
    ["0101ff", true],
    ["010100", false],
    ["010101", "malformed"],
    ["0102ffff", "malformed"],
    ["0100", "malformed"],
    ["0201ff", "malformed"],
  ])("BOOLEAN %s: %s", (hex, value) => {
    expect(read(readFlag, hex)).toBe(value);
  });

  test.each([
    ["0a0100", 0],
    ["0a017f", 127],
    ["0a0180", "malformed"],
    ["0a00", "malformed"],
    ["0a020001", "malformed"],
    ["020100", "malformed"],
  ])("ENUMERATED %s: %s", (hex, value) => {
    expect(read(readEnumerated, hex)).toBe(value);
  });

  test.each([
    ["03020780", 1],
    ["03020680", 1],
    ["0303008000", 1],
    ["03020640", 2],
    ["030206c0", 3],
    ["03020001", 128],
    ["0303070080", 256],
    ["030307ff80", 511],
    ["030300ffff", 65_535],
    ["0300", "malformed"],
    ["030100", "malformed"],
    ["03020000", "malformed"],
    ["03020780ff", "malformed"],
    ["03020740", "malformed"],
    ["03020880", "malformed"],
    ["0303088000", "malformed"],
    ["030400808080", "malformed"],
    ["04020780", "malformed"],
  ])("named bits %s: %s", (hex, value) => {
    expect(read((it) => readBits(it), hex)).toBe(value);
  });

  test.each([
    ["0603551d0f", "2.5.29.15"],
    ["06092a864886f70d010101", "1.2.840.113549.1.1.1"],
    ["060100", "0.0"],
    ["06014f", "1.39"],
    ["060150", "2.0"],
    ["06028837", "2.999"],
    [`0613 69 83${"ff".repeat(16)}7f`, `2.25.${(4n << 119n) - 1n}`],
    ["0600", "malformed"],
    ["060180", "malformed"],
    ["06022a80", "malformed"],
    ["06032a8001", "malformed"],
    ["0603558f1d", "2.5.1949"],
    ["060455818000", "2.5.16384"],
    [`0621${"2a".repeat(33)}`, "malformed"],
    ["0403551d0f", "malformed"],
  ])("OID %s: %s", (hex, value) => {
    expect(read(readOid, hex)).toBe(value);
  });
});

describe("what is written has one encoding too", () => {
  test.each([
    [0, "0400"],
    [1, "0401"],
    [127, "047f"],
    [128, "048180"],
    [255, "0481ff"],
    [256, "04820100"],
    [65_536, "0483010000"],
  ])("%i bytes", (length, header) => {
    const written = writeElement(0x04, zeros(length));
    expect(written).toEqual(concat(bytesOf(header), zeros(length)));
  });

  test("of several parts, in their order", () => {
    expect(writeElement(0x30, bytesOf("0500"), bytesOf(""), bytesOf("020101"))).toEqual(
      bytesOf("3005 0500 020101"),
    );
  });
});
