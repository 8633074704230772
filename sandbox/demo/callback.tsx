/**
 * The answer comes back (`redirect_uri`): from query to page. Owns the order: is it an answer to us, from the one we
 * asked; then the code for tokens; then each token examined before the next step relies on it; a session last.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie } from "hono/cookie";
import { type Attempt, cookieName, openAttempt } from "./attempt.ts";
import { idTokenClaims, userinfoClaims } from "./claims.ts";
import { CheckList, examine } from "./examination.ts";
import { fetchUserinfo, IdpRefusal, redeemCode } from "./idp.ts";
import { policy } from "./policy.ts";
import { type Demo, now, type ServiceProvider } from "./service-provider.ts";
import { createSession, keepSession } from "./session.ts";
import { SignedInPage } from "./signed-in.tsx";
import { describeError, NO_TRUST, type Trouble, TroublePage } from "./trouble.tsx";
import { fetchTrust } from "./trust.ts";

export async function callback(c: Context<Demo>): Promise<Response> {
  const sp = c.get("sp");
  const { state = "", iss, error, code } = c.req.query();

  const attempt = await takeAttempt(c, sp, state);
  const answer = new CheckList();
  answer.add("State: the answer belongs to a sign-in begun in this browser", attempt !== undefined, FOREIGN);
  // Mix-up (RFC 9207 §2.4): a code of one Identity Provider must not be taken to another.
  answer.add(
    "Issuer: the answer names the Identity Provider that was asked",
    iss === sp.idp.partyId,
    MIXED_UP,
  );
  const { checks } = answer;
  if (attempt === undefined || !answer.allHeld) return c.html(<SignedInPage sp={sp} answer={checks} />, 400);
  if (error !== undefined) return refuse(c, describeError(error), 400);
  if (code === undefined || code === "") return refuse(c, NO_CODE, 400);

  try {
    const tokens = await redeemCode(sp, code, attempt.codeVerifier, now());
    const trust = await fetchTrust(sp, c.env, now());
    if (!trust.ok) return refuse(c, { ...NO_TRUST, detail: trust.failure.reason }, 502);
    const expected = { audience: sp.partyId, issuer: sp.idp.partyId, trust: trust.value };

    const idToken = await examine(tokens.idToken, {
      ...expected,
      now: now(),
      claims: idTokenClaims(sp, attempt),
    });
    if (!idToken.genuine) return c.html(<SignedInPage sp={sp} answer={checks} idToken={idToken} />, 502);

    const userinfo = await examine(await fetchUserinfo(sp, tokens.accessToken), {
      ...expected,
      now: now(),
      claims: userinfoClaims(idToken.payload),
    });
    const page = <SignedInPage sp={sp} answer={checks} idToken={idToken} userinfo={userinfo} />;
    if (!userinfo.genuine) return c.html(page, 502);
    await keepSession(c, createSession(tokens, userinfo.payload, now()));
    c.header("content-security-policy", policy({ posts: [sp.idp.url] })); // the button that signs out
    return c.html(page);
  } catch (failure) {
    if (failure instanceof IdpRefusal) return refuse(c, { ...NO_TOKENS, detail: failure.message }, 502);
    throw failure;
  }
}

const refuse = (c: Context<Demo>, trouble: Trouble, status: 400 | 502) =>
  c.html(<TroublePage sp={c.get("sp")} trouble={trouble} />, status);

/** The attempt that this answer belongs to. Taken once: a second answer to it finds nothing. */
async function takeAttempt(
  c: Context<Demo>,
  sp: ServiceProvider,
  state: string,
): Promise<Attempt | undefined> {
  const name = cookieName(state);
  const cookie = name && getCookie(c, name);
  if (!name || !cookie) return undefined;
  deleteCookie(c, name, { path: "/callback" });
  return openAttempt(cookie, state, sp, now());
}

const FOREIGN =
  "no sign-in of this browser waits for this answer. It took too long, was finished already (reloading this page does " +
  "that), or was begun elsewhere";
const MIXED_UP = "the answer names another, or none; the code was not used";

const NO_CODE: Trouble = {
  title: "The sign-in did not succeed",
  text: "The Identity Provider sent neither a code nor an error.",
};
const NO_TOKENS: Trouble = {
  title: "The sign-in did not succeed",
  text: "The Identity Provider did not exchange the code for tokens.",
};
