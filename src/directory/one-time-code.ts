/**
 * One-time codes that an administrator hands out: to enrol a factor at a level, or to set a new password. Only hashes
 * are kept, one code per human and purpose. Making and hashing codes: `factors/recovery`.
 */
import type { Level } from "../protocol/assurance.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type AuditEntry, auditStatement } from "./audit-entry.ts";
import type { Database } from "./human.ts";

export type Purpose = "enrol" | "reset";

export interface OneTimeCode {
  readonly hash: string;
  readonly humanId: string;
  readonly purpose: Purpose;
  /** what it authorises; a reset is never more than low */
  readonly level: Level;
  readonly expiresAt: EpochSeconds;
}

/** How long one is good: until it is in the right hands, and has been used. */
export const ONE_TIME_CODE_SECONDS = 24 * 60 * 60;

/** Stores a code. An earlier one for the same purpose is over. @param audit an entry that is stored with it, or not at all */
export async function addOneTimeCode(
  database: Database,
  code: OneTimeCode,
  audit?: { readonly entry: AuditEntry; readonly now: EpochSeconds },
): Promise<void> {
  await database.batch([
    ...oneTimeCodeStatements(database, code),
    ...(audit === undefined ? [] : [auditStatement(database, audit.entry, audit.now)]),
  ]);
}

/** All of a human's are over. */
export const forgetOneTimeCodesStatement = (database: Database, humanId: string): D1PreparedStatement =>
  database.prepare("DELETE FROM one_time_codes WHERE human_id = ?").bind(humanId);

/** The same, for the batch of who adds the human too. */
export const oneTimeCodeStatements = (
  database: Database,
  { hash, humanId, purpose, level, expiresAt }: OneTimeCode,
): D1PreparedStatement[] => [
  database.prepare("DELETE FROM one_time_codes WHERE human_id = ? AND purpose = ?").bind(humanId, purpose),
  database
    .prepare("INSERT INTO one_time_codes (hash, human_id, purpose, level, expires_at) VALUES (?, ?, ?, ?, ?)")
    .bind(hash, humanId, purpose, level, expiresAt),
];

/**
 * Takes a code of an active human: it is gone, and of any number of calls at once one has it.
 * @param humanId only this human's: somebody else who sends it does not use it up
 */
export async function takeOneTimeCode(
  database: Database,
  hash: string,
  purpose: Purpose,
  now: EpochSeconds,
  humanId?: string,
): Promise<{ readonly humanId: string; readonly level: Level } | undefined> {
  const row = await database
    .prepare(
      `DELETE FROM one_time_codes WHERE hash = ? AND purpose = ? AND expires_at > ? AND human_id = coalesce(?, human_id)
         AND human_id IN (SELECT id FROM humans WHERE status = 'active') RETURNING human_id AS humanId, level`,
    )
    .bind(hash, purpose, now, humanId ?? null)
    .first<{ humanId: string; level: Level }>();
  return row ?? undefined;
}
