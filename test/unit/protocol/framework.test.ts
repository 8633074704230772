/** What depends on the framework version: algorithms and spelling. */
import { describe, expect, test } from "vitest";
import {
  algorithmsOf,
  memberName,
  tellsConditions,
  tellsLicenceGroups,
} from "../../../src/protocol/framework.ts";

describe("framework versions", () => {
  test("RS384 and RS512 come with 3.0 only; RS256 is first everywhere", () => {
    for (const version of ["2.0", "2.1", "2.2"] as const) expect(algorithmsOf(version)).toEqual(["RS256"]);
    expect(algorithmsOf("3.0")).toEqual(["RS256", "RS384", "RS512"]);
  });

  test.each([
    ["2.0", "userinfo_token", "userinfo_token"],
    ["2.1", "capabilities_token", "capabilities_token"],
    ["2.2", "party_token", "party_token"],
    ["3.0", "userinfo_token", "userinfoToken"],
    ["3.0", "trusted_list_token", "trustedListToken"],
    ["3.0", "parties", "parties"],
  ] as const)("%s spells %s as %s", (version, name, spelt) => {
    expect(memberName(version, name)).toBe(spelt);
  });
});

test("what of a policy can be told", () => {
  const versions = ["2.0", "2.1", "2.2", "3.0"] as const;
  expect(versions.map(tellsConditions)).toEqual([false, false, false, true]);
  expect(versions.map(tellsLicenceGroups)).toEqual([false, false, true, true]);
});
