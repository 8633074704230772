/** The claims of an iSHARE JWT (RFC 7519 §4.1): each one's presence, type and value, and the clock to the second. */
import { describe, expect, test } from "vitest";
import { checkClaims, LIFETIME_SECONDS } from "../../../src/jwt/profile.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const NOW = 1_800_000_000;
const US = "did:ishare:EU.NL.NTRNL-10000010";
const ALIAS = "EU.EORI.NL000000010";
const rules = { audience: [US, ALIAS], now: NOW, skew: 10, checkLife: true };

const claims = {
  iss: "did:ishare:EU.NL.NTRNL-10000020",
  sub: "urn:TBD",
  aud: US,
  jti: "jti-1",
  iat: NOW,
  exp: NOW + 30,
};

/** undefined leaves a claim out */
const check = (change: JsonObject = {}, more: Partial<typeof rules> = {}) =>
  checkClaims(
    Object.fromEntries(Object.entries({ ...claims, ...change }).filter(([, value]) => value !== undefined)),
    { ...rules, ...more },
  );
/** issued so many seconds from now */
const issued = (seconds: number, more: Partial<typeof rules> = {}) =>
  reasonOf(check({ iat: NOW + seconds, exp: NOW + seconds + 30 }, more));

test("the six claims come out, and nothing else", () => {
  expect(accepted(check({ nbf: NOW, scope: "x", constructor: "y" }))).toEqual(claims);
});

describe("present", () => {
  test.each(Object.keys(claims))("%s", (claim) => {
    const refused = check({ [claim]: undefined });
    expect(reasonOf(refused)).toBe("jwt_claim_missing");
    expect(dataOf(refused)).toEqual({ claim });
  });

  test("nbf need not be", () => {
    expect(reasonOf(check())).toBe("accepted");
  });
});

describe("of their type", () => {
  test.each(
    ["iss", "sub", "aud", "jti"].flatMap((claim) =>
      [null, 7, true, {}, [], [US], [US, "other"], ""].map((odd) => [claim, odd] as const),
    ),
  )("%s is not %j", (claim, odd) => {
    const refused = check({ [claim]: odd });
    expect(reasonOf(refused)).toBe("jwt_claim_type");
    expect(dataOf(refused)).toEqual({ claim });
  });

  test.each(
    ["iat", "exp", "nbf"].flatMap((claim) =>
      [null, String(NOW), NOW + 0.5, true, [NOW], {}, -1, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN].map(
        (odd) => [claim, odd] as const,
      ),
    ),
  )("%s is not %s", (claim, odd) => {
    const refused = check({ [claim]: odd });
    expect(reasonOf(refused)).toBe("jwt_claim_type");
    expect(dataOf(refused)).toEqual({ claim });
  });

  test.each(["iss", "sub", "aud", "jti"])("%s has at most 256 characters", (claim) => {
    const audience = ["x".repeat(256), US];
    expect(reasonOf(check({ [claim]: "x".repeat(256) }, { audience }))).toBe("accepted");
    expect(reasonOf(check({ [claim]: "x".repeat(257) }))).toBe("jwt_claim_too_long");
  });
});

describe("lifetime: 30 seconds, exactly", () => {
  test("is a constant", () => {
    expect(LIFETIME_SECONDS).toBe(30);
  });

  test.each([0, 1, 29, 31, 60, 3600, -30, 30_000])("%i is not", (seconds) => {
    const refused = check({ exp: NOW + seconds });
    expect(reasonOf(refused)).toBe("jwt_lifetime");
    expect(dataOf(refused)).toEqual({ seconds });
  });

  test("milliseconds are neither 30 seconds nor now", () => {
    expect(reasonOf(check({ iat: NOW * 1000, exp: (NOW + 30) * 1000 }))).toBe("jwt_lifetime");
    expect(reasonOf(check({ iat: NOW * 1000, exp: NOW * 1000 + 30 }))).toBe("jwt_issued_in_future");
  });
});

