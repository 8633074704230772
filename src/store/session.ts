/**
 * Durable Object: one sign-on session. Runs the pure rules of `protocol/session` on its record; ending it wipes it, so
 * it is over for every isolate at once. A sign-in or step-up makes a new object and ends the old one: no session id
 * outlives a change of what it stands for (session fixation).
 */
import { DurableObject } from "cloudflare:workers";
import { type Result, refuse } from "../protocol/result.ts";
import {
  noteInSession,
  type SessionNote,
  type SessionRecord,
  sessionEnd,
  useSession,
} from "../protocol/session.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { SessionStore } from "./ports.ts";

const KEY = "session";

export class Session extends DurableObject {
  async open(session: SessionRecord): Promise<void> {
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
  open(session: SessionRecord): Promise<void>;
  use(secretHash: string, now: EpochSeconds): Promise<Result<SessionRecord>>;
  note(note: SessionNote): Promise<void>;
  takeChallenge(challenge: string, next: string): Promise<boolean>;
  end(): Promise<SessionRecord | undefined>;
};

export function createSessionStore(namespace: DurableObjectNamespace): SessionStore {
  const stub = (id: string): Stub => namespace.get(namespace.idFromString(id)) as unknown as Stub;
  return {
    newId: () => namespace.newUniqueId().toString(),
    open: (id, session) => stub(id).open(session),
    use: (id, secretHash, now) => stub(id).use(secretHash, now),
    note: (id, note) => stub(id).note(note),
    takeChallenge: (id, challenge, next) => stub(id).takeChallenge(challenge, next),
    end: (id) => stub(id).end(),
  };
}
