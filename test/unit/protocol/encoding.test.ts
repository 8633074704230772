/** Strict base64, base64url, hex, fingerprints and UTF-8: one value has one spelling. */
import { describe, expect, test } from "vitest";
import {
  concat,
  decodeBase64,
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64url,
  encodeHex,
  encodeUtf8,
  normaliseFingerprint,
} from "../../../src/protocol/encoding.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("base64", () => {
  test.each([
    ["", bytes()],
    ["AA==", bytes(0)],
    ["AAE=", bytes(0, 1)],
    ["AAEC", bytes(0, 1, 2)],
    ["+/+/", bytes(0xfb, 0xff, 0xbf)],
    ["/w==", bytes(255)],
  ])("%j goes both ways", (text, value) => {
    expect(decodeBase64(text)).toEqual(value);
    expect(encodeBase64(value)).toBe(text);
  });

  test.each([
    ["no padding", "AA"],
    ["half of the padding", "AA="],
    ["too much padding", "AAEC===="],
    ["three padding letters", "A==="],
    ["padding alone", "===="],
    ["padding inside", "AA==AAEC"],
    ["a letter after padding", "AA=A"],
    ["one letter", "A"],
    ["trailing bits before ==", "AB=="],
    ["trailing bits before =", "AAF="],
    ["base64url letters", "-_-_"],
    ["a space inside", "AA EC"],
    ["a space around", " AAEC"],
    ["a newline at the end", "AAEC\n"],
    ["newlines as in PEM", "AAEC\nAAEC"],
    ["another letter", "AA%C"],
    ["a letter beyond ASCII", "AAÉC"],
  ])("refuses %s", (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  test.each([0x1fff, 0x2000, 0x2001, 0x4001])("carries %i bytes", (length) => {
    const long = Uint8Array.from({ length }, (_, at) => (at * 7) % 256);
    expect(decodeBase64(encodeBase64(long))).toEqual(long);
    expect(encodeBase64(long)).toBe(Buffer.from(long).toString("base64"));
  });
});

describe("base64url", () => {
  test.each([
    ["", bytes()],
    ["AA", bytes(0)],
    ["AAE", bytes(0, 1)],
    ["AAEC", bytes(0, 1, 2)],
    ["-_-_", bytes(0xfb, 0xff, 0xbf)],
    ["_w", bytes(255)],
  ])("%j goes both ways", (text, value) => {
    expect(decodeBase64url(text)).toEqual(value);
    expect(encodeBase64url(value)).toBe(text);
  });

  test.each([
    ["padding", "AA=="],
    ["one padding letter", "AAE="],
    ["base64 letters", "+/+/"],
    ["one letter", "A"],
    ["five letters", "AAECA"],
    ["trailing bits in two letters", "AB"],
    ["trailing bits in three letters", "AAF"],
    ["trailing bits after whole groups", "AAECAB"],
    ["a space", "AA EC"],
    ["a newline at the end", "AAEC\n"],
    ["a dot", "AAEC."],
    ["percent-encoding", "AA%3D%3D"],
  ])("refuses %s", (_, text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });

  test("of the 64 spellings of a last letter, those with stray bits fail", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const passing = (prefix: string) =>
      [...alphabet].filter((last) => decodeBase64url(prefix + last)).join("");
    expect(passing("A")).toBe("AQgw"); // four stray bits: 4 of 64 are canonical
    expect(passing("AA")).toBe("AEIMQUYcgkosw048"); // two stray bits: 16 of 64
    expect(passing("AAA")).toBe(alphabet); // none
  });
});

describe("hex", () => {
  test("goes both ways", () => {
    expect(encodeHex(bytes(255, 1, 0xab, 0))).toBe("ff01ab00");
    expect(decodeHex("ff01ab00")).toEqual(bytes(255, 1, 0xab, 0));
    expect(decodeHex("")).toEqual(bytes());
  });

  test.each(["0", "001", "AB", "0g", "0x01", " 01", "01\n", "é0"])("refuses %j", (text) => {
    expect(decodeHex(text)).toBeUndefined();
  });
});

describe("a SHA-256 fingerprint", () => {
  const plain = "0123456789abcdef".repeat(4);
  const colons = plain.match(/../g)?.join(":") ?? "";

  test.each([
    ["plain", plain],
    ["upper case", plain.toUpperCase()],
    ["colons", colons],
    ["colons and upper case", colons.toUpperCase()],
    ["space around", ` ${plain}\n`],
  ])("reads %s", (_, text) => {
    expect(normaliseFingerprint(text)).toBe(plain);
  });

  test.each([
    ["63 digits", plain.slice(1)],
    ["65 digits", `${plain}0`],
    ["a SHA-1", plain.slice(0, 40)],
    ["a letter that is no digit", `g${plain.slice(1)}`],
    ["space inside", plain.replace("45", "4 5")],
    ["base64", encodeBase64(new Uint8Array(32))],
    ["nothing", ""],
  ])("does not read %s", (_, text) => {
    expect(normaliseFingerprint(text)).toBeUndefined();
  });
});

describe("UTF-8", () => {
  test("goes both ways, a byte order mark included", () => {
    for (const text of ["", "plain", "Zoë 🚚", "\ufeff{}"]) expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  });

  test.each([
    ["a lone continuation byte", bytes(0x80)],
    ["a cut sequence", bytes(0xc3)],
    ["an overlong slash", bytes(0xc0, 0xaf)],
    ["a surrogate", bytes(0xed, 0xa0, 0x80)],
    ["a value past U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80)],
    ["latin-1", bytes(0x5a, 0x6f, 0xeb)],
  ])("refuses %s", (_, value) => {
    expect(decodeUtf8(value)).toBeUndefined();
  });
});

test("of all endings, those alone that the encoder writes", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const url = (text: string) => text.replaceAll("+", "-").replaceAll("/", "_");
  for (const [one, first] of [...letters].entries())
    for (const [two, second] of [...letters].entries()) {
      // Two letters hold one byte and four bits more, three hold two bytes and two bits.
      const isByte = two % 16 === 0;
      const text = first + second;
      expect(decodeBase64(`${text}==`)).toEqual(isByte ? bytes((one << 2) | (two >> 4)) : undefined);
      expect(decodeBase64url(url(text))?.length).toBe(isByte ? 1 : undefined);
      const isTwo = one % 4 === 0;
      expect(decodeBase64(`A${second}${first}=`)?.length).toBe(isTwo ? 2 : undefined);
      expect(decodeBase64url(url(`A${second}${first}`))?.length).toBe(isTwo ? 2 : undefined);
    }
});

test("bytes one behind the other, any number of them", () => {
  expect(concat([])).toEqual(bytes());
  expect(concat([bytes(1, 2), bytes(), bytes(3)])).toEqual(bytes(1, 2, 3));
  expect(concat(Array.from({ length: 500_000 }, () => bytes(7)))).toHaveLength(500_000);
});
