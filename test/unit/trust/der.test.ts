/** The outer frame of DER (X.690 §8.1, §10.1): one encoding per value, filled to the last byte. */
import { describe, expect, test } from "vitest";
import { readElements, sameBytes } from "../../../src/trust/der.ts";
import { bytesOf, tlv } from "../../support/der.ts";

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
