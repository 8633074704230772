/**
 * Authorisations that one administrator proposed and another accepts or declines (the two-person rule). Owns that the second
 * is another, and not the human whose authorisation it is; that one is decided once; and that nothing is accepted that
 * waited too long.
 */
import type { PolicySet } from "../delegation/policy.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type AuditEntry, auditStatement } from "./audit-entry.ts";
import { auditIfChanged } from "./audited.ts";
import type { NewAuthorisation } from "./authorisation.ts";
import type { Database } from "./database.ts";

export interface NewProposal extends Omit<NewAuthorisation, "registeredBy"> {
  /** id of an administrator */
  readonly proposedBy: string;
}

/** What was right a month ago has to be proposed anew. */
export const PROPOSAL_SECONDS = 30 * 86_400;

/** @returns its id */
export async function addProposal(
  database: Database,
  proposal: NewProposal,
  now: EpochSeconds,
  audit: (id: string) => AuditEntry,
): Promise<string> {
  const { humanId, organisationId, policySets, notBefore, notOnOrAfter, proposedBy } = proposal;
  const id = crypto.randomUUID();
  await database.batch([
    database
      .prepare(
        `INSERT INTO authorisation_proposals (id, human_id, organisation_id, policy_sets, not_before, not_on_or_after,
           proposed_by, proposed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      )
      .bind(
        ...[id, humanId, organisationId, JSON.stringify(policySets), notBefore ?? null, notOnOrAfter ?? null],
        ...[proposedBy, now],
      ),
    auditStatement(database, audit(id), now),
  ]);
  return id;
}

export interface Proposal {
  readonly id: string;
  readonly humanId: string;
  readonly username: string;
  readonly organisationId: string;
  readonly policySets: readonly PolicySet[];
  readonly notBefore: EpochSeconds | null;
  readonly notOnOrAfter: EpochSeconds | null;
  readonly proposedBy: string;
  readonly proposedAt: EpochSeconds;
}

const COLUMNS = `authorisation_proposals.id, human_id AS humanId, username, organisation_id AS organisationId,
  policy_sets AS policySets, not_before AS notBefore, not_on_or_after AS notOnOrAfter, proposed_by AS proposedBy,
  proposed_at AS proposedAt FROM authorisation_proposals JOIN humans ON humans.id = human_id
  WHERE decided_at IS NULL AND proposed_at > ?`;

/**
 * Those that wait to be decided, the oldest first.
 * @param search part of the user name or the organisation's identifier; letters beyond ASCII as they are written
 */
export async function listProposals(
  database: Database,
  now: EpochSeconds,
  {
    search = "",
    limit,
    offset = 0,
  }: { readonly search?: string | undefined; readonly limit: number; readonly offset?: number },
): Promise<readonly Proposal[]> {
  const { results } = await database
    .prepare(
      `SELECT ${COLUMNS} AND instr(lower(username || ' ' || organisation_id), lower(?)) > 0
       ORDER BY proposed_at, authorisation_proposals.id LIMIT ? OFFSET ?`,
    )
    .bind(now - PROPOSAL_SECONDS, search, limit, offset)
    .all<Row>();
  return results.map(read);
}

export async function findProposal(
  database: Database,
  id: string,
  now: EpochSeconds,
): Promise<Proposal | undefined> {
  const row = await database
    .prepare(`SELECT ${COLUMNS} AND authorisation_proposals.id = ?`)
    .bind(now - PROPOSAL_SECONDS, id)
    .first<Row>();
  return row === null ? undefined : read(row);
}

type Row = Omit<Proposal, "policySets"> & { readonly policySets: string };
const read = (row: Row): Proposal => ({ ...row, policySets: JSON.parse(row.policySets) as PolicySet[] });

/**
 * Makes it the authorisation of the same id.
 * @param by id of an administrator
 * @returns false when it waits no more, is this administrator's own or about them, or the human is not active or no member
 */
export async function acceptProposal(
  database: Database,
  id: string,
  by: string,
  now: EpochSeconds,
  audit: AuditEntry,
): Promise<boolean> {
  const [accepted] = await database.batch([
    database
      .prepare(
        `UPDATE authorisation_proposals SET decision = 'accepted', decided_by = ?1, decided_at = ?2
         WHERE id = ?3 AND decided_at IS NULL AND proposed_at > ?4 AND proposed_by <> ?1 AND human_id <> ?1
           AND human_id IN (SELECT id FROM humans WHERE status = 'active')
           AND EXISTS (SELECT 1 FROM memberships WHERE human_id = authorisation_proposals.human_id
             AND organisation_id = authorisation_proposals.organisation_id)`,
      )
      .bind(by, now, id, now - PROPOSAL_SECONDS),
    auditIfChanged(database, audit, now),
    database
      .prepare(
        `INSERT INTO authorisations (id, human_id, organisation_id, policy_sets, not_before, not_on_or_after,
           registered_by, registered_at)
         SELECT id, human_id, organisation_id, policy_sets, not_before, not_on_or_after,
           'human:' || proposed_by || ' and human:' || decided_by, decided_at
         FROM authorisation_proposals WHERE id = ? AND decision = 'accepted' ON CONFLICT (id) DO NOTHING`,
      )
      .bind(id),
  ]);
  return (accepted?.meta.changes ?? 0) > 0;
}

/** Whoever proposed it may, too. @returns false when it waits no more */
export async function declineProposal(
  database: Database,
  id: string,
  by: string,
  now: EpochSeconds,
  audit: AuditEntry,
): Promise<boolean> {
  const [declined] = await database.batch([
    database
      .prepare(
        `UPDATE authorisation_proposals SET decision = 'declined', decided_by = ?, decided_at = ?
         WHERE id = ? AND decided_at IS NULL`,
      )
      .bind(by, now, id),
    auditIfChanged(database, audit, now),
  ]);
  return (declined?.meta.changes ?? 0) > 0;
}
