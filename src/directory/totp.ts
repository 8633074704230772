/**
 * One-time passwords enrolled (at most one seed per human): records and their queries. A code works once, because its
 * time step is marked as used by one conditional statement. Codes and seeds themselves: see `factors/totp`.
 */
import type { Level } from "../protocol/assurance.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { runAudited } from "./audited.ts";
import type { Database } from "./human.ts";

export interface TotpRecord {
  /** as the vault sealed it */
  readonly seed: string;
  readonly level: Level;
  /** whether the human has shown that their app has the seed: before that it opens nothing */
  readonly confirmed: boolean;
  readonly lastStep: number;
}

/** Starts an enrolment, in place of one that was not confirmed. @returns false when a confirmed one stands */
export async function beginTotp(
  database: Database,
  humanId: string,
  seed: string,
  level: Level,
  now: EpochSeconds,
): Promise<boolean> {
  const { meta } = await database
    .prepare(
      `INSERT INTO totp (human_id, seed, level, created_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (human_id) DO UPDATE SET seed = excluded.seed, level = excluded.level,
         created_at = excluded.created_at, last_step = 0 WHERE confirmed_at IS NULL`,
    )
    .bind(humanId, seed, level, now)
    .run();
  return meta.changes === 1;
}

export async function findTotp(database: Database, humanId: string): Promise<TotpRecord | undefined> {
  const row = await database
    .prepare("SELECT seed, level, confirmed_at, last_step FROM totp WHERE human_id = ?")
    .bind(humanId)
    .first<{ seed: string; level: Level; confirmed_at: number | null; last_step: number }>();
  if (row === null) return undefined;
  const { seed, level, confirmed_at, last_step } = row;
  return { seed, level, confirmed: confirmed_at !== null, lastStep: last_step };
}

/**
 * Ends an enrolment: the first code was right, and its step is used.
 * @param seed the sealed seed that the code was checked against: another that came in between is not confirmed by it
 */
export async function confirmTotp(
  database: Database,
  humanId: string,
  seed: string,
  step: number,
  now: EpochSeconds,
  audit: readonly D1PreparedStatement[] = [],
): Promise<boolean> {
  const change = database
    .prepare(
      "UPDATE totp SET confirmed_at = ?, last_step = ? WHERE human_id = ? AND seed = ? AND confirmed_at IS NULL",
    )
    .bind(now, step, humanId, seed);
  return (await runAudited(database, change, audit)) === 1;
}

/** Marks a time step, and all before it, as used (RFC 6238 §5.2). @returns false when it was used already */
export async function useTotpStep(database: Database, humanId: string, step: number): Promise<boolean> {
  const { meta } = await database
    .prepare(
      "UPDATE totp SET last_step = ? WHERE human_id = ? AND confirmed_at IS NOT NULL AND last_step < ?",
    )
    .bind(step, humanId, step)
    .run();
  return meta.changes === 1;
}

/** The same seed, sealed anew. Nothing when another came in between. */
export async function resealTotp(
  database: Database,
  humanId: string,
  from: string,
  to: string,
): Promise<void> {
  await database
    .prepare("UPDATE totp SET seed = ? WHERE human_id = ? AND seed = ?")
    .bind(to, humanId, from)
    .run();
}

export async function removeTotp(
  database: Database,
  humanId: string,
  audit: readonly D1PreparedStatement[] = [],
): Promise<void> {
  await runAudited(database, database.prepare("DELETE FROM totp WHERE human_id = ?").bind(humanId), audit);
}
