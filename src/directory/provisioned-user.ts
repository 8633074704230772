/**
 * Users as an organisation's directory knows them: its own humans, and guests homed elsewhere, in the words that it sent
 * itself. Owns reading; every query names the organisation, so that no other one's humans are in reach. Changing: see
 * `provisioning`.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import { type Database, usernameKey } from "./human.ts";

/** What a directory says of a user. */
export interface UserState {
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly phone: string | undefined;
  readonly locale: string | undefined;
  readonly externalId: string | undefined;
  /** what SCIM knows beyond these, by attribute path */
  readonly attributes: Readonly<Record<string, string>>;
  readonly active: boolean;
  /** may represent the organisation */
  readonly member: boolean;
}

export interface ProvisionedUser extends UserState {
  readonly kind: "home" | "guest";
  /** what the directory calls the user: the human's own id for a home human, another for a guest */
  readonly id: string;
  readonly humanId: string;
  readonly organisationId: string;
  readonly createdAt: EpochSeconds;
  readonly updatedAt: EpochSeconds;
  /** counts changes: one that began with an older state is refused */
  readonly version: number;
  /** the name is somebody else's: this user signs in by an earlier one. For the log alone */
  readonly nameIsTaken: boolean;
  /** reads as a member and is none: the name is under the token's suffix, and the human homed elsewhere. For the log alone */
  readonly isWithheld: boolean;
  /** by the operator, who alone makes the human active again */
  readonly isSuspended: boolean;
}

/** A condition on columns of `provisioned_users`: constant SQL, everything that somebody sent in `values`. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export interface Page {
  readonly where: Condition | undefined;
  /** constant SQL */
  readonly orderBy: string;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

interface Row {
  readonly kind: "home" | "guest";
  readonly id: string;
  readonly human_id: string;
  readonly organisation_id: string;
  readonly username: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly locale: string | null;
  readonly external_id: string | null;
  readonly attributes: string;
  readonly active: number;
  readonly member: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly version: number;
  readonly name_is_taken: number;
  readonly is_withheld: number;
  readonly is_suspended: number;
}

export async function findUser(
  database: Database,
  organisationId: string,
  id: string,
): Promise<ProvisionedUser | undefined> {
  const row = await database
    .prepare("SELECT * FROM provisioned_users WHERE organisation_id = ? AND id = ?")
    .bind(organisationId, id)
    .first<Row>();
  return row === null ? undefined : userOf(row);
}

/** @param ids those of other organisations are as unknown as those of nobody */
export async function findUsers(
  database: Database,
  organisationId: string,
  ids: readonly string[],
): Promise<readonly ProvisionedUser[]> {
  const { results } = await database
    .prepare(
      "SELECT * FROM provisioned_users WHERE organisation_id = ? AND id IN (SELECT value FROM json_each(?))",
    )
    .bind(organisationId, JSON.stringify(ids))
    .all<Row>();
  return results.map(userOf);
}

/** @returns the id of the user of that name, which nobody else of this organisation can have */
export async function findUserIdByName(
  database: Database,
  organisationId: string,
  username: string,
): Promise<string | undefined> {
  const row = await database
    .prepare("SELECT id FROM provisioned_users WHERE organisation_id = ? AND username_key = ?")
    .bind(organisationId, usernameKey(username))
    .first<{ id: string }>();
  return row?.id;
}

/** @returns one page, and how many there are in all */
export async function listUsers(
  database: Database,
  organisationId: string,
  { where, orderBy, descending, limit, offset }: Page,
): Promise<{ readonly total: number; readonly users: readonly ProvisionedUser[] }> {
  const from = `FROM provisioned_users WHERE organisation_id = ?${where === undefined ? "" : ` AND (${where.sql})`}`;
  const values = [organisationId, ...(where?.values ?? [])];
  const [counted, listed] = await database.batch<Row | { total: number }>([
    database.prepare(`SELECT count(*) AS total ${from}`).bind(...values),
    database
      .prepare(`SELECT * ${from} ORDER BY ${orderBy} ${descending ? "DESC" : "ASC"}, id LIMIT ? OFFSET ?`)
      .bind(...values, limit, offset),
  ]);
  const total = (counted?.results[0] as { total: number } | undefined)?.total ?? 0;
  return { total, users: ((listed?.results ?? []) as Row[]).map(userOf) };
}

/** Ids of those who may represent the organisation. */
export async function listMemberIds(database: Database, organisationId: string): Promise<readonly string[]> {
  const { results } = await database
    .prepare("SELECT id FROM provisioned_users WHERE organisation_id = ? AND member = 1 ORDER BY id")
    .bind(organisationId)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Is the organisation's one group among those that a condition on `group_id`, `display_name` and `member` means? */
export async function isGroupMeant(
  database: Database,
  group: { readonly id: string; readonly name: string; readonly organisationId: string },
  where: Condition,
): Promise<boolean> {
  const row = await database
    .prepare(
      `WITH organisation AS (SELECT ? AS group_id, ? AS display_name)
       SELECT 1 AS found FROM organisation LEFT JOIN
         (SELECT id AS member FROM provisioned_users WHERE organisation_id = ? AND member = 1) ON 1
       WHERE ${where.sql} LIMIT 1`,
    )
    .bind(group.id, group.name, group.organisationId, ...where.values)
    .first();
  return row !== null;
}

const userOf = (row: Row): ProvisionedUser => ({
  kind: row.kind,
  id: row.id,
  humanId: row.human_id,
  organisationId: row.organisation_id,
  username: row.username,
  givenName: row.given_name,
  familyName: row.family_name,
  email: row.email,
  phone: row.phone ?? undefined,
  locale: row.locale ?? undefined,
  externalId: row.external_id ?? undefined,
  attributes: JSON.parse(row.attributes) as Record<string, string>,
  active: row.active === 1,
  member: row.member === 1,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  version: row.version,
  nameIsTaken: row.name_is_taken === 1,
  isWithheld: row.is_withheld === 1,
  isSuspended: row.is_suspended === 1,
});
