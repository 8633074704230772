/** One-time passwords by time: against RFC 6238's own values, and as an app and its camera see them. */
import { createHmac } from "node:crypto";
import { Secret } from "otpauth";
import { describe, expect, test } from "vitest";
import { checkTotp, createSeed, otpauthUri, qrSvg } from "../../../src/factors/totp.ts";

/** RFC 6238 appendix B, SHA-1; the values there have eight digits, of which six are the last six. */
const SEED = Secret.fromLatin1("12345678901234567890").base32;
const VECTORS = [
  [59, 1, "94287082"],
  [1111111109, 37037036, "07081804"],
  [1111111111, 37037037, "14050471"],
  [1234567890, 41152263, "89005924"],
  [2000000000, 66666666, "69279037"],
  [20000000000, 666666666, "65353130"],
] as const;

/** RFC 4226 §5.3, by hand. */
function codeAt(seed: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", Secret.fromBase32(seed).bytes).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

describe("a code", () => {
  test.each(VECTORS)("of RFC 6238 at %i belongs to step %i", (time, step, digits) => {
    expect(checkTotp(SEED, digits.slice(2), time)).toBe(step);
  });

  test("is right one step early and one late, at each edge, and no further", () => {
    const seed = createSeed();
    const start = 1_800_000_000; // a step begins
    const step = start / 30;
    const code = codeAt(seed, step);
    for (const now of [start - 30, start - 1, start, start + 29, start + 30, start + 59]) {
      expect(checkTotp(seed, code, now)).toBe(step);
    }
    for (const now of [start - 31, start + 60]) expect(checkTotp(seed, code, now)).toBeUndefined();
  });

  test("may be typed with spaces", () => {
    expect(checkTotp(SEED, " 287 082\n", 59)).toBe(1);
  });

  test.each(["", "287081", "28708", "2870820", "94287082", "abcdef", "28708２", "+87082", "1e5   "])(
    "%j is none",
    (code) => {
      expect(checkTotp(SEED, code, 59)).toBeUndefined();
    },
  );

  test("of another seed is none", () => {
    expect(checkTotp(createSeed(), "287082", 59)).toBeUndefined();
  });
});

describe("a seed", () => {
  test("has 160 bits in base32, and is never the same", () => {
    const seeds = new Set(Array.from({ length: 50 }, createSeed));
    expect(seeds.size).toBe(50);
    for (const seed of seeds) expect(seed).toMatch(/^[A-Z2-7]{32}$/);
  });

  test("goes into an app by an address that names issuer and account", () => {
    const uri = new URL(otpauthUri("Example: IdP & Co", "alice@example.com", SEED));
    expect(uri.protocol).toBe("otpauth:");
    expect(decodeURIComponent(uri.pathname)).toMatch(/^(\/\/totp)?\/Example: IdP & Co:alice@example\.com$/);
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: "Example: IdP & Co",
      secret: SEED,
      ...{ algorithm: "SHA1", digits: "6", period: "30" },
    });
  });
});

describe("the QR code", () => {
  const uri = otpauthUri("Example", "alice", SEED);

  test("is one SVG element, with nothing that a strict policy would stop", () => {
    const svg = qrSvg(uri);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 (\d+) \1"><rect [^<>]*\/><path [^<>]*\/><\/svg>$/,
    );
    expect(svg).not.toMatch(/style|script|href|url\(/);
    expect(svg.length).toBeLessThan(60_000);
  });

  test("has the finder patterns, and a quiet zone of four modules around them", () => {
    const dark = modulesOf(qrSvg(uri));
    const size = dark.length;
    expect((size - 8 - 17) % 4).toBe(0); // 17 + 4 × version
    const quiet = [
      ...dark.slice(0, 4),
      ...dark.slice(-4),
      ...dark.map((row) => [...row.slice(0, 4), ...row.slice(-4)]),
    ];
    expect(quiet.flat().some(Boolean)).toBe(false);
    for (const [top, left] of [
      [4, 4],
      [4, size - 11],
      [size - 11, 4],
    ] as const) {
      const finder = dark.slice(top, top + 7).map((row) =>
        row
          .slice(left, left + 7)
          .map(Number)
          .join(""),
      );
      expect(finder).toEqual(["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]);
    }
  });

  test("differs with what it says", () => {
    expect(qrSvg(uri)).not.toBe(qrSvg(otpauthUri("Example", "alice", createSeed())));
  });
});

/** Dark squares of an SVG, ten units each. */
function modulesOf(svg: string): boolean[][] {
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]) / 10;
  const dark = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  for (const [, x, y] of svg.matchAll(/M(\d+),(\d+)h10v10h-10z/g)) {
    const row = dark[Number(y) / 10];
    if (row) row[Number(x) / 10] = true;
  }
  return dark;
}
