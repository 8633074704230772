/**
 * One look at a pending sign-in, as every page and form of it begins: whose browser, which session, what is proven, who
 * is it? Owns gathering those facts; what follows from them is in `flow`.
 */
import type { Deps } from "../deps.ts";
import { findSituation, type Situation } from "../directory/situation.ts";
import { readOwnIdToken } from "../jwt/own-token.ts";
import type { Language } from "../pages/text.ts";
import { type Browser, type GrantRecord, type Step, withoutWhatIsOver } from "../protocol/grant.ts";
import { ok, type Result } from "../protocol/result.ts";
import type { SessionRecord } from "../protocol/session.ts";
import { type EpochSeconds, isOver } from "../protocol/time.ts";
import { recognise } from "./browser.ts";
import { type Candidate, candidateOf, type Facts, type Next, nextStep } from "./flow.ts";
import { chosenNow, hereOf, languageCookie, languageOf } from "./language.ts";
import type { PendingSignIn } from "./return-url.ts";
import { type CurrentSession, currentSession, type SessionDeps } from "./session.ts";

export type SignInDeps = SessionDeps &
  Pick<Deps, "registry" | "log" | "correlationId" | "loginCounters" | "loginShield">;

export interface SignIn {
  readonly pending: PendingSignIn;
  readonly browser: Browser;
  /** to set with the answer */
  readonly cookies: readonly string[];
  readonly grant: GrantRecord;
  /** what `grant` has behind it and the stored one has not: steps that a request takes go there together, at its end */
  readonly taken: readonly Step[];
  readonly session: CurrentSession | undefined;
  readonly language: Language;
  /** path and query of the page, for its language links */
  readonly here: string;
}

/** Binds the browser, reads grant and session. Refused for another browser, and for a sign-in that is over. */
export async function lookAt(
  request: Request,
  pending: PendingSignIn,
  deps: SignInDeps,
  { bind = false } = {},
): Promise<Result<SignIn>> {
  const { config, grants, now } = deps;
  const { browser, cookies } = await recognise(request, pending.id, config);
  const [language] = chosenNow(request) ?? [];
  const step =
    language === undefined ? ({ step: "look", bind } as const) : ({ step: "speak", language } as const);
  const [grant, session] = await Promise.all([
    grants.advance(pending.id, browser, [step], now()),
    currentSession(request, deps),
  ]);
  if (!grant.ok) return grant;
  const spoken = language === undefined ? [] : [languageCookie(language, config)];
  return ok({
    pending,
    browser,
    cookies: [...cookies, ...spoken],
    grant: grant.value,
    taken: [],
    session,
    language: languageOf(request, config, grant.value),
    here: hereOf(request),
  });
}

export interface Considered {
  readonly candidate: Candidate | undefined;
  readonly situation: Situation | undefined;
  readonly next: Next;
}

/**
 * What comes next in this sign-in. One query of the directory at the most.
 * @param known what this request has just read: a step changes the grant, and nothing of the directory
 */
export async function consider(
  { grant: begun, session }: SignIn,
  deps: SignInDeps,
  known?: Situation,
): Promise<Considered> {
  const { config, directory, now } = deps;
  const proven = candidateOf(begun, session?.record, now());
  const read =
    proven && proven.humanId === known?.humanId
      ? known
      : proven && (await findSituation(directory, proven.humanId, begun.party.id, isListed(config)));
  const { grant, candidate } = whatStands(begun, session?.record, proven, read, now());
  const situation = candidate && read;
  const { idTokenHint, clientId } = grant.request;
  const hint = idTokenHint && (await readOwnIdToken(idTokenHint, config.keySets, config.partyId));
  const facts: Facts = {
    grant,
    candidate,
    situation,
    // Our own pages let in whoever has to enrol the factors that the floor demands.
    floor: isOwn(grant, config) ? "low" : config.minimumAssurance,
    exempt: isExempt(grant, config),
    own: isOwn(grant, config),
    // A hint that is not ours, or was another SP's, hints at nobody.
    ...(hint && hint.aud === clientId ? { expectedSubject: hint.sub } : {}),
  };
  return { candidate, situation, next: nextStep(facts) };
}

/**
 * Whose sessions were all ended proves themselves anew: neither a session from before counts, nor a step of this sign-in,
 * nor what either lends to a proof given since.
 */
function whatStands(
  grant: GrantRecord,
  session: SessionRecord | undefined,
  candidate: Candidate | undefined,
  situation: Situation | undefined,
  now: EpochSeconds,
): { readonly grant: GrantRecord; readonly candidate: Candidate | undefined } {
  const endedAt = situation?.endedAt;
  if (situation === undefined || endedAt === undefined) return { grant, candidate };
  const left = withoutWhatIsOver(grant, situation.humanId, endedAt);
  const isGone = session?.humanId === situation.humanId && isOver(session.authTime, endedAt);
  return { grant: left, candidate: candidateOf(left, isGone ? undefined : session, now) };
}

/** Does an authenticator model count as hardware now? One that was recalled is taken off the list. */
export const isListed =
  ({ trustedAuthenticators }: Pick<Deps["config"], "trustedAuthenticators">) =>
  (aaguid: string): boolean =>
    trustedAuthenticators.pairs.some((pair) => pair.aaguid === aaguid.toLowerCase());

/** Nobody is asked whether this SP may know: CONSENT_EXEMPT_PARTIES, for the conformance test. */
export const isExempt = (
  { party, request }: GrantRecord,
  { consentExemptParties }: Pick<Deps["config"], "consentExemptParties">,
): boolean => consentExemptParties.has(party.id) || consentExemptParties.has(request.clientId);

/** A sign-in to our own account pages. */
export const isOwn = (grant: GrantRecord, { partyId }: Pick<Deps["config"], "partyId">): boolean =>
  grant.party.id === partyId;
