/**
 * Everything a sign-in needs to know of one human at one Service Provider, in one query: a sign-in asks the directory as
 * seldom as it can. Owns the query and its reading; what follows from it is decided in `login/flow`.
 */
import type { EnrolledFactors, Level } from "../protocol/assurance.ts";
import type { Organisation } from "../protocol/grant.ts";
import type { Database } from "./human.ts";

export interface Situation {
  readonly humanId: string;
  readonly username: string;
  readonly name: string;
  readonly identityAssurance: Level;
  readonly mustChangePassword: boolean;
  /** when the password was set */
  readonly passwordSince: number | undefined;
  readonly enrolled: EnrolledFactors;
  /** as the directory spells them, the one chosen last first */
  readonly organisations: readonly Organisation[];
  /** whether one was chosen before */
  readonly hasChosen: boolean;
  /** scopes consented to at this SP, by organisation (its registry id) */
  readonly consents: ReadonlyMap<string, readonly string[]>;
  /** how this SP knows the human, if it does */
  readonly pseudonym: string | undefined;
  /** when all that they had begun was ended */
  readonly endedAt?: number | undefined;
}

const QUERY = `
  SELECT humans.id, username, given_name, family_name, identity_assurance, ended_at,
    (SELECT level FROM passwords WHERE human_id = humans.id) AS password_level,
    (SELECT must_change FROM passwords WHERE human_id = humans.id) AS must_change,
    (SELECT changed_at FROM passwords WHERE human_id = humans.id) AS changed_at,
    (SELECT level FROM totp WHERE human_id = humans.id AND confirmed_at IS NOT NULL) AS totp_level,
    (SELECT json_group_array(json_object('level', level, 'hardware', hardware, 'aaguid', aaguid)) FROM passkeys
      WHERE human_id = humans.id) AS passkeys,
    (SELECT json_group_array(json_object('id', organisation_id, 'name', organisation_name, 'chosen', chosen_at)
      ORDER BY chosen_at DESC, position) FROM memberships WHERE human_id = humans.id) AS organisations,
    (SELECT json_group_array(json_object('organisation', organisation_id, 'scopes', scopes)) FROM consents
      WHERE human_id = humans.id AND party_id = ?2) AS consents,
    (SELECT pseudonym FROM pseudonyms WHERE human_id = humans.id AND party_id = ?2) AS pseudonym
  FROM humans WHERE humans.id = ?1 AND status = 'active'`;

export interface SituationRow {
  readonly id: string;
  readonly username: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly identity_assurance: Level;
  readonly password_level: Level | null;
  readonly must_change: number | null;
  readonly changed_at: number | null;
  readonly totp_level: Level | null;
  readonly passkeys: string;
  readonly organisations: string;
  readonly consents: string;
  readonly pseudonym: string | null;
  readonly ended_at: number | null;
}

/**
 * @param isListed whether an authenticator model counts as hardware today, whatever it did when its key was enrolled
 * @returns undefined for a human who is not there or not active
 */
export async function findSituation(
  database: Database,
  humanId: string,
  partyId: string,
  isListed: (aaguid: string) => boolean,
): Promise<Situation | undefined> {
  const row = await situationStatement(database, humanId, partyId).first<SituationRow>();
  return row === null ? undefined : situationOf(row, isListed);
}

/** For who asks more in the same transaction. */
export const situationStatement = (
  database: Database,
  humanId: string,
  partyId: string,
): D1PreparedStatement => database.prepare(QUERY).bind(humanId, partyId);

export function situationOf(row: SituationRow, isListed: (aaguid: string) => boolean): Situation {
  const passkeys = JSON.parse(row.passkeys) as { level: Level; hardware: number; aaguid: string }[];
  const organisations = JSON.parse(row.organisations) as (Organisation & { chosen: number | null })[];
  const consents = JSON.parse(row.consents) as { organisation: string; scopes: string }[];
  return {
    humanId: row.id,
    username: row.username,
    name: `${row.given_name} ${row.family_name}`.trim(),
    identityAssurance: row.identity_assurance,
    mustChangePassword: row.must_change === 1,
    passwordSince: row.changed_at ?? undefined,
    enrolled: {
      ...(row.password_level === null ? {} : { password: row.password_level }),
      ...(row.totp_level === null ? {} : { totp: row.totp_level }),
      passkeys: passkeys.map(({ level, hardware, aaguid }) => ({
        level,
        hardware: hardware === 1 && isListed(aaguid),
      })),
    },
    organisations: organisations.map(({ id, name }) => ({ id, name })),
    hasChosen: organisations.some(({ chosen }) => chosen !== null),
    consents: new Map(consents.map(({ organisation, scopes }) => [organisation, scopes.split(" ")])),
    pseudonym: row.pseudonym ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}
