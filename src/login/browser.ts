/**
 * Which browser is this? (wire document §6.) One random cookie per browser, shared by its tabs; and, because a
 * cross-site POST carries no SameSite=Lax cookie, a short-lived one per grant that the authorize answer sets: without
 * it a new cookie would replace the lasting one and orphan the sign-ins in other tabs.
 */
import { buildCookie, type CookieRules, readCookie } from "../http/cookies.ts";
import { sha256Hex } from "../protocol/digest.ts";
import { encodeBase64url } from "../protocol/encoding.ts";
import type { Browser, GrantRecord } from "../protocol/grant.ts";
import type { GrantId } from "../store/ports.ts";

/** 32 random bytes: a cookie, or the challenge of a passkey. */
export const newSecret = (): string => encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));

/** One name per grant. Of the id's hash: what the leading digits of an id are is the platform's affair. */
export const arrivalCookie = async (id: GrantId): Promise<`arrival-${string}`> =>
  `arrival-${(await sha256Hex(id)).slice(0, 8)}`;

/** At authorize: whom to bind a new grant to; nobody yet when an SP's server may be calling. */
export async function arrive(
  request: Request,
  rules: CookieRules,
): Promise<{ readonly browser: NonNullable<GrantRecord["browser"]>; readonly secret?: string } | undefined> {
  if (request.headers.get("sec-fetch-mode") !== "navigate") return undefined;
  const known = readCookie(request.headers.get("cookie"), "browser", rules);
  if (known !== undefined) return { browser: { hash: await sha256Hex(known), arrival: false } };
  const secret = newSecret();
  return { browser: { hash: await sha256Hex(secret), arrival: true }, secret };
}

/** At every later step: what the browser shows, and the cookies its answer has to set. */
export async function recognise(
  request: Request,
  id: GrantId,
  rules: CookieRules,
): Promise<{ readonly browser: Browser; readonly cookies: readonly string[] }> {
  const header = request.headers.get("cookie");
  const arrivalName = await arrivalCookie(id);
  const known = readCookie(header, "browser", rules);
  const arrival = readCookie(header, arrivalName, rules);
  const secret = known ?? newSecret();
  return {
    browser: {
      hash: await sha256Hex(secret),
      ...(arrival === undefined ? {} : { arrivalHash: await sha256Hex(arrival) }),
    },
    cookies: [
      ...(known === undefined ? [buildCookie("browser", secret, rules)] : []),
      ...(arrival === undefined ? [] : [buildCookie(arrivalName, "", rules, 0)]),
    ],
  };
}

export function setCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  return response;
}
