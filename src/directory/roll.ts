/**
 * The roll of humans, page by page, for administrators. Owns the search and the page (by name, so that a page stays right
 * while humans come and go); what is shown of whom is for the caller to say.
 */
import type { Level } from "../protocol/assurance.ts";
import type { Organisation } from "../protocol/grant.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type Database, type Status, usernameKey } from "./human.ts";

export interface Enrolled {
  readonly id: string;
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly phone: string | null;
  readonly gender: "male" | "female" | null;
  readonly locale: string | null;
  readonly identityAssurance: Level;
  readonly status: Status;
  readonly createdAt: EpochSeconds;
  readonly organisations: readonly Organisation[];
  readonly roles: readonly string[];
  /** as `authorisation` registers them, active ones only */
  readonly authorisations: readonly {
    readonly policyIssuer: string;
    readonly notBefore?: EpochSeconds;
    readonly notOnOrAfter?: EpochSeconds;
    readonly policySets: unknown;
    /** it counts for nothing: what the human may do for that organisation is kept in its own registry */
    readonly externalSubject?: string;
  }[];
  /** undefined unless asked for, and for who has none */
  readonly passwordHash?: string;
  readonly passwordLevel?: Level;
  /** undefined unless asked for */
  readonly standing?: Standing;
}

/** What a change of the record has to know. */
export interface Standing {
  /** counts changes: one that began with an older record is refused */
  readonly version: number;
  /** id of the organisation whose directory may change the record */
  readonly home: string | null;
  /** that organisation has a token for it */
  readonly isProvisioned: boolean;
  /** by that organisation, for good */
  readonly isRemoved: boolean;
}

export interface RollPage {
  readonly limit: number;
  /** the last username of the page before */
  readonly after?: string | undefined;
  readonly organisation?: string | undefined;
  readonly status?: Status | undefined;
  readonly role?: string | undefined;
  /** part of username, names or e-mail; letters beyond ASCII as they are written in names */
  readonly search?: string | undefined;
  readonly withPasswordHashes?: boolean;
  readonly withStanding?: boolean;
  /** only this one */
  readonly id?: string | undefined;
  /** policy sets may be large */
  readonly withoutAuthorisations?: boolean;
}

const JSON_COLUMNS = ["organisations", "roles", "authorisations"] as const;

/** Humans by username. Erased ones are none any more. */
export async function listHumans(database: Database, page: RollPage): Promise<readonly Enrolled[]> {
  const { limit, after, organisation, status, role, search, id } = page;
  const { withPasswordHashes = false, withoutAuthorisations = false, withStanding = false } = page;
  const conditions: [sql: string, ...values: string[]][] = [["erased_at IS NULL"]];
  if (after !== undefined) conditions.push(["username_key > ?", usernameKey(after)]);
  if (id !== undefined) conditions.push(["id = ?", id]);
  if (status !== undefined) conditions.push(["status = ?", status]);
  if (organisation !== undefined)
    conditions.push(["id IN (SELECT human_id FROM memberships WHERE organisation_id = ?)", organisation]);
  if (role !== undefined) conditions.push(["id IN (SELECT human_id FROM human_roles WHERE role = ?)", role]);
  // Not LIKE: its patterns end at 50 bytes in D1, and % and _ are letters here.
  if (search !== undefined) {
    conditions.push([
      "(instr(username_key, ?) > 0 OR instr(lower(given_name || ' ' || family_name || ' ' || email), lower(?)) > 0)",
      usernameKey(search),
      search,
    ]);
  }
  const password = (column: string) =>
    withPasswordHashes ? `(SELECT ${column} FROM passwords WHERE human_id = humans.id)` : "NULL";
  const { results } = await database
    .prepare(
      `SELECT id, username, given_name AS givenName, family_name AS familyName, email, phone, gender, locale,
         identity_assurance AS identityAssurance, status, created_at AS createdAt,
         (SELECT json_group_array(json_object('id', organisation_id, 'name', organisation_name) ORDER BY position)
            FROM memberships WHERE human_id = humans.id) AS organisations,
         (SELECT json_group_array(role ORDER BY role) FROM human_roles WHERE human_id = humans.id) AS roles,
         (SELECT json_group_array(json_object('policyIssuer', organisation_id, 'notBefore', not_before,
              'notOnOrAfter', not_on_or_after, 'policySets', json(policy_sets), 'externalSubject',
              (SELECT external_subject FROM memberships WHERE memberships.human_id = authorisations.human_id
                AND memberships.organisation_id = authorisations.organisation_id)) ORDER BY registered_at, id)
            FROM authorisations WHERE human_id = humans.id AND status = 'active' ${withoutAuthorisations ? "AND false" : ""}) AS authorisations,
         ${withStanding ? STANDING : "NULL"} AS standing,
         ${password("hash")} AS passwordHash, ${password("level")} AS passwordLevel
       FROM humans WHERE ${conditions.map(([sql]) => sql).join(" AND ")} ORDER BY username_key LIMIT ?`,
    )
    .bind(...conditions.flatMap(([, ...values]) => values), limit)
    .all<Readonly<Record<string, unknown>>>();
  return results.map(readRow);
}

const truth = (sql: string): string => `json(CASE WHEN ${sql} THEN 'true' ELSE 'false' END)`;
const STANDING = `json_object('version', version, 'home', home_organisation_id,
  'isRemoved', ${truth("deleted_at IS NOT NULL")}, 'isProvisioned', ${truth(
    "EXISTS (SELECT 1 FROM scim_tokens WHERE organisation_id = home_organisation_id AND revoked_at IS NULL)",
  )})`;

/** JSON columns read; what a database has no value for is left out, but for attributes of the human. */
function readRow({
  passwordHash,
  passwordLevel,
  standing,
  ...row
}: Readonly<Record<string, unknown>>): Enrolled {
  const lists = Object.fromEntries(JSON_COLUMNS.map((name) => [name, JSON.parse(String(row[name]))]));
  const authorisations = (lists.authorisations as Readonly<Record<string, unknown>>[]).map((it) =>
    Object.fromEntries(Object.entries(it).filter(([, value]) => value !== null)),
  );
  const password = passwordHash === null ? {} : { passwordHash, passwordLevel };
  const asked = standing === null ? {} : { standing: JSON.parse(String(standing)) };
  return { ...row, ...lists, authorisations, ...password, ...asked } as unknown as Enrolled;
}
