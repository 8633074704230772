/** Levels of assurance: names, order, and which one answers `acr_values`. */
import { describe, expect, test } from "vitest";
import { acrOf, isLevel, LEVELS, lower, parseAcrValues, reaches } from "../../../src/protocol/assurance.ts";

describe("levels of assurance", () => {
  const urn = (level: string) => `urn:http://eidas.europa.eu/LoA/NotNotified/${level}`;

  test("have their URNs", () => {
    expect(LEVELS.map(acrOf)).toEqual([urn("low"), urn("substantial"), urn("high")]);
  });

  test("are ordered", () => {
    const table = LEVELS.map((level) => LEVELS.map((wanted) => reaches(level, wanted)));
    expect(table).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
    for (const [one, other, least] of [
      ["low", "high", "low"],
      ["high", "low", "low"],
      ["high", "substantial", "substantial"],
      ["high", "high", "high"],
    ] as const) {
      expect(lower(one, other)).toBe(least);
    }
  });

  test("are three", () => {
    expect(["low", "substantial", "high", "Low", "", "constructor"].filter(isLevel)).toEqual(LEVELS);
  });

  test.each([
    [undefined, undefined],
    [urn("low"), ["low"]],
    [`${urn("high")} ${urn("low")}`, ["high", "low"]],
    [`${urn("low")}  ${urn("high")}`, ["low", "high"]],
    [`unknown ${urn("substantial")} ${urn("extreme")}`, ["substantial"]],
    [urn("LOW"), []],
    ["low", []],
    ["urn:http://eidas.europa.eu/LoA/low", []],
  ])("acr_values %j asks for %j", (text, levels) => {
    expect(parseAcrValues(text)).toEqual(levels);
  });
});
