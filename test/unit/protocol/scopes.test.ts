/** Scopes: their grammar (RFC 6749 §3.3), what is known, what is demanded. */
import { describe, expect, test } from "vitest";
import { checkScopes, KNOWN_SCOPES, parseScopes, type Scope } from "../../../src/protocol/scopes.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

describe("scopes", () => {
  const strict = { lowercaseIshare: false };
  const lenient = { lowercaseIshare: true };

  test.each([
    ["openid iSHARE", ["openid", "iSHARE"]],
    ["iSHARE openid", ["openid", "iSHARE"]],
    ["company name iSHARE openid", ["openid", "iSHARE", "name", "company"]],
    ["openid openid", ["openid"]],
    ["openid unknown urn:x/y iSHARE", ["openid", "iSHARE"]],
    ["unknown", []],
    [KNOWN_SCOPES.join(" "), KNOWN_SCOPES],
    ["openid ishare", ["openid"]],
    ["OPENID ISHARE", []],
    [`openid ${"x".repeat(993)}`, ["openid"]],
  ])("reads %j", (text, scopes) => {
    expect(accepted(parseScopes(text, strict))).toEqual(scopes);
  });

  test.each([
    ["nothing", ""],
    ["a space first", " openid"],
    ["a space last", "openid "],
    ["two spaces", "openid  iSHARE"],
    ["a tab", "openid\tiSHARE"],
    ["a newline at the end", "openid iSHARE\n"],
    ["a quote", 'openid "iSHARE"'],
    ["a backslash", "openid iSHARE\\"],
    ["a letter beyond ASCII", "openid é"],
    ["a control character", "openid\u0000iSHARE"],
    ["1001 characters", `openid ${"x".repeat(994)}`],
  ])("refuses %s", (_, text) => {
    expect(reasonOf(parseScopes(text, strict))).toBe("scope_malformed");
  });

  test("`ishare` counts as `iSHARE` only where the operator says so", () => {
    expect(accepted(parseScopes("openid ishare", lenient))).toEqual(["openid", "iSHARE"]);
    expect(accepted(parseScopes("openid iSHARE", lenient))).toEqual(["openid", "iSHARE"]);
    expect(accepted(parseScopes("openid ISHARE", lenient))).toEqual(["openid"]);
  });

  test("each demanded scope is demanded", () => {
    const demanded: readonly Scope[] = ["openid", "iSHARE"];
    expect(accepted(checkScopes(["openid", "iSHARE", "name"], demanded))).toEqual([
      "openid",
      "iSHARE",
      "name",
    ]);
    for (const missing of demanded) {
      const refused = checkScopes(
        demanded.filter((scope) => scope !== missing),
        demanded,
      );
      expect(reasonOf(refused)).toBe("scope_missing");
      expect(dataOf(refused)).toEqual({ scope: missing });
    }
  });
});
