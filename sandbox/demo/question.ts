/**
 * What this service asks the Identity Provider about a human (iSHARE: delegation mask, or all authorisations). Owns what
 * a container number is and how the question about one is put.
 */
import type { Mask } from "../../src/delegation/mask.ts";
import type { Session } from "./session.ts";

/** All that the human may do here, instead of a mask. */
export const EVERYTHING = "*";
export type Question = Mask | typeof EVERYTHING;

/** @param typed by a human, so possibly anything @returns undefined for what can't be a number */
export function readContainerNumber(typed: string): string | undefined {
  const number = typed.trim();
  return /^[A-Za-z0-9-]{1,30}$/.test(number) ? number.toUpperCase() : undefined;
}

export const mayRelease = (container: string, { subject, organisationId }: Session): Mask => ({
  policyIssuer: organisationId,
  target: { accessSubject: subject },
  policySets: [
    {
      policies: [
        {
          target: {
            resource: { type: "container", identifiers: [container], attributes: ["*"] },
            actions: ["release"],
          },
          rules: [{ effect: "Permit" }],
        },
      ],
    },
  ],
});
