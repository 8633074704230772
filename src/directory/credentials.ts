/** A human's password record, read and replaced; and the organisation chosen last. Hashing: see `password`. */
import type { Level } from "../protocol/assurance.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { runAudited } from "./audited.ts";
import type { Database } from "./database.ts";

export interface PasswordRecord {
  readonly hash: string;
  /** the level that it counts for */
  readonly level: Level;
}

export async function findPassword(database: Database, humanId: string): Promise<PasswordRecord | undefined> {
  const row = await database
    .prepare("SELECT hash, level FROM passwords WHERE human_id = ?")
    .bind(humanId)
    .first<PasswordRecord>();
  return row ?? undefined;
}

/** A new password; one that had to be changed is changed now. @param audit to be told in the same transaction */
export async function setPassword(
  database: Database,
  humanId: string,
  password: PasswordRecord,
  now: EpochSeconds,
  audit: readonly D1PreparedStatement[] = [],
): Promise<void> {
  const change = setPasswordsStatement(database, [{ humanId, ...password, mustChange: false }], now);
  await runAudited(database, change, audit);
}

export interface NewPassword extends PasswordRecord {
  readonly humanId: string;
  /** the human has to choose another at the next sign-in */
  readonly mustChange: boolean;
}

/** Of any number of humans, as one statement with all of them in one value. */
export function setPasswordsStatement(
  database: Database,
  passwords: readonly NewPassword[],
  now: EpochSeconds,
): D1PreparedStatement {
  return database
    .prepare(
      `INSERT INTO passwords (human_id, hash, level, must_change, changed_at)
       SELECT value ->> 'humanId', value ->> 'hash', value ->> 'level', value ->> 'mustChange', ?
         FROM json_each(?) WHERE true
       ON CONFLICT (human_id) DO UPDATE SET hash = excluded.hash, level = excluded.level,
         changed_at = excluded.changed_at, must_change = excluded.must_change`,
    )
    .bind(now, JSON.stringify(passwords));
}

/** @param organisationId as the directory spells it @returns false when it is not theirs to represent */
export async function chooseOrganisation(
  database: Database,
  humanId: string,
  organisationId: string,
  now: EpochSeconds,
): Promise<boolean> {
  const { meta } = await database
    .prepare(
      `UPDATE memberships SET chosen_at = CASE organisation_id WHEN ?2 THEN ?3 END WHERE human_id = ?1
         AND EXISTS (SELECT 1 FROM memberships WHERE human_id = ?1 AND organisation_id = ?2)`,
    )
    .bind(humanId, organisationId, now)
    .run();
  return meta.changes > 0;
}
