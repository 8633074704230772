/**
 * `/connect/authorize/callback` (wire document §6): goes through the steps that `flow` names until there is something to
 * ask, or the end: back to the SP with a code or a refusal, once. Owns doing the steps; forms are read elsewhere.
 */
import type { Deps } from "../deps.ts";
import { giveConsent } from "../directory/consent.ts";
import { addGrant } from "../directory/grant-index.ts";
import { pseudonymFor } from "../directory/pseudonym.ts";
import {
  type Situation,
  type SituationRow,
  situationOf,
  situationStatement,
} from "../directory/situation.ts";
import { readQuery } from "../http/request.ts";
import { respondFailurePage, respondPage, respondToServiceProvider } from "../http/respond.tsx";
import { ConsentPage, OrganisationPage } from "../pages/choices.tsx";
import { SelectAccountPage } from "../pages/login.tsx";
import type { Reason } from "../protocol/failure.ts";
import type { GrantRecord, Organisation } from "../protocol/grant.ts";
import { parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { ACCESS_TOKEN_SECONDS } from "../protocol/token-request.ts";
import { sealGrantHandle } from "../store/handle.ts";
import { setCookies } from "./browser.ts";
import { factorPage } from "./factor-page.tsx";
import type { Candidate, Next } from "./flow.ts";
import { forcedChangePage } from "./new-password.tsx";
import { callbackUrl, openAuthzId } from "./return-url.ts";
import { establishSession } from "./session.ts";
import { consider, isExempt, isListed, isOwn, lookAt, type SignIn, type SignInDeps } from "./sign-in.ts";
import { rememberSignIn } from "./throttle.ts";

const ENDPOINT = "callback";

export async function callback(request: Request, deps: SignInDeps): Promise<Response> {
  const query = readQuery(request);
  const pending = await openAuthzId(query.ok ? query.value.get("authzId") : undefined, deps.handles);
  if (!pending.ok) return respondFailurePage(pending.failure, deps, ENDPOINT);
  const signIn = await lookAt(request, pending.value, deps);
  // A sign-in finds its browser on the login page and nowhere else.
  if (!signIn.ok && signIn.failure.reason === "grant_unbound") return toLogin(pending.value.authzId, deps);
  if (!signIn.ok) return respondFailurePage(signIn.failure, deps, ENDPOINT);
  return setCookies(await walk(request, signIn.value, deps), signIn.value.cookies);
}

/**
 * From step to step: taking one changes the grant only. Facts of the directory are read at the beginning; what must still hold
 * at the end, when the registry may have taken its time, is asked with the code (`addGrant`).
 */
async function walk(
  request: Request,
  signIn: SignIn,
  deps: SignInDeps,
  known?: Situation,
): Promise<Response> {
  const { candidate, situation, next } = await consider(signIn, deps, known);
  if ("refuse" in next) return conclude(signIn, next.refuse, deps);
  if ("show" in next) return show(signIn, next, situation, deps);
  if (candidate === undefined || situation === undefined) throw new Error("a step was named for nobody");
  if ("done" in next) return finish(request, signIn, situation, deps);

  if (next.take === "authentication") {
    const taken = await takeAuthentication(request, signIn, candidate, situation, next, deps);
    if (!taken.ok) return respondFailurePage(taken.failure, deps, ENDPOINT);
    const response = await walk(request, { ...signIn, grant: taken.value.grant }, deps, situation);
    return setCookies(response, taken.value.cookies);
  }
  if (next.take === "organisation") {
    const taken = await represent(signIn, candidate.humanId, next.organisation, deps);
    if (!taken.ok) return respondFailurePage(taken.failure, deps, ENDPOINT);
    // The registry may have taken its time: who lost this organisation meanwhile is seen before a code is made.
    return walk(request, { ...signIn, grant: taken.value }, deps, situation);
  }
  const taken = await takeConsent(signIn, candidate.humanId, next, deps);
  if (!taken.ok) return respondFailurePage(taken.failure, deps, ENDPOINT);
  return walk(request, { ...signIn, grant: taken.value }, deps, situation);
}

async function takeAuthentication(
  request: Request,
  signIn: SignIn,
  candidate: Candidate,
  situation: Situation,
  { level, amr }: Extract<Next, { take: "authentication" }>,
  deps: SignInDeps,
): Promise<Result<{ readonly grant: GrantRecord; readonly cookies: readonly string[] }>> {
  const { pending, browser, grant, session } = signIn;
  const reached = { level, amr, identityAssurance: situation.identityAssurance };
  // What was proven anew gets a session of its own; what the session holds already needs none.
  const made = candidate.isNew
    ? await establishSession(request, candidate, reached, grant.party, session, pending.id, deps)
    : undefined;
  const sessionId = made?.id ?? session?.id;
  if (sessionId === undefined) throw new Error("somebody is signed in without a session");
  const { humanId, authTime } = candidate;
  const authentication = { humanId, authTime, level, amr, sessionId };
  const next = await deps.grants.advance(
    pending.id,
    browser,
    { step: "authenticate", authentication },
    deps.now(),
  );
  if (!next.ok) return next;
  if (made === undefined) {
    await deps.sessions.note(sessionId, { grantId: pending.id });
    return ok({ grant: next.value, cookies: [] });
  }
  // Now, and not after the first of several factors.
  const known = await rememberSignIn(request, situation.username, deps);
  return ok({ grant: next.value, cookies: [made.cookie, known] });
}

/** Records the organisation under its registry id, or, if it is not registered, as the directory validated it. */
export async function represent(
  { pending, browser }: SignIn,
  humanId: string,
  organisation: Organisation,
  deps: SignInDeps,
): Promise<Result<GrantRecord>> {
  const id = await registeredId(organisation.id, deps);
  if (!id.ok) return id;
  const step = {
    step: "represent",
    humanId,
    organisation: { id: id.value, name: organisation.name },
    membership: organisation.id,
  } as const;
  return deps.grants.advance(pending.id, browser, step, deps.now());
}

async function registeredId(id: string, { registry }: Pick<Deps, "registry">): Promise<Result<string>> {
  const partyId = parsePartyId(id);
  if (partyId === undefined) return ok(id);
  const party = await registry.describe(partyId);
  if (party.ok) return ok(party.value.id);
  return party.failure.reason === "party_unknown" ? ok(id) : refuse(party.failure.reason, party.failure.data);
}

async function takeConsent(
  { pending, browser, grant }: SignIn,
  humanId: string,
  { organisation, exempt }: Extract<Next, { take: "consent" }>,
  deps: SignInDeps,
): Promise<Result<GrantRecord>> {
  if (exempt) deps.log.info("consent_skipped", { party: grant.party.id });
  const step = { step: "consent", humanId, organisationId: organisation.id } as const;
  return deps.grants.advance(pending.id, browser, step, deps.now());
}

/** The human says yes on the page: remembered, so that it is asked once. */
export async function consentTo(
  signIn: SignIn,
  humanId: string,
  organisationId: string,
  deps: SignInDeps,
): Promise<Result<GrantRecord>> {
  const { pending, browser } = signIn;
  const step = { step: "consent", humanId, organisationId } as const;
  const next = await deps.grants.advance(pending.id, browser, step, deps.now());
  if (!next.ok) return next;
  const { authentication, party, request } = next.value;
  if (authentication === undefined) throw new Error("consent comes after signing in");
  await giveConsent(
    deps.directory,
    {
      humanId: authentication.humanId,
      partyId: party.id,
      partyName: party.name,
      organisationId,
      scopes: request.scopes,
    },
    deps.now(),
  );
  // Beside it and not with it: the log must not keep anybody from signing in.
  deps.audit.note({
    ...{ actor: `human:${authentication.humanId}`, action: "consent.give", party: party.id },
    ...{ organisation: organisationId, reason: [...new Set(request.scopes)].sort().join(" ") },
  });
  return next;
}

function show(
  signIn: SignIn,
  next: Extract<Next, { show: string }>,
  situation: Situation | undefined,
  deps: SignInDeps,
): Response | Promise<Response> {
  const { pending, grant, language, here } = signIn;
  const { authzId } = pending;
  const { party: sp } = grant;
  const page = { language, here };
  if (next.show === "login" || situation === undefined) return toLogin(authzId, deps);
  switch (next.show) {
    case "factor":
      return factorPage({ ...signIn, cookies: [] }, next.ways, situation, deps);
    case "change-password":
      return forcedChangePage({ ...signIn, cookies: [] }, situation.username, deps);
    case "select-account":
      return respondPage(
        (frame) => (
          <SelectAccountPage
            frame={frame}
            sp={sp}
            returnUrl={callbackUrl(authzId)}
            username={situation.username}
            name={situation.name}
          />
        ),
        deps,
        page,
      );
    case "organisation":
      return respondPage(
        (frame) => (
          <OrganisationPage frame={frame} sp={sp} authzId={authzId} organisations={situation.organisations} />
        ),
        deps,
        page,
      );
    case "consent":
      return respondPage(
        (frame) => (
          <ConsentPage
            frame={frame}
            sp={sp}
            authzId={authzId}
            organisation={next.organisation}
            scopes={grant.request.scopes}
          />
        ),
        deps,
        page,
      );
  }
}

const toLogin = (authzId: string, { config }: Pick<Deps, "config">): Response => {
  const location = `${config.issuerUrl}/login?returnUrl=${encodeURIComponent(callbackUrl(authzId))}`;
  return new Response(null, { status: 302, headers: { location } });
};

async function finish(
  request: Request,
  signIn: SignIn,
  situation: Situation,
  deps: SignInDeps,
): Promise<Response> {
  const { pending, browser, grant } = signIn;
  const { now, config } = deps;
  if (isOwn(grant, config)) {
    const ended = await deps.grants.finish(pending.id, browser, { ending: "refused" }, now());
    if (!ended.ok) return respondFailurePage(ended.failure, deps, ENDPOINT);
    return new Response(null, { status: 302, headers: { location: grant.request.redirectUri } });
  }
  const { humanId } = situation;
  const subject = situation.pseudonym ?? (await pseudonymFor(deps.directory, humanId, grant.party.id, now()));
  // The registry may have taken its time, and the human too: a code is made of what holds now.
  const expiresAt = now() + config.codeSeconds + ACCESS_TOKEN_SECONDS;
  const organisationId = grant.membership ?? grant.organisation?.id ?? "";
  const indexed = { objectId: pending.id, humanId, organisationId, expiresAt };
  const again = situationStatement(deps.directory, humanId, grant.party.id);
  const { added, row } = await addGrant<SituationRow>(deps.directory, indexed, now(), again);
  if (!added || row === undefined) return conclude(signIn, "human_gone", deps);
  const current = situationOf(row, isListed(config));
  const standing = withoutLostConsent(grant, current, deps);
  const { next } = await consider({ ...signIn, grant: standing }, deps, current);
  if (!("done" in next)) return walk(request, { ...signIn, grant: standing }, deps, current);
  const { handle, secretHash } = await sealGrantHandle(deps.handles, "code", pending.id);
  const code = { hash: secretHash, expiresAt: now() + config.codeSeconds, subject };
  const finished = await deps.grants.finish(
    pending.id,
    browser,
    { ending: "code", humanId: situation.humanId, code },
    now(),
  );
  if (!finished.ok) return respondFailurePage(finished.failure, deps, ENDPOINT);
  deps.log.info("code_issued", { party: grant.party.id });
  return respondToServiceProvider(grant.request, { code: handle }, deps, signIn.language);
}

/** A yes that was withdrawn since is asked for again. */
function withoutLostConsent(grant: GrantRecord, { consents }: Situation, deps: SignInDeps): GrantRecord {
  const { consented, ...rest } = grant;
  const given = consents.get(grant.organisation?.id ?? "") ?? [];
  const isCovered = given.length > 0 && grant.request.scopes.every((scope) => given.includes(scope));
  return consented === undefined || isCovered || isExempt(grant, deps.config) ? grant : rest;
}

/** Ends the sign-in with a refusal that the SP should know. */
export async function conclude(signIn: SignIn, reason: Reason, deps: SignInDeps): Promise<Response> {
  const { pending, browser, grant } = signIn;
  const finished = await deps.grants.finish(pending.id, browser, { ending: "refused" }, deps.now());
  if (!finished.ok) return respondFailurePage(finished.failure, deps, ENDPOINT);
  const data = { party: grant.party.id };
  if (isOwn(grant, deps.config)) return respondFailurePage({ reason, data }, deps, ENDPOINT);
  return respondToServiceProvider(grant.request, { failure: { reason, data } }, deps, signIn.language);
}
