/**
 * Where a human's grants are that have come to a code: so that who is deactivated, or may not represent an organisation
 * any more, holds no code and no token from before. Whether a grant stands is for its own object to say (`store/grant`).
 */
import type { EpochSeconds } from "../protocol/time.ts";
import type { Database } from "./human.ts";

export interface IndexedGrant {
  /** id of the grant's object */
  readonly objectId: string;
  readonly humanId: string;
  /** as the membership spells it */
  readonly organisationId: string;
  /** when neither its code nor its token is good any more */
  readonly expiresAt: EpochSeconds;
}

/**
 * Adds a grant, and sweeps those of this human that are over. Before its code exists: whoever deactivates the human after
 * this finds the grant, and whoever did it before is seen here.
 * @param also a query that is answered at the same moment
 * @returns whether it was added: not when the human is not active, or not a member of the organisation; and the query's row
 */
export async function addGrant<T>(
  database: Database,
  grant: IndexedGrant,
  now: EpochSeconds,
  also: D1PreparedStatement,
): Promise<{ readonly added: boolean; readonly row: T | undefined }> {
  const { objectId, humanId, organisationId, expiresAt } = grant;
  const [, added, answer] = await database.batch([
    database.prepare("DELETE FROM grants WHERE human_id = ? AND expires_at <= ?").bind(humanId, now),
    database
      .prepare(
        `INSERT OR REPLACE INTO grants (object_id, human_id, organisation_id, expires_at)
         SELECT ?, id, ?, ? FROM humans WHERE id = ? AND status = 'active'
           AND EXISTS (SELECT 1 FROM memberships WHERE human_id = humans.id AND organisation_id = ?)`,
      )
      .bind(objectId, organisationId, expiresAt, humanId, organisationId),
    also,
  ]);
  return { added: (added?.meta.changes ?? 0) > 0, row: answer?.results[0] as T | undefined };
}

/** @param organisationId only those for it; undefined: all */
export async function listGrants(
  database: Database,
  humanId: string,
  organisationId?: string,
): Promise<readonly string[]> {
  const { results } = await database
    .prepare(
      "SELECT object_id AS id FROM grants WHERE human_id = ? AND organisation_id = coalesce(?, organisation_id)",
    )
    .bind(humanId, organisationId ?? null)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Humans with a grant for an organisation that they are no members of any more. */
export async function listHumansWithStrayGrants(
  database: Database,
  organisationId: string,
): Promise<readonly string[]> {
  const { results } = await database
    .prepare(
      `SELECT DISTINCT human_id AS id FROM grants WHERE organisation_id = ? AND NOT EXISTS (SELECT 1 FROM memberships
         WHERE human_id = grants.human_id AND organisation_id = grants.organisation_id)`,
    )
    .bind(organisationId)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** When they have ended: those, and none that was added meanwhile. */
export async function forgetGrants(
  database: Database,
  humanId: string,
  objectIds: readonly string[],
): Promise<void> {
  await database
    .prepare("DELETE FROM grants WHERE human_id = ? AND object_id IN (SELECT value FROM json_each(?))")
    .bind(humanId, JSON.stringify(objectIds))
    .run();
}
