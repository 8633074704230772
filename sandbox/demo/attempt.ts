/**
 * One attempt to sign in, from button to answer: `state`, `nonce`, PKCE verifier and the level asked for. Owns how they are made and kept:
 * in a sealed cookie of their own, so that the Worker stores nothing, tabs do not disturb each other, and an answer
 * counts only in the browser that asked.
 */
import { CompactEncrypt, compactDecrypt } from "jose";
import type { Level } from "../../src/protocol/assurance.ts";
import { decodeUtf8, encodeBase64url, encodeUtf8 } from "../../src/protocol/encoding.ts";
import { parseJsonObject } from "../../src/protocol/json.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";

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

/** @param key 32 bytes; sealed rather than signed, since the PKCE verifier is a secret */
export function sealAttempt(attempt: Attempt, key: Uint8Array): Promise<string> {
  return new CompactEncrypt(encodeUtf8(JSON.stringify(attempt)))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .encrypt(key);
}

/** @returns the attempt; undefined when the cookie is not ours, is another attempt's, or has ended */
export async function openAttempt(
  cookie: string,
  state: string,
  key: Uint8Array,
  now: EpochSeconds,
): Promise<Attempt | undefined> {
  try {
    const { plaintext } = await compactDecrypt(cookie, key, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    const attempt = parseJsonObject(decodeUtf8(plaintext) ?? "") as unknown as Attempt | undefined;
    return attempt !== undefined && attempt.state === state && now < attempt.expiresAt ? attempt : undefined;
  } catch {
    return undefined; // sealed with another key, or altered
  }
}
