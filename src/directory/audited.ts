/**
 * What the audit log is told only if something changed: for the batch of a change whose condition is in its statement.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { Database } from "./database.ts";

/** @returns a statement to put right behind the one that changes something: it counts that one's rows */
export function auditIfChanged(
  database: Database,
  entry: AuditEntry,
  now: EpochSeconds,
): D1PreparedStatement {
  return database
    .prepare(
      "INSERT INTO audit_pending (id, organisation_id, at, entry) SELECT ?, ?, ?, ? WHERE changes() > 0",
    )
    .bind(crypto.randomUUID(), entry.organisation ?? "", now, JSON.stringify(entry));
}

/**
 * Runs a change and what tells of it, in one transaction: if one fails, so does the other.
 * @param audit made by `auditIfChanged`, or by `auditStatement` where the change has no condition
 * @returns how many rows the change changed
 */
export async function runAudited(
  database: Database,
  change: D1PreparedStatement,
  audit: readonly D1PreparedStatement[],
): Promise<number> {
  if (audit.length === 0) return (await change.run()).meta.changes;
  const [changed] = await database.batch([change, ...audit]);
  return changed?.meta.changes ?? 0;
}
