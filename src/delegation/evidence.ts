/**
 * Delegation evidence: the answer to a mask, and the portal approach (wire document §10; OpenAPI
 * `jwt_payload_delegation_evidence_token`). Owns how decisions are written down and how long they may be believed;
 * evidence can't be recalled, so it never outlives the policies it rests on.
 */
import type { JsonObject } from "../protocol/json.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import {
  type Authorisation,
  type Circumstances,
  decide,
  isForServiceProvider,
  isInForce,
  least,
  licencesOf,
  mergeLicences,
  type Policies,
  preparePolicies,
  type Support,
  tellable,
} from "./evaluation.ts";
import type { Mask } from "./mask.ts";
import type { Licence, Policy, PolicySet, Rule } from "./policy.ts";

export interface DelegationEvidence {
  readonly notBefore: EpochSeconds;
  readonly notOnOrAfter: EpochSeconds;
  readonly policyIssuer: string;
  readonly target: { readonly accessSubject: string };
  readonly policySets: readonly EvidenceSet[];
}

interface EvidenceSet {
  readonly maxDelegationDepth: number;
  readonly target: { readonly environment: { readonly licenses: readonly Licence[] } };
  readonly policies: readonly Policy[];
}

export interface EvidenceRules extends Circumstances {
  /** EVIDENCE_SECONDS */
  readonly seconds: number;
}

/** Repeats the mask, with Permit or Deny for each policy. Nothing authorised is all Deny. */
export function answerMask(
  mask: Mask,
  authorisations: readonly Authorisation[],
  rules: EvidenceRules,
): DelegationEvidence {
  const policies = preparePolicies(authorisations, rules);
  const sets = mask.policySets.map((set) => answerSet(set, policies, rules));
  return {
    ...lifeOf(
      sets.flatMap(({ supports }) => supports.map(({ until }) => until)),
      rules,
    ),
    policyIssuer: mask.policyIssuer,
    target: { accessSubject: mask.target.accessSubject },
    policySets: sets.map(({ answer }) => answer),
  };
}

function answerSet(asked: PolicySet, policies: Policies, rules: EvidenceRules) {
  const answers = asked.policies.map((policy) => ({
    policy,
    support: decide(policy, asked, policies, rules),
  }));
  const supports = answers.flatMap(({ support }) => support ?? []);
  const depths = supports.map((it) => it.maxDelegationDepth);
  const answer: EvidenceSet = {
    // Of a set no more may be handed on than of each of its policies.
    maxDelegationDepth:
      supports.length === 0 ? 0 : least([asked.maxDelegationDepth ?? Number.POSITIVE_INFINITY, ...depths]),
    target: {
      environment: {
        licenses:
          supports.length === 0
            ? tellable(licencesOf(asked), rules)
            : mergeLicences(supports.map((it) => it.licences)),
      },
    },
    policies: answers.map(({ policy: { target }, support }) => ({ target, rules: [ruleFor(support)] })),
  };
  return { answer, supports };
}

function ruleFor(support: Support | undefined): Rule {
  if (support === undefined) return { effect: "Deny" };
  const [condition, ...others] = support.conditions;
  if (condition === undefined) return { effect: "Permit" };
  const conditions: JsonObject = others.length === 0 ? condition : { anyOf: support.conditions };
  return { effect: "Permit", conditions };
}

/** The portal approach: every authorisation that this SP may see, as it is stored. */
export function answerPortal(
  subject: { readonly policyIssuer: string; readonly accessSubject: string },
  authorisations: readonly Authorisation[],
  rules: EvidenceRules,
): DelegationEvidence {
  const shown = authorisations
    .filter((authorisation) => isInForce(authorisation, rules.now))
    .map((authorisation) => ({
      until: authorisation.notOnOrAfter ?? Number.POSITIVE_INFINITY,
      sets: authorisation.policySets.flatMap((set) => showSet(set, rules)),
    }))
    .filter(({ sets }) => sets.length > 0);
  return {
    ...lifeOf(
      shown.map(({ until }) => until),
      rules,
    ),
    policyIssuer: subject.policyIssuer,
    target: { accessSubject: subject.accessSubject },
    policySets: shown.flatMap(({ sets }) => sets),
  };
}

function showSet(set: PolicySet, rules: EvidenceRules): readonly EvidenceSet[] {
  const policies = set.policies
    .filter((policy) => isForServiceProvider(policy, set, rules))
    .flatMap((policy) => showPolicy(policy, rules));
  if (policies.length === 0) return [];
  return [
    {
      maxDelegationDepth: set.maxDelegationDepth ?? 0,
      target: { environment: { licenses: licencesOf(set) } },
      policies,
    },
  ];
}

/** Without the Permits that hang on what can't be told; nothing when none is left, or all of it is denied. */
function showPolicy({ target, rules }: Policy, at: EvidenceRules): readonly Policy[] {
  const told = rules
    .filter(({ effect, conditions }) => effect === "Deny" || conditions === undefined || at.tellsConditions)
    .map((rule) => (at.tellsConditions ? rule : unconditional(rule)));
  if (!told.some(({ effect }) => effect === "Permit")) return [];
  if (told.some((rule) => deniesAll(rule, target.resource.type))) return [];
  const { environment, ...rest } = target;
  const named = environment?.serviceProviders;
  // Which other SPs there are is none of this one's business.
  const own = named?.filter((id) => at.serviceProvider.has(id)) ?? [];
  return [
    {
      target: { ...rest, ...(own.length === 0 ? {} : { environment: { serviceProviders: own } }) },
      rules: told,
    },
  ];
}

function deniesAll({ effect, target, conditions }: Rule, type: string): boolean {
  const { resource, actions } = target ?? {};
  const lists = [resource?.identifiers, resource?.attributes, actions];
  return (
    effect === "Deny" &&
    conditions === undefined &&
    ["*", type].includes(resource?.type ?? type) &&
    lists.every((list) => list === undefined || list.includes("*"))
  );
}

/** A Deny whose condition can't be told denies in any case. */
const unconditional = ({ conditions: _, ...rule }: Rule): Rule => rule;

/** From now, until the first of the policies it rests on ends, and no longer than is set. */
const lifeOf = (ends: readonly EpochSeconds[], { now, seconds }: EvidenceRules) => ({
  notBefore: now,
  notOnOrAfter: Math.min(now + seconds, least(ends)),
});
