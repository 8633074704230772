/**
 * What evidence must say, by brute force: every list is written out as the single things it stands for, and each thing is
 * looked up by itself. Shares no code with what is tested, and knows nothing of conditions or groups of licences.
 */
import type { Authorisation } from "../../../src/delegation/evaluation.ts";
import type { Mask } from "../../../src/delegation/mask.ts";
import type { Policy, PolicySet, RuleTarget } from "../../../src/delegation/policy.ts";
import { ASKING, NOW, SECONDS, VALUES } from "./arbitrary.ts";

/** stands for every value outside the alphabet */
const UNNAMED = "unnamed";
/** stands for the whole, asked for by naming nothing */
const WHOLE = "whole";
const EVERY: readonly string[] = [...VALUES, UNNAMED, WHOLE];

const heldIn = (list: readonly string[]): readonly string[] => {
  if (list.includes("*")) return EVERY;
  return list.length === 0 ? [WHOLE] : list;
};
const askedIn = (list: readonly string[]): readonly string[] => {
  if (list.length === 0) return [WHOLE];
  return list.includes("*") ? [...VALUES, UNNAMED] : list;
};
/** what must not be denied: who asks for the whole asks for each value too */
const touchedBy = (list: readonly string[]): readonly string[] =>
  list.length === 0 || list.includes("*") ? EVERY : list;

type Thing = readonly [identifier: string, attribute: string, action: string];

/** every thing that a policy is about, one by one */
function* things(
  { target }: Policy,
  written: (list: readonly string[]) => readonly string[],
): Generator<Thing> {
  for (const identifier of written(target.resource.identifiers))
    for (const attribute of written(target.resource.attributes))
      for (const action of written(target.actions)) yield [identifier, attribute, action];
}

const isIn = ({ target }: Policy, [identifier, attribute, action]: Thing): boolean =>
  heldIn(target.resource.identifiers).includes(identifier) &&
  heldIn(target.resource.attributes).includes(attribute) &&
  heldIn(target.actions).includes(action);

/** a list of a rule that is absent narrows nothing */
const isAbout = (
  target: RuleTarget | undefined,
  type: string,
  [identifier, attribute, action]: Thing,
): boolean =>
  (target?.resource?.type ?? type) === type &&
  heldIn(target?.resource?.identifiers ?? ["*"]).includes(identifier) &&
  heldIn(target?.resource?.attributes ?? ["*"]).includes(attribute) &&
  heldIn(target?.actions ?? ["*"]).includes(action);

function permits(stored: Policy, asked: Policy): boolean {
  const { type } = asked.target.resource;
  const spoken = asked.target.environment?.serviceProviders ?? [...ASKING];
  if (spoken.length === 0 || spoken.some((id) => !ASKING.has(id))) return false;
  const seenBy = stored.target.environment?.serviceProviders ?? ["*"];
  if (![...ASKING, "*"].some((id) => seenBy.includes(id))) return false;
  if (stored.target.resource.type !== type) return false;
  const wanted = [...things(asked, askedIn)];
  const touched = [...things(asked, touchedBy)];
  const rules = (effect: string) => stored.rules.filter((rule) => rule.effect === effect);
  return (
    wanted.every((thing) => isIn(stored, thing)) &&
    rules("Permit").some(({ target }) => wanted.every((thing) => isAbout(target, type, thing))) &&
    !rules("Deny").some(({ target }) => touched.some((thing) => isAbout(target, type, thing)))
  );
}

const licencesOf = ({ target }: PolicySet): readonly unknown[] => target?.environment?.licenses ?? [];

function givesLicences(stored: PolicySet, asked: PolicySet): boolean {
  const given = licencesOf(stored);
  return given.includes("*") || licencesOf(asked).every((licence) => given.includes(licence));
}

const isActive = ({ notBefore = 0, notOnOrAfter = Number.MAX_VALUE }: Authorisation): boolean =>
  notBefore <= NOW && NOW < notOnOrAfter;

interface Verdict {
  readonly effects: readonly ("Permit" | "Deny")[];
  readonly maxDelegationDepth: number;
}

/** The effects and the depth of each set, and the end of the evidence. */
export function expected(mask: Mask, stored: readonly Authorisation[]) {
  const ends = [NOW + SECONDS];
  const sets = mask.policySets.map((askedSet): Verdict => {
    const depths: number[] = [];
    const effects = askedSet.policies.map((asked) => {
      const supports = stored.filter(isActive).flatMap((authorisation) =>
        authorisation.policySets
          .filter((set) => givesLicences(set, askedSet))
          .filter(({ policies }) => policies.some((policy) => permits(policy, asked)))
          .map(({ maxDelegationDepth = 0 }) => ({
            depth: maxDelegationDepth,
            end: authorisation.notOnOrAfter ?? Number.MAX_VALUE,
          })),
      );
      if (supports.length === 0) return "Deny";
      const deepest = Math.max(...supports.map(({ depth }) => depth));
      depths.push(deepest);
      ends.push(Math.max(...supports.filter(({ depth }) => depth === deepest).map(({ end }) => end)));
      return "Permit";
    });
    const { maxDelegationDepth: wish = 100 } = askedSet;
    return { effects, maxDelegationDepth: depths.length === 0 ? 0 : Math.min(wish, ...depths) };
  });
  return { sets, notOnOrAfter: Math.min(...ends) };
}
