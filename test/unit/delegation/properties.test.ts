/** Evidence for random authorisations and masks: as brute force says, and the same whatever the order. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Authorisation } from "../../../src/delegation/evaluation.ts";
import {
  answerMask,
  answerPortal,
  type DelegationEvidence,
  type EvidenceRules,
} from "../../../src/delegation/evidence.ts";
import { type Mask, parseMask } from "../../../src/delegation/mask.ts";
import { type Policy, readForeignEvidence, readRegistration } from "../../../src/delegation/policy.ts";
import {
  ASKING,
  authorisation,
  authorisations,
  conditional,
  deny,
  mask,
  NOW,
  SECONDS,
  storedPolicy,
  storedSet,
} from "./arbitrary.ts";
import { expected } from "./oracle.ts";

const settings = { seed: 20261124, numRuns: 3000 };
const SUBJECT = { policyIssuer: "organisation", accessSubject: "human" };
const rules: EvidenceRules = {
  now: NOW,
  serviceProvider: ASKING,
  tellsConditions: false,
  tellsLicenceGroups: false,
  seconds: SECONDS,
};

const answer = (asked: Mask, stored: readonly Authorisation[]) => answerMask(asked, stored, rules);
const effectsOf = ({ policySets }: DelegationEvidence) =>
  policySets.map(({ policies }) => policies.map((policy) => policy.rules[0]?.effect));
/** for each policy of the mask, whether it is permitted */
const permitted = (asked: Mask, stored: readonly Authorisation[]): boolean[] =>
  effectsOf(answer(asked, stored))
    .flat()
    .map((effect) => effect === "Permit");

/** One stored policy of many, changed. */
const withPolicy = (
  stored: readonly Authorisation[],
  at: number,
  change: (policy: Policy) => readonly Policy[],
): Authorisation[] => {
  let left =
    at % Math.max(1, stored.flatMap((it) => it.policySets.flatMap(({ policies }) => policies)).length);
  return stored.map((it) => ({
    ...it,
    policySets: it.policySets.map((set) => ({
      ...set,
      policies: set.policies.flatMap((policy) => (left-- === 0 ? change(policy) : [policy])),
    })),
  }));
};

/** What order must not change. Licences are told in the order in which they are stored. */
const comparable = ({ policySets, notBefore, notOnOrAfter }: DelegationEvidence) => ({
  ...{ notBefore, notOnOrAfter },
  policySets: policySets.map(({ maxDelegationDepth, target, policies }) => ({
    maxDelegationDepth,
    licences: [...target.environment.licenses].sort(),
    rules: policies.map((policy) => policy.rules),
  })),
});

/** Every list in another order, but for licences, which keep theirs. */
function shuffled<T>(json: T, seed: number): T {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % below;
  };
  const turn = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (!Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, turn(member)]));
    }
    const turned: unknown[] = [];
    for (const it of value) {
      turned.splice(random(turned.length + 1), 0, turn(it));
    }
    return turned;
  };
  return turn(json) as T;
}

/** One of all the values in the JSON replaced by another. */
function replaced(json: unknown, at: number, other: unknown): unknown {
  const count = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? Object.values(value).reduce<number>((sum, member) => sum + count(member), 1)
      : 1;
  let left = at % count(json);
  return JSON.parse(JSON.stringify(json), (_, value) => (left-- === 0 ? other : value));
}

