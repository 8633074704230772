/**
 * The sign-on session: one human in one browser, across Service Providers. Owns its ends (idle, absolute, revoked) and
 * what it remembers for logout, as pure functions of plain data. Leaves storage and atomicity to `store/session`.
 */
import type { Level, UsedFactor } from "./assurance.ts";
import { ok, type Result, refuse } from "./result.ts";
import type { EpochSeconds } from "./time.ts";

export interface SessionRecord {
  /** SHA-256 of the cookie's secret */
  readonly secretHash: string;
  readonly humanId: string;
  readonly factors: readonly UsedFactor[];
  /** how well the human was identified, when they signed in */
  readonly identityAssurance: Level;
  /** when a factor was last proven */
  readonly authTime: EpochSeconds;
  readonly lastSeenAt: EpochSeconds;
  /** seconds without use after which it ends */
  readonly idleSeconds: number;
  /** the end, used or not */
  readonly endsAt: EpochSeconds;
  /** for enrolling a passkey; replaced at each use */
  readonly challenge: string;
  /** sign-ins begun in it and not finished: logout ends them */
  readonly grantIds: readonly string[];
}

/** An id_token that was issued from a session: a logout hint must be one of them. */
export interface IssuedIdToken {
  readonly aud: string;
  readonly jti: string;
  /** canonical id of the SP */
  readonly partyId: string;
  /** origin of the redirect URI that the SP used */
  readonly origin: string;
}

/** More than anybody visits in a working day; a bound all the same. */
export const REMEMBERED = 50;

/** Whether the session stands, for who holds its secret. A look is a use: the idle time starts over. */
export function useSession(
  session: SessionRecord,
  secretHash: string,
  now: EpochSeconds,
): Result<SessionRecord> {
  if (session.secretHash !== secretHash) return refuse("session_unknown");
  if (now >= sessionEnd(session)) return refuse("session_expired");
  return ok({ ...session, lastSeenAt: now });
}

export const sessionEnd = (session: SessionRecord): EpochSeconds =>
  Math.min(session.endsAt, session.lastSeenAt + session.idleSeconds);

export type SessionNote = { readonly grantId: string } | { readonly challenge: string };

export function noteInSession(session: SessionRecord, note: SessionNote): SessionRecord {
  if ("challenge" in note) return { ...session, challenge: note.challenge };
  const others = session.grantIds.filter((it) => it !== note.grantId);
  return { ...session, grantIds: [...others, note.grantId].slice(-REMEMBERED) };
}

/** Does this session satisfy an SP that wants a sign-in no older than that? (OIDC Core §3.1.2.1 max_age) */
export const isRecent = (
  session: Pick<SessionRecord, "authTime">,
  maxAge: number | undefined,
  now: EpochSeconds,
): boolean => maxAge === undefined || now - session.authTime <= maxAge;
