/**
 * The demo's own session: who signed in, for which organisation, and the access token to ask more with. Owns that it
 * rests on proven tokens only, ends with the access token, and is kept in a sealed cookie.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { JsonObject } from "../../src/protocol/json.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { open, seal } from "./seal.ts";
import { type Demo, now } from "./service-provider.ts";

export interface Session {
  readonly accessToken: string;
  /** the pseudonym here */
  readonly subject: string;
  readonly organisationId: string;
  readonly organisationName: string;
  /** the human's */
  readonly name: string;
  readonly expiresAt: EpochSeconds;
}

const COOKIE = "demo-session";
const MAX_SECONDS = 3600;

/** @param userinfo claims that were proven genuine and to agree with the id_token */
export function createSession(
  {
    accessToken,
    expiresIn = MAX_SECONDS,
  }: { readonly accessToken: string; readonly expiresIn?: number | undefined },
  userinfo: JsonObject,
  now: EpochSeconds,
): Session {
  const { sub, organisationIdentifier, company_name, name } = userinfo;
  const organisationId = String(organisationIdentifier);
  return {
    accessToken,
    subject: String(sub),
    organisationId,
    organisationName: typeof company_name === "string" ? company_name : organisationId,
    name: typeof name === "string" ? name : "Somebody",
    expiresAt: now + Math.min(Math.floor(expiresIn), MAX_SECONDS),
  };
}

export async function keepSession(c: Context<Demo>, session: Session): Promise<void> {
  setCookie(c, COOKIE, await seal(session, "session", c.get("sp")), {
    httpOnly: true,
    sameSite: "Lax",
    path: "/",
    maxAge: Math.max(0, session.expiresAt - now()),
  });
}

export async function readSession(c: Context<Demo>): Promise<Session | undefined> {
  const cookie = getCookie(c, COOKIE);
  return cookie === undefined ? undefined : open<Session>(cookie, "session", c.get("sp"), now());
}

export const forgetSession = (c: Context<Demo>): void => void deleteCookie(c, COOKIE, { path: "/" });
