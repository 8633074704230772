/** Consents given: human × SP × organisation → scopes. Owns the records; which scopes need one is decided elsewhere. */
import type { EpochSeconds } from "../protocol/time.ts";
import { runAudited } from "./audited.ts";
import type { Database } from "./human.ts";

export interface NewConsent {
  readonly humanId: string;
  /** the SP's canonical registry id */
  readonly partyId: string;
  /** as the human saw it */
  readonly partyName: string;
  readonly organisationId: string;
  readonly scopes: readonly string[];
}

export interface Consent extends Omit<NewConsent, "humanId"> {
  /** undefined when the human may not represent it any more */
  readonly organisationName: string | undefined;
  readonly givenAt: EpochSeconds;
}

/** Remembers a consent, in place of an earlier one for the same SP and organisation. */
export async function giveConsent(database: Database, consent: NewConsent, now: EpochSeconds): Promise<void> {
  const { humanId, partyId, partyName, organisationId } = consent;
  const scopes = [...new Set(consent.scopes)].sort().join(" ");
  await database
    .prepare(
      `INSERT INTO consents (human_id, party_id, organisation_id, scopes, party_name, given_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (human_id, party_id, organisation_id) DO UPDATE SET scopes = excluded.scopes,
         party_name = excluded.party_name, given_at = excluded.given_at`,
    )
    .bind(humanId, partyId, organisationId, scopes, partyName, now)
    .run();
}

/** @returns false when there was none */
export async function withdrawConsent(
  database: Database,
  humanId: string,
  partyId: string,
  organisationId: string,
  audit: readonly D1PreparedStatement[] = [],
): Promise<boolean> {
  const change = database
    .prepare("DELETE FROM consents WHERE human_id = ? AND party_id = ? AND organisation_id = ?")
    .bind(humanId, partyId, organisationId);
  return (await runAudited(database, change, audit)) === 1;
}

/** Latest first. */
export async function listConsents(database: Database, humanId: string): Promise<readonly Consent[]> {
  const { results } = await database
    .prepare(
      `SELECT party_id, party_name, consents.organisation_id, organisation_name, scopes, given_at FROM consents
       LEFT JOIN memberships ON memberships.human_id = consents.human_id
         AND memberships.organisation_id = consents.organisation_id
       WHERE consents.human_id = ? ORDER BY given_at DESC, party_id, consents.organisation_id`,
    )
    .bind(humanId)
    .all<{
      party_id: string;
      party_name: string;
      organisation_id: string;
      organisation_name: string | null;
      scopes: string;
      given_at: number;
    }>();
  return results.map((row) => ({
    partyId: row.party_id,
    partyName: row.party_name,
    organisationId: row.organisation_id,
    organisationName: row.organisation_name ?? undefined,
    scopes: readScopes(row.scopes),
    givenAt: row.given_at,
  }));
}

const readScopes = (text: string): readonly string[] => text.split(" ").filter((scope) => scope !== "");
