/** The form of an iSHARE JWT: compact serialisation, header, x5c, payload. One change each; nothing is proven here. */
import { describe, expect, test } from "vitest";
import { MAX_JWT_LENGTH, parseHeader, parseJwt } from "../../../src/jwt/profile.ts";
import type { Reason } from "../../../src/protocol/failure.ts";
import { encodePart } from "../../support/jwt.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const header = { alg: "RS256", typ: "JWT", x5c: ["AQID", "BAUG"] };
const payload = { iss: "sp", iat: 1_800_000_000 };
const SIGNATURE = "c2lnbmF0dXJl";
const [HEAD, BODY] = [encodePart(header), encodePart(payload)];
const rules = { algorithms: ["RS256"] };

const join = (...parts: readonly string[]) => parts.join(".");
const parse = (text: string, more: { algorithms: readonly string[]; maxLength?: number } = rules) => {
  const jwt = parseJwt(text, more.maxLength);
  return reasonOf(jwt.ok ? parseHeader(jwt.value.header, more.algorithms) : jwt);
};
const withHeader = (change: Readonly<Record<string, unknown>>, more = rules) =>
  parse(join(encodePart({ ...header, ...change }), BODY, SIGNATURE), more);
const base64url = (...bytes: readonly number[]) => Buffer.from(bytes).toString("base64url");

test("what comes out of a sound one", () => {
  const text = join(HEAD, BODY, SIGNATURE);
  expect(accepted(parseJwt(text))).toEqual({
    header: HEAD,
    payload,
    signature: Uint8Array.from(Buffer.from(SIGNATURE, "base64url")),
    signed: join(HEAD, BODY),
  });
  expect(accepted(parseHeader(HEAD, ["RS256"]))).toEqual({
    alg: "RS256",
    x5c: [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)],
  });
});

describe("size", () => {
  /** all zero bits, so canonical at (almost) any length */
  const ofLength = (length: number) => {
    const text = join(HEAD, encodePart({ iss: "x".repeat(length % 4) }), "");
    return text.padEnd(length, "A");
  };

  test("64 KiB and not one character more", () => {
    expect(MAX_JWT_LENGTH).toBe(65_536);
    expect(parse(ofLength(65_536))).toBe("accepted");
    expect(parse(ofLength(65_537))).toBe("jwt_too_large");
  });

  test("comes before everything else", () => {
    expect(parse(" ".repeat(65_537))).toBe("jwt_too_large");
  });

  test("another limit where a caller needs one", () => {
    expect(parse(ofLength(400), { ...rules, maxLength: 400 })).toBe("accepted");
    expect(parse(ofLength(404), { ...rules, maxLength: 400 })).toBe("jwt_too_large");
  });
});

describe("three parts, none empty", () => {
  test.each([
    ["nothing", ""],
    ["one part", HEAD],
    ["two parts", join(HEAD, BODY)],
    ["four parts", join(HEAD, BODY, SIGNATURE, SIGNATURE)],
    ["five parts", join(HEAD, BODY, SIGNATURE, SIGNATURE, SIGNATURE)],
    ["a dot behind", join(HEAD, BODY, SIGNATURE, "")],
    ["a dot before", join("", HEAD, BODY, SIGNATURE)],
    ["no signature", join(HEAD, BODY, "")],
    ["no payload (detached)", join(HEAD, "", SIGNATURE)],
    ["no header", join("", BODY, SIGNATURE)],
    ["dots alone", ".."],
  ])("%s", (_, text) => {
    expect(parse(text)).toBe("jwt_not_compact");
  });
});

describe("strict base64url in every part", () => {
  test.each([
    ["padding", (part: string) => `${part}=`],
    ["much padding", (part: string) => `${part}====`],
    ["a space before", (part: string) => ` ${part}`],
    ["a space behind", (part: string) => `${part} `],
    ["a newline behind", (part: string) => `${part}\n`],
    ["a space inside", (part: string) => `${part.slice(0, 4)} ${part.slice(4)}`],
    ["base64 letters", (part: string) => `+/+/${part}`],
    ["percent-encoding", (part: string) => `${part}%3D`],
    ["stray trailing bits", (part: string) => `${part.slice(0, part.length - (part.length % 4))}AB`],
  ])("%s", (_, spoil) => {
    expect(parse(join(spoil(HEAD), BODY, SIGNATURE))).toBe("jwt_header_malformed");
    expect(parse(join(HEAD, spoil(BODY), SIGNATURE))).toBe("jwt_payload_malformed");
    expect(parse(join(HEAD, BODY, spoil(SIGNATURE)))).toBe("jwt_not_compact");
  });
});

/** Texts that are not one JSON object with one reading. */
const ODD_JSON: readonly [string, string][] = [
  ["null", "null"],
  ["an array", `[${JSON.stringify(header)}]`],
  ["a string", '"x"'],
  ["a number", "1"],
  ["nothing but space", " "],
  ["two objects", "{}{}"],
  ["a trailing comma", '{"alg":"RS256",}'],
  ["a byte order mark", "\ufeff{}"],
  ["a name twice", '{"alg":"none","alg":"RS256"}'],
  ["a name twice, one escaped", '{"iss":"x","\\u0069ss":"y"}'],
  ["a nested name twice", '{"a":{"b":1,"b":2}}'],
  ["__proto__", '{"__proto__":{"alg":"RS256"}}'],
  ["17 levels", `${'{"a":'.repeat(16)}{}${"}".repeat(16)}`],
];

