/** Recovery codes: hashes of those not used yet. A used code is a deleted row. Making and hashing: `factors/recovery`. */
import type { Database } from "./human.ts";

/**
 * A new set in place of the old one.
 * @param hashes none: the human has no codes any more
 * @param audit to be told in the same transaction
 */
export async function replaceRecoveryCodes(
  database: Database,
  humanId: string,
  hashes: readonly string[],
  audit: readonly D1PreparedStatement[] = [],
): Promise<void> {
  await database.batch([
    database.prepare("DELETE FROM recovery_codes WHERE human_id = ?").bind(humanId),
    ...hashes.map((hash) =>
      database.prepare("INSERT INTO recovery_codes (human_id, hash) VALUES (?, ?)").bind(humanId, hash),
    ),
    ...audit,
  ]);
}

/** @returns true once per code, however often it is sent at once */
export async function useRecoveryCode(database: Database, humanId: string, hash: string): Promise<boolean> {
  const { meta } = await database
    .prepare("DELETE FROM recovery_codes WHERE human_id = ? AND hash = ?")
    .bind(humanId, hash)
    .run();
  return meta.changes === 1;
}

export async function countRecoveryCodes(database: Database, humanId: string): Promise<number> {
  const row = await database
    .prepare("SELECT COUNT(*) AS count FROM recovery_codes WHERE human_id = ?")
    .bind(humanId)
    .first<{ count: number }>();
  return row?.count ?? 0;
}
