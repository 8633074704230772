/** Times in certificates: two ways to write them, and nothing that is no number. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Malformed, onlyElement, readElements } from "../../../src/trust/der.ts";
import { readGeneralizedTime, readTime, readValidity } from "../../../src/trust/validity.ts";
import { tlv } from "../../support/der.ts";
import { END, GENERALIZED, text, UTC } from "./patch.ts";

function read(tag: number, value: string): number | string {
  const [element] = readElements(tlv(0x30, text(tag, value), END)) ?? [];
  try {
    return element === undefined ? "no element" : readValidity(element).notBefore;
  } catch (error) {
    return error instanceof Malformed ? "malformed" : String(error);
  }
}

test.each([
  [UTC, "700101000000Z", 0],
  [UTC, "491231235959Z", Date.UTC(2049, 11, 31, 23, 59, 59) / 1000],
  [UTC, "500101000000Z", Date.UTC(1950, 0, 1) / 1000],
  [UTC, "000229120000Z", Date.UTC(2000, 1, 29, 12) / 1000],
  [GENERALIZED, "20500101000000Z", Date.UTC(2050, 0, 1) / 1000],
  [GENERALIZED, "99991231235959Z", 253_402_300_799],
  [GENERALIZED, "00010101000000Z", -62_135_596_800],
  [GENERALIZED, "21000229000000Z", "malformed"],
])("tag %i, %s: %s", (tag, value, seconds) => {
  expect(read(tag, value)).toBe(seconds);
});

test("every moment that can be written is read as itself", () => {
  const moments = fc.integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(2050, 0, 1) / 1000 - 1 });
  fc.assert(
    fc.property(moments, (seconds) => {
      const digits = new Date(seconds * 1000).toISOString().slice(0, 19).replace(/\D/g, "");
      expect(read(GENERALIZED, `${digits}Z`)).toBe(seconds);
      expect(read(UTC, `${digits.slice(2)}Z`)).toBe(seconds);
    }),
    { seed: 20261125 },
  );
});

test("whatever else is written is refused, and never not a number", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789Z+-. "), maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(UTC, GENERALIZED), fc.oneof(digits, fc.string()), (tag, value) => {
      const seen = read(tag, value);
      if (seen !== "malformed") expect(Number.isSafeInteger(seen)).toBe(true);
    }),
    { seed: 20261125, numRuns: 2000 },
  );
});

test.each([
  ["nothing in it", tlv(0x30)],
  ["a start alone", tlv(0x30, END)],
  ["a third time", tlv(0x30, END, END, END)],
  ["times that are no times", tlv(0x30, text(0x0c, "200101000000Z"), END)],
  ["another tag", tlv(0x31, END, END)],
])("a validity with %s", (_, der) => {
  expect(() => readValidity(onlyElement(der))).toThrow(Malformed);
});

test("where only a GeneralizedTime is known, no other time will do", () => {
  expect(readGeneralizedTime(onlyElement(text(GENERALIZED, "20500101000000Z")))).toBe(
    Date.UTC(2050, 0, 1) / 1000,
  );
  for (const element of [undefined, onlyElement(END), onlyElement(text(0x0c, "20500101000000Z"))])
    expect(() => readGeneralizedTime(element)).toThrow(Malformed);
});

test.each([
  "0700101000000Z",
  "700101000000Z0",
  "70010100000Z",
  "700101000000",
  "+70010100000Z",
  "7001010000.0Z",
  "",
])("no UTCTime: %j", (value) => {
  expect(() => readTime(onlyElement(text(UTC, value)))).toThrow(Malformed);
});
