/** `/login`: the page, and the plain form POST that pages, CTT and simple clients share (wire document §6). */
import type { Deps } from "../deps.ts";
import { findLogin } from "../directory/human.ts";
import { verifyPassword } from "../directory/password.ts";
import { checkSameSite, readForm, readQuery } from "../http/request.ts";
import { respondFailurePage, respondPage } from "../http/respond.tsx";
import { LoginPage } from "../pages/pages.tsx";
import { chooseLanguage } from "../pages/text.ts";
import { lower } from "../protocol/assurance.ts";
import type { GrantRecord } from "../protocol/grant.ts";
import { recognise, setCookies } from "./browser.ts";
import { callbackUrl, openReturnUrl } from "./return-url.ts";

const ENDPOINT = "login";

type LoginDeps = Pick<Deps, "config" | "grants" | "handles" | "directory" | "now" | "log" | "correlationId">;

export async function showLogin(request: Request, deps: LoginDeps): Promise<Response> {
  const query = readQuery(request);
  const pending = await openReturnUrl(query.ok ? query.value.get("returnUrl") : undefined, deps.handles);
  if (!pending.ok) return respondFailurePage(pending.failure, deps, ENDPOINT);
  const { browser, cookies } = await recognise(request, pending.value.id, deps.config);
  const grant = await deps.grants.advance(pending.value.id, browser, { step: "look" }, deps.now());
  if (!grant.ok) return respondFailurePage(grant.failure, deps, ENDPOINT);
  const { loginHint = "" } = grant.value.request;
  return setCookies(loginPage(grant.value, pending.value.authzId, loginHint, false, deps), cookies);
}

export async function login(request: Request, deps: LoginDeps): Promise<Response> {
  const { config, grants, now, log } = deps;
  const site = checkSameSite(request, config.issuerUrl);
  if (!site.ok) return respondFailurePage(site.failure, deps, ENDPOINT);
  const form = await readForm(request);
  if (!form.ok) return respondFailurePage(form.failure, deps, ENDPOINT);
  const query = readQuery(request);
  const returnUrl = form.value.get("returnUrl") ?? (query.ok ? query.value.get("returnUrl") : undefined);
  const pending = await openReturnUrl(returnUrl, deps.handles);
  if (!pending.ok) return respondFailurePage(pending.failure, deps, ENDPOINT);
  const { id, authzId } = pending.value;

  // Whose sign-in is this? Asked before any hashing: another browser must not even cost us that.
  const { browser, cookies } = await recognise(request, id, config);
  const grant = await grants.advance(id, browser, { step: "look" }, now());
  if (!grant.ok) return respondFailurePage(grant.failure, deps, ENDPOINT);

  const username = form.value.get("username") ?? "";
  const human = await findLogin(deps.directory, username.slice(0, 320));
  const right = await verifyPassword(form.value.get("password") ?? "", human?.passwordHash);
  if (!right || human === undefined) {
    log.info("refused", { endpoint: ENDPOINT, reason: "credentials" });
    return setCookies(loginPage(grant.value, authzId, username.slice(0, 320), true, deps), cookies);
  }
  const authentication = {
    humanId: human.humanId,
    authTime: now(),
    level: lower("low", human.identityAssurance),
    amr: ["pwd"],
  };
  const next = await grants.advance(id, browser, { step: "authenticate", authentication }, now());
  if (!next.ok) return respondFailurePage(next.failure, deps, ENDPOINT);
  return setCookies(
    new Response(null, { status: 302, headers: { location: callbackUrl(authzId) } }),
    cookies,
  );
}

/** The same page, status and words for an unknown user and a wrong password. */
function loginPage(
  { party, request }: GrantRecord,
  authzId: string,
  username: string,
  failed: boolean,
  { config }: LoginDeps,
): Response {
  return respondPage(
    (frame) => (
      <LoginPage
        frame={frame}
        sp={party}
        returnUrl={callbackUrl(authzId)}
        username={username}
        failed={failed}
      />
    ),
    { config },
    chooseLanguage(request.languages),
    failed ? 403 : 200, // RFC 9110 §15.5.4: credentials were given and do not do
  );
}
