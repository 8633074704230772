/**
 * Where a human's sessions are, and their recent sign-ins: so that a human can see and end their own, and ending a human
 * ends all. Whether a session stands is for its own object to say (`store/session`); this is only the way there.
 */
import type { Level } from "../protocol/assurance.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { runAudited } from "./audited.ts";
import type { Database } from "./human.ts";

export interface IndexedSession {
  /** id of the session's object */
  readonly objectId: string;
  readonly createdAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
  /** browser and system in a few words */
  readonly agent: string;
}

export interface SignIn {
  /** undefined: at no SP, such as to manage the account */
  readonly partyId?: string | undefined;
  readonly partyName?: string | undefined;
  readonly at: EpochSeconds;
  readonly level: Level;
  readonly amr: readonly string[];
}

/** Per human: enough to notice a stranger, and no life's record. */
export const KEPT_SIGN_INS = 50;

/**
 * Adds a session, and sweeps those of this human that are over.
 * @returns false when the human is not active: deactivated while they signed in
 */
export async function addSession(
  database: Database,
  session: IndexedSession & { readonly humanId: string },
): Promise<boolean> {
  const { objectId, humanId, createdAt, expiresAt, agent } = session;
  const [, added] = await database.batch([
    database.prepare("DELETE FROM sessions WHERE human_id = ? AND expires_at <= ?").bind(humanId, createdAt),
    database
      .prepare(
        `INSERT INTO sessions (object_id, human_id, created_at, expires_at, agent)
         SELECT ?, id, ?, ?, ? FROM humans WHERE id = ? AND status = 'active'`,
      )
      .bind(objectId, createdAt, expiresAt, agent, humanId),
  ]);
  return (added?.meta.changes ?? 0) > 0;
}

/** @param audit to be told in the same transaction */
export async function removeSession(
  database: Database,
  objectId: string,
  audit: readonly D1PreparedStatement[] = [],
): Promise<void> {
  const removal = database.prepare("DELETE FROM sessions WHERE object_id = ?").bind(objectId);
  await runAudited(database, removal, audit);
}

/** Those not past their absolute end, latest first. */
export async function listSessions(
  database: Database,
  humanId: string,
  now: EpochSeconds,
): Promise<readonly IndexedSession[]> {
  const { results } = await database
    .prepare(
      `SELECT object_id AS objectId, created_at AS createdAt, expires_at AS expiresAt, agent FROM sessions
       WHERE human_id = ? AND expires_at > ? ORDER BY created_at DESC, object_id`,
    )
    .bind(humanId, now)
    .all<IndexedSession>();
  return results;
}

/**
 * Notes a sign-in, and forgets those beyond the latest `KEPT_SIGN_INS`.
 * @param audit to be told in the same transaction
 */
export async function recordSignIn(
  database: Database,
  signIn: SignIn & { readonly humanId: string },
  audit: readonly D1PreparedStatement[] = [],
): Promise<void> {
  const { humanId, partyId, partyName, at, level, amr } = signIn;
  await database.batch([
    database
      .prepare(
        "INSERT INTO sign_ins (human_id, party_id, party_name, at, level, amr) VALUES (?, ?, ?, ?, ?, ?)",
      )
      .bind(humanId, partyId ?? null, partyName ?? null, at, level, amr.join(" ")),
    database
      .prepare(
        `DELETE FROM sign_ins WHERE human_id = ? AND id NOT IN
           (SELECT id FROM sign_ins WHERE human_id = ? ORDER BY id DESC LIMIT ?)`,
      )
      .bind(humanId, humanId, KEPT_SIGN_INS),
    ...audit,
  ]);
}

/** Latest first. */
export async function listSignIns(
  database: Database,
  humanId: string,
  limit: number,
): Promise<readonly SignIn[]> {
  const { results } = await database
    .prepare(
      "SELECT party_id, party_name, at, level, amr FROM sign_ins WHERE human_id = ? ORDER BY id DESC LIMIT ?",
    )
    .bind(humanId, limit)
    .all<{ party_id: string | null; party_name: string | null; at: number; level: Level; amr: string }>();
  return results.map((row) => ({
    ...(row.party_id === null ? {} : { partyId: row.party_id }),
    ...(row.party_name === null ? {} : { partyName: row.party_name }),
    at: row.at,
    level: row.level,
    amr: row.amr.split(" ").filter((method) => method !== ""),
  }));
}
