/**
 * Durable Object: one sign-on session. Runs the pure rules of `protocol/session` on its record; ending it wipes it, so
 * it is over for every isolate at once. A sign-in or step-up makes a new object and ends the old one: no session id
 * outlives a change of what it stands for (session fixation).
 */
import { DurableObject } from "cloudflare:workers";
import { type Result, refuse } from "../protocol/result.ts";
import {
  type IssuedIdToken,
  noteInSession,
  REMEMBERED,
  type SessionNote,
  type SessionRecord,
  sessionEnd,
  useSession,
} from "../protocol/session.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { SessionStore } from "./ports.ts";

const KEY = "session";
/** how many id_tokens were issued so far; each lies in a place of its own, so that one more costs no fifty */
const ISSUED = "issued";
const placeOf = (issued: number): string => `id_token:${issued % REMEMBERED}`;

export class Session extends DurableObject {
  async open(session: SessionRecord, idTokens: readonly IssuedIdToken[] = []): Promise<void> {
    for (const idToken of idTokens) this.#remember(idToken);
    await this.#save(session);
  }

  async use(secretHash: string, now: EpochSeconds): Promise<Result<SessionRecord>> {
    const session = this.#load();
    if (session === undefined) return refuse("session_unknown");
    const used = useSession(session, secretHash, now);
    // A write per look would be a write per page: the idle time may end a little early instead.
    if (used.ok && now - session.lastSeenAt >= Math.min(60, session.idleSeconds / 10))
      await this.#save(used.value);
    return used;
  }

  async note(note: SessionNote): Promise<void> {
    const session = this.#load();
    if (session !== undefined) this.ctx.storage.kv.put(KEY, noteInSession(session, note)); // moves no end
  }

  async issue(idToken: IssuedIdToken): Promise<void> {
    // Where one was issued the session stands, or both would be gone: its record, some KiB, need not be read.
    const issued = this.#issued();
    if (issued > 0 || this.#load() !== undefined) this.#remember(idToken, issued);
  }

  async idTokens(): Promise<readonly IssuedIdToken[]> {
    const { kv } = this.ctx.storage;
    const issued = this.#issued();
    const count = Math.min(issued, REMEMBERED);
    return Array.from({ length: count }, (_, n) => kv.get<IssuedIdToken>(placeOf(issued - count + n))).filter(
      (idToken) => idToken !== undefined,
    );
  }

  /** Takes the challenge of an enrolment: of any number of calls with it, one succeeds. */
  async takeChallenge(challenge: string, next: string): Promise<boolean> {
    const session = this.#load();
    if (session === undefined || session.challenge !== challenge) return false;
    await this.#save(noteInSession(session, { challenge: next }));
    return true;
  }

  async end(): Promise<SessionRecord | undefined> {
    const session = this.#load();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    return session;
  }

  override async alarm(): Promise<void> {
    const session = this.#load();
    // Used since the alarm was set: its end has moved.
    if (session !== undefined && sessionEnd(session) * 1000 > Date.now()) return this.#arm(session);
    await this.ctx.storage.deleteAll();
  }

  #remember(idToken: IssuedIdToken, issued = this.#issued()): void {
    const { kv } = this.ctx.storage;
    kv.put(placeOf(issued), idToken);
    kv.put(ISSUED, issued + 1);
  }

  #issued(): number {
    return this.ctx.storage.kv.get<number>(ISSUED) ?? 0;
  }

  #load(): SessionRecord | undefined {
    return this.ctx.storage.kv.get<SessionRecord>(KEY);
  }

  async #save(session: SessionRecord): Promise<void> {
    this.ctx.storage.kv.put(KEY, session);
    await this.#arm(session);
  }

  async #arm(session: SessionRecord): Promise<void> {
    await this.ctx.storage.setAlarm(sessionEnd(session) * 1000);
  }
}

type Stub = {
  open(session: SessionRecord, idTokens?: readonly IssuedIdToken[]): Promise<void>;
  use(secretHash: string, now: EpochSeconds): Promise<Result<SessionRecord>>;
  note(note: SessionNote): Promise<void>;
  issue(idToken: IssuedIdToken): Promise<void>;
  idTokens(): Promise<readonly IssuedIdToken[]>;
  takeChallenge(challenge: string, next: string): Promise<boolean>;
  end(): Promise<SessionRecord | undefined>;
};

export function createSessionStore(namespace: DurableObjectNamespace): SessionStore {
  const stub = (id: string): Stub => namespace.get(namespace.idFromString(id)) as unknown as Stub;
  return {
    newId: () => namespace.newUniqueId().toString(),
    open: (id, session, idTokens) => stub(id).open(session, idTokens),
    use: (id, secretHash, now) => stub(id).use(secretHash, now),
    note: (id, note) => stub(id).note(note),
    issue: (id, idToken) => stub(id).issue(idToken),
    idTokens: (id) => stub(id).idTokens(),
    takeChallenge: (id, challenge, next) => stub(id).takeChallenge(challenge, next),
    end: (id) => stub(id).end(),
  };
}
