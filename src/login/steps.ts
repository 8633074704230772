/**
 * The steps of a sign-in that `flow` names, taken: signing in, for an organisation, with a consent. Owns what each of them does
 * beside the grant (session, registry id, remembered consent) and when it is stored. Which one comes next is `flow`'s.
 */
import type { Deps } from "../deps.ts";
import { giveConsent } from "../directory/consent.ts";
import type { Situation } from "../directory/situation.ts";
import { advance, type GrantRecord, type Organisation, type Step } from "../protocol/grant.ts";
import { parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Candidate, Next } from "./flow.ts";
import { establishSession } from "./session.ts";
import type { SignIn, SignInDeps } from "./sign-in.ts";
import { rememberSignIn } from "./throttle.ts";

/** To the grant with what was taken here, before a page is shown. */
export const storeSteps = async (
  { pending, browser, taken }: SignIn,
  { grants, now }: SignInDeps,
): Promise<Result<unknown>> =>
  taken.length === 0 ? ok(undefined) : grants.advance(pending.id, browser, taken, now());

interface Taken {
  readonly signIn: SignIn;
  readonly cookies: readonly string[];
}

/** Takes a step that needs nobody. */
export async function take(
  request: Request,
  signIn: SignIn,
  candidate: Candidate,
  situation: Situation,
  next: Extract<Next, { take: string }>,
  deps: SignInDeps,
): Promise<Result<Taken>> {
  const { humanId } = candidate;
  switch (next.take) {
    case "authentication":
      return authenticate(request, signIn, candidate, situation, next, deps);
    case "organisation": {
      const step = await representing(humanId, next.organisation, deps);
      return step.ok ? storeLater(signIn, step.value, deps) : step;
    }
    case "consent": {
      if (next.exempt) deps.log.info("consent_skipped", { party: signIn.grant.party.id });
      return storeLater(signIn, { step: "consent", humanId, organisationId: next.organisation.id }, deps);
    }
  }
}

function storeLater(signIn: SignIn, step: Step, { now }: SignInDeps): Result<Taken> {
  const grant = advance(signIn.grant, signIn.browser, step, now());
  if (!grant.ok) return grant;
  return ok({ signIn: { ...signIn, grant: grant.value, taken: [...signIn.taken, step] }, cookies: [] });
}

async function authenticate(
  request: Request,
  signIn: SignIn,
  candidate: Candidate,
  situation: Situation,
  { level, amr }: Extract<Next, { take: "authentication" }>,
  deps: SignInDeps,
): Promise<Result<Taken>> {
  const { pending, browser, grant: before, session } = signIn;
  const { humanId, authTime } = candidate;
  const by = (sessionId: string): Step => ({
    step: "authenticate",
    authentication: { humanId, authTime, level, amr, sessionId },
  });
  if (!candidate.isNew && session !== undefined) {
    await deps.sessions.note(session.id, { grantId: pending.id });
    return storeLater(signIn, by(session.id), deps);
  }
  // What was proven anew gets a session of its own. Stored at once: whoever tries again must not get a second one.
  const reached = { level, amr, identityAssurance: situation.identityAssurance };
  const made = await establishSession(request, candidate, reached, before.party, session, pending.id, deps);
  const grant = await deps.grants.advance(pending.id, browser, [by(made.id)], deps.now());
  if (!grant.ok) return grant;
  // Now, and not after the first of several factors.
  const known = await rememberSignIn(request, situation.username, deps);
  return ok({ signIn: { ...signIn, grant: grant.value }, cookies: [made.cookie, known] });
}

/** For this organisation, under its registry id or, if it is not registered, as the directory validated it. */
export async function representing(
  humanId: string,
  organisation: Organisation,
  deps: Pick<Deps, "registry">,
): Promise<Result<Step>> {
  const id = await registeredId(organisation.id, deps);
  if (!id.ok) return id;
  return ok({
    step: "represent",
    humanId,
    organisation: { id: id.value, name: organisation.name },
    membership: organisation.id,
  });
}

async function registeredId(id: string, { registry }: Pick<Deps, "registry">): Promise<Result<string>> {
  const partyId = parsePartyId(id);
  if (partyId === undefined) return ok(id);
  const party = await registry.describe(partyId);
  if (party.ok) return ok(party.value.id);
  return party.failure.reason === "party_unknown" ? ok(id) : refuse(party.failure.reason, party.failure.data);
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
  const next = await deps.grants.advance(pending.id, browser, [step], deps.now());
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
