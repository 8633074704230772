/**
 * Bearer tokens of organisations' directories: records and queries. Owns that a token is one organisation's for ever, and
 * that only the SHA-256 of its secret is kept. What it looks like and may do: see `scim`.
 */
import type { Organisation } from "../protocol/grant.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type AuditEntry, auditStatement } from "./audit-entry.ts";
import { auditIfChanged } from "./audited.ts";
import { type Database, usernameKey } from "./human.ts";

export interface NewScimToken {
  readonly id: string;
  /** SHA-256 of the secret, hex */
  readonly hash: string;
  /** as memberships spell it */
  readonly organisation: Organisation;
  /** user names that it gives end with this, such as `@example.com`; without one, any name that is nobody's yet */
  readonly usernameSuffix?: string | undefined;
  readonly createdBy: string;
}

export interface ScimToken extends NewScimToken {
  readonly createdAt: EpochSeconds;
  readonly revokedBy?: string | undefined;
  readonly revokedAt?: EpochSeconds | undefined;
  /** to the hour */
  readonly lastUsedAt?: EpochSeconds | undefined;
}

/**
 * A suffix is one organisation's: what ends with another one's good suffix, or is the end of it, is refused.
 * @param correlationId of the run of the command
 * @param actor whom the audit log names
 * @returns the organisation that has such a suffix: then there is no token
 */
export async function addScimToken(
  database: Database,
  token: NewScimToken,
  correlationId: string,
  now: EpochSeconds,
  actor = `command:${token.createdBy}`,
): Promise<Organisation | undefined> {
  const { id, hash, organisation, usernameSuffix, createdBy } = token;
  const overlapping = (await listScimTokens(database)).find((it) => overlaps(it, token));
  if (overlapping !== undefined) return overlapping.organisation;
  await database.batch([
    database
      .prepare(
        `INSERT INTO scim_tokens (id, organisation_id, organisation_name, username_suffix, hash, created_by, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .bind(id, organisation.id, organisation.name, usernameSuffix ?? null, hash, createdBy, now),
    auditStatement(database, entryOf("token.add", token, actor, correlationId), now),
  ]);
  return undefined;
}

function overlaps(one: ScimToken, other: NewScimToken): boolean {
  if (one.revokedAt !== undefined || one.organisation.id === other.organisation.id) return false;
  if (one.usernameSuffix === undefined || other.usernameSuffix === undefined) return false;
  const [its, others] = [usernameKey(one.usernameSuffix), usernameKey(other.usernameSuffix)];
  return its.endsWith(others) || others.endsWith(its);
}

/** @returns the organisation, other than this one, that alone gives user names that end like this one */
export async function findOwnerOfName(
  database: Database,
  username: string,
  organisationId: string,
): Promise<Organisation | undefined> {
  const tokens = await listScimTokens(database);
  return tokens.find(
    ({ organisation, usernameSuffix, revokedAt }) =>
      revokedAt === undefined &&
      usernameSuffix !== undefined &&
      organisation.id !== organisationId &&
      usernameKey(username).endsWith(usernameKey(usernameSuffix)),
  )?.organisation;
}

/** @returns false when there is no such token, or it was revoked before */
export async function revokeScimToken(
  database: Database,
  id: string,
  revokedBy: string,
  correlationId: string,
  now: EpochSeconds,
  actor = `command:${revokedBy}`,
): Promise<boolean> {
  const token = await findScimToken(database, id);
  if (token === undefined || token.revokedAt !== undefined) return false;
  const [revoked] = await database.batch([
    database
      .prepare(
        "UPDATE scim_tokens SET revoked_by = ?, revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id",
      )
      .bind(revokedBy, now, id),
    auditIfChanged(database, entryOf("token.revoke", token, actor, correlationId), now),
  ]);
  return (revoked?.results.length ?? 0) > 0;
}

const entryOf = (
  action: string,
  { id, organisation }: NewScimToken,
  actor: string,
  correlationId: string,
): AuditEntry => ({
  actor,
  action,
  subject: id,
  organisation: organisation.id,
  correlationId,
});

interface Row {
  readonly id: string;
  readonly organisation_id: string;
  readonly organisation_name: string;
  readonly username_suffix: string | null;
  readonly hash: string;
  readonly created_by: string;
  readonly created_at: number;
  readonly revoked_by: string | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

/** Revoked ones too. */
export async function findScimToken(database: Database, id: string): Promise<ScimToken | undefined> {
  const row = await database.prepare("SELECT * FROM scim_tokens WHERE id = ?").bind(id).first<Row>();
  return row === null ? undefined : tokenOf(row);
}

/**
 * Revoked ones too, the latest first.
 * @param organisationId of all, unless one is named
 * @param page all, unless given
 */
export async function listScimTokens(
  database: Database,
  organisationId?: string,
  page: { readonly limit: number; readonly offset: number } = { limit: -1, offset: 0 },
): Promise<readonly ScimToken[]> {
  const { results } = await database
    .prepare(
      `SELECT * FROM scim_tokens WHERE organisation_id = coalesce(?, organisation_id)
       ORDER BY created_at DESC, id LIMIT ? OFFSET ?`,
    )
    .bind(organisationId ?? null, page.limit, page.offset)
    .all<Row>();
  return results.map(tokenOf);
}

const USE_IS_NOTED_EVERY = 3600;

/** When it was last used, to the hour: a write per request would tell nobody more. */
export async function noteScimTokenUse(
  database: Database,
  { id, lastUsedAt = 0 }: ScimToken,
  now: EpochSeconds,
): Promise<void> {
  if (now - lastUsedAt < USE_IS_NOTED_EVERY) return;
  await database.prepare("UPDATE scim_tokens SET last_used_at = ? WHERE id = ?").bind(now, id).run();
}

const tokenOf = (row: Row): ScimToken => ({
  id: row.id,
  hash: row.hash,
  organisation: { id: row.organisation_id, name: row.organisation_name },
  usernameSuffix: row.username_suffix ?? undefined,
  createdBy: row.created_by,
  createdAt: row.created_at,
  revokedBy: row.revoked_by ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
  lastUsedAt: row.last_used_at ?? undefined,
});
