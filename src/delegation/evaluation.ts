/**
 * What stored policies give for one policy of a mask (wire document §10): one of them alone must cover it; Permit
 * overrides across policies and sets, Deny overrides across the rules of one. The order of policies does not matter, and
 * the work is linear in mask × policies. Owns the decision and its strings (depth, licences, conditions, end); how the
 * answer is written is `evidence`'s.
 */

import type { JsonObject } from "../protocol/json.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type Asked, askFor, covers, overlaps, type Stored } from "./coverage.ts";
import type { Licence, Policy, PolicySet, Rule, RuleTarget } from "./policy.ts";

/** Policy sets with one life. */
export interface Authorisation {
  readonly policySets: readonly PolicySet[];
  readonly notBefore?: EpochSeconds | undefined;
  /** exclusive */
  readonly notOnOrAfter?: EpochSeconds | undefined;
}

export interface Circumstances {
  readonly now: EpochSeconds;
  /** every identifier of the SP that asks */
  readonly serviceProvider: ReadonlySet<string>;
  /** conditions of a rule can be told to the SP, who evaluates them (framework 3.0); else they deny */
  readonly tellsConditions: boolean;
  /** groups of licences can be told (framework 2.2); else they deny */
  readonly tellsLicenceGroups: boolean;
}

/** What a Permit comes with. */
export interface Support {
  readonly maxDelegationDepth: number;
  readonly licences: Licences;
  /** for the SP to evaluate: one of them must hold; empty: nothing */
  readonly conditions: readonly JsonObject[];
  /** exclusive; Infinity: no end */
  readonly until: EpochSeconds;
}

/** A stored policy, made ready to be asked many times. */
interface Prepared {
  readonly maxDelegationDepth: number;
  readonly licences: Licences;
  readonly until: EpochSeconds;
  readonly identifiers: Stored;
  readonly attributes: Stored;
  readonly actions: Stored;
  readonly permits: readonly PreparedRule[];
  readonly denies: readonly PreparedRule[];
}
interface PreparedRule {
  readonly conditions: JsonObject | undefined;
  readonly type: string | undefined;
  readonly identifiers: Stored | undefined;
  readonly attributes: Stored | undefined;
  readonly actions: Stored | undefined;
}

/** Policies that are in force for this SP, by resource type. */
export type Policies = ReadonlyMap<string, readonly Prepared[]>;

export const isInForce = ({ notBefore, notOnOrAfter }: Authorisation, now: EpochSeconds): boolean =>
  (notBefore === undefined || notBefore <= now) && (notOnOrAfter === undefined || now < notOnOrAfter);

/** May this SP see the policy, and can it be told all that the policy depends on? */
export function isForServiceProvider({ target }: Policy, set: PolicySet, at: Circumstances): boolean {
  const named = target.environment?.serviceProviders;
  if (named !== undefined && !named.some((id) => id === "*" || at.serviceProvider.has(id))) return false;
  // A condition that is ours to evaluate, and that we can't, denies.
  if (target.context?.conditions !== undefined) return false;
  return tellable(licencesOf(set), at).length === licencesOf(set).length;
}

/** Licences that this SP has words for. */
export const tellable = (licences: readonly Licence[], at: Circumstances): readonly Licence[] =>
  at.tellsLicenceGroups ? licences : licences.filter((licence) => typeof licence === "string");

export function preparePolicies(authorisations: readonly Authorisation[], at: Circumstances): Policies {
  const policies = new Map<string, Prepared[]>();
  for (const authorisation of authorisations) {
    if (!isInForce(authorisation, at.now)) continue;
    for (const set of authorisation.policySets) {
      const shared = {
        maxDelegationDepth: set.maxDelegationDepth ?? 0,
        licences: prepareLicences(licencesOf(set)),
        until: authorisation.notOnOrAfter ?? Number.POSITIVE_INFINITY,
      };
      for (const policy of set.policies) {
        if (!isForServiceProvider(policy, set, at)) continue;
        const prepared = { ...shared, ...prepare(policy) };
        const { type } = policy.target.resource;
        const known = policies.get(type);
        if (known === undefined) policies.set(type, [prepared]);
        else known.push(prepared);
      }
    }
  }
  return policies;
}

function prepare(policy: Policy) {
  const { resource, actions } = policy.target;
  const rules = (effect: Rule["effect"]) =>
    policy.rules.filter((rule) => rule.effect === effect).map(prepareRule);
  return {
    identifiers: new Set(resource.identifiers),
    attributes: new Set(resource.attributes),
    actions: new Set(actions),
    permits: rules("Permit"),
    denies: rules("Deny"),
  };
}

function prepareRule({ target, conditions }: Rule): PreparedRule {
  const { resource, actions }: RuleTarget = target ?? {};
  const stored = (values: readonly string[] | undefined) => values && new Set(values);
  return {
    conditions,
    type: resource?.type,
    identifiers: stored(resource?.identifiers),
    attributes: stored(resource?.attributes),
    actions: stored(actions),
  };
}

/** One policy of a mask, and what its set asks for. */
interface Question {
  readonly type: string;
  readonly identifiers: Asked;
  readonly attributes: Asked;
  readonly actions: Asked;
  readonly licences: Licences;
}

