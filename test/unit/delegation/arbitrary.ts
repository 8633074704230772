/** Random stored authorisations and masks over a small alphabet, so that they meet often. */
import fc from "fast-check";
import type { Authorisation } from "../../../src/delegation/evaluation.ts";
import type { Mask } from "../../../src/delegation/mask.ts";
import type { Policy, PolicySet, Rule } from "../../../src/delegation/policy.ts";

export const NOW = 1_800_000_000;
export const SECONDS = 60;
/** ids of the SP that asks */
export const ASKING: ReadonlySet<string> = new Set(["sp", "sp-too"]);
export const VALUES = ["a", "b", "c"] as const;

const TYPES = ["T", "T", "T", "U"] as const;
const LICENCES = ["L1", "L2", "L3"] as const;

/** absent as often as not */
const perhaps = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 });
const value = fc.constantFrom(...VALUES, ...VALUES, "*");
const some = (least: number) => fc.array(value, { minLength: least, maxLength: 3 });
/** often all there are, so that something is permitted */
const stored = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(["*"], [...VALUES]) },
  { weight: 2, arbitrary: some(0) },
);
const asked = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VALUES).map((one) => [one]) },
  { weight: 2, arbitrary: some(0) },
);
const licences = (...more: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...LICENCES, ...more), { maxLength: 3 });

/** Members that are undefined left out, as JSON has them. */
const clean = <T>(json: T): T => JSON.parse(JSON.stringify(json));

const ruleTarget = fc.record({
  resource: perhaps(
    fc.record({
      type: perhaps(fc.constantFrom(...TYPES)),
      identifiers: perhaps(some(1)),
      attributes: perhaps(some(1)),
    }),
  ),
  actions: perhaps(some(1)),
});
const ruleOf = (effect: Rule["effect"]): fc.Arbitrary<Rule> =>
  fc.record({
    effect: fc.constant(effect),
    target: effect === "Deny" ? fc.option(ruleTarget, { nil: undefined, freq: 4 }) : perhaps(ruleTarget),
  });
export const deny = ruleOf("Deny").map(clean);
const permit = fc.oneof({ weight: 2, arbitrary: fc.constant<Rule>({ effect: "Permit" }) }, ruleOf("Permit"));

const environment = fc.record({
  serviceProviders: perhaps(
    fc.uniqueArray(fc.constantFrom("sp", "sp-too", "other", "another", "*"), { maxLength: 3 }),
  ),
});

export const storedPolicy: fc.Arbitrary<Policy> = fc
  .record({
    target: fc.record({
      resource: fc.record({ type: fc.constantFrom(...TYPES), identifiers: stored, attributes: stored }),
      actions: stored,
      environment: perhaps(environment),
    }),
    rules: fc
      .tuple(
        fc.array(permit, { minLength: 1, maxLength: 2 }),
        fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(ruleOf("Deny"), { maxLength: 2 })),
        fc.boolean(),
      )
      .map(([permits, denies, turned]) => (turned ? [...denies, ...permits] : [...permits, ...denies])),
  })
  .map(({ target, rules }) =>
    clean({ target, rules: rules.map((rule) => ofType(rule, target.resource.type)) }),
  );

/** A rule that names a type names its policy's: another is refused when it is registered. */
function ofType(rule: Rule, type: string): Rule {
  const { target } = rule;
  return target?.resource?.type === undefined
    ? rule
    : { ...rule, target: { ...target, resource: { ...target.resource, type } } };
}

const setOf = (policies: fc.Arbitrary<Policy[]>, licence: fc.Arbitrary<string[]>) =>
  fc
    .record({ depth: perhaps(fc.nat(3)), licences: perhaps(licence), policies })
    .map(({ depth, licences: named, policies: held }) =>
      clean<PolicySet>({
        maxDelegationDepth: depth,
        target: named && { environment: { licenses: named } },
        policies: held,
      }),
    );

export const storedSet = setOf(fc.array(storedPolicy, { minLength: 1, maxLength: 3 }), licences("*"));

const end = fc.constantFrom(NOW - 5, NOW, NOW + 1, NOW + 30, NOW + 30, NOW + 59, NOW + 100, NOW + 100);
const beginning = fc.constantFrom(NOW - 10, NOW - 1, NOW, NOW, NOW + 1);
export const authorisation: fc.Arbitrary<Authorisation> = fc
  .record({
    notBefore: perhaps(beginning),
    notOnOrAfter: perhaps(end),
    policySets: fc.array(storedSet, { minLength: 1, maxLength: 2 }),
  })
  .map(clean);
export const authorisations = fc.array(authorisation, { maxLength: 3 });

/** The same with conditions on many rules, for framework 3.0. */
export const conditional = fc
  .tuple(authorisations, fc.array(fc.constantFrom(undefined, "x", "y", "z"), { minLength: 7, maxLength: 7 }))
  .map(([stored, operands]) => {
    let at = 0;
    const add = (rule: Rule): Rule => {
      const leftOperand = operands[at++ % operands.length];
      return leftOperand === undefined ? rule : { ...rule, conditions: { leftOperand } };
    };
    return stored.map((it) => ({
      ...it,
      policySets: it.policySets.map((set) => ({
        ...set,
        policies: set.policies.map((policy) => ({ ...policy, rules: policy.rules.map(add) })),
      })),
    }));
  });

const askedPolicy: fc.Arbitrary<Policy> = fc
  .record({
    target: fc.record({
      resource: fc.record({ type: fc.constantFrom(...TYPES), identifiers: asked, attributes: asked }),
      actions: asked,
      environment: fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.record({
            serviceProviders: fc.uniqueArray(fc.constantFrom("sp", "sp-too", "sp", "other", "*"), {
              maxLength: 2,
            }),
          }),
        },
      ),
    }),
    rules: fc.constant<Rule[]>([{ effect: "Permit" }]),
  })
  .map(clean);

export const mask: fc.Arbitrary<Mask> = fc
  .array(
    setOf(
      fc.array(askedPolicy, { maxLength: 3 }),
      fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, licences()),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((policySets) => ({
    policyIssuer: "organisation",
    target: { accessSubject: "human" },
    policySets,
  }));
