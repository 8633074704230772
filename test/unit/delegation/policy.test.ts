/** Reading stored policies, where each mistake is told with its place, and other parties' evidence. */
import { describe, expect, test } from "vitest";
import { readForeignEvidence, readRegistration, spellPath } from "../../../src/delegation/policy.ts";
import {
  changed,
  inMask,
  mask,
  needed,
  ODD_TEXTS,
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

const registration = { policyIssuer: mask.policyIssuer, notBefore: 10, notOnOrAfter: 20, policySets: [set] };

describe("a registration", () => {
  const refused = (json: unknown) => {
    const read = readRegistration(json);
    return read.ok ? "accepted" : `${read.place}: ${read.problem}`;
  };
  const conditions = { leftOperand: "country", operator: "equal", rightOperand: "NL" };

  test("is read as it is", () => {
    const rules = [
      { effect: "Permit", target: { resource: { type: "Container" }, actions: ["read"] }, conditions },
      { effect: "Deny", target: {} },
    ];
    const rich = changed(
      changed(registration, [...POLICY, "rules"], rules),
      [...POLICY, "target", "context"],
      {
        conditions,
      },
    );
    for (const json of [registration, rich, { policyIssuer: "a", policySets: [{ policies: [policy] }] }])
      expect(readRegistration(json)).toEqual({ ok: true, value: json });
  });

  test.each(places(needed))("without %s says that it is missing", (name, path) => {
    expect(refused(changed(registration, path, undefined))).toBe(`${name}: is missing`);
  });

  test.each(places([...optional, ["notBefore"], ["notOnOrAfter"]]))("may leave out %s", (_, path) => {
    expect(refused(changed(registration, path, undefined))).toBe("accepted");
  });

  test.each([
    [["policyIssuer"], 7, "policyIssuer: must be text"],
    [["policySets"], {}, "policySets: must be a list"],
    [["policySets"], [], "policySets: must have at least 1"],
    [["policySets"], [7], "policySets[0]: must be an object"],
    [[...SET, "policies"], [], "policySets[0].policies: must have at least 1"],
    [[...SET, "policies", 1], "x", "policySets[0].policies[1]: must be an object"],
    [[...SET, "maxDelegationDepth"], "1", "policySets[0].maxDelegationDepth: must be a number"],
    [[...SET, "maxDelegationDepth"], true, "policySets[0].maxDelegationDepth: must be a number"],
    [[...SET, "maxDelegationDepth"], 1.5, "policySets[0].maxDelegationDepth: must be a whole number"],
    [[...SET, "maxDelegationDepth"], -1, "policySets[0].maxDelegationDepth: must not be negative"],
    [[...SET, "maxDelegationDepth"], 101, "policySets[0].maxDelegationDepth: must not be greater than 100"],
    [
      [...SET, "target", "environment", "licenses", 1],
      7,
      "policySets[0].target.environment.licenses[1]: must be text or an object",
    ],
    [[...RESOURCE], null, "policySets[0].policies[0].target.resource: must be an object"],
    [[...RESOURCE, "type"], ["a"], "policySets[0].policies[0].target.resource.type: must be text"],
    [
      [...RESOURCE, "identifiers"],
      "c1",
      "policySets[0].policies[0].target.resource.identifiers: must be a list",
    ],
    [
      [...RESOURCE, "attributes", 1],
      5,
      "policySets[0].policies[0].target.resource.attributes[1]: must be text",
    ],
    [[...POLICY, "target", "actions", 0], {}, "policySets[0].policies[0].target.actions[0]: must be text"],
    [
      [...POLICY, "target", "context"],
      { country: "NL" },
      "policySets[0].policies[0].target.context.conditions: is missing",
    ],
    [
      [...POLICY, "target", "context"],
      { conditions: [] },
      "policySets[0].policies[0].target.context.conditions: must be an object",
    ],
    [[...POLICY, "rules"], [], "policySets[0].policies[0].rules: must have at least 1"],
    [[...RULE], "Permit", "policySets[0].policies[0].rules[0]: must be an object"],
    [[...RULE, "effect"], "permit", 'policySets[0].policies[0].rules[0].effect: must be "Permit" or "Deny"'],
    [[...RULE, "effect"], false, 'policySets[0].policies[0].rules[0].effect: must be "Permit" or "Deny"'],
    [[...RULE, "target"], [], "policySets[0].policies[0].rules[0].target: must be an object"],
    [
      [...RULE, "target"],
      { actions: [] },
      "policySets[0].policies[0].rules[0].target.actions: must not be empty",
    ],
    [
      [...RULE, "target"],
      { resource: { attributes: [] } },
      "policySets[0].policies[0].rules[0].target.resource.attributes: must not be empty",
    ],
    [[...RULE, "conditions"], "x", "policySets[0].policies[0].rules[0].conditions: must be an object"],
  ] as const)("with %j as %j is told: %s", (path, value, told) => {
    expect(refused(changed(registration, path, value))).toBe(told);
  });

  test("tells the place of what is wrong further on, and only of the first", () => {
    const second = changed(policy, ["target", "resource", "type"], 7);
    const third = changed(policy, ["rules"], []);
    const json = { ...registration, policySets: [set, { policies: [policy, second, third] }] };
    expect(refused(json)).toBe("policySets[1].policies[1].target.resource.type: must be text");
  });

  describe.each(places(texts))("with %s", (name, path) => {
    test.each(ODD_TEXTS)("of %j is refused", (text, problem) => {
      expect(refused(changed(registration, path, text))).toBe(`${name}: ${problem}`);
    });
  });

  test.each([
    [["name"], "name"],
    [["notAfter"], "notAfter"],
    [["policyIssuers"], "policyIssuers"],
    [["target"], "target"],
    [[...SET, "maxDelegationdepth"], "policySets[0].maxDelegationdepth"],
    [[...SET, "target", "environments"], "policySets[0].target.environments"],
    [[...SET, "target", "environment", "licences"], "policySets[0].target.environment.licences"],
    [[...POLICY, "rule"], "policySets[0].policies[0].rule"],
    [[...POLICY, "target", "action"], "policySets[0].policies[0].target.action"],
    [[...RESOURCE, "identifier"], "policySets[0].policies[0].target.resource.identifier"],
    [
      [...POLICY, "target", "environment", "serviceProvider"],
      "policySets[0].policies[0].target.environment.serviceProvider",
    ],
    [[...RULE, "condition"], "policySets[0].policies[0].rules[0].condition"],
    [[...RULE, "toString"], "policySets[0].policies[0].rules[0].toString"],
  ] as const)("with %j, which may be a misspelt restriction, is refused", (path, place) => {
    for (const value of ["x", null, {}, []])
      expect(refused(changed(registration, path, value))).toBe(`${place}: has no meaning here`);
  });

  test("with a misspelt member in the target of a rule or in its context is refused", () => {
    const narrowed = changed(registration, [...RULE, "target"], { resource: { identifer: ["c2"] } });
    expect(refused(narrowed)).toBe(
      "policySets[0].policies[0].rules[0].target.resource.identifer: has no meaning here",
    );
    const context = { conditions, condition: conditions };
    expect(refused(changed(registration, [...POLICY, "target", "context"], context))).toBe(
      "policySets[0].policies[0].target.context.condition: has no meaning here",
    );
  });

  test.each([
    [{ notBefore: 1_800_000_000_000 }, "notBefore: must be in seconds, not milliseconds"],
    [{ notOnOrAfter: 253_402_300_800 }, "notOnOrAfter: must be in seconds, not milliseconds"],
    [{ notBefore: 5, notOnOrAfter: 5 }, "notOnOrAfter: must be after notBefore"],
    [{ notBefore: 6, notOnOrAfter: 5 }, "notOnOrAfter: must be after notBefore"],
    [{ notBefore: "5" }, "notBefore: must be a number of seconds"],
    [{ notOnOrAfter: "2027-01-01" }, "notOnOrAfter: must be a number of seconds"],
    [{ notBefore: true }, "notBefore: must be a number of seconds"],
    [{ notOnOrAfter: null }, "notOnOrAfter: must be a number of seconds"],
    [{ notOnOrAfter: 20.5 }, "notOnOrAfter: must be whole seconds"],
    [{ notBefore: -1 }, "notBefore: must not be negative"],
  ])("with %j is told: %s", (life, told) => {
    expect(refused({ ...registration, ...life })).toBe(told);
  });

  test("may live for one second, from the first to the last there is", () => {
    for (const [notBefore, notOnOrAfter] of [
      [0, 1],
      [0, 253_402_300_799],
      [253_402_300_798, 253_402_300_799],
    ])
      expect(refused({ ...registration, notBefore, notOnOrAfter })).toBe("accepted");
  });

  test.each([[null], [undefined], ["*"], [7], [[]], [[registration]], [{}]])("is not %j", (json) => {
    expect(readRegistration(json).ok).toBe(false);
  });
});

describe("a rule", () => {
  test.each(["Vessel", "*", "container"])(
    "about type %j instead of its policy's is told by its place",
    (type) => {
      const odd = changed({ ...mask, target: undefined }, RULE, {
        effect: "Deny",
        target: { resource: { type } },
      });
      const { target: _, ...registration } = odd as { target?: unknown };
      expect(readRegistration(registration)).toEqual({
        ok: false,
        place: "policySets[0].policies[0].rules[0].target.resource.type",
        problem: "must be the type of its policy",
      });
    },
  );
});

test("a place with a name that is none of ours is quoted", () => {
  expect(spellPath(["policySets", 0, "a b", "c"])).toBe('policySets[0]["a b"].c');
  expect(spellPath(["a\n"])).toBe('["a\\n"]');
  expect(spellPath([])).toBe("");
});

describe("evidence of another party", () => {
  const evidence = { ...mask, notBefore: 10, notOnOrAfter: 20 };

  test("is read without the members around it that are not known", () => {
    let odd: object = evidence;
    for (const path of [["delegationPath"], ["target", "id"]]) odd = changed(odd, path, { any: [1] });
    expect(readForeignEvidence(odd)).toEqual({ ok: true, value: evidence });
  });

  test.each([
    ["set", [...SET, "x"], []],
    ["set's target", [...SET, "target", "x"], []],
    ["policy", [...POLICY, "x"], [{ ...evidence.policySets[0], policies: [] }]],
    ["policy's target", [...POLICY, "target", "conditions"], [{ ...evidence.policySets[0], policies: [] }]],
    ["resource", [...RESOURCE, "x"], [{ ...evidence.policySets[0], policies: [] }]],
    ["environment", [...POLICY, "target", "environment", "x"], [{ ...evidence.policySets[0], policies: [] }]],
    ["rule", [...RULE, "notOnOrAfter"], [{ ...evidence.policySets[0], policies: [] }]],
  ])("gives nothing by a %s with a member that may be a restriction", (_, path, policySets) => {
    const odd = changed(evidence, path, ["x"]);
    expect(readForeignEvidence(odd)).toEqual({ ok: true, value: { ...evidence, policySets } });
  });

  test("may hold no set, no policy and no rule", () => {
    for (const path of [["policySets"], [...SET, "policies"], [...POLICY, "rules"]])
      expect(readForeignEvidence(changed(evidence, path, []))).toMatchObject({ ok: true });
  });

  test("may tell more context than conditions", () => {
    const context = { country: "NL", conditions: {} };
    const odd = changed(evidence, [...POLICY, "target", "context"], context);
    expect(readForeignEvidence(odd)).toEqual({ ok: true, value: odd });
  });

  test.each(places([...needed, ...inMask, ["notBefore"], ["notOnOrAfter"]]))("needs %s", (name, path) => {
    expect(readForeignEvidence(changed(evidence, path, undefined))).toEqual({
      ok: false,
      place: name,
      problem: "is missing",
    });
    expect(readForeignEvidence(changed(evidence, path, null)).ok).toBe(false);
  });
});
