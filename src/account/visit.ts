/**
 * How every account page begins: whose session is it, and if nobody's, sign in first. A visit without a session becomes
 * a sign-in to ourselves, through the same flow as any other. Owns the guard and that sign-in.
 */
import type { Told } from "../audit/audit.ts";
import type { Deps } from "../deps.ts";
import { findHuman, type Human } from "../directory/human.ts";
import { checkSameSite, readForm } from "../http/request.ts";
import { respondFailurePage } from "../http/respond.tsx";
import { newSecret, setCookies } from "../login/browser.ts";
import { chosenNow, hereOf, languageCookie, languageOf } from "../login/language.ts";
import { callbackUrl } from "../login/return-url.ts";
import { type CurrentSession, currentSession, type SessionDeps } from "../login/session.ts";
import type { Language } from "../pages/text.ts";
import { addressPrefix } from "../protocol/address-prefix.ts";
import { type Level, levelOf } from "../protocol/assurance.ts";
import type { Parameters } from "../protocol/form.ts";
import { sealGrantHandle } from "../store/handle.ts";

export type AccountDeps = SessionDeps &
  Pick<Deps, "log" | "correlationId" | "loginCounters" | "vault" | "registry">;

export interface Visit {
  readonly session: CurrentSession;
  readonly human: Human;
  /** what the session reached: what is enrolled now may count for that */
  readonly level: Level;
  readonly language: Language;
  readonly here: string;
  readonly url: URL;
}

type Page = (visit: Visit, request: Request, deps: AccountDeps) => Promise<Response>;
type Form = (visit: Visit, form: Parameters, request: Request, deps: AccountDeps) => Promise<Response>;

/** A page of the signed-in human. */
export const accountPage =
  (page: Page) =>
  async (request: Request, deps: AccountDeps): Promise<Response> => {
    const visit = await visitOf(request, deps);
    if (visit === undefined) return signInFirst(request, deps);
    const response = await page(visit, request, deps);
    const [chosen] = chosenNow(request) ?? [];
    return chosen === undefined ? response : setCookies(response, [languageCookie(chosen, deps.config)]);
  };

/** A form of the signed-in human, from our own pages only. */
export const accountForm =
  (endpoint: string, act: Form) =>
  async (request: Request, deps: AccountDeps): Promise<Response> => {
    const site = checkSameSite(request, deps.config.issuerUrl);
    if (!site.ok) return respondFailurePage(site.failure, deps, endpoint);
    const form = await readForm(request);
    if (!form.ok) return respondFailurePage(form.failure, deps, endpoint);
    const visit = await visitOf(request, deps);
    if (visit === undefined) return signInFirst(request, deps);
    const response = await act(visit, form.value, request, deps);
    deps.audit.settle(); // what it changed
    return response;
  };

/** Whose session it is; undefined: nobody's that stands, or of somebody who is not active. */
export async function visitOf(request: Request, deps: AccountDeps): Promise<Visit | undefined> {
  const session = await currentSession(request, deps);
  const human = session && (await findHuman(deps.directory, session.record.humanId, session.record.authTime));
  if (session === undefined || human === undefined) return undefined;
  return {
    session,
    human,
    level: levelOf(session.record.factors, human.identityAssurance),
    language: languageOf(request, deps.config),
    here: hereOf(request),
    url: new URL(request.url),
  };
}

/** What the audit log is told of what a human did to their own account. */
export const own = ({ human }: Pick<Visit, "human">, action: string, more: Partial<Told> = {}): Told => ({
  actor: `human:${human.id}`,
  action,
  subject: human.id,
  ...more,
});

/** Back to a page of ours after a form (RFC 9110 §15.4.4: 303, so that a reload posts nothing). */
export const seeOther = (path: string, { config }: Pick<Deps, "config">): Response =>
  new Response(null, { status: 303, headers: { location: config.issuerUrl + path } });

/** Anybody can ask for this, so an address may only so often. */
const BEGINNINGS = { limit: 100, windowSeconds: 900, lockSeconds: 900 };

/** @param acrValues a level to reach, for a step up @param home where a form that can't be sent leads */
export async function signInFirst(
  request: Request,
  deps: AccountDeps,
  acrValues?: readonly Level[],
  home = "/account",
): Promise<Response> {
  const { config, grants, now, loginCounters } = deps;
  const address = addressPrefix(request.headers.get("cf-connecting-ip"));
  const turn = await loginCounters.admit(
    await deps.handles.disguise(`account visit ${address}`),
    BEGINNINGS,
    now(),
  );
  if (!turn.admitted) {
    return respondFailurePage(
      { reason: "address_throttled", data: { retryAfter: turn.retryAfter } },
      deps,
      "account",
    );
  }
  const { pathname } = new URL(request.url);
  const target = request.method === "GET" ? pathname : home;
  const id = await grants.open({
    request: {
      clientId: config.partyId,
      scopes: ["openid", "iSHARE"],
      redirectUri: config.issuerUrl + target,
      state: "own",
      nonce: "own",
      prompt: [],
      languages: [],
      responseMode: "query",
      ...(acrValues === undefined ? {} : { acrValues }),
    },
    party: { id: config.partyId, name: config.partyName },
    expiresAt: now() + config.loginSeconds,
    challenge: newSecret(),
  });
  const { handle } = await sealGrantHandle(deps.handles, "authzId", id);
  const location = `${config.issuerUrl}/login?returnUrl=${encodeURIComponent(callbackUrl(handle))}`;
  return new Response(null, { status: 302, headers: { location } });
}
