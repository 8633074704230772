/**
 * The audit log in D1: the outbox, the chains that it goes into, and their checkpoints. Owns the records and their
 * queries; the order of entries is `store/audit-chain`'s.
 */
import type { AuditRecord, ChainedRecord } from "../protocol/audit-chain.ts";
import type { Database } from "./human.ts";

/** Organisations whose outbox is not empty. */
export async function listPending(database: Database): Promise<readonly string[]> {
  const { results } = await database
    .prepare("SELECT DISTINCT organisation_id AS organisation FROM audit_pending")
    .all<{ organisation: string }>();
  return results.map(({ organisation }) => organisation);
}

/** What waits for its place in the chain, as it came; what has one already leaves the outbox. */
export async function loadPending(
  database: Database,
  organisation: string,
  limit: number,
): Promise<readonly AuditRecord[]> {
  const [, pending] = await database.batch<AuditRecord>([
    database
      .prepare(
        `DELETE FROM audit_pending WHERE organisation_id = ?
         AND EXISTS (SELECT 1 FROM audit WHERE audit.id = audit_pending.id)`,
      )
      .bind(organisation),
    database
      .prepare("SELECT id, at, entry FROM audit_pending WHERE organisation_id = ? ORDER BY rowid LIMIT ?")
      .bind(organisation, limit),
  ]);
  return pending?.results ?? [];
}

/**
 * Writes what the chain ordered and takes it out of the outbox, together. Any number of times is as good as once.
 * @param records of one organisation, without a gap between them
 * @returns false when the log holds something else in one of these places: then nothing left the outbox that is not in it
 */
