/** Roles of humans here. One so far, for whoever administers the directory. Given and taken by statements of a batch. */
import type { Level } from "../protocol/assurance.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Database } from "./human.ts";

export const ROLES = ["administrator"] as const;
export type Role = (typeof ROLES)[number];
export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/** What a session must have reached before a role counts, or is told of: a stolen password does not learn whose it is. */
export const ROLE_LEVEL: Level = "substantial";

export function grantRoleStatement(
  database: Database,
  humanId: string,
  role: Role,
  now: EpochSeconds,
): D1PreparedStatement {
  return database
    .prepare(
      "INSERT INTO human_roles (human_id, role, granted_at) VALUES (?, ?, ?) ON CONFLICT (human_id, role) DO NOTHING",
    )
    .bind(humanId, role, now);
}

export const revokeRoleStatement = (database: Database, humanId: string, role: Role): D1PreparedStatement =>
  database.prepare("DELETE FROM human_roles WHERE human_id = ? AND role = ?").bind(humanId, role);

/** Of a human, active or not: who may use a role has to be active as well. */
export async function listRoles(database: Database, humanId: string): Promise<readonly Role[]> {
  const { results } = await database
    .prepare("SELECT role FROM human_roles WHERE human_id = ? ORDER BY role")
    .bind(humanId)
    .all<{ role: Role }>();
  return results.map(({ role }) => role);
}