describe("evidence", () => {
  test("permits what brute force permits, no deeper and no longer", () => {
    let permits = 0;
    let denies = 0;
    fc.assert(
      fc.property(mask, authorisations, (asked, stored) => {
        const evidence = answer(asked, stored);
        const { sets, notOnOrAfter } = expected(asked, stored);
        expect(effectsOf(evidence)).toEqual(sets.map(({ effects }) => effects));
        expect(evidence.policySets.map(({ maxDelegationDepth }) => maxDelegationDepth)).toEqual(
          sets.map(({ maxDelegationDepth }) => maxDelegationDepth),
        );
        expect(evidence).toMatchObject({ notBefore: NOW, notOnOrAfter });
        for (const effect of effectsOf(evidence).flat()) effect === "Permit" ? permits++ : denies++;
      }),
      { ...settings, numRuns: 10_000 },
    );
    // else nothing was tried
    expect(permits).toBeGreaterThan(2000);
    expect(denies).toBeGreaterThan(2000);
  });

  test("permits no more with one Deny more", () => {
    let lost = 0;
    fc.assert(
      fc.property(mask, authorisations, deny, fc.nat(20), fc.boolean(), (asked, stored, rule, at, first) => {
        const before = permitted(asked, stored);
        const denied = withPolicy(stored, at, (policy) => [
          { ...policy, rules: first ? [rule, ...policy.rules] : [...policy.rules, rule] },
        ]);
        permitted(asked, denied).forEach((permit, index) => {
          if (permit) expect(before[index]).toBe(true);
          else if (before[index]) lost++;
        });
      }),
      settings,
    );
    expect(lost).toBeGreaterThan(100);
  });

  test("permits no less with one policy, set or authorisation more", () => {
    let won = 0;
    const more = fc.tuple(storedPolicy, storedSet, authorisation, fc.nat(20));
    fc.assert(
      fc.property(mask, authorisations, more, (asked, stored, [policy, set, whole, at]) => {
        const before = permitted(asked, stored);
        const [first, ...others] = stored;
        const wider = [
          withPolicy(stored, at, (it) => [policy, it]),
          first === undefined ? stored : [{ ...first, policySets: [...first.policySets, set] }, ...others],
          [whole, ...stored],
        ];
        for (const it of wider) {
          const after = permitted(asked, it);
          before.forEach((permit, index) => {
            if (permit) expect(after[index]).toBe(true);
            else if (after[index]) won++;
          });
        }
      }),
      settings,
    );
    expect(won).toBeGreaterThan(100);
  });

  test("is the same whatever the order of authorisations, sets, policies, rules and values", () => {
    const both = fc.oneof(authorisations, conditional);
    let merged = 0;
    fc.assert(
      fc.property(mask, both, fc.integer(), (asked, stored, seed) => {
        for (const tellsConditions of [false, true]) {
          const told = (it: readonly Authorisation[]) =>
            comparable(answerMask(asked, it, { ...rules, tellsConditions }));
          const evidence = told(stored);
          expect(told(shuffled(stored, seed))).toEqual(evidence);
          if (JSON.stringify(evidence).includes("anyOf")) merged++;
        }
      }),
      settings,
    );
    expect(merged).toBeGreaterThan(50);
  });

  test("asked for in another order has the same answers in that order", () => {
    fc.assert(
      fc.property(mask, authorisations, (asked, stored) => {
        const turned = {
          ...asked,
          policySets: asked.policySets.toReversed().map((set) => ({
            ...set,
            policies: set.policies.toReversed(),
          })),
        };
        const { policySets, ...life } = comparable(answer(asked, stored));
        expect(comparable(answer(turned, stored))).toEqual({
          ...life,
          policySets: policySets.toReversed().map((set) => ({ ...set, rules: set.rules.toReversed() })),
        });
      }),
      settings,
    );
  });

  test("is in the form in which evidence of others is read", () => {
    fc.assert(
      fc.property(mask, authorisations, (asked, stored) => {
        for (const evidence of [answer(asked, stored), answerPortal(SUBJECT, stored, rules)]) {
          const json = JSON.parse(JSON.stringify(evidence));
          expect(readForeignEvidence(json)).toEqual({ ok: true, value: json });
        }
      }),
      settings,
    );
  });
});

describe("the portal answer", () => {
  test("taken as what is stored permits exactly the same, as deep", () => {
    let permits = 0;
    fc.assert(
      fc.property(mask, authorisations, (asked, stored) => {
        const { policySets } = answerPortal(SUBJECT, stored, rules);
        const [told, known] = [answer(asked, [{ policySets }]), answer(asked, stored)];
        expect(effectsOf(told)).toEqual(effectsOf(known));
        expect(told.policySets.map(({ maxDelegationDepth }) => maxDelegationDepth)).toEqual(
          known.policySets.map(({ maxDelegationDepth }) => maxDelegationDepth),
        );
        permits += effectsOf(known)
          .flat()
          .filter((effect) => effect === "Permit").length;
      }),
      settings,
    );
    expect(permits).toBeGreaterThan(500);
  });

  test("names no other SP, and rests on nothing that is not told", () => {
    fc.assert(
      fc.property(authorisations, (stored) => {
        const { policySets, notOnOrAfter } = answerPortal(SUBJECT, stored, rules);
        const told = policySets.flatMap(({ policies }) => policies);
        for (const { target } of told) {
          for (const id of target.environment?.serviceProviders ?? []) expect(ASKING.has(id)).toBe(true);
        }
        expect(notOnOrAfter).toBeGreaterThan(NOW);
        if (told.length === 0) expect(notOnOrAfter).toBe(NOW + SECONDS);
      }),
      settings,
    );
  });
});

describe("reading", () => {
  test("any JSON never throws, and what is read is read again unchanged", () => {
    let read = 0;
    let refused = 0;
    const spoilt = fc
      .tuple(mask, fc.nat(1000), fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: "binary" })))
      .map(([asked, at, other]) => replaced(asked, at, other));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue({ maxDepth: 5 }), mask, spoilt, spoilt), (json) => {
        const first = parseMask(json);
        readRegistration(json);
        readForeignEvidence(json);
        if (!first.ok) refused++;
        else {
          expect(parseMask(first.value)).toEqual(first);
          read++;
        }
      }),
      { ...settings, numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });

  test("what is random here is what an administrator may register and an SP may ask", () => {
    fc.assert(
      fc.property(mask, authorisation, (asked, stored) => {
        expect(parseMask(asked)).toEqual({ ok: true, value: asked });
        const { notBefore = 0, notOnOrAfter = Number.MAX_VALUE } = stored;
        fc.pre(notBefore < notOnOrAfter);
        expect(readRegistration({ policyIssuer: "organisation", ...stored }).ok).toBe(true);
      }),
      { ...settings, numRuns: 500 },
    );
  });
});