export async function writeChained(database: Database, records: readonly ChainedRecord[]): Promise<boolean> {
  const last = records.at(-1);
  if (last === undefined) return true;
  const json = JSON.stringify(records);
  const results = await database.batch<{ count: number }>([
    database
      .prepare(
        `INSERT INTO audit (organisation_id, seq, id, at, entry, previous, hash)
         SELECT value ->> 'organisation', value ->> 'seq', value ->> 'id', value ->> 'at', value ->> 'entry',
           value ->> 'previous', value ->> 'hash' FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
      )
      .bind(json),
    database
      .prepare(
        `DELETE FROM audit_pending WHERE id IN (SELECT value ->> 'id' FROM json_each(?))
         AND EXISTS (SELECT 1 FROM audit WHERE audit.id = audit_pending.id)`,
      )
      .bind(json),
    database
      .prepare(
        `INSERT INTO audit_heads (organisation_id, seq) VALUES (?, ?)
         ON CONFLICT (organisation_id) DO UPDATE SET seq = max(seq, excluded.seq)`,
      )
      .bind(last.organisation, last.seq),
    database
      .prepare(
        `SELECT count(*) AS count FROM json_each(?) CROSS JOIN audit ON organisation_id = value ->> 'organisation'
           AND seq = value ->> 'seq' AND audit.hash = value ->> 'hash' AND audit.id = value ->> 'id'`,
      )
      .bind(json),
  ]);
  return results.at(-1)?.results[0]?.count === records.length;
}

export interface Checkpoint {
  readonly organisation: string;
  readonly seq: number;
  readonly at: number;
  readonly jwt: string;
}

/** Chains that have grown since their last checkpoint, if that is old enough. */
export async function listUnsigned(database: Database, before: number): Promise<readonly string[]> {
  const { results } = await database
    .prepare(
      "SELECT organisation_id AS organisation FROM audit_heads WHERE seq > checkpoint_seq AND checkpoint_at <= ?",
    )
    .bind(before)
    .all<{ organisation: string }>();
  return results.map(({ organisation }) => organisation);
}

export async function addCheckpoint(database: Database, checkpoint: Checkpoint): Promise<void> {
  const { organisation, seq, at, jwt } = checkpoint;
  await database.batch([
    database
      .prepare(
        `INSERT INTO audit_checkpoints (organisation_id, seq, at, jwt) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .bind(organisation, seq, at, jwt),
    database
      .prepare(
        `UPDATE audit_heads SET checkpoint_seq = max(checkpoint_seq, ?2), checkpoint_at = max(checkpoint_at, ?3)
         WHERE organisation_id = ?1`,
      )
      .bind(organisation, seq, at),
  ]);
}

/** A part of one organisation's chain, in order. */
export async function loadChain(
  database: Database,
  organisation: string,
  after: number,
  limit: number,
): Promise<readonly ChainedRecord[]> {
  const { results } = await database
    .prepare(
      `SELECT organisation_id AS organisation, seq, id, at, entry, previous, hash FROM audit
       WHERE organisation_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    )
    .bind(organisation, after, limit)
    .all<ChainedRecord>();
  return results;
}

/** How far back one search looks: a log may be long, and a page must not read all of it. */
const SEARCHED = 20_000;

/**
 * The latest entries of one chain, the latest first.
 * @param before number of the oldest entry of the page before
 * @param text that the entry has somewhere: an id
 * @returns the entries, and from which number on it was looked; undefined: there is nothing older
 */
export async function searchChain(
  database: Database,
  organisation: string,
  { before, text, limit }: { readonly before?: number; readonly text?: string; readonly limit: number },
): Promise<{ readonly records: readonly AuditRecordAt[]; readonly older: number | undefined }> {
  const head = await database
    .prepare("SELECT seq, removed_seq AS removed FROM audit_heads WHERE organisation_id = ?")
    .bind(organisation)
    .first<{ seq: number; removed: number }>();
  if (head === null) return { records: [], older: undefined };
  const end = Math.min(before ?? head.seq + 1, head.seq + 1);
  const from = Math.max(end - SEARCHED, head.removed + 1);
  const { results } = await database
    .prepare(
      `SELECT seq, id, at, entry FROM audit WHERE organisation_id = ? AND seq >= ? AND seq < ?
         AND (? = '' OR instr(entry, ?) > 0) ORDER BY seq DESC LIMIT ?`,
    )
    .bind(organisation, from, end, text ?? "", text ?? "", limit)
    .all<AuditRecordAt>();
  const last = results.length === limit ? (results.at(-1)?.seq ?? from) : from;
  return { records: results, older: last > head.removed + 1 ? last : undefined };
}
export type AuditRecordAt = AuditRecord & { readonly seq: number };

/** Oldest first. */
export async function loadCheckpoints(
  database: Database,
  organisation: string,
  after = 0,
): Promise<readonly Checkpoint[]> {
  const { results } = await database
    .prepare(
      `SELECT organisation_id AS organisation, seq, at, jwt FROM audit_checkpoints
       WHERE organisation_id = ? AND seq > ? ORDER BY seq`,
    )
    .bind(organisation, after)
    .all<Checkpoint>();
  return results;
}

/** Whose chains there are, by the log itself. */
export async function listChains(database: Database): Promise<readonly string[]> {
  const { results } = await database
    .prepare(
      `SELECT organisation_id AS organisation FROM audit UNION SELECT organisation_id FROM audit_checkpoints
       ORDER BY organisation`,
    )
    .all<{ organisation: string }>();
  return results.map(({ organisation }) => organisation);
}

export async function countPending(database: Database): Promise<number> {
  const row = await database
    .prepare("SELECT count(*) AS count FROM audit_pending")
    .first<{ count: number }>();
  return row?.count ?? 0;
}

export interface Unexported {
  readonly organisation: string;
  readonly exportedSeq: number;
  readonly checkpointSeq: number;
}

export async function listUnexported(database: Database): Promise<readonly Unexported[]> {
  const { results } = await database
    .prepare(
      `SELECT organisation_id AS organisation, exported_seq AS exportedSeq, checkpoint_seq AS checkpointSeq
       FROM audit_heads WHERE exported_seq < checkpoint_seq`,
    )
    .all<Unexported>();
  return results;
}

export async function markExported(database: Database, organisation: string, seq: number): Promise<void> {
  await database
    .prepare("UPDATE audit_heads SET exported_seq = max(exported_seq, ?2) WHERE organisation_id = ?1")
    .bind(organisation, seq)
    .run();
}

/**
 * Removes what a checkpoint of at least that age covers. That checkpoint stays, and the chain goes on from it.
 * @param onlyExported what is not exported stays
 * @returns how many chains became shorter
 */
export async function removeBefore(
  database: Database,
  before: number,
  onlyExported: boolean,
): Promise<number> {
  const { results } = await database
    .prepare(
      `SELECT organisation_id AS organisation, max(audit_checkpoints.seq) AS seq
       FROM audit_checkpoints JOIN audit_heads USING (organisation_id)
       WHERE at <= ? AND audit_checkpoints.seq > removed_seq AND (? = 0 OR audit_checkpoints.seq <= exported_seq)
       GROUP BY organisation_id`,
    )
    .bind(before, Number(onlyExported))
    .all<{ organisation: string; seq: number }>();
  for (const { organisation, seq } of results) {
    await database.batch([
      database.prepare("DELETE FROM audit WHERE organisation_id = ? AND seq <= ?").bind(organisation, seq),
      database
        .prepare("DELETE FROM audit_checkpoints WHERE organisation_id = ? AND seq < ?")
        .bind(organisation, seq),
      database
        .prepare("UPDATE audit_heads SET removed_seq = max(removed_seq, ?2) WHERE organisation_id = ?1")
        .bind(organisation, seq),
    ]);
  }
  return results.length;
}
