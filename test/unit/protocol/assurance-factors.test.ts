/** Which proofs reach which level, what is worth asking for next, and what `amr` says of it. */
import { describe, expect, test } from "vitest";
import {
  amrOf,
  type EnrolledFactors,
  LEVELS,
  type Level,
  levelOf,
  reachableLevel,
  targetLevel,
  type UsedFactor,
  waysTo,
} from "../../../src/protocol/assurance.ts";

const factor = (kind: UsedFactor["kind"], level: Level, hardware?: boolean): UsedFactor => ({
  kind,
  level,
  ...(hardware === undefined ? {} : { hardware }),
});
const pwd = factor("pwd", "substantial");
const otp = factor("otp", "substantial");
const passkey = factor("passkey", "high", false);
const hardware = factor("passkey", "high", true);
const recovery = factor("recovery", "high");

describe("levelOf", () => {
  test.each<[string, readonly UsedFactor[], Level]>([
    ["nothing", [], "low"],
    ["a password", [pwd], "low"],
    ["a password enrolled at high", [factor("pwd", "high")], "low"],
    ["a one-time code alone", [otp], "low"],
    ["password and one-time code", [pwd, otp], "substantial"],
    [
      "password and code that were enrolled at high are still two factors",
      [factor("pwd", "high"), factor("otp", "high")],
      "substantial",
    ],
    ["a passkey", [passkey], "substantial"],
    ["a passkey in verified hardware", [hardware], "high"],
    ["hardware that was enrolled at substantial", [factor("passkey", "substantial", true)], "substantial"],
    ["hardware that was enrolled at low (step-up by enrolling)", [factor("passkey", "low", true)], "low"],
    ["a code that was enrolled at low", [pwd, factor("otp", "low")], "low"],
    ["a password that was set at low", [factor("pwd", "low"), otp], "low"],
    ["a recovery code", [recovery], "low"],
    ["password and recovery code", [pwd, recovery], "low"],
    ["two passwords", [pwd, factor("pwd", "high")], "low"],
    ["two passkeys of substantial are not high", [passkey, passkey], "substantial"],
    ["the best of several passkeys", [factor("passkey", "low", true), hardware], "high"],
    ["everything", [pwd, otp, passkey, recovery], "substantial"],
  ])("%s", (_, factors, level) => {
    expect(levelOf(factors, "high")).toBe(level);
  });

  test("a stolen password is low, with whatever else a thief can make of it", () => {
    const gains = [factor("otp", "low"), factor("passkey", "low", true), factor("passkey", "low"), recovery];
    for (let set = 0; set < 2 ** gains.length; set++) {
      const gained = gains.filter((_, bit) => (set & (1 << bit)) !== 0);
      for (const level of LEVELS) expect(levelOf([factor("pwd", level), ...gained], "high")).toBe("low");
    }
  });

  test("nothing exceeds how well the human was identified", () => {
    for (const identified of LEVELS) expect(levelOf([pwd, otp, hardware], identified)).toBe(identified);
  });
});

const enrolled = (change: Partial<EnrolledFactors> = {}): EnrolledFactors => ({
  password: "substantial",
  passkeys: [],
  ...change,
});

describe("reachableLevel", () => {
  test.each<[string, EnrolledFactors, Level]>([
    ["nothing", { passkeys: [] }, "low"],
    ["a password", enrolled(), "low"],
    ["a password and codes", enrolled({ totp: "substantial" }), "substantial"],
    ["codes enrolled at low", enrolled({ totp: "low" }), "low"],
    ["a passkey", enrolled({ passkeys: [{ level: "substantial", hardware: true }] }), "substantial"],
    ["a passkey in hardware", enrolled({ passkeys: [{ level: "high", hardware: true }] }), "high"],
  ])("with %s", (_, factors, level) => {
    expect(reachableLevel(factors, "high")).toBe(level);
  });
});

describe("waysTo", () => {
  const key = { level: "high", hardware: true } as const;
  test.each<[string, Level, EnrolledFactors, readonly UsedFactor[], readonly string[]]>([
    ["low by password", "low", enrolled(), [], ["pwd"]],
    ["low by either", "low", enrolled({ passkeys: [key] }), [], ["pwd", "passkey"]],
    ["substantial by password first", "substantial", enrolled({ totp: "substantial" }), [], ["pwd"]],
    ["then by code", "substantial", enrolled({ totp: "substantial" }), [pwd], ["otp"]],
    [
      "substantial by code or passkey",
      "substantial",
      enrolled({ totp: "substantial", passkeys: [key] }),
      [pwd],
      ["otp", "passkey"],
    ],
    [
      "high by hardware alone",
      "high",
      enrolled({ totp: "substantial", passkeys: [key] }),
      [pwd],
      ["passkey"],
    ],
    [
      "high not by a passkey without",
      "high",
      enrolled({ passkeys: [{ level: "high", hardware: false }] }),
      [pwd],
      [],
    ],
    ["substantial not by a password alone", "substantial", enrolled(), [], []],
    ["substantial not by codes enrolled at low", "substantial", enrolled({ totp: "low" }), [pwd], []],
  ])("%s", (_, target, factors, proven, ways) => {
    expect(waysTo(target, factors, proven, "high")).toEqual(ways);
  });

  test("none beyond how well the human was identified", () => {
    expect(waysTo("high", enrolled({ passkeys: [key] }), [pwd], "substantial")).toEqual([]);
  });
});

describe("amr (RFC 8176 §2)", () => {
  test.each<[readonly UsedFactor[], readonly string[]]>([
    [[pwd], ["pwd"]],
    [
      [pwd, otp],
      ["pwd", "otp", "mfa"],
    ],
    [[otp], ["otp"]],
    [[hardware], ["hwk", "user", "mfa"]],
    [[passkey], ["pop", "user", "mfa"]],
    [
      [pwd, hardware],
      ["pwd", "hwk", "user", "mfa"],
    ],
  ])("%j: %j", (factors, amr) => {
    expect(amrOf(factors)).toEqual(amr);
  });

  test("a recovery code is something known, and a key counts as hardware if one of them is", () => {
    expect(amrOf([pwd, recovery])).toEqual(["pwd", "kba"]);
    const keys = [factor("passkey", "high", false), factor("passkey", "high", true)];
    expect(amrOf(keys)).toEqual(["hwk", "user", "mfa"]);
    expect(amrOf(keys.toReversed())).toEqual(["hwk", "user", "mfa"]);
  });

  test("a recovery code makes no second factor", () => {
    expect(amrOf([pwd, recovery])).not.toContain("mfa");
  });
});

describe("targetLevel", () => {
  test.each<[readonly Level[] | undefined, Level, Level, Level | undefined]>([
    [undefined, "low", "high", "low"],
    [undefined, "substantial", "high", "substantial"],
    [undefined, "substantial", "low", undefined],
    [["low"], "low", "high", "low"],
    [["high", "low"], "low", "high", "high"],
    [["high", "low"], "low", "substantial", "low"],
    [["low", "high"], "low", "high", "low"],
    [["low"], "substantial", "high", "substantial"],
    [["low"], "substantial", "low", undefined],
    [["high"], "low", "substantial", undefined],
    [[], "low", "high", undefined],
  ])("wanting %j, at least %s, reaching %s: %s", (wanted, floor, reachable, target) => {
    expect(targetLevel(wanted, floor, reachable)).toBe(target);
  });
});
