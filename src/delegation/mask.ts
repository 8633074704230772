/**
 * The delegation mask: what an SP asks about (wire document §10; OpenAPI `DelegationRequestBody`). Owns shape and bounds;
 * whom it may be about is checked against the sign-in by the endpoint.
 */
import * as v from "valibot";
import { ok, type Result, refuse } from "../protocol/result.ts";
import {
  carried,
  list,
  maxDelegationDepth,
  object,
  type PolicySet,
  read,
  setTargetSchema,
  targetSchema,
  text,
} from "./policy.ts";

/** Every rule of a mask is a Permit: the question. */
export interface Mask {
  readonly policyIssuer: string;
  readonly target: { readonly accessSubject: string };
  readonly policySets: readonly PolicySet[];
}

const MAX_SETS = 20;
const MAX_POLICIES = 100;
const MAX_RULES = 10;

/** `delegation_path` and `previous_steps` are passed over: what is answered is one step, organisation to human. */
const mask = object({
  policyIssuer: text,
  target: object({ accessSubject: text }),
  policySets: v.pipe(
    list(
      object({
        maxDelegationDepth: v.optional(maxDelegationDepth),
        target: v.optional(setTargetSchema(object)),
        policies: list(
          object({
            target: targetSchema(object, carried),
            rules: list(object({ effect: v.literal("Permit", 'must be "Permit"') }), 1, MAX_RULES),
          }),
          0,
          MAX_POLICIES,
        ),
      }),
      0,
      MAX_SETS,
    ),
    v.check(
      (sets) => sets.reduce((sum, { policies }) => sum + policies.length, 0) <= MAX_POLICIES,
      `must not have more than ${MAX_POLICIES} policies in all`,
    ),
  ),
});

export function parseMask(json: unknown): Result<Mask> {
  const parsed = read(mask, json);
  return parsed.ok
    ? ok(parsed.value)
    : refuse("mask_malformed", { place: parsed.place, problem: parsed.problem });
}