describe("one JSON object with one reading", () => {
  test.each(ODD_JSON)("a header is not %s", (_, text) => {
    expect(parse(join(encodePart(text), BODY, SIGNATURE))).toBe("jwt_header_malformed");
  });

  test.each(ODD_JSON)("a payload is not %s", (_, text) => {
    expect(parse(join(HEAD, encodePart(text), SIGNATURE))).toBe("jwt_payload_malformed");
  });

  test("UTF-8", () => {
    const latin = base64url(...Buffer.from('{"a":"Zo\xeb"}', "latin1"));
    const surrogate = base64url(...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}'));
    for (const part of [latin, surrogate, base64url(0xff, 0xfe)]) {
      expect(parse(join(part, BODY, SIGNATURE))).toBe("jwt_header_malformed");
      expect(parse(join(HEAD, part, SIGNATURE))).toBe("jwt_payload_malformed");
    }
  });
});

describe("header: exactly alg, typ, x5c", () => {
  test.each([
    ...["jwk", "jku", "x5u", "kid", "crit", "b64", "x5t", "x5t#S256", "cty", "enc", "zip", "nonce"],
    ...["iss", "ALG", "alg ", "", "toString", "constructor"],
  ])("no %j beside a genuine x5c", (name) => {
    for (const value of ["x", ["b64"], {}, null, false])
      expect(withHeader({ [name]: value })).toBe("jwt_header_member");
  });

  test.each<[string, unknown]>([
    ["none", "none"],
    ["None", "None"],
    ["HS256", "HS256"],
    ["PS256", "PS256"],
    ["ES256", "ES256"],
    ["EdDSA", "EdDSA"],
    ["RS1", "RS1"],
    ["RS384, under 2.1", "RS384"],
    ["RS512, under 2.1", "RS512"],
    ["in lower case", "rs256"],
    ["with a space", "RS256 "],
    ["empty", ""],
    ["a number", 256],
    ["an array", ["RS256"]],
    ["null", null],
    ["absent", undefined],
  ])("alg is not %s", (_, alg) => {
    expect(withHeader({ alg })).toBe("jwt_alg");
  });

  test("RS384 and RS512 under 3.0", () => {
    const later = { algorithms: ["RS256", "RS384", "RS512"] };
    for (const alg of later.algorithms) expect(withHeader({ alg }, later)).toBe("accepted");
    for (const alg of ["PS384", "HS512", "RS"]) expect(withHeader({ alg }, later)).toBe("jwt_alg");
  });

  test.each(["JWT", "jwt", "Jwt"])("typ is %s", (typ) => {
    expect(withHeader({ typ })).toBe("accepted");
  });

  test.each<[string, unknown]>([
    ["another type", "at+jwt"],
    ["a media type", "application/jwt"],
    ["spaced", "JWT "],
    ["empty", ""],
    ["a number", 1],
    ["an array", ["JWT"]],
    ["null", null],
    ["absent", undefined],
  ])("typ is not %s", (_, typ) => {
    expect(withHeader({ typ })).toBe("jwt_typ");
  });
});

describe("x5c: an array of base64 DER (RFC 7515 §4.1.6)", () => {
  test.each<[string, unknown]>([
    ["absent", undefined],
    ["null", null],
    ["empty", []],
    ["a string", "AQID"],
    ["an object", { 0: "AQID" }],
    ["of an empty string", [""]],
    ["of a number", [7]],
    ["of null", [null]],
    ["of an array", [["AQID"]]],
    ["base64url", ["-_-_"]],
    ["unpadded", ["AQ"]],
    ["padded too much", ["AQID===="]],
    ["with stray trailing bits", ["AR=="]],
    ["with a space", ["AQ ID"]],
    ["with a newline", ["AQID\n"]],
    ["PEM", ["-----BEGIN CERTIFICATE-----AQID-----END CERTIFICATE-----"]],
    ["odd in its second entry", ["AQID", "AQ"]],
    ["empty in its second entry", ["AQID", ""]],
  ])("not %s", (_, x5c) => {
    expect(withHeader({ x5c })).toBe("jwt_x5c");
  });
});

describe("times are written as integers", () => {
  const withPayload = (text: string) => parse(join(HEAD, encodePart(text), SIGNATURE));

  test.each(["iat", "exp", "nbf"])("%s", (name) => {
    for (const number of ["1800000000.0", "1800000000.5", "18e8", "18E8", "1.8e9", "-1.0"])
      expect(withPayload(`{"${name}" : ${number}}`)).toBe("jwt_claim_type");
    expect(withPayload(`{"${name}":1800000000}`)).toBe("accepted");
  });

  test("unknown members are ignored, whatever is inside them", () => {
    expect(withPayload('{"iat":1800000000,"price":1.5}')).toBe("accepted");
    expect(withPayload('{"iat":1800000000,"note":"\\"exp\\": 1.5"}')).toBe("accepted");
    expect(withPayload('{"iat":1800000000,"policy":{"exp":1.5}}')).toBe("accepted");
  });
});

test("what is told first: form, payload, header, x5c", () => {
  const steps: readonly [string, string, string, Reason][] = [
    ["!", "!", "!", "jwt_not_compact"],
    ["!", "!", SIGNATURE, "jwt_payload_malformed"],
    ["!", BODY, SIGNATURE, "jwt_header_malformed"],
    [encodePart({ ...header, kid: "x", alg: "none" }), BODY, SIGNATURE, "jwt_header_member"],
    [encodePart({ ...header, alg: "none", typ: "x" }), BODY, SIGNATURE, "jwt_alg"],
    [encodePart({ ...header, typ: "x", x5c: [] }), BODY, SIGNATURE, "jwt_typ"],
    [encodePart({ ...header, x5c: [] }), BODY, SIGNATURE, "jwt_x5c"],
  ];
  for (const [head, body, signature, reason] of steps)
    expect(parse(join(head, body, signature))).toBe(reason);
});
