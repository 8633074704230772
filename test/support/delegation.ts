/** Masks, policies and what comes of them, for tests of delegation over the wire. Knows the wire and nothing of `src`. */
import { ORGANISATION } from "./world.ts";

export interface Wanted {
  readonly type?: string;
  readonly identifiers?: readonly string[];
  readonly attributes?: readonly string[];
  readonly actions?: readonly string[];
}

const targetOf = ({
  type = "container",
  identifiers = ["C1"],
  attributes = ["*"],
  actions = ["release"],
}: Wanted) => ({
  resource: { type, identifiers, attributes },
  actions,
});

/** A mask of one policy set; `more` over the request itself. */
export const maskFor = (subject: unknown, wanted: readonly Wanted[] = [{}], more: object = {}) => ({
  delegationRequest: {
    policyIssuer: ORGANISATION.id,
    target: { accessSubject: subject },
    policySets: [{ policies: wanted.map((it) => ({ target: targetOf(it), rules: [{ effect: "Permit" }] })) }],
    ...more,
  },
});

/** A stored policy set of one policy. */
export const policySet = (
  granted: Wanted = {},
  rules: readonly object[] = [{ effect: "Permit" }],
  target = {},
) => ({
  policies: [{ target: { ...targetOf(granted), ...target }, rules }],
});

export interface Evidence {
  readonly notBefore: number;
  readonly notOnOrAfter: number;
  readonly policyIssuer: string;
  readonly target: { readonly accessSubject: string };
  readonly policySets: readonly {
    readonly maxDelegationDepth: number;
    readonly policies: readonly {
      readonly target: unknown;
      readonly rules: readonly { readonly effect: string }[];
    }[];
  }[];
}

/** The effects, in the order of the mask. */
export const effectsOf = ({ policySets }: Evidence): readonly string[] =>
  policySets.flatMap(({ policies }) => policies.flatMap(({ rules }) => rules.map(({ effect }) => effect)));
