/**
 * `/login`: the page, and the plain form POST that pages, CTT and simple clients share (wire document §6). Owns the
 * password as a factor; whether one is enough is for `flow` to say.
 */
import { findLogin } from "../directory/human.ts";
import { verifyPassword } from "../directory/password.ts";
import { authenticationOptions } from "../factors/passkey-options.ts";
import { respondFailurePage, respondPage } from "../http/respond.tsx";
import { type Alert, LoginPage } from "../pages/login.tsx";
import type { Failure } from "../protocol/failure.ts";
import { setCookies } from "./browser.ts";
import { factorPage, STATUS } from "./factor-page.tsx";
import { hashSlots } from "./hash-slots.ts";
import { noteRefusedName } from "./refusals.ts";
import { callbackUrl } from "./return-url.ts";
import { consider, isOwn, type SignIn, type SignInDeps } from "./sign-in.ts";
import { goOn, openPage, openPost, refuseStep } from "./step.ts";
import { admitLogin } from "./throttle.ts";

const ENDPOINT = "login";

/** The page, unless this browser's session, or `prompt=none`, makes it needless. */
export async function showLogin(request: Request, deps: SignInDeps): Promise<Response> {
  const opened = await openPage(request, deps);
  if (!opened.ok) return refuseStep(opened.failure, deps, ENDPOINT);
  const signIn = opened.value;
  const { situation, next } = await consider(signIn, deps);
  if ("show" in next && next.show === "factor" && situation !== undefined && next.ways.includes("pwd")) {
    return factorPage(signIn, next.ways, situation, deps, "password");
  }
  if (!("show" in next) || next.show !== "login") return goOn(signIn);
  return showLoginPage(signIn, deps, { username: signIn.grant.request.loginHint ?? "" });
}

export async function login(request: Request, deps: SignInDeps): Promise<Response> {
  const posted = await openPost(request, deps);
  if (!posted.ok) return refuseStep(posted.failure, deps, ENDPOINT);
  const { form, signIn } = posted.value;

  // Counted before anything is looked up or hashed: a locked door is the same for every name. Whose it is, the audit log
  // finds out after the answer.
  const username = (form.get("username") ?? "").slice(0, 320);
  const ticket = await admitLogin(request, username, deps);
  if (!ticket.ok) {
    const { reason } = ticket.failure;
    if (reason === "account_locked") noteRefusedName(username, reason, signIn.grant.party.id, deps);
    return tryAgain(ticket.failure, signIn, username, deps);
  }
  const human = await findLogin(deps.directory, username);
  const right = await hashSlots.run(
    () => verifyPassword(form.get("password") ?? "", human?.passwordHash),
    deps.now,
  );
  if (!right.ok) {
    await ticket.value.giveBack(); // nothing was guessed
    return tryAgain(right.failure, signIn, username, deps);
  }
  if (!right.value || human === undefined) {
    noteRefusedName(username, "credentials", signIn.grant.party.id, deps);
    return tryAgain({ reason: "credentials" }, signIn, username, deps);
  }

  const { pending, browser } = signIn;
  const step = {
    step: "prove",
    humanId: human.humanId,
    factor: { kind: "pwd", level: human.passwordLevel, since: human.passwordSince },
  } as const;
  const proven = await deps.grants.advance(pending.id, browser, [step], deps.now());
  if (!proven.ok) return refuseStep(proven.failure, deps, ENDPOINT);
  // No failure; but the counters start over only when somebody is signed in, with all the factors that are wanted.
  await ticket.value.giveBack();
  return goOn(signIn);
}

/** The login page with what is wrong; for an address that tries too much a page without a form. */
function tryAgain(failure: Failure, signIn: SignIn, username: string, deps: SignInDeps): Response {
  if (failure.reason === "address_throttled") return respondFailurePage(failure, deps, ENDPOINT);
  deps.log.info("refused", { endpoint: ENDPOINT, reason: failure.reason, ...failure.data });
  const wait = Number(failure.data?.retryAfter ?? 0);
  return showLoginPage(signIn, deps, { username, alert: alertOf(failure, wait), wait });
}

function alertOf({ reason }: Failure, wait: number): Alert {
  if (reason === "account_locked") return { kind: "locked", minutes: Math.ceil(wait / 60) };
  return { kind: reason === "busy" ? "busy" : "wrong" };
}

/** The same page, status and words whether the user is known or not. */
export function showLoginPage(
  { pending, grant, language, cookies }: SignIn,
  { config }: Pick<SignInDeps, "config">,
  {
    username,
    alert,
    wait = 0,
  }: { readonly username: string; readonly alert?: Alert; readonly wait?: number },
): Response {
  const returnUrl = callbackUrl(pending.authzId);
  const options = authenticationOptions({ rpId: config.relyingParty.rpId, challenge: grant.challenge ?? "" });
  const page = respondPage(
    (frame) => (
      <LoginPage
        frame={frame}
        sp={isOwn(grant, config) ? undefined : grant.party}
        returnUrl={returnUrl}
        username={username}
        alert={alert}
        passkey={grant.challenge === undefined ? undefined : JSON.stringify(options)}
      />
    ),
    { config },
    {
      language,
      here: `/login?returnUrl=${encodeURIComponent(returnUrl)}`,
      status: alert === undefined ? 200 : STATUS[alert.kind],
      headers: wait === 0 ? {} : { "retry-after": String(wait) },
    },
  );
  return setCookies(page, cookies);
}
