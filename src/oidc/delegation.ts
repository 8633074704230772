/**
 * What a human may do, asked at userinfo (wire document §10): gathers who is who, what the directory holds or the
 * organisation's Authorisation Registry says, and has `delegation` decide. Owns the order, and that an answer which could
 * not be had is an outage: never a Permit, never a Deny.
 */

import { type Authorisation, isInForce } from "../delegation/evaluation.ts";
import {
  answerMask,
  answerPortal,
  type DelegationEvidence,
  type EvidenceRules,
} from "../delegation/evidence.ts";
import { type Mask, parseMask } from "../delegation/mask.ts";
import { type PolicySet, readForeignEvidence } from "../delegation/policy.ts";
import type { Deps } from "../deps.ts";
import { findRights } from "../directory/authorisation.ts";
import { tellsConditions, tellsLicenceGroups } from "../protocol/framework.ts";
import type { JsonObject } from "../protocol/json.ts";
import { parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Scope } from "../protocol/scopes.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { chooseAuthorisationRegistry } from "../registry/authorisation-registry-choice.ts";
import { type AuthorisationRegistryRecord, checkAdherence, type Party } from "../registry/party.ts";

/** Characters. Signing and sending take several times that in memory. */
const MAX_EVIDENCE = 4 * 1024 * 1024;
/** Every authorisation, instead of an answer to a mask. */
const PORTAL = "*";
export const PORTAL_SCOPE: Scope = "authorisations";

export type DelegationDeps = Pick<
  Deps,
  "config" | "registry" | "authorisationRegistries" | "directory" | "now" | "log"
>;

/** Who asks about whom, as the sign-in established it. */
export interface SignedIn {
  readonly humanId: string;
  /** the pseudonym that this SP knows */
  readonly subject: string;
  /** the organisation represented */
  readonly organisationId: string;
  /** the SP: its canonical identifier, and the one it uses */
  readonly party: { readonly id: string; readonly clientId: string };
  readonly scopes: readonly Scope[];
}

/** @param request the member `delegationRequest`: a mask, or `*` */
export async function answerDelegationRequest(
  request: unknown,
  signedIn: SignedIn,
  deps: DelegationDeps,
): Promise<Result<DelegationEvidence>> {
  const asked = parseRequest(request, signedIn);
  if (!asked.ok) return asked;
  const { value: mask } = asked;
  const { organisationId, party } = signedIn;
  const [organisation, serviceProvider] = await Promise.all([
    describe(organisationId, deps),
    describe(party.id, deps),
  ]);
  if (!organisation.ok) return organisation;
  if (!serviceProvider.ok) return serviceProvider;
  // The token may live on for a while; what it is asked about goes to active participants only.
  const { party: asker } = serviceProvider.value;
  const adherent = asker === undefined ? refuse("party_unknown") : checkAdherence(asker, deps.now());
  if (!adherent.ok) return adherent;
  if (mask !== undefined && !organisation.value.ids.has(mask.policyIssuer)) return refuse("mask_issuer");

  const found = await findAuthorisations(mask, organisation.value, serviceProvider.value, signedIn, deps);
  if (!found.ok) return found;
  const { authorisations, source, notBefore } = found.value;
  const approach = mask === undefined ? "portal" : "mask";
  deps.log.info("delegation_answered", { party: party.id, organisation: organisationId, approach, source });

  const { frameworkVersion, evidenceSeconds } = deps.config;
  const rules: EvidenceRules = {
    now: deps.now(),
    seconds: evidenceSeconds,
    serviceProvider: new Set([...serviceProvider.value.ids, party.clientId]),
    tellsConditions: tellsConditions(frameworkVersion),
    tellsLicenceGroups: tellsLicenceGroups(frameworkVersion),
  };
  const subject = { policyIssuer: organisationId, accessSubject: signedIn.subject };
  const evidence =
    mask === undefined
      ? answerPortal(subject, authorisations, rules)
      : answerMask(mask, authorisations, rules);
  if (JSON.stringify(evidence).length > MAX_EVIDENCE) return refuse("evidence_too_large");
  return ok({ ...evidence, notBefore: Math.max(evidence.notBefore, notBefore) });
}

/** @returns undefined for the portal approach */
function parseRequest(request: unknown, { scopes, subject }: SignedIn): Result<Mask | undefined> {
  if (request === PORTAL) return scopes.includes(PORTAL_SCOPE) ? ok(undefined) : refuse("portal_scope");
  const mask = parseMask(request);
  if (!mask.ok) return mask;
  // Under the pseudonym and nobody else's: what others may do is none of this SP's business.
  return mask.value.target.accessSubject === subject ? mask : refuse("mask_subject");
}

interface Known {
  readonly ids: ReadonlySet<string>;
  /** undefined: the registry does not know it */
  readonly party: Party | undefined;
}

