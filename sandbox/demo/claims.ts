/** What each token must say, beyond that it is genuine. Owns the comparisons, and what the human reads about each. */
import { type ForeignEvidence, readForeignEvidence, type Target } from "../../src/delegation/policy.ts";
import type { JsonObject } from "../../src/protocol/json.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { reachesLevel } from "./assurance.ts";
import type { Attempt } from "./attempt.ts";
import type { Expectation } from "./examination.ts";
import type { Question } from "./question.ts";
import type { ServiceProvider } from "./service-provider.ts";
import type { Session } from "./session.ts";
import { SKEW_SECONDS } from "./trust.ts";

type Claims = Expectation["claims"];

const exactly =
  (expected: unknown) =>
  (value: unknown): boolean =>
    expected !== undefined && value === expected;

/** OIDC Core §3.1.3.7. `acr_values` is a wish: whether it was met is for the one who asked to look (§5.5.1.1). */
export const idTokenClaims = (sp: ServiceProvider, attempt: Attempt): Claims => [
  {
    name: "nonce",
    holds: exactly(attempt.nonce),
    label: "Nonce: the id_token answers this very request",
  },
  {
    name: "azp",
    holds: exactly(sp.partyId),
    label: "Authorised party: issued to this Service Provider",
  },
  {
    name: "acr",
    holds: (acr) => reachesLevel(acr, attempt.level),
    label: `Level of assurance: at least what was asked for (${attempt.level})`,
  },
];

/**
 * OIDC Core §5.3.2: details of somebody else must not be taken for those of the one who signed in.
 * @param idToken its claims
 */
export const userinfoClaims = ({ sub, organisationIdentifier }: JsonObject): Claims => [
  { name: "sub", holds: exactly(sub), label: "Subject: the same human as in the id_token" },
  {
    name: "organisationIdentifier",
    holds: exactly(organisationIdentifier),
    label: "Organisation: the same as in the id_token",
  },
];

/** Userinfo that answers a question: evidence about somebody else, of another time or to another question is none. */
export const evidenceClaims = (session: Session, question: Question, now: EpochSeconds): Claims => [
  ...userinfoClaims({ sub: session.subject, organisationIdentifier: session.organisationId }),
  evidenceClaim("Evidence: it is there, and has the form that iSHARE describes", () => true),
  evidenceClaim(
    "Evidence: about this human, by the pseudonym that this service knows",
    ({ target }) => target.accessSubject === session.subject,
  ),
  evidenceClaim(
    "Evidence: of the organisation that they act for",
    ({ policyIssuer }) => policyIssuer === session.organisationId,
  ),
  evidenceClaim(
    "Evidence: in force now",
    ({ notBefore, notOnOrAfter }) => notBefore - SKEW_SECONDS <= now && now < notOnOrAfter,
  ),
  ...(question === "*"
    ? []
    : [
        evidenceClaim(
          "Evidence: it repeats the policy that was asked about, and no other",
          ({ policySets }) =>
            spell(policySets.flatMap(({ policies }) => policies)) ===
            spell(question.policySets.flatMap(({ policies }) => policies)),
        ),
      ]),
];

const evidenceClaim = (label: string, holds: (evidence: ForeignEvidence) => boolean): Claims[number] => ({
  name: "delegationEvidence",
  label,
  holds: (value) => {
    const evidence = readForeignEvidence(value);
    return evidence.ok && holds(evidence.value);
  },
});

/** Whatever the order of members was; a member that is absent is no value. */
const spell = (policies: readonly { readonly target: Target }[]): string =>
  JSON.stringify(
    policies.map(({ target: { resource, actions, environment, context } }) => [
      ...[resource.type, resource.identifiers, resource.attributes, actions],
      ...[environment ?? null, context ?? null],
    ]),
  );
