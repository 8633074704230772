/**
 * Whether a user of an organisation's directory may represent it: the statements that follow what the record says. Owns that
 * consents end with the membership; authorisations are only not found meanwhile, unless the user is removed.
 */
import type { Organisation } from "../protocol/grant.ts";
import type { Database } from "./human.ts";

const JOIN = `INSERT INTO memberships (human_id, organisation_id, organisation_name, position)
  SELECT humans.id, ?, ?, (SELECT coalesce(max(position) + 1, 0) FROM memberships WHERE human_id = humans.id)
  FROM humans WHERE humans.id = ?`;
const ONCE = "ON CONFLICT (human_id, organisation_id) DO NOTHING";
const LEAVE = "DELETE FROM memberships WHERE human_id = ? AND organisation_id = ?";

export const membershipOf = (
  database: Database,
  humanId: string,
  organisation: Organisation,
  member: boolean,
): D1PreparedStatement[] => [
  member
    ? database.prepare(`${JOIN} ${ONCE}`).bind(organisation.id, organisation.name, humanId)
    : database.prepare(LEAVE).bind(humanId, organisation.id),
  forgetConsents(database, humanId, organisation),
];

/** Two records may be one human's, who was renamed in one of them: the membership is there while either says so. */
const SAYS_SO = `SELECT 1 FROM guests WHERE human_id = ? AND organisation_id = ? AND active = 1 AND member = 1
  AND deleted_at IS NULL`;

export const membershipOfGuest = (
  database: Database,
  humanId: string,
  organisation: Organisation,
): D1PreparedStatement[] => {
  const { id, name } = organisation;
  return [
    database.prepare(`${LEAVE} AND NOT EXISTS (${SAYS_SO})`).bind(humanId, id, humanId, id),
    // A withheld one takes a membership away that the operator gave, and gives none.
    database
      .prepare(`${JOIN} AND EXISTS (${SAYS_SO} AND withheld = 0) ${ONCE}`)
      .bind(id, name, humanId, humanId, id),
    forgetConsents(database, humanId, organisation),
  ];
};

/** Who comes back is asked again. */
const forgetConsents = (database: Database, humanId: string, { id }: Organisation): D1PreparedStatement =>
  database
    .prepare(
      `DELETE FROM consents WHERE human_id = ? AND organisation_id = ? AND NOT EXISTS (SELECT 1 FROM memberships
         WHERE human_id = consents.human_id AND organisation_id = consents.organisation_id)`,
    )
    .bind(humanId, id);
