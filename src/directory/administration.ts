/**
 * What only an administrator asks of the directory: a human by name, changes of what is known of them, and whether they may
 * sign in. Changes are statements, for the batch that holds their audit entry too.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import { type Database, type Status, usernameKey } from "./human.ts";

/** @returns the id of an active human, with or without a password */
export async function findHumanId(database: Database, username: string): Promise<string | undefined> {
  const row = await database
    .prepare("SELECT id FROM humans WHERE username_key = ? AND status = 'active'")
    .bind(usernameKey(username))
    .first<{ id: string }>();
  return row?.id;
}

/** Anybody who is there, active or not; erased ones have no name any more. */
export async function findAnyHuman(
  database: Database,
  username: string,
): Promise<{ readonly id: string; readonly status: Status } | undefined> {
  const row = await database
    .prepare("SELECT id, status FROM humans WHERE username_key = ?")
    .bind(usernameKey(username))
    .first<{ id: string; status: Status }>();
  return row ?? undefined;
}

/** The human has to choose another password at the next sign-in. */
export async function requirePasswordChange(database: Database, humanId: string): Promise<void> {
  await database.prepare("UPDATE passwords SET must_change = 1 WHERE human_id = ?").bind(humanId).run();
}

/** Columns by the names that the rest of the code has for them. */
const COLUMNS = {
  givenName: "given_name",
  familyName: "family_name",
  email: "email",
  phone: "phone",
  gender: "gender",
  locale: "locale",
  identityAssurance: "identity_assurance",
} as const;
export type Changeable = keyof typeof COLUMNS;
export const CHANGEABLE = Object.keys(COLUMNS) as readonly Changeable[];

/** What becomes of each field; null takes an optional one away. */
export type Changes = { readonly [field in Changeable]?: string | null };

/** An address that was changed is no verified one. */
export function changeStatement(database: Database, humanId: string, changes: Changes): D1PreparedStatement {
  const fields = CHANGEABLE.filter((field) => changes[field] !== undefined);
  const sets = fields.map((field) => `${COLUMNS[field]} = ?`);
  if (changes.email !== undefined) sets.push("email_verified = 0");
  return database
    .prepare(`UPDATE humans SET ${sets.join(", ")} WHERE id = ?`)
    .bind(...fields.map((field) => changes[field] ?? null), humanId);
}

/**
 * Statements after which nothing that the human began stands: sessions, pending sign-ins and access tokens are refused
 * where they next ask for the human, at once and for good. One-time codes go, since they would open the door again.
 */
export function deactivateStatements(
  database: Database,
  humanId: string,
  now: EpochSeconds,
): D1PreparedStatement[] {
  return [
    database.prepare("UPDATE humans SET status = 'inactive', ended_at = ? WHERE id = ?").bind(now, humanId),
    database.prepare("DELETE FROM sessions WHERE human_id = ?").bind(humanId),
    database.prepare("DELETE FROM one_time_codes WHERE human_id = ?").bind(humanId),
  ];
}

/** May sign in again; what ended stays ended. */
export const activateStatement = (database: Database, humanId: string): D1PreparedStatement =>
  database.prepare("UPDATE humans SET status = 'active' WHERE id = ? AND erased_at IS NULL").bind(humanId);
