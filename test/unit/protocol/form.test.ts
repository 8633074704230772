/** Form parameters: one value per name, valid percent-encoding and UTF-8 (RFC 6749 §3.1, §3.2). */
import { describe, expect, test } from "vitest";
import { parseParameters, required } from "../../../src/protocol/form.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const read = (text: string) => Object.fromEntries(accepted(parseParameters(text)));

describe("parseParameters", () => {
  test.each([
    ["", {}],
    ["a=1&b=2", { a: "1", b: "2" }],
    ["a=b=c", { a: "b=c" }],
    ["a=x+y%20z", { a: "x y z" }],
    ["a=%2B", { a: "+" }],
    ["a+b=1", { "a b": "1" }],
    ["a=%C3%A9%F0%9F%9A%9A", { a: "é🚚" }],
    ["%61=1", { a: "1" }],
    ["&&a=1&", { a: "1" }],
    ["a=1;b=2", { a: "1;b=2" }],
    ["unknown=kept", { unknown: "kept" }],
    ["A=1&a=2", { A: "1", a: "2" }],
    ["__proto__=1", JSON.parse('{"__proto__":"1"}')],
  ])("reads %j", (text, values) => {
    expect(read(text)).toEqual(values);
  });

  test.each(["a", "a=", "a=&b", "a&b="])("counts %j as omitted", (text) => {
    expect(read(text)).toEqual({});
  });

  test.each([
    ["twice", "a=1&b=2&a=1"],
    ["once with and once without a value", "a=1&a="],
    ["twice without a value", "a=&a"],
    ["in two spellings", "scope=x&%73cope=y"],
  ])("refuses a name %s", (_, text) => {
    expect(reasonOf(parseParameters(text))).toBe("parameter_repeated");
  });

  test("names a plain repeated parameter in the log, and no other", () => {
    expect(dataOf(parseParameters("client_id=1&client_id=2"))).toEqual({ parameter: "client_id" });
    expect(dataOf(parseParameters("<b>=1&<b>=2"))).toEqual({ parameter: "other" });
    expect(dataOf(parseParameters(`${"a".repeat(41)}=1&${"a".repeat(41)}=2`))).toEqual({
      parameter: "other",
    });
  });

  test.each([
    ["a lone percent sign", "a=%"],
    ["a cut escape", "a=%4"],
    ["letters that are no hex", "a=%zz"],
    ["in the name", "%zz=1"],
    ["an overlong slash", "a=%C0%AF"],
    ["a cut UTF-8 sequence", "a=%C3"],
    ["a surrogate", "a=%ED%A0%80"],
    ["latin-1", "a=Zo%EB"],
  ])("refuses malformed percent-encoding: %s", (_, text) => {
    expect(reasonOf(parseParameters(text))).toBe("form_malformed");
  });
});

describe("required", () => {
  test("gives the value", () => {
    expect(accepted(required(new Map([["a", "1"]]), "a"))).toBe("1");
  });

  test("refuses a missing one by name", () => {
    const refused = required(new Map([["a", "1"]]), "state");
    expect(reasonOf(refused)).toBe("parameter_missing");
    expect(dataOf(refused)).toEqual({ parameter: "state" });
  });

  test("refuses one that was sent empty", () => {
    expect(reasonOf(required(accepted(parseParameters("code=")), "code"))).toBe("parameter_missing");
  });
});
