/**
 * What a human may do for an organisation: policy sets with a life and a status. Owns the records, and that one which is
 * revoked is not found from the moment that is committed: every answer reads them anew. What they give is decided in
 * `delegation`.
 */
import type { Authorisation } from "../delegation/evaluation.ts";
import type { PolicySet } from "../delegation/policy.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type AuditEntry, auditStatement } from "./audit-entry.ts";
import { auditIfChanged } from "./audited.ts";
import type { Database } from "./human.ts";

export interface NewAuthorisation extends Authorisation {
  readonly humanId: string;
  /** as the human's membership spells it */
  readonly organisationId: string;
  readonly registeredBy: string;
}

/** @returns its id; told once or, after an answer was lost, twice: it is one */
export async function addAuthorisation(
  database: Database,
  authorisation: NewAuthorisation,
  now: EpochSeconds,
  audit: (id: string) => readonly AuditEntry[] = () => [],
): Promise<string> {
  const { humanId, organisationId, policySets, notBefore, notOnOrAfter, registeredBy } = authorisation;
  const id = crypto.randomUUID();
  await database.batch([
    database
      .prepare(
        `INSERT INTO authorisations (id, human_id, organisation_id, policy_sets, not_before, not_on_or_after,
           registered_by, registered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      )
      .bind(
        ...[id, humanId, organisationId, JSON.stringify(policySets), notBefore ?? null, notOnOrAfter ?? null],
        ...[registeredBy, now],
      ),
    ...audit(id).map((entry) => auditStatement(database, entry, now)),
  ]);
  return id;
}

/** @returns false when there is no active one of that id, nor one that this very call revoked before its answer was lost */
export async function revokeAuthorisation(
  database: Database,
  id: string,
  revokedBy: string,
  now: EpochSeconds,
  audit: readonly AuditEntry[] = [],
): Promise<boolean> {
  const [revoked] = await database.batch([
    database
      .prepare(
        `UPDATE authorisations SET status = 'revoked', revoked_by = ?, revoked_at = ?
         WHERE id = ? AND (status = 'active' OR (revoked_by = ? AND revoked_at = ?)) RETURNING id`,
      )
      .bind(revokedBy, now, id, revokedBy, now),
    ...audit.map((entry) => auditIfChanged(database, entry, now)),
  ]);
  return (revoked?.results.length ?? 0) > 0;
}

/** Whose an active authorisation is, and for which organisation. */
export async function findAuthorisation(
  database: Database,
  id: string,
): Promise<{ readonly humanId: string; readonly organisationId: string } | undefined> {
  const row = await database
    .prepare(
      "SELECT human_id AS humanId, organisation_id AS organisationId FROM authorisations WHERE id = ? AND status = 'active'",
    )
    .bind(id)
    .first<{ humanId: string; organisationId: string }>();
  return row ?? undefined;
}

export interface RegisteredAuthorisation {
  readonly id: string;
  readonly organisationId: string;
  readonly policySets: readonly PolicySet[];
  readonly notBefore: EpochSeconds | null;
  readonly notOnOrAfter: EpochSeconds | null;
  readonly status: "active" | "revoked";
  readonly registeredBy: string;
  readonly registeredAt: EpochSeconds;
  readonly revokedBy: string | null;
  readonly revokedAt: EpochSeconds | null;
}

/** Of a human, revoked ones too, the latest first. @param page all, unless given */
export async function listAuthorisations(
  database: Database,
  humanId: string,
  page: { readonly limit: number; readonly offset: number } = { limit: -1, offset: 0 },
): Promise<readonly RegisteredAuthorisation[]> {
  const { results } = await database
    .prepare(
      `SELECT ${REGISTERED} FROM authorisations WHERE human_id = ?
       ORDER BY registered_at DESC, id LIMIT ? OFFSET ?`,
    )
    .bind(humanId, page.limit, page.offset)
    .all<Stored<RegisteredAuthorisation>>();
  return results.map(registeredOf);
}

const REGISTERED = `authorisations.id, organisation_id AS organisationId, policy_sets AS policySets,
  not_before AS notBefore, not_on_or_after AS notOnOrAfter, authorisations.status, registered_by AS registeredBy,
  registered_at AS registeredAt, revoked_by AS revokedBy, revoked_at AS revokedAt`;
type Stored<T> = Omit<T, "policySets"> & { readonly policySets: string };
const registeredOf = <T>(row: Stored<T>) => ({
  ...row,
  policySets: JSON.parse(row.policySets) as PolicySet[],
});

export interface MembersAuthorisation extends RegisteredAuthorisation {
  readonly humanId: string;
  /** of somebody who was erased, what the directory has instead */
  readonly username: string;
}

/**
 * Of all humans for an organisation, revoked ones too, by user name.
 * @param after id of the last one of the page before; nothing comes after one that is not there
 */
export async function listOrganisationAuthorisations(
  database: Database,
  organisationId: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly MembersAuthorisation[]> {
  const all = "FROM authorisations JOIN humans ON humans.id = human_id WHERE";
  const place = "username_key, authorisations.id";
  const rest = after === undefined ? "" : `AND (${place}) > (SELECT ${place} ${all} authorisations.id = ?)`;
  const { results } = await database
    .prepare(
      `SELECT human_id AS humanId, username, ${REGISTERED} ${all} organisation_id = ? ${rest}
       ORDER BY ${place} LIMIT ?`,
    )
    .bind(organisationId, ...(after === undefined ? [] : [after]), limit)
    .all<Stored<MembersAuthorisation>>();
  return results.map(registeredOf);
}

/** Marks what a human may do for an organisation as kept in that organisation's Authorisation Registry, or not. */
export async function setExternalSubject(
  database: Database,
  humanId: string,
  organisationId: string,
  external: External | undefined,
  audit?: { readonly entry: AuditEntry; readonly now: EpochSeconds },
): Promise<void> {
  await database.batch([
    database
      .prepare(
        "UPDATE memberships SET external_subject = ?, external_dataspace = ? WHERE human_id = ? AND organisation_id = ?",
      )
      .bind(external?.subject ?? null, external?.dataspace ?? null, humanId, organisationId),
    ...(audit === undefined ? [] : [auditStatement(database, audit.entry, audit.now)]),
  ]);
}

/** How the organisation's Authorisation Registry knows a human. */
export interface External {
  readonly subject: string;
  /** which of several registries of the organisation */
  readonly dataspace?: string | undefined;
}

/** What a human may do for one organisation: what the directory holds, and where else it is kept. */
export interface Rights {
  readonly authorisations: readonly Authorisation[];
  readonly external: External | undefined;
}

/**
 * @param organisationIds all names of one organisation
 * @returns nothing for who may not act for it (any more)
 */
export async function findRights(
  database: Database,
  humanId: string,
  organisationIds: readonly string[],
  now: EpochSeconds,
): Promise<Rights> {
  const ids = JSON.stringify(organisationIds);
  const isMember = `FROM memberships JOIN humans ON humans.id = human_id AND humans.status = 'active'
    WHERE human_id = ?1 AND organisation_id IN (SELECT value FROM json_each(?2))`;
  const [memberships, authorisations] = await database.batch([
    database
      .prepare(
        `SELECT external_subject AS subject, external_dataspace AS dataspace ${isMember} ORDER BY position`,
      )
      .bind(humanId, ids),
    database
      .prepare(
        `SELECT policy_sets AS policySets, not_before AS notBefore, not_on_or_after AS notOnOrAfter FROM authorisations
         WHERE human_id = ?1 AND organisation_id IN (SELECT organisation_id ${isMember}) AND status = 'active'
           AND (not_before IS NULL OR not_before <= ?3) AND (not_on_or_after IS NULL OR ?3 < not_on_or_after)
         ORDER BY registered_at, id`,
      )
      .bind(humanId, ids, now),
  ]);
  const marked = (memberships?.results as ExternalRow[] | undefined)?.find(({ subject }) => subject !== null);
  return {
    authorisations: ((authorisations?.results ?? []) as AuthorisationRow[]).map((row) => ({
      policySets: JSON.parse(row.policySets) as PolicySet[],
      notBefore: row.notBefore ?? undefined,
      notOnOrAfter: row.notOnOrAfter ?? undefined,
    })),
    external:
      marked === undefined || marked.subject === null
        ? undefined
        : { subject: marked.subject, dataspace: marked.dataspace ?? undefined },
  };
}

interface ExternalRow {
  readonly subject: string | null;
  readonly dataspace: string | null;
}
interface AuthorisationRow {
  readonly policySets: string;
  readonly notBefore: number | null;
  readonly notOnOrAfter: number | null;
}
