/**
 * `/connect/authorize/callback` and the questions it asks: for which organisation, and with consent? (wire document §6).
 * Owns going through the steps that `flow` names, and the end: back to the SP with a code or a refusal, once.
 */
import type { Deps } from "../deps.ts";
import { findHuman, listOrganisations } from "../directory/human.ts";
import { pseudonymFor } from "../directory/pseudonym.ts";
import { readQuery } from "../http/request.ts";
import { respondFailurePage, respondPage, respondToServiceProvider } from "../http/respond.tsx";
import { ConsentPage, OrganisationPage } from "../pages/pages.tsx";
import { chooseLanguage } from "../pages/text.ts";
import type { Reason } from "../protocol/failure.ts";
import type { Browser, GrantRecord, Organisation } from "../protocol/grant.ts";
import { type PartyId, parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { sealGrantHandle } from "../store/handle.ts";
import { recognise, setCookies } from "./browser.ts";
import { nextStep } from "./flow.ts";
import { openAuthzId, type PendingSignIn } from "./return-url.ts";

const ENDPOINT = "callback";

export type CallbackDeps = Pick<
  Deps,
  "config" | "grants" | "handles" | "directory" | "registry" | "now" | "log" | "correlationId"
>;

export async function callback(request: Request, deps: CallbackDeps): Promise<Response> {
  const query = readQuery(request);
  const pending = await openAuthzId(query.ok ? query.value.get("authzId") : undefined, deps.handles);
  if (!pending.ok) return respondFailurePage(pending.failure, deps, ENDPOINT);
  const { browser, cookies } = await recognise(request, pending.value.id, deps.config);
  const grant = await deps.grants.advance(pending.value.id, browser, { step: "look" }, deps.now());
  if (!grant.ok) return respondFailurePage(grant.failure, deps, ENDPOINT);
  return setCookies(await walk(pending.value, browser, grant.value, deps), cookies);
}

/** Goes from step to step until there is something to show, or the end. */
async function walk(
  pending: PendingSignIn,
  browser: Browser,
  grant: GrantRecord,
  deps: CallbackDeps,
): Promise<Response> {
  const { authentication, request, party } = grant;
  if (authentication === undefined) return toLogin(pending, deps);
  // A human who was deactivated meanwhile goes no further.
  if ((await findHuman(deps.directory, authentication.humanId)) === undefined) {
    return conclude(pending, browser, "human_not_active", deps);
  }
  const exempt = isExempt(grant, deps);
  const organisations = grant.organisation
    ? []
    : await listOrganisations(deps.directory, authentication.humanId);
  const next = nextStep(grant, organisations, exempt);
  if ("done" in next) return issueCode(pending, browser, grant, deps);
  if ("refuse" in next) return conclude(pending, browser, next.refuse, deps);
  if ("take" in next) {
    const taken = await represent(pending, browser, next.take, deps);
    return taken.ok
      ? walk(pending, browser, taken.value, deps)
      : respondFailurePage(taken.failure, deps, ENDPOINT);
  }
  if ("skip" in next) {
    deps.log.info("consent_skipped", { party: party.id });
    const step = { step: "consent", organisationId: next.organisation.id } as const;
    const consented = await deps.grants.advance(pending.id, browser, step, deps.now());
    if (!consented.ok) return respondFailurePage(consented.failure, deps, ENDPOINT);
    return issueCode(pending, browser, consented.value, deps);
  }
  const language = chooseLanguage(request.languages);
  if (next.show === "organisation") {
    return respondPage(
      (frame) => (
        <OrganisationPage frame={frame} sp={party} authzId={pending.authzId} organisations={organisations} />
      ),
      deps,
      language,
    );
  }
  if (next.show === "consent") {
    const { organisation } = next;
    return respondPage(
      (frame) => (
        <ConsentPage
          frame={frame}
          sp={party}
          authzId={pending.authzId}
          organisation={organisation}
          scopes={request.scopes}
        />
      ),
      deps,
      language,
    );
  }
  return toLogin(pending, deps);
}

const isExempt = ({ party, request }: GrantRecord, { config }: Pick<Deps, "config">): boolean =>
  config.consentExemptParties.has(party.id) || config.consentExemptParties.has(request.clientId);

const toLogin = ({ authzId }: PendingSignIn, { config }: Pick<Deps, "config">): Response => {
  const returnUrl = encodeURIComponent(`/connect/authorize/callback?authzId=${authzId}`);
  return new Response(null, {
    status: 302,
    headers: { location: `${config.issuerUrl}/login?returnUrl=${returnUrl}` },
  });
};

/** Records the organisation under its registry id, or, if it is not registered, as the directory validated it. */
export async function represent(
  { id }: PendingSignIn,
  browser: Browser,
  organisation: Organisation,
  deps: CallbackDeps,
): Promise<Result<GrantRecord>> {
  const registered = await registeredId(organisation.id, deps);
  if (!registered.ok) return registered;
  const step = {
    step: "represent",
    organisation: { id: registered.value, name: organisation.name },
  } as const;
  return deps.grants.advance(id, browser, step, deps.now());
}

async function registeredId(id: string, { registry }: Pick<Deps, "registry">): Promise<Result<string>> {
  const partyId: PartyId | undefined = parsePartyId(id);
  if (partyId === undefined) return ok(id);
  const party = await registry.describe(partyId);
  if (party.ok) return ok(party.value.id);
  return party.failure.reason === "party_unknown" ? ok(id) : refuse(party.failure.reason, party.failure.data);
}

async function issueCode(
  { id }: PendingSignIn,
  browser: Browser,
  grant: GrantRecord,
  deps: CallbackDeps,
): Promise<Response> {
  const { now, config } = deps;
  if (grant.authentication === undefined) throw new Error("flow ends with somebody signed in");
  const subject = await pseudonymFor(deps.directory, grant.authentication.humanId, grant.party.id, now());
  const { handle, secretHash } = await sealGrantHandle(deps.handles, "code", id);
  const code = { hash: secretHash, expiresAt: now() + config.codeSeconds, subject };
  const finished = await deps.grants.finish(id, browser, { ending: "code", code }, now());
  if (!finished.ok) return respondFailurePage(finished.failure, deps, ENDPOINT);
  deps.log.info("code_issued", { party: grant.party.id });
  return respondToServiceProvider(grant.request, { code: handle }, deps);
}

/** Ends the sign-in with a refusal that the SP should know. */
export async function conclude(
  { id }: PendingSignIn,
  browser: Browser,
  reason: Reason & ("human_declined" | "no_organisation" | "human_not_active"),
  deps: CallbackDeps,
): Promise<Response> {
  const finished = await deps.grants.finish(id, browser, { ending: "refused" }, deps.now());
  if (!finished.ok) return respondFailurePage(finished.failure, deps, ENDPOINT);
  const told = reason === "human_not_active" ? "human_declined" : reason;
  const data = { party: finished.value.party.id, ...(told === reason ? {} : { cause: reason }) };
  return respondToServiceProvider(finished.value.request, { failure: { reason: told, data } }, deps);
}
