/**
 * The audit log's chain: each entry carries the hash of the one before it in the log of its organisation. Owns what is
 * hashed and how it is written; who orders entries is the store's.
 *
 * The hash is SHA-256, in lower-case hex, over the UTF-8 of one JSON object without white space whose members are, in
 * this order: `v` (1), `seq`, `id`, `at`, `organisation`, `previous`, `entry`. `entry` is the entry's own JSON as a
 * string, as it was stored: nobody has to write it a second time in the same way. `seq` counts from 1 without gaps, so the
 * last one is also how many there are. The first entry's `previous` is 64 zeros.
 */
import { sha256Hex } from "./digest.ts";
import type { EpochSeconds } from "./time.ts";

/** What happened, not yet in the chain. */
export interface AuditRecord {
  /** random: by it an entry that is sent twice is known */
  readonly id: string;
  /** when it happened: entries are chained up to minutes later, so times need not rise along the chain */
  readonly at: EpochSeconds;
  /** JSON text, see `directory/audit-entry` */
  readonly entry: string;
}

export interface ChainedRecord extends AuditRecord {
  /** the organisation's registry id; empty for the Identity Provider's own log */
  readonly organisation: string;
  readonly seq: number;
  /** hash of the entry before */
  readonly previous: string;
  readonly hash: string;
}

/** Where a chain has come to. */
export interface ChainHead {
  /** 0: nothing yet */
  readonly seq: number;
  readonly hash: string;
}

export const GENESIS: ChainHead = { seq: 0, hash: "0".repeat(64) };

export async function hashOf(record: Omit<ChainedRecord, "hash">): Promise<string> {
  const { seq, id, at, organisation, previous, entry } = record;
  const text = JSON.stringify({ v: 1, seq, id, at, organisation, previous, entry });
  return sha256Hex(text);
}

/** Puts records behind a head, in their order. */
export async function chain(
  head: ChainHead,
  organisation: string,
  records: readonly AuditRecord[],
): Promise<readonly ChainedRecord[]> {
  const chained: ChainedRecord[] = [];
  let last = head;
  for (const { id, at, entry } of records) {
    const next = { organisation, seq: last.seq + 1, id, at, previous: last.hash, entry };
    last = { seq: next.seq, hash: await hashOf(next) };
    chained.push({ ...next, hash: last.hash });
  }
  return chained;
}
