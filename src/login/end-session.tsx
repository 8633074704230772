/**
 * `GET|POST /connect/endsession` (OpenID Connect RP-Initiated Logout 1.0). Logout CSRF: what an SP sends only asks. The
 * session of the cookie presented ends when the hint is an id_token that was issued from it, or when the human says so
 * on our page; without that cookie nothing ends. Owns that, and where the human may be sent on to.
 */
import type { Deps } from "../deps.ts";
import { findHuman } from "../directory/human.ts";
import { checkSameSite, readForm, readQuery } from "../http/request.ts";
import { respondFailurePage, respondPage } from "../http/respond.tsx";
import { readOwnIdToken } from "../jwt/own-token.ts";
import { LogoutPage, SignedOutPage } from "../pages/logout.tsx";
import type { Parameters } from "../protocol/form.ts";
import { appendParameters, checkRedirectUri } from "../protocol/redirect-uri.ts";
import type { IssuedIdToken } from "../protocol/session.ts";
import { openObject, sealObject } from "../store/handle.ts";
import { setCookies } from "./browser.ts";
import { hereOf, languageOf } from "./language.ts";
import {
  type CurrentSession,
  currentSession,
  endSession,
  forgetCookie,
  type SessionDeps,
} from "./session.ts";

const ENDPOINT = "endsession";

type EndSessionDeps = SessionDeps & Pick<Deps, "log" | "correlationId">;

/** What an SP asked, small enough for a URL: the hint is read once and does not travel. */
interface LogoutRequest {
  readonly aud?: string;
  readonly jti?: string;
  readonly redirectUri?: string;
  readonly state?: string;
}

export async function endSessionEndpoint(request: Request, deps: EndSessionDeps): Promise<Response> {
  const parameters = request.method === "POST" ? await readForm(request) : readQuery(request);
  if (!parameters.ok) return respondFailurePage(parameters.failure, deps, ENDPOINT);
  const sealed = parameters.value.get("request");
  const asked =
    sealed === undefined
      ? await readRequest(parameters.value, deps)
      : await openObject(deps.handles, "logout", sealed);
  if (asked === undefined) return respondFailurePage({ reason: "grant_unknown" }, deps, ENDPOINT);

  const decision = request.method === "POST" ? parameters.value.get("decision") : undefined;
  const ownForm = decision !== undefined && checkSameSite(request, deps.config.issuerUrl).ok;
  // A cross-site POST brings no cookie: come again as a GET of our own.
  if (request.method === "POST" && !ownForm) return redirectToSelf(asked, deps);

  const session = await currentSession(request, deps);
  if (session === undefined) return signedOut(request, undefined, deps);
  const idTokens = asked.jti === undefined ? [] : await deps.sessions.idTokens(session.id);
  const issued = idTokens.find(({ jti, aud }) => jti === asked.jti && aud === asked.aud);
  if (issued !== undefined || decision === "allow")
    return logOut(request, session, asked, issued && { ...issued, beside: idTokens }, deps);
  if (decision === "deny")
    return new Response(null, { status: 302, headers: { location: `${deps.config.issuerUrl}/account` } });
  return confirm(request, session, asked, deps);
}

async function readRequest(parameters: Parameters, { config }: EndSessionDeps): Promise<LogoutRequest> {
  const hint = parameters.get("id_token_hint");
  const token = hint && (await readOwnIdToken(hint, config.keySets, config.partyId));
  const clientId = parameters.get("client_id");
  // RP-Initiated Logout §2: a client_id beside the hint must be the one that the hint was issued to.
  const known =
    token && (clientId === undefined || clientId === token.aud) ? { aud: token.aud, jti: token.jti } : {};
  const redirectUri = parameters.get("post_logout_redirect_uri");
  const state = parameters.get("state");
  return {
    ...known,
    ...(redirectUri === undefined || redirectUri.length > 2000 ? {} : { redirectUri }),
    ...(state === undefined || state.length > 2000 ? {} : { state }),
  };
}

async function redirectToSelf(asked: LogoutRequest, { config, handles }: EndSessionDeps): Promise<Response> {
  const request = await sealObject(handles, "logout", { ...asked });
  const location = `${config.issuerUrl}/connect/endsession?request=${request}`;
  return new Response(null, { status: 302, headers: { location } });
}

/** What the hint is, and what else was issued in the session. */
type Hint = IssuedIdToken & { readonly beside: readonly IssuedIdToken[] };

async function logOut(
  request: Request,
  session: CurrentSession,
  { redirectUri, state }: LogoutRequest,
  issued: Hint | undefined,
  deps: EndSessionDeps,
): Promise<Response> {
  const { humanId } = session.record;
  const party = issued === undefined ? {} : { party: issued.partyId };
  await endSession(session.id, deps, { ended: { humanId, reason: "logout", ...party } });
  deps.log.info("signed_out", issued === undefined ? {} : { party: issued.partyId });
  if (redirectUri !== undefined && mayGoOn(redirectUri, issued, deps.config)) {
    const location = state === undefined ? redirectUri : appendParameters(redirectUri, { state });
    return setCookies(new Response(null, { status: 302, headers: { location } }), [forgetCookie(deps)]);
  }
  return signedOut(request, issued, deps);
}

/** Only with such a hint, and only to where this SP took this human in this session: else an open redirect. */
function mayGoOn(
  redirectUri: string,
  issued: Hint | undefined,
  { allowLoopbackRedirects: allowLoopback }: Pick<Deps["config"], "allowLoopbackRedirects">,
): boolean {
  if (issued === undefined || !checkRedirectUri(redirectUri, { allowLoopback }).ok) return false;
  const origin = URL.parse(redirectUri)?.origin;
  return issued.beside.some((it) => it.partyId === issued.partyId && it.origin === origin);
}

function signedOut(request: Request, issued: IssuedIdToken | undefined, deps: EndSessionDeps): Response {
  const back = issued === undefined ? {} : { back: { name: issued.origin, href: issued.origin } };
  const page = respondPage((frame) => <SignedOutPage frame={frame} {...back} />, deps, {
    language: languageOf(request, deps.config),
    here: hereOf(request),
  });
  return setCookies(page, [forgetCookie(deps)]);
}

async function confirm(
  request: Request,
  session: CurrentSession,
  asked: LogoutRequest,
  deps: EndSessionDeps,
): Promise<Response> {
  const human = await findHuman(deps.directory, session.record.humanId);
  const fields = { request: await sealObject(deps.handles, "logout", { ...asked }) };
  return respondPage(
    (frame) => (
      <LogoutPage
        frame={frame}
        name={human ? `${human.givenName} ${human.familyName}` : ""}
        fields={fields}
      />
    ),
    deps,
    { language: languageOf(request, deps.config), here: hereOf(request) },
  );
}
