/**
 * Pairwise pseudonyms (wire document §7; OIDC Core §8.1): random, one per human × SP, stable, never reassigned. Only
 * this table leads back to the human.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import type { Database } from "./human.ts";

/** @param partyId the SP's canonical registry id */
export async function pseudonymFor(
  database: Database,
  humanId: string,
  partyId: string,
  now: EpochSeconds,
): Promise<string> {
  const known = "SELECT pseudonym FROM pseudonyms WHERE human_id = ? AND party_id = ?";
  const row = await database.prepare(known).bind(humanId, partyId).first<{ pseudonym: string }>();
  if (row !== null) return row.pseudonym;
  // Two first sign-ins at once: one insert wins, both read what won.
  const [, read] = await database.batch<{ pseudonym: string }>([
    database
      .prepare(
        "INSERT INTO pseudonyms (human_id, party_id, pseudonym, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (human_id, party_id) DO NOTHING",
      )
      .bind(humanId, partyId, crypto.randomUUID(), now),
    database.prepare(known).bind(humanId, partyId),
  ]);
  const pseudonym = read?.results[0]?.pseudonym;
  if (pseudonym === undefined) throw new Error("a pseudonym was stored but could not be read");
  return pseudonym;
}
