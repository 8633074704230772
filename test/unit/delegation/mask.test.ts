/** Reading masks: whatever an SP sends is read in one way or refused, and what is not known is passed over. */
import { describe, expect, test } from "vitest";
import { parseMask } from "../../../src/delegation/mask.ts";
import { parseJsonObject } from "../../../src/protocol/json.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";
import {
  changed,
  inMask,
  lists,
  mask,
  needed,
  ODD_TEXTS,
  ORGANISATION,
  optional,
  POLICY,
  places,
  policy,
  RESOURCE,
  RULE,
  SET,
  set,
  texts,
} from "./shapes.ts";

const WRONG = {
  null: null,
  false: false,
  "-1": -1,
  "1.5": 1.5,
  "empty text": "",
  "[null]": [null],
  "[[]]": [[]],
};
const GOOD_TEXTS = [
  "*",
  " ",
  "x".repeat(500),
  "\u{1f6a2}",
  "cafe\u0301",
  "__proto__",
  "<b>",
  "\u202e",
  "'; --",
];

const copies = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);
const depthOf = (depth: number): object => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);

describe("a mask", () => {
  const refused = (json: unknown) => {
    expect(reasonOf(parseMask(json))).toBe("mask_malformed");
    return dataOf(parseMask(json));
  };

  test("is read as it is", () => {
    expect(accepted(parseMask(mask))).toEqual(mask);
  });

  test.each(places([...needed, ...inMask]))("without %s is refused", (name, path) => {
    expect(refused(changed(mask, path, undefined))).toEqual({ place: name, problem: "is missing" });
  });

  test.each(places(optional))("may leave out %s", (_, path) => {
    const less = changed(mask, path, undefined);
    expect(accepted(parseMask(less))).toEqual(less);
  });

  describe.each(places([...needed, ...inMask, ...optional]))("with %s", (name, path) => {
    test.each(Object.entries(WRONG))("of %s is refused, and the place is told", (_, wrong) => {
      const { place: told } = refused(changed(mask, path, wrong)) ?? {};
      const place = String(told);
      expect(place.startsWith(name) || name.startsWith(place)).toBe(true);
    });
  });

  test.each([
    [null],
    [undefined],
    [true],
    [1],
    ["*"],
    [""],
    [[]],
    [[mask]],
    [{}],
    [{ delegationRequest: mask }],
  ])("is not %j", (json) => {
    refused(json);
  });

  describe.each(places([...texts, ["target", "accessSubject"]]))("with %s", (name, path) => {
    test.each(ODD_TEXTS)("of %j is refused", (text, problem) => {
      expect(refused(changed(mask, path, text))).toEqual({ place: name, problem });
    });

    test("of anything that is one line of text is read as it is", () => {
      for (const text of GOOD_TEXTS) {
        const odd = changed(mask, path, text);
        expect(accepted(parseMask(odd))).toEqual(odd);
      }
    });
  });

  test.each(places(lists))("with too many values in %s is refused", (name, path) => {
    expect(reasonOf(parseMask(changed(mask, path, copies(200, "a"))))).toBe("accepted");
    expect(refused(changed(mask, path, copies(201, "a")))).toEqual({
      place: name,
      problem: "must not have more than 200 values",
    });
    expect(reasonOf(parseMask(changed(mask, path, [])))).toBe("accepted");
  });

  test("with too many sets is refused", () => {
    expect(reasonOf(parseMask({ ...mask, policySets: copies(20, set) }))).toBe("accepted");
    expect(refused({ ...mask, policySets: copies(21, set) })).toEqual({
      place: "policySets",
      problem: "must not have more than 20",
    });
    expect(reasonOf(parseMask({ ...mask, policySets: [] }))).toBe("accepted");
  });

  test("with more than 100 policies is refused, in one set or in all together", () => {
    const sets = (...counts: readonly number[]) =>
      counts.map((count) => ({ ...set, policies: copies(count, policy) }));
    for (const counts of [[0], [100], [50, 50], copies(20, 5)])
      expect(reasonOf(parseMask({ ...mask, policySets: sets(...counts) }))).toBe("accepted");
    for (const counts of [[101], [51, 50], [100, 1], [100, 100]])
      refused({ ...mask, policySets: sets(...counts) });
  });

  test("asks with one to ten rules, each a Permit", () => {
    const withRules = (rules: unknown) => changed(mask, [...POLICY, "rules"], rules);
    for (const count of [1, 2, 10])
      expect(reasonOf(parseMask(withRules(copies(count, { effect: "Permit" }))))).toBe("accepted");
    const permit = { effect: "Permit" };
    for (const rules of [[], copies(11, permit), permit, ["Permit"], [permit, null], [[permit]]]) {
      refused(withRules(rules));
    }
    for (const effect of ["Deny", "permit", "PERMIT", "Permit ", "", true, 1, ["Permit"]]) {
      expect(refused(withRules([permit, { effect }]))).toMatchObject({
        place: "policySets[0].policies[0].rules[1].effect",
      });
    }
  });

  test.each([[-1], [1.5], [101], ["1"], [true], [[1]], [1e300]])(
    "does not wish for a depth of %j",
    (depth) => {
      const { place } = refused(changed(mask, [...SET, "maxDelegationDepth"], depth)) ?? {};
      expect(place).toBe("policySets[0].maxDelegationDepth");
    },
  );

  test("may tell facts of any depth, which whoever reads the JSON bounds, up to 4,000 characters", () => {
    const deep = changed(mask, [...POLICY, "target", "context"], depthOf(200));
    expect(accepted(parseMask(deep)).policySets[0]?.policies[0]?.target.context).toBe(
      Reflect.get(Reflect.get(Reflect.get(deep, "policySets")[0], "policies")[0].target, "context"),
    );
    const asText = (depth: number) =>
      JSON.stringify(changed(mask, [...POLICY, "target", "context"], depthOf(depth)));
    expect(parseJsonObject(asText(4))).toBeDefined();
    expect(parseJsonObject(asText(20))).toBeUndefined();
    const long = changed(mask, [...POLICY, "target", "context"], { x: "x".repeat(4000) });
    expect(refused(long)?.problem).toBe("must not be longer than 4000 characters");
  });

  test.each([[null], ["a"], [1], [[]], [[{}]]])("does not tell facts as %j", (context) => {
    const { place } = refused(changed(mask, [...POLICY, "target", "context"], context)) ?? {};
    expect(place).toBe("policySets[0].policies[0].target.context");
  });

  test.each([
    [["delegation_path"], [ORGANISATION]],
    [["previous_steps"], ["e30.e30.e30"]],
    [["delegation_path"], 7],
    [["toString"], "x"],
    [["target", "name"], "Alice"],
    [[...SET, "id"], 1],
    [[...SET, "target", "colour"], "red"],
    [[...POLICY, "id"], [null]],
    [[...POLICY, "target", "environment", "time"], {}],
    [[...RESOURCE, "identifier"], "c2"],
    [[...RULE, "target"], { actions: ["write"] }],
    [[...RULE, "conditions"], { leftOperand: "a" }],
  ] as const)("with %j, which is not known, is read without it", (path, value) => {
    expect(accepted(parseMask(changed(mask, path, value)))).toEqual(mask);
  });

  test("with __proto__ as a member changes nothing", () => {
    const text = JSON.stringify(mask).replace(/\{"/g, '{"__proto__":{"policyIssuer":"x","rules":[]},"');
    const read = accepted(parseMask(JSON.parse(text)));
    expect({ ...read, policySets: [] }).toEqual({ ...mask, policySets: [] });
    expect(Object.getPrototypeOf(read.target)).toBe(Object.prototype);
    const hollow = JSON.parse(`{"__proto__":${JSON.stringify(mask)}}`);
    expect(refused(hollow)).toEqual({ place: "policyIssuer", problem: "is missing" });
  });
});