describe("audience: one string, ours", () => {
  test.each([US, ALIAS])("%s", (aud) => {
    expect(accepted(check({ aud })).aud).toBe(aud);
  });

  test.each([
    "did:ishare:EU.NL.NTRNL-10000020",
    "https://idp.example",
    "https://idp.example/connect/token",
    US.toUpperCase(),
    `${US} `,
    `${US},${ALIAS}`,
    US.slice(0, -1),
    "*",
  ])("not %j", (aud) => {
    expect(reasonOf(check({ aud }))).toBe("jwt_audience");
  });
});

describe("the clock, to the second", () => {
  test.each([
    [-40, "accepted"],
    [-41, "jwt_expired"],
    [-30, "accepted"],
    [0, "accepted"],
    [10, "accepted"],
    [11, "jwt_issued_in_future"],
  ])("issued %i s from now: %s (10 s of skew)", (seconds, verdict) => {
    expect(issued(seconds)).toBe(verdict);
  });

  test("exp is exactly 10 s past at most", () => {
    expect(reasonOf(check({ iat: NOW - 40, exp: NOW - 10 }))).toBe("accepted");
    const refused = check({ iat: NOW - 41, exp: NOW - 11 });
    expect(reasonOf(refused)).toBe("jwt_expired");
    expect(dataOf(refused)).toEqual({ seconds: 11 });
  });

  test.each([
    [-1000, "accepted"],
    [0, "accepted"],
    [10, "accepted"],
    [11, "jwt_not_yet_valid"],
    [30, "jwt_not_yet_valid"],
  ])("nbf %i s from now: %s", (seconds, verdict) => {
    expect(reasonOf(check({ nbf: NOW + seconds }))).toBe(verdict);
  });

  test.each([
    [0, 0, -30],
    [60, 60, -90],
  ])("skew %i: from %i to %i", (skew, latest, earliest) => {
    expect(issued(latest, { skew })).toBe("accepted");
    expect(issued(latest + 1, { skew })).toBe("jwt_issued_in_future");
    expect(issued(earliest, { skew })).toBe("accepted");
    expect(issued(earliest - 1, { skew })).toBe("jwt_expired");
  });
});

describe("a stored answer", () => {
  const stored = { checkLife: false };

  test("is read whenever it was issued", () => {
    for (const seconds of [-86_400, -41, 11, 86_400]) expect(issued(seconds, stored)).toBe("accepted");
    expect(reasonOf(check({ nbf: NOW + 3600 }, stored))).toBe("accepted");
  });

  test.each([
    ["jwt_lifetime", { exp: NOW + 31 }],
    ["jwt_audience", { aud: "x" }],
    ["jwt_claim_type", { nbf: "x" }],
    ["jwt_claim_missing", { exp: undefined }],
  ])("but everything else holds: %s", (reason, change) => {
    expect(reasonOf(check(change, stored))).toBe(reason);
  });
});

test.each<[string, JsonObject, object]>([
  ["jwt_claim_type", { iat: -1 }, { claim: "iat" }],
  ["jwt_claim_type", { sub: 7 }, { claim: "sub" }],
  ["jwt_claim_too_long", { jti: "x".repeat(257) }, { claim: "jti" }],
  ["jwt_lifetime", { exp: NOW + 31 }, { seconds: 31 }],
  ["jwt_issued_in_future", { iat: NOW + 15, exp: NOW + 45 }, { seconds: 15 }],
  ["jwt_not_yet_valid", { nbf: NOW + 12 }, { seconds: 12 }],
  ["jwt_expired", { iat: NOW - 50, exp: NOW - 20 }, { seconds: 20 }],
])("the log of %s tells how much: %j", (reason, change, data) => {
  const refused = check(change);
  expect(reasonOf(refused)).toBe(reason);
  expect(dataOf(refused)).toEqual(data);
});

test("the first second of all is a time like any other", () => {
  expect(reasonOf(check({ iat: 0, exp: 30 }, { now: 0 }))).toBe("accepted");
});
