/**
 * Is a chain what it was when its checkpoints were signed? Pure but for hashing: walks the entries in order, from the
 * first one or from the checkpoint that a removal left, and tells the first place where something is not as it was.
 */
import type { SignedCheckpoint } from "../jwt/audit-checkpoint.ts";
import { type ChainedRecord, type ChainHead, GENESIS, hashOf } from "../protocol/audit-chain.ts";

export type BreakKind =
  /** a number is left out */
  | "missing"
  /** an entry's content is not what its hash says */
  | "altered"
  /** it is a genuine entry in another's place */
  | "reordered"
  /** its hash is right, but it does not follow the one before */
  | "unlinked"
  /** a checkpoint says another hash: everything up to there was written anew */
  | "rewritten"
  /** a checkpoint says that there were more entries */
  | "truncated"
  /** a stored checkpoint is not one that we signed for this place */
  | "forged_checkpoint";

export interface Break {
  readonly kind: BreakKind;
  /** where */
  readonly seq: number;
}

export interface ChainReport {
  /** empty for the Identity Provider's own log */
  readonly organisation: string;
  /** entries up to this number were removed, and a checkpoint stands for them; 0: none */
  readonly removedSeq: number;
  readonly lastSeq: number;
  /** up to here the entries are those that were signed; 0: no checkpoint yet */
  readonly signedSeq: number;
  readonly signedAt: number | undefined;
  readonly broken: Break | undefined;
}

/** A checkpoint as it was found. @property signed undefined when it is not ours */
export interface FoundCheckpoint {
  readonly seq: number;
  readonly signed: SignedCheckpoint | undefined;
}

/** @param records of this organisation, in order, as many at a time as come */
export async function verifyChain(
  organisation: string,
  records: AsyncIterable<readonly ChainedRecord[]>,
  checkpoints: readonly FoundCheckpoint[],
): Promise<ChainReport> {
  const signed = new Map<number, SignedCheckpoint[]>();
  for (const { seq, signed: found } of [...checkpoints].sort((one, other) => one.seq - other.seq)) {
    if (found === undefined || found.organisation !== organisation || found.seq !== seq)
      return report({ kind: "forged_checkpoint", seq });
    signed.set(seq, [...(signed.get(seq) ?? []), found]);
  }

  let removedSeq = 0;
  let head: ChainHead | undefined;
  let last: SignedCheckpoint | undefined;
  for await (const page of records) {
    for (const record of page) {
      head ??= baseOf(record, signed);
      if (head === undefined) return report({ kind: "missing", seq: 1 });
      if (head.seq > 0 && last === undefined) {
        removedSeq = head.seq;
        last = signed.get(head.seq)?.[0];
      }
      const problem = await check(record, organisation, head, signed.get(record.seq));
      if (problem !== undefined) return report(problem);
      last = signed.get(record.seq)?.[0] ?? last;
      head = { seq: record.seq, hash: record.hash };
    }
  }
  // Everything was removed, up to a checkpoint: then that is the newest.
  const newest = Math.max(0, ...signed.keys());
  if (head === undefined) {
    if (new Set((signed.get(newest) ?? []).map(({ hash }) => hash)).size > 1)
      return report({ kind: "rewritten", seq: newest });
    removedSeq = newest;
    last = signed.get(newest)?.[0];
    head = { seq: newest, hash: last?.hash ?? GENESIS.hash };
  }
  if (newest > head.seq) return report({ kind: "truncated", seq: head.seq + 1 });
  return report(undefined);

  function report(broken: Break | undefined): ChainReport {
    return {
      ...{ organisation, removedSeq, broken },
      lastSeq: head?.seq ?? 0,
      signedSeq: last?.seq ?? 0,
      signedAt: last?.at,
    };
  }
}

/** What the first entry that is there follows: nothing, or what a checkpoint stands for. */
function baseOf(
  first: ChainedRecord,
  signed: ReadonlyMap<number, readonly SignedCheckpoint[]>,
): ChainHead | undefined {
  return first.seq === 1 ? GENESIS : signed.get(first.seq - 1)?.[0];
}

async function check(
  record: ChainedRecord,
  organisation: string,
  head: ChainHead,
  checkpoints: readonly SignedCheckpoint[] = [],
): Promise<Break | undefined> {
  const { seq } = record;
  if (seq !== head.seq + 1) return { kind: "missing", seq: head.seq + 1 };
  const own = { ...record, organisation };
  if ((await hashOf(own)) !== record.hash)
    return { kind: (await isElsewhere(own)) ? "reordered" : "altered", seq };
  if (record.previous !== head.hash) return { kind: "unlinked", seq };
  return checkpoints.some(({ hash }) => hash !== record.hash) ? { kind: "rewritten", seq } : undefined;
}

/** Is it right under another number near by? Asked once, of the first that is wrong. */
async function isElsewhere(record: ChainedRecord): Promise<boolean> {
  for (let distance = 1; distance <= 100; distance++) {
    for (const seq of [record.seq - distance, record.seq + distance])
      if ((await hashOf({ ...record, seq })) === record.hash) return true;
  }
  return false;
}
