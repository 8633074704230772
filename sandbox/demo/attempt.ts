/**
 * One attempt to sign in, from button to answer: `state`, `nonce`, PKCE verifier and the level asked for. Owns how they
 * are made, and that each is kept in a cookie of its own: tabs do not disturb each other, and an answer counts only in
 * the browser that asked.
 */
import type { Level } from "../../src/protocol/assurance.ts";
import { encodeBase64url, encodeUtf8 } from "../../src/protocol/encoding.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { open, seal } from "./seal.ts";
import type { ServiceProvider } from "./service-provider.ts";

export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly level: Level;
  readonly expiresAt: EpochSeconds;
}

export const ATTEMPT_SECONDS = 900;

export const createAttempt = (level: Level, now: EpochSeconds): Attempt => ({
  level,
  state: random(),
  nonce: random(),
  codeVerifier: random(),
  expiresAt: now + ATTEMPT_SECONDS,
});

const random = (): string => encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));

/** RFC 7636 §4.2, S256 */
export async function challengeOf({ codeVerifier }: Attempt): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", encodeUtf8(codeVerifier))));
}

/** One cookie per attempt. @param state from the query, so possibly anything @returns undefined for a foreign form */
export const cookieName = (state: string): string | undefined =>
  /^[\w-]{43}$/.test(state) ? `attempt-${state}` : undefined;

export const sealAttempt = (attempt: Attempt, sp: ServiceProvider): Promise<string> =>
  seal(attempt, "attempt", sp);

/** @returns the attempt; undefined when the cookie is not ours, is another attempt's, or has ended */
export async function openAttempt(
  cookie: string,
  state: string,
  sp: ServiceProvider,
  now: EpochSeconds,
): Promise<Attempt | undefined> {
  const attempt = await open<Attempt>(cookie, "attempt", sp, now);
  return attempt?.state === state ? attempt : undefined;
}