/** @returns what the Permit comes with; undefined: Deny */
export function decide(
  asked: Policy,
  askedSet: PolicySet,
  policies: Policies,
  at: Circumstances,
): Support | undefined {
  if (!isAboutAsker(asked, at)) return undefined;
  if (tellable(licencesOf(askedSet), at).length < licencesOf(askedSet).length) return undefined;
  const { resource, actions } = asked.target;
  const question: Question = {
    type: resource.type,
    identifiers: askFor(resource.identifiers),
    attributes: askFor(resource.attributes),
    actions: askFor(actions),
    licences: prepareLicences(licencesOf(askedSet)),
  };
  const supports = (policies.get(resource.type) ?? []).flatMap((policy) => {
    const support = supportBy(policy, question, at);
    return support === undefined ? [] : [support];
  });
  const plain = supports.filter(({ conditions }) => conditions.length === 0);
  return plain.length > 0 ? plain.reduce(better) : together(supports);
}

/** An SP asks for itself: what somebody may do at others is not for it to know, and nowhere is no place. */
function isAboutAsker({ target }: Policy, { serviceProvider }: Circumstances): boolean {
  const named = target.environment?.serviceProviders;
  return named === undefined || (named.length > 0 && named.every((id) => serviceProvider.has(id)));
}

function supportBy(stored: Prepared, asked: Question, at: Circumstances): Support | undefined {
  const covered =
    covers(stored.identifiers, asked.identifiers) &&
    covers(stored.attributes, asked.attributes) &&
    covers(stored.actions, asked.actions);
  if (!covered || stored.denies.some((rule) => applies(rule, asked, overlaps))) return undefined;
  const licences = licencesFor(stored.licences, asked.licences);
  if (licences === undefined) return undefined;
  const permits = stored.permits.filter((rule) =>
    applies(rule, asked, (list, values) => list === undefined || covers(list, values)),
  );
  const conditions = permits.flatMap(({ conditions }) => (conditions === undefined ? [] : [conditions]));
  const isPlain = conditions.length < permits.length;
  if (!isPlain && (conditions.length === 0 || !at.tellsConditions)) return undefined;
  return {
    maxDelegationDepth: stored.maxDelegationDepth,
    licences,
    conditions: isPlain ? [] : conditions,
    until: stored.until,
  };
}

/** A condition of a Deny is not looked at: as far as we can tell it holds. */
const applies = (
  rule: PreparedRule,
  asked: Question,
  matches: (list: Stored | undefined, values: Asked) => boolean,
): boolean =>
  (rule.type === undefined || rule.type === "*" || rule.type === asked.type) &&
  matches(rule.identifiers, asked.identifiers) &&
  matches(rule.attributes, asked.attributes) &&
  matches(rule.actions, asked.actions);

export const licencesOf = ({ target }: PolicySet): readonly Licence[] => target?.environment?.licenses ?? [];

/** Licences with the spelling they are compared by. */
interface Licences {
  readonly all: readonly Licence[];
  readonly keys: ReadonlySet<string>;
  /** of all together, in whatever order, and as they are */
  readonly key: string;
  readonly spelling: string;
}

function prepareLicences(all: readonly Licence[]): Licences {
  const keys = all.map(keyOf);
  return { all, keys: new Set(keys), key: keys.toSorted().join(), spelling: keys.join() };
}

/** The licences that apply; undefined when not all that are asked for are given. */
function licencesFor(stored: Licences, asked: Licences): Licences | undefined {
  if (asked.all.length === 0) return stored;
  const missing = asked.all.filter((licence) => !stored.keys.has(keyOf(licence)));
  if (missing.length === 0) return stored;
  if (!stored.keys.has(ANY)) return undefined;
  return prepareLicences([
    ...asked.all,
    ...stored.all.filter((licence) => licence !== "*" && !asked.keys.has(keyOf(licence))),
  ]);
}

/** The one with fewer strings attached; between equals the spelling decides, so that order never does. */
function better(one: Support, other: Support): Support {
  const order =
    one.maxDelegationDepth - other.maxDelegationDepth ||
    compare(one.until, other.until) ||
    other.licences.all.length - one.licences.all.length ||
    compare(other.licences.key, one.licences.key) ||
    compare(other.licences.spelling, one.licences.spelling);
  return order >= 0 ? one : other;
}

/** Which of several holds depends on conditions that we can't evaluate: what all have in common can be promised. */
function together(supports: readonly Support[]): Support | undefined {
  if (supports.length === 0) return undefined;
  return {
    maxDelegationDepth: least(supports.map((it) => it.maxDelegationDepth)),
    licences: prepareLicences(mergeLicences(supports.map((it) => it.licences))),
    conditions: distinct(supports.flatMap((it) => it.conditions)),
    until: least(supports.map((it) => it.until)),
  };
}

/** All that apply to any; lists that are alike keep their order. */
export function mergeLicences(lists: readonly Licences[]): readonly Licence[] {
  const [first, ...others] = [...new Map(lists.map((it) => [it.spelling, it.all])).values()];
  return others.length === 0 ? (first ?? []) : distinct([...(first ?? []), ...others.flat()]);
}

/** Infinity of none. `Math.min` takes its arguments on the stack, which ends. */
export const least = (numbers: readonly number[]): number =>
  numbers.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);

const keyOf = (value: unknown): string => JSON.stringify(value);
const ANY = keyOf("*");
const compare = <T>(one: T, other: T): number => (one < other ? -1 : one > other ? 1 : 0);

/** Each once, in an order of its own. */
const distinct = <T>(values: readonly T[]): readonly T[] =>
  [...new Map(values.map((value) => [keyOf(value), value]))]
    .sort(([one], [other]) => compare(one, other))
    .map(([, value]) => value);
