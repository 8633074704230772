/** Our cookies: attributes to the letter, and reading only what we could have set. */
import { describe, expect, test } from "vitest";
import { buildCookie, readCookie } from "../../../src/http/cookies.ts";

const https = { secure: true };
const http = { secure: false };
const VALUE = `${"A".repeat(42)}_`;

describe("building", () => {
  test("over https: __Host-, Secure, HttpOnly, SameSite=Lax, Path=/, and no Domain", () => {
    expect(buildCookie("browser", VALUE, https)).toBe(
      `__Host-browser=${VALUE}; Path=/; HttpOnly; SameSite=Lax; Secure`,
    );
  });

  test("over http exactly __Host- and Secure are lost", () => {
    const without = buildCookie("browser", VALUE, https).replace("__Host-", "").replace("; Secure", "");
    expect(buildCookie("browser", VALUE, http)).toBe(without);
  });

  test("an end of its own, or of the browser's", () => {
    expect(buildCookie("arrival-1", VALUE, https, 600)).toMatch(/^__Host-arrival-1=.*; Max-Age=600$/);
    expect(buildCookie("arrival-1", "", https, 0)).toMatch(/^__Host-arrival-1=; .*; Max-Age=0$/);
    expect(buildCookie("browser", VALUE, https)).not.toMatch(/max-age|expires|domain/i);
  });
});

describe("reading", () => {
  test.each([
    ["alone", `__Host-browser=${VALUE}`],
    ["among others", `a=1; __Host-browser=${VALUE}; b=2`],
    ["without spaces", `a=1;__Host-browser=${VALUE};b=2`],
    ["with spaces around", `a=1;   __Host-browser=${VALUE}  ; b=2`],
  ])("%s", (_, header) => {
    expect(readCookie(header, "browser", https)).toBe(VALUE);
  });

  test("over http by the plain name", () => {
    expect(readCookie(`browser=${VALUE}`, "browser", http)).toBe(VALUE);
  });

  test.each([
    ["no header", null],
    ["an empty header", ""],
    ["the plain name over https", `browser=${VALUE}`],
    ["another name", `__Host-browser2=${VALUE}`],
    ["a name that ends alike", `x__Host-browser=${VALUE}`],
    ["another case", `__host-browser=${VALUE}`],
    ["a name inside a value", `x=__Host-browser=${VALUE}`],
    ["no value", "__Host-browser"],
    ["an empty value", "__Host-browser="],
    ["a short value", `__Host-browser=${VALUE.slice(1)}`],
    ["a long value", `__Host-browser=${VALUE}A`],
    ["a value in quotes", `__Host-browser="${VALUE}"`],
    ["a value of other letters", `__Host-browser=${VALUE.replace("_", "+")}`],
    ["a value with more behind it", `__Host-browser=${VALUE}=x`],
  ])("not: %s", (_, header) => {
    expect(readCookie(header, "browser", https)).toBeUndefined();
  });

  test.each(["session", "known-browser"] as const)("%s carries a handle", (name) => {
    for (const value of ["a".repeat(22), "a-_Z".repeat(40)])
      expect(readCookie(`__Host-${name}=${value}`, name, https)).toBe(value);
    for (const value of ["", "a".repeat(21), "a".repeat(1501), `${"a".repeat(30)}.`, `${"a".repeat(30)}=`])
      expect(readCookie(`__Host-${name}=${value}`, name, https)).toBeUndefined();
  });

  test("language is two small letters", () => {
    expect(readCookie("__Host-language=nl", "language", https)).toBe("nl");
    for (const value of ["", "n", "nld", "NL", "n1", "<b>"])
      expect(readCookie(`__Host-language=${value}`, "language", https)).toBeUndefined();
  });

  test("each grant has its own arrival cookie", () => {
    const header = `__Host-arrival-aaaa=${VALUE}`;
    expect(readCookie(header, "arrival-aaaa", https)).toBe(VALUE);
    expect(readCookie(header, "arrival-bbbb", https)).toBeUndefined();
    expect(readCookie(header, "browser", https)).toBeUndefined();
  });
});
