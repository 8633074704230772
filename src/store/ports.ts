/**
 * What must happen in one place, as interfaces. Each method states the atomicity it promises; the Durable Objects
 * beside this file keep it, and `test/store` holds any implementation to it.
 */
import type { AuditRecord, ChainedRecord, ChainHead } from "../protocol/audit-chain.ts";
import type { Browser, Ending, GrantRecord, Step } from "../protocol/grant.ts";
import type { Entitlement, Redemption } from "../protocol/redemption.ts";
import type { KeptRefusal, Refusal, RefusalSearch } from "../protocol/refusal.ts";
import type { Result } from "../protocol/result.ts";
import type { IssuedIdToken, SessionNote, SessionRecord } from "../protocol/session.ts";
import type { Admission, ThrottleRule } from "../protocol/throttle.ts";
import type { EpochSeconds } from "../protocol/time.ts";

/** An object's id, as the handles carry it. */
export type GrantId = string;
export type SessionId = string;

/** One sign-in each. Every method is one local transaction: it sees all before it, and all after it see what it did. */
export interface GrantStore {
  /** Stores a proven request under a new id. */
  open(grant: GrantRecord): Promise<GrantId>;
  /** Takes steps for the browser that the grant belongs to: all of them, or, where one is refused, none. */
  advance(
    id: GrantId,
    browser: Browser,
    steps: readonly Step[],
    now: EpochSeconds,
  ): Promise<Result<GrantRecord>>;
  /** Takes steps and ends the human part. Of any number of calls, at once or in turn, one succeeds. */
  finish(
    id: GrantId,
    browser: Browser,
    steps: readonly Step[],
    ending: Ending,
    now: EpochSeconds,
  ): Promise<Result<GrantRecord>>;
  /**
   * Consumes the code and installs the token's hash. Of any number of calls, at once or in turn, one succeeds; a call
   * by the right client after that revokes the token.
   */
  redeem(id: GrantId, attempt: Redemption, now: EpochSeconds): Promise<Result<Entitlement>>;
  /** What `redeem` would say now. Takes nothing and revokes nothing, and so promises nothing. */
  preview(id: GrantId, attempt: Redemption, now: EpochSeconds): Promise<Result<Entitlement>>;
  /** Ends a pending sign-in; what has come to a code goes on. */
  abandon(id: GrantId): Promise<void>;
  /** Ends a sign-in, its code and its token, however far it has come. */
  revoke(id: GrantId): Promise<void>;
  /** What an access token that is good now is good for. */
  access(id: GrantId, tokenHash: string, now: EpochSeconds): Promise<Result<Entitlement>>;
}

/** Sign-on sessions, one object each; ended is ended for everybody at once. */
export interface SessionStore {
  newId(): SessionId;
  /** @param idTokens of the session that it takes the place of */
  open(id: SessionId, session: SessionRecord, idTokens?: readonly IssuedIdToken[]): Promise<void>;
  /** The session that stands now, for who holds its secret; counts as a use. */
  use(id: SessionId, secretHash: string, now: EpochSeconds): Promise<Result<SessionRecord>>;
  /** Remembers something; nothing when the session is over. */
  note(id: SessionId, note: SessionNote): Promise<void>;
  /** Remembers an id_token, in place of the oldest of fifty; nothing when the session is over. */
  issue(id: SessionId, idToken: IssuedIdToken): Promise<void>;
  /** Those remembered, latest last. */
  idTokens(id: SessionId): Promise<readonly IssuedIdToken[]>;
  /** Of any number of calls with one challenge, at once or in turn, one returns true. */
  takeChallenge(id: SessionId, challenge: string, next: string): Promise<boolean>;
  /** Ends it. @returns what it was, or undefined when it was over already */
  end(id: SessionId): Promise<SessionRecord | undefined>;
}

/** Used `jti`s. */
export interface ReplayStore {
  /**
   * Marks (`iss`, `jti`) as used. Of any number of calls, at once or in turn, the first alone returns true.
   * @param until when the JWT can't be accepted any more, clock skew included
   */
  mark(iss: string, jti: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean>;
}

/** Tries at signing in, counted by name. A name says nothing about whom it counts: see `login/throttle`. */
export interface LoginCounters {
  /**
   * Takes one try, which counts as failed until it is given back. Of any number of calls, at once or in turn, no more
   * pass per window than the limit.
   */
  admit(counter: string, rule: ThrottleRule, now: EpochSeconds): Promise<Admission>;
  /** Takes back one try that was admitted at that time, and the lock if it helped to set one. */
  giveBack(counter: string, takenAt: EpochSeconds): Promise<void>;
  /** Forgets every try. */
  reset(counter: string): Promise<void>;
}

/** One look-up per entry (trusted list, one party), however many isolates want it. */
export interface RefreshGates {
  /** True for one caller per `interval` seconds. */
  admit(entry: string, interval: number, now: EpochSeconds): Promise<boolean>;
  /** Remembers that the registry does not know this entry. */
  markUnknown(entry: string, until: EpochSeconds, now: EpochSeconds): Promise<void>;
  isUnknown(entry: string, now: EpochSeconds): Promise<boolean>;
}

/** Where an organisation's audit log has come to. */
export interface ChainState {
  /** the last entry that the directory is known to have */
  readonly confirmed: ChainHead;
  /** how many are ordered behind it */
  readonly open: number;
}

/** The order of the audit log, one chain per organisation; the empty name is the Identity Provider's own. */
export interface AuditChains {
  state(organisation: string): Promise<ChainState>;
  /**
   * Orders records behind all there are, once each: one that is ordered and not confirmed keeps its place. Of any number
   * of calls at once, each number is given once and no number is left out.
   * @param confirmedSeq as `state` told before the records were read: what is confirmed must not come again
   * @returns all that is ordered and not confirmed, for the directory; undefined when more was confirmed meanwhile
   */
  append(
    organisation: string,
    confirmedSeq: number,
    records: readonly AuditRecord[],
  ): Promise<readonly ChainedRecord[] | undefined>;
  /** The directory has everything up to this number. */
  confirm(organisation: string, seq: number): Promise<void>;
}

export interface RefusalPage {
  /** the latest arrival first */
  readonly refusals: readonly KeptRefusal[];
  /** number of the last one here, when there are more that are sought */
  readonly older: number | undefined;
  /** how many are kept, sought or not */
  readonly kept: number;
  /** how many more there were, within the time for which they are kept */
  readonly dropped: number;
}

/** The latest refusals, for people to search: a sample under load, for some days. Nothing may depend on it. */
export interface RefusalStore {
  /** Keeps them, as far as there is room for each. @param dropped how many more there were, that nobody kept */
  keep(refusals: readonly Refusal[], dropped: number, now: EpochSeconds): Promise<void>;
  /** @param before the number where an earlier page ended */
  search(
    search: RefusalSearch,
    limit: number,
    before: number | undefined,
    now: EpochSeconds,
  ): Promise<RefusalPage>;
}
