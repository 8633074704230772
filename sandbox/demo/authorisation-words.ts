/**
 * Delegation evidence in words: what a human may do, policy by policy. Owns what of a policy is left when its rules are
 * read: a policy that permits nothing, or denies all that it is about, is not told.
 */
import { licencesOf } from "../../src/delegation/evaluation.ts";
import type {
  ForeignEvidence,
  Licence,
  Policy,
  PolicySet,
  Resource,
  Rule,
} from "../../src/delegation/policy.ts";

export interface Authorised {
  readonly actions: string;
  /** term and words, in order */
  readonly facts: readonly (readonly [string, string])[];
}

export const describeAuthorisations = ({ policySets }: ForeignEvidence): readonly Authorised[] =>
  policySets.flatMap((set) =>
    set.policies.filter(givesSomething).map((policy) => describePolicy(policy, set)),
  );

const givesSomething = ({ rules }: Policy): boolean =>
  rules.some(({ effect }) => effect === "Permit") &&
  !rules.some((rule) => rule.effect === "Deny" && isAboutAll(rule));

const isAboutAll = ({ target, conditions }: Rule): boolean =>
  target === undefined && conditions === undefined;

function describePolicy({ target: { resource, actions }, rules }: Policy, set: PolicySet): Authorised {
  // A rule about another type of resource is about nothing here.
  const told = rules.filter(({ target }) => (target?.resource?.type ?? resource.type) === resource.type);
  const permits = told.filter(({ effect }) => effect === "Permit");
  const denies = told.filter(({ effect }) => effect === "Deny");
  const licences = licencesOf(set);
  return {
    actions: actions.includes("*") ? "any action" : listOf(actions),
    facts: [
      ["Resource type", resource.type],
      ["Identifiers", listOf(resource.identifiers)],
      ["Attributes", listOf(resource.attributes)],
      ...(permits.some(isAboutAll) ? [] : [["Only", describeRules(permits)] as const]),
      ...(denies.length === 0 ? [] : [["Except", describeRules(denies)] as const]),
      ...(licences.length === 0 ? [] : [["Licences", describeLicences(licences)] as const]),
    ],
  };
}

const listOf = (values: readonly string[]): string =>
  values.includes("*") ? "all" : values.length === 0 ? "none" : values.join(", ");

/** A group of licences has no words of its own. */
export const describeLicences = (licences: readonly Licence[]): string =>
  licences.map((licence) => (typeof licence === "string" ? licence : JSON.stringify(licence))).join(", ");

const describeRules = (rules: readonly Rule[]): string => rules.map(describeRule).join("; ");

function describeRule({ target, conditions }: Rule): string {
  const { identifiers, attributes }: { readonly [Member in keyof Resource]?: Resource[Member] | undefined } =
    target?.resource ?? {};
  const parts = [
    target?.actions && `actions: ${listOf(target.actions)}`,
    identifiers && `identifiers: ${listOf(identifiers)}`,
    attributes && `attributes: ${listOf(attributes)}`,
  ].filter((part) => part !== undefined);
  const what = parts.length === 0 ? "all of it" : parts.join(", ");
  return conditions === undefined ? what : `${what}, under these conditions: ${JSON.stringify(conditions)}`;
}
