/**
 * What the sample users may do, for which organisation. De Blauwe Kraan has it in the Identity Provider's directory;
 * Tulpenveld keeps it in an Authorisation Registry, under names of its own. Owns the samples and nothing else.
 */
import type { PolicySet } from "../src/delegation/policy.ts";
import type { Entry } from "./authorisation-registry/authorisation-registry.ts";
import { BLUE_CRANE, FREIGHT_PAPERS, type Organisation, partyIdOf, TULIP_FIELD } from "./participants.ts";

const PERMIT = { effect: "Permit" } as const;

const releasing = (...containers: readonly string[]): PolicySet => ({
  maxDelegationDepth: 0,
  target: { environment: { licenses: ["ISHARE.0001"] } },
  policies: [
    {
      target: {
        resource: { type: "container", identifiers: containers, attributes: ["*"] },
        actions: ["release"],
      },
      rules: [PERMIT],
    },
  ],
});

/** All but one, and at one Service Provider only. */
const READING_PAPERS: PolicySet = {
  maxDelegationDepth: 0,
  target: { environment: { licenses: ["ISHARE.0001"] } },
  policies: [
    {
      target: {
        resource: { type: "freight-paper", identifiers: ["*"], attributes: ["*"] },
        actions: ["read"],
        environment: { serviceProviders: [partyIdOf(FREIGHT_PAPERS)] },
      },
      rules: [PERMIT, { effect: "Deny", target: { resource: { identifiers: ["CMR-2026-0013"] } } }],
    },
  ],
};

/** In the directory. */
export const AUTHORISATIONS: readonly {
  readonly username: string;
  readonly organisation: Organisation;
  readonly policySets: readonly PolicySet[];
}[] = [
  { username: "anna", organisation: BLUE_CRANE, policySets: [releasing("MSKU1234565"), READING_PAPERS] },
  { username: "noor", organisation: BLUE_CRANE, policySets: [releasing("*")] },
];

/** In the Authorisation Registry. */
export const KEPT_ELSEWHERE: readonly { readonly username: string; readonly entry: Entry }[] = [
  {
    username: "bram",
    entry: {
      policyIssuer: partyIdOf(TULIP_FIELD),
      accessSubject: "tulpenveld-employee-11",
      policySets: [releasing("MSKU7654321")],
    },
  },
  {
    username: "noor",
    entry: {
      policyIssuer: partyIdOf(TULIP_FIELD),
      accessSubject: "tulpenveld-employee-29",
      policySets: [releasing("MSKU1234565", "MSKU7654321")],
    },
  },
];
