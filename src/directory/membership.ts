/**
 * Whom a human may represent: adding, ending, listing. Ending one ends what hung on it, so that who comes back years later
 * does not find old rights and consents alive. Changes are statements, for the batch that holds their audit entry too.
 */
import type { Organisation } from "../protocol/grant.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Database } from "./human.ts";

/** Behind those there are; one that is there gets the name given. Any number, as one statement. */
export function addMembershipsStatement(
  database: Database,
  memberships: readonly (Organisation & { readonly humanId: string })[],
): D1PreparedStatement {
  return database
    .prepare(
      `INSERT INTO memberships (human_id, organisation_id, organisation_name, position)
       SELECT value ->> 'humanId', value ->> 'id', value ->> 'name',
         key + (SELECT coalesce(max(position) + 1, 0) FROM memberships WHERE human_id = value ->> 'humanId')
       FROM json_each(?) WHERE true
       ON CONFLICT (human_id, organisation_id) DO UPDATE SET organisation_name = excluded.organisation_name`,
    )
    .bind(JSON.stringify(memberships));
}

/**
 * One membership that the operator gives: an organisation's directory that knows the human, as its own or as a guest, reads
 * it, and a change that it began before is refused.
 */
export const addMembershipStatements = (
  database: Database,
  humanId: string,
  organisation: Organisation,
  now: EpochSeconds,
): D1PreparedStatement[] => [
  addMembershipsStatement(database, [{ ...organisation, humanId }]),
  database
    .prepare(
      `UPDATE guests SET member = 1, withheld = 0, version = version + 1, updated_at = ?
       WHERE human_id = ? AND organisation_id = ? AND deleted_at IS NULL`,
    )
    .bind(now, humanId, organisation.id),
  changedStatement(database, humanId, now),
];

/**
 * Ends a membership, in the words of that organisation's directory too: what it changes later must not bring it back. When it
 * was the human's home, the human has none any more, and is out of the reach of its token.
 * @param by who revokes the authorisations that go with it
 */
export function removeMembershipStatements(
  database: Database,
  humanId: string,
  organisationId: string,
  by: string,
  now: EpochSeconds,
): D1PreparedStatement[] {
  const both = "human_id = ? AND organisation_id = ?";
  return [
    database
      .prepare(
        `UPDATE authorisations SET status = 'revoked', revoked_by = ?, revoked_at = ? WHERE ${both} AND status = 'active'`,
      )
      .bind(by, now, humanId, organisationId),
    database.prepare(`DELETE FROM consents WHERE ${both}`).bind(humanId, organisationId),
    database.prepare(`DELETE FROM memberships WHERE ${both}`).bind(humanId, organisationId),
    database
      .prepare(
        `UPDATE guests SET member = 0, version = version + 1, updated_at = ? WHERE ${both} AND deleted_at IS NULL`,
      )
      .bind(now, humanId, organisationId),
    changedStatement(database, humanId, now),
    database
      .prepare(
        `UPDATE humans SET home_organisation_id = NULL, external_id = NULL, wanted_username = NULL,
           wanted_username_key = NULL, attributes = '{}' WHERE id = ? AND home_organisation_id = ?`,
      )
      .bind(humanId, organisationId),
  ];
}

const changedStatement = (database: Database, humanId: string, now: EpochSeconds): D1PreparedStatement =>
  database.prepare("UPDATE humans SET version = version + 1, updated_at = ? WHERE id = ?").bind(now, humanId);

export interface CountedOrganisation extends Organisation {
  /** active humans who may represent it */
  readonly humans: number;
}

/**
 * Those that somebody may represent, by identifier.
 * @param after the last identifier of the page before
 * @param search part of the identifier, or of a name; letters beyond ASCII as they are written
 */
export async function listAllOrganisations(
  database: Database,
  {
    after,
    search,
    limit,
  }: { readonly after: string; readonly search?: string | undefined; readonly limit: number },
): Promise<readonly CountedOrganisation[]> {
  const found =
    search === undefined
      ? ""
      : `AND organisation_id IN (SELECT organisation_id FROM memberships
           WHERE instr(lower(organisation_id || ' ' || organisation_name), lower(?)) > 0)`;
  const { results } = await database
    .prepare(
      `SELECT organisation_id AS id, min(organisation_name) AS name, ${ACTIVE_HUMANS} AS humans
       FROM memberships JOIN humans ON humans.id = human_id WHERE organisation_id > ? ${found}
       GROUP BY organisation_id ORDER BY organisation_id LIMIT ?`,
    )
    .bind(after, ...(search === undefined ? [] : [search]), limit)
    .all<CountedOrganisation>();
  return results;
}
const ACTIVE_HUMANS = "count(CASE WHEN humans.status = 'active' THEN 1 END)";

export interface NamedOrganisation extends CountedOrganisation {
  /** how many names its memberships and its directory's good tokens have for it: `name` is the first of the memberships' */
  readonly names: number;
}

/** Names of an organisation, parameter `?1`. */
const NAMES = `SELECT organisation_name FROM memberships WHERE organisation_id = ?1
  UNION SELECT organisation_name FROM scim_tokens WHERE organisation_id = ?1 AND revoked_at IS NULL`;

/** By its memberships, or before there is one by its directory's tokens. */
const NAME = `coalesce((SELECT min(organisation_name) FROM memberships WHERE organisation_id = ?1),
  (SELECT min(organisation_name) FROM (${NAMES})))`;

/** @returns undefined when nobody may represent it, and it has no good token either */
export async function findOrganisation(
  database: Database,
  id: string,
): Promise<NamedOrganisation | undefined> {
  const row = await database
    .prepare(
      `SELECT ?1 AS id, ${NAME} AS name, (SELECT count(*) FROM (${NAMES})) AS names, (SELECT ${ACTIVE_HUMANS}
         FROM memberships JOIN humans ON humans.id = human_id WHERE organisation_id = ?1) AS humans`,
    )
    .bind(id)
    .first<NamedOrganisation>();
  return row?.name == null ? undefined : row;
}

/**
 * One name in all its memberships, and for its directory's good tokens, which give memberships by that name and call their
 * one group so. One that has tokens and no memberships yet is renamed alike: those will be given by the tokens' name.
 * @param seen what it was called when somebody looked
 * @param audit by `auditIfChanged`: of its two places here one is reached
 * @returns false when it is not called so any more: then nothing is changed
 */
export async function renameOrganisation(
  database: Database,
  { id, name }: Organisation,
  seen: Pick<NamedOrganisation, "name" | "names">,
  audit: D1PreparedStatement,
): Promise<boolean> {
  const rename = (table: string, more: string) =>
    database
      .prepare(
        `UPDATE ${table} SET organisation_name = ?2 WHERE organisation_id = ?1 AND ${NAME} = ?3
           AND (SELECT count(*) FROM (${NAMES})) = ?4 ${more} RETURNING 1`,
      )
      .bind(id, name, seen.name, seen.names);
  const [memberships, , , tokens] = await database.batch([
    rename("memberships", ""),
    audit,
    // Behind an entry: where there is none, nothing was renamed.
    database
      .prepare(
        `UPDATE scim_tokens SET organisation_name = ?
         WHERE organisation_id = ? AND revoked_at IS NULL AND changes() > 0`,
      )
      .bind(name, id),
    rename(
      "scim_tokens",
      "AND revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM memberships WHERE organisation_id = ?1)",
    ),
    audit,
  ]);
  return [memberships, tokens].some((it) => it !== undefined && it.results.length > 0);
}
