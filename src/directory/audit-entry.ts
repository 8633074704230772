/**
 * What the audit log is told: who did what to whom, by ids only. Owns the entry and the statement that leaves it in the
 * outbox, to be run in the same transaction as the change: if one fails, so does the other. The chain takes it from there.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import type { Database } from "./human.ts";

export interface AuditEntry {
  /** `human:ID`, `token:ID`, `command:NAME` (who ran a command) or `idp` */
  readonly actor: string;
  /** noun and verb: `human.add`, `authorisation.revoke`, `sign-in.refuse` */
  readonly action: string;
  /** id of what was acted on: never a name or an address */
  readonly subject?: string;
  /** registry id of a Service Provider that it is about */
  readonly party?: string;
  /** registry id of the organisation whose log this belongs in; without one it is the Identity Provider's own */
  readonly organisation?: string;
  /** a reason's name, or names of what was changed: never values */
  readonly reason?: string;
  /** what a human can quote and the request's log line carries */
  readonly correlationId: string;
}

/** @returns a statement for the batch of the change that the entry tells of */
export function auditStatement(
  database: Database,
  entry: AuditEntry,
  now: EpochSeconds,
): D1PreparedStatement {
  return database
    .prepare("INSERT INTO audit_pending (id, organisation_id, at, entry) VALUES (?, ?, ?, ?)")
    .bind(crypto.randomUUID(), entry.organisation ?? "", now, JSON.stringify(entry));
}
