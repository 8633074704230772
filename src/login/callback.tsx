/**
 * `/connect/authorize/callback` (wire document §6): goes through the steps that `flow` names until there is something to
 * ask, or the end: back to the SP with a code or a refusal, once. Owns doing the steps; forms are read elsewhere.
 */
import type { Deps } from "../deps.ts";
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
import type { GrantRecord } from "../protocol/grant.ts";
import { ACCESS_TOKEN_SECONDS } from "../protocol/token-request.ts";
import { sealGrantHandle } from "../store/handle.ts";
import { setCookies } from "./browser.ts";
import { factorPage } from "./factor-page.tsx";
import type { Next } from "./flow.ts";
import { forcedChangePage } from "./new-password.tsx";
import { callbackUrl, openAuthzId } from "./return-url.ts";
import { consider, isExempt, isListed, isOwn, lookAt, type SignIn, type SignInDeps } from "./sign-in.ts";
import { storeSteps, take } from "./steps.ts";

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
 * From step to step. Those that need nobody are taken here, on what the grant was when it was looked at, and stored together:
 * with the ending, or before a page is shown. Facts of the directory are read at the beginning; what must still hold at the
 * end, when the registry may have taken its time, is asked with the code (`addGrant`).
 */
async function walk(
  request: Request,
  signIn: SignIn,
  deps: SignInDeps,
  known?: Situation,
): Promise<Response> {
  const { candidate, situation, next } = await consider(signIn, deps, known);
  if ("refuse" in next) return conclude(signIn, next.refuse, deps);
  if ("show" in next) {
    const stored = await storeSteps(signIn, deps);
    return stored.ok
      ? show(signIn, next, situation, deps)
      : respondFailurePage(stored.failure, deps, ENDPOINT);
  }
  if (candidate === undefined || situation === undefined) throw new Error("a step was named for nobody");
  if ("done" in next) return finish(request, signIn, situation, deps);

  const taken = await take(request, signIn, candidate, situation, next, deps);
  if (!taken.ok) return respondFailurePage(taken.failure, deps, ENDPOINT);
  return setCookies(await walk(request, taken.value.signIn, deps, situation), taken.value.cookies);
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
  const { pending, browser, grant, taken } = signIn;
  const { now, config } = deps;
  if (isOwn(grant, config)) {
    const ended = await deps.grants.finish(pending.id, browser, taken, { ending: "refused" }, now());
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
    taken,
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
  const { pending, browser, grant, taken } = signIn;
  const finished = await deps.grants.finish(pending.id, browser, taken, { ending: "refused" }, deps.now());
  if (!finished.ok) return respondFailurePage(finished.failure, deps, ENDPOINT);
  const data = { party: grant.party.id };
  if (isOwn(grant, deps.config)) return respondFailurePage({ reason, data }, deps, ENDPOINT);
  return respondToServiceProvider(grant.request, { failure: { reason, data } }, deps, signIn.language);
}
