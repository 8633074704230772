/** Strict JSON: what parsers disagree about is refused (RFC 8259 §4, RFC 8725 §3.1). */
import { describe, expect, test } from "vitest";
import { findSecondReading, isJsonObject, parseJson, parseJsonObject } from "../../../src/protocol/json.ts";

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

describe("parseJson", () => {
  test.each([
    ["{}", {}],
    ["[]", []],
    ["null", null],
    ['"a"', "a"],
    ["-12.5e3", -12500],
    [' { "a" : [ 1 , { "b" : "c" } ] } ', { a: [1, { b: "c" }] }],
    ['{"a":"{\\"a\\":1,\\"a\\":2}"}', { a: '{"a":1,"a":2}' }],
    ['{"a":"\\\\","b":"\\""}', { a: "\\", b: '"' }],
    ['{"a":":","b":"a"}', { a: ":", b: "a" }],
    ['["a","a","a"]', ["a", "a", "a"]],
    ['[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['{"a":{"a":{"a":1}}}', { a: { a: { a: 1 } } }],
    ['{"a":[["b"],"b"],"b":0}', { a: [["b"], "b"], b: 0 }],
    ['{"":1,"constructor":2,"toString":3}', { "": 1, constructor: 2, toString: 3 }],
    ['{"A":1,"a":2}', { A: 1, a: 2 }],
    ['["__proto__"]', ["__proto__"]],
    ['{"a":"__proto__"}', { a: "__proto__" }],
  ])("reads %s", (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test.each([
    ["a name twice", '{"a":1,"a":1}'],
    ["a name twice, apart", '{"a":1,"b":2,"a":3}'],
    ["a name twice, one spelt with an escape", '{"aud":"x","\\u0061ud":"y"}'],
    ["a name twice, escapes in either case", '{"\\u00e9":1,"\\u00E9":2}'],
    ["a name twice, a slash escaped", '{"a/b":1,"a\\/b":2}'],
    ["a name twice, deep", '{"a":[{"b":{"c":1,"c":2}}]}'],
    ["a name twice after a nested object", '{"a":{"x":1},"a":2}'],
    ["a name twice after an array", '{"a":[{"a":1}],"a":2}'],
    ["a name twice, space before the colon", '{"a" :1,"a"\t\r\n :2}'],
    ["an empty name twice", '{"":1,"":2}'],
    ["a name twice behind a tricky string", '{"a":"\\\\","a":1}'],
    ["__proto__", '{"__proto__":{"iss":"x"}}'],
    ["__proto__ spelt with an escape", '{"\\u005f_proto__":1}'],
    ["__proto__ deep", '{"a":[{"__proto__":1}]}'],
  ])("refuses %s", (_, text) => {
    expect(() => JSON.parse(text)).not.toThrow(); // a lenient parser takes it
    expect(parseJson(text)).toBeUndefined();
  });

  test.each([
    ["nothing", ""],
    ["two values", "{} {}"],
    ["a trailing comma", '{"a":1,}'],
    ["a comment", '{"a":1}//'],
    ["single quotes", "{'a':1}"],
    ["a bare name", "{a:1}"],
    ["NaN", '{"a":NaN}'],
    ["a leading zero", '{"a":01}'],
    ["a plus sign", '{"a":+1}'],
    ["a raw newline in a string", '{"a":"\n"}'],
    ["a byte order mark", "\ufeff{}"],
    ["an open string", '{"a":"'],
    ["an open object", '{"a":1'],
    ["a bad escape", '{"a":"\\x41"}'],
  ])("refuses what is not JSON: %s", (_, text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  test.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("nests %s to the depth given and no deeper", (_, open, close) => {
    const at = (depth: number) =>
      open.repeat(depth - 1) + (open === "[" ? "[]" : "{}") + close.repeat(depth - 1);
    expect(parseJson(at(16))).toBeDefined();
    expect(parseJson(at(17))).toBeUndefined();
    expect(parseJson(at(2), 2)).toBeDefined();
    expect(parseJson(at(3), 2)).toBeUndefined();
  });

  test("counts depth, not brackets", () => {
    expect(parseJson(`[${Array(40).fill("[]").join(",")}]`, 2)).toHaveLength(40);
    expect(parseJson(`["${"[".repeat(40)}"]`, 1)).toEqual(["[".repeat(40)]);
  });

  test("survives depth that no stack does", () => {
    expect(parseJson(nested(60_000, "[", "]"))).toBeUndefined();
  });
});

describe("parseJsonObject", () => {
  test("reads an object", () => {
    expect(parseJsonObject('{"a":[1]}')).toEqual({ a: [1] });
  });

  test.each(["null", "[]", '[{"a":1}]', "1", '"{}"', "true", ""])("refuses %s", (text) => {
    expect(parseJsonObject(text)).toBeUndefined();
  });

  test.each([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    [undefined, false],
    ["{}", false],
    [1, false],
  ])("isJsonObject(%j) is %s", (value, is) => {
    expect(isJsonObject(value)).toBe(is);
  });
});

describe("where parsers would disagree", () => {
  test.each([
    ['{"a":1,"a":2}', ["a"], "twice"],
    ['{"a":[0,{"b":{"c":1,"d":2,"c":3}}]}', ["a", 1, "b", "c"], "twice"],
    ['[[],[1,2],{"x":0,"x":1}]', [2, "x"], "twice"],
    ['{"a":[",",{"b":0,"b":1}]}', ["a", 1, "b"], "twice"],
    ['{"a":{"__proto__":1}}', ["a", "__proto__"], "__proto__"],
    ['{"a":[0,[[[]]]]}', ["a", 1, 0], "depth"],
    ['{"a":{"b":{"c":{}}}}', ["a", "b", "c"], "depth"],
  ])("%s", (text, path, problem) => {
    expect(findSecondReading(text, problem === "depth" ? 3 : 16)).toEqual({ path, problem });
  });

  test("nowhere", () => {
    expect(findSecondReading('{"a":[1,{"a":2}],"b":[[[]]]}', 16)).toBeUndefined();
  });
});