/** A party by all its names; one that the registry does not know has the one it goes by. */
async function describe(id: string, { registry }: Pick<Deps, "registry">): Promise<Result<Known>> {
  const partyId = parsePartyId(id);
  if (partyId === undefined) return ok({ ids: new Set([id]), party: undefined });
  const party = await registry.describe(partyId);
  if (party.ok) return ok({ ids: new Set([id, ...party.value.ids]), party: party.value });
  return party.failure.reason === "party_unknown" ? ok({ ids: new Set([id]), party: undefined }) : party;
}

interface Found {
  readonly authorisations: readonly Authorisation[];
  /** who vouches for them: the directory, or a registry's identifier */
  readonly source: string;
  /** their word counts from then on; 0: at once */
  readonly notBefore: EpochSeconds;
}

/** Read anew for each answer: what is revoked is not found. */
async function findAuthorisations(
  mask: Mask | undefined,
  organisation: Known,
  serviceProvider: Known,
  signedIn: SignedIn,
  deps: DelegationDeps,
): Promise<Result<Found>> {
  const { humanId } = signedIn;
  const { external, authorisations } = await findRights(
    deps.directory,
    humanId,
    [...organisation.ids],
    deps.now(),
  );
  const fromDirectory = ok({ authorisations, source: "directory", notBefore: 0 });
  if (external === undefined) return fromDirectory;
  // Kept elsewhere, and the registry can't say where: what the directory holds or lacks is not the answer.
  const chosen =
    organisation.party === undefined
      ? refuse("party_unknown")
      : chooseAuthorisationRegistry(organisation.party, {
          dataspace: external.dataspace,
          serviceProvider: serviceProvider.ids,
          now: deps.now(),
        });
  if (!chosen.ok) return refuse("authorisation_registry_unavailable", { cause: chosen.failure.reason });
  if (chosen.value === undefined) return fromDirectory; // the organisation names none
  // It answers masks only, and what it was not asked must not look like nothing.
  if (mask === undefined) return refuse("portal_elsewhere", { registry: chosen.value.id });
  return askElsewhere(chosen.value, mask, external.subject, organisation, signedIn, deps);
}

/** The word of the organisation's Authorisation Registry, about the human as it knows them. */
async function askElsewhere(
  at: AuthorisationRegistryRecord,
  mask: Mask,
  subject: string,
  organisation: Known,
  signedIn: SignedIn,
  { authorisationRegistries, config, now }: DelegationDeps,
): Promise<Result<Found>> {
  const answer = await authorisationRegistries.ask(at, maskFor(mask, subject, signedIn));
  if (!answer.ok) return answer;
  const evidence = readForeignEvidence(answer.value);
  const refuseAnswer = (problem: string) => {
    const cause = "authorisation_registry_answer";
    return refuse("authorisation_registry_unavailable", { registry: at.id, cause, problem });
  };
  if (!evidence.ok) return refuseAnswer(`${evidence.place} ${evidence.problem}`);
  const { target, policyIssuer, notBefore } = evidence.value;
  if (target.accessSubject !== subject) return refuseAnswer("accessSubject is another");
  if (!organisation.ids.has(policyIssuer)) return refuseAnswer("policyIssuer is another");
  const said = {
    ...evidence.value,
    policySets: withoutName(evidence.value.policySets, subject),
    notBefore: notBefore - config.clockSkewSeconds,
  };
  // A Permit of another time is no answer; without a Permit some registries give no life.
  if (permitsAnything(said) && !isInForce(said, now())) return refuseAnswer("it is not in force");
  return ok({ authorisations: [said], source: at.id, notBefore });
}

/** Without policies whose terms, which are told as they are, would tell the name by which the registry knows the human. */
function withoutName(sets: readonly PolicySet[], name: string): readonly PolicySet[] {
  const isNamed = (terms: unknown): boolean =>
    terms !== undefined && JSON.stringify(terms).includes(JSON.stringify(name).slice(1, -1));
  return sets
    .filter(({ target }) => !isNamed(target))
    .map((set) => ({
      ...set,
      policies: set.policies.filter(({ rules }) => !rules.some(({ conditions }) => isNamed(conditions))),
    }));
}

const permitsAnything = ({ policySets }: Authorisation): boolean =>
  policySets.some(({ policies }) =>
    policies.some(({ rules }) => rules.some(({ effect }) => effect === "Permit")),
  );

/** It can't know our pseudonyms, nor which SP we ask for unless we say so. */
const maskFor = (mask: Mask, subject: string, { organisationId, party }: SignedIn): JsonObject => ({
  policyIssuer: organisationId,
  target: { accessSubject: subject },
  policySets: mask.policySets.map((set) => ({
    ...set,
    policies: set.policies.map((policy) => ({
      ...policy,
      target: { ...policy.target, environment: { serviceProviders: [party.id] } },
    })),
  })),
});
