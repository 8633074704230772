/**
 * Is a chain what it was when its checkpoints were signed? Pure but for hashing: walks the entries in order, from the
 * first one or from the checkpoint that a removal left, and tells the first place where something is not as it was.
 */
import type { SignedCheckpoint } from "../jwt/audit-checkpoint.ts";
import { type ChainedRecord, type ChainHead, GENESIS, hashOf } from "../protocol/audit-chain.ts";
import type { EpochSeconds } from "../protocol/time.ts";

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

/**
 * @param records of this organisation, in order, as many at a time as come
 * @param removedUntil checkpoints signed until then may stand for entries that are not there any more
 */
export async function verifyChain(
  organisation: string,
  records: AsyncIterable<readonly ChainedRecord[]>,
  checkpoints: readonly FoundCheckpoint[],
  removedUntil: EpochSeconds = 0,
): Promise<ChainReport> {
  let removedSeq = 0;
  let head: ChainHead | undefined; // undefined: before the first entry
  let last: SignedCheckpoint | undefined;
  const report = (broken?: Break): ChainReport => ({
    ...{ organisation, removedSeq, lastSeq: head?.seq ?? 0, broken },
    ...{ signedSeq: last?.seq ?? 0, signedAt: last?.at },
  });

  const signed = new Map<number, SignedCheckpoint[]>();
  for (const { seq, signed: found } of [...checkpoints].sort((one, other) => one.seq - other.seq)) {
    if (found === undefined || found.organisation !== organisation || found.seq !== seq)
      return report({ kind: "forged_checkpoint", seq });
    signed.set(seq, [...(signed.get(seq) ?? []), found]);
  }
  /** Begins behind a checkpoint, if one stands for what is not there. */
  const beginBehind = (seq: number): Break | undefined => {
    const [stands, ...others] = signed.get(seq) ?? [];
    if (stands === undefined || stands.at > removedUntil) return { kind: "missing", seq: 1 };
    if (others.some(({ hash }) => hash !== stands.hash)) return { kind: "rewritten", seq };
    removedSeq = seq;
    last = stands;
    head = { seq, hash: stands.hash };
    return undefined;
  };

  for await (const page of records) {
    for (const record of page) {
      const { seq, hash } = record;
      if (head === undefined && seq > 1) {
        const problem = beginBehind(seq - 1);
        if (problem !== undefined) return report(problem);
      }
      const found = signed.get(seq);
      const problem = await check(record, organisation, head ?? GENESIS, found);
      if (problem !== undefined) return report(problem);
      last = found?.[0] ?? last;
      head = { seq, hash };
    }
  }
  const newest = Math.max(0, ...signed.keys());
  if (head === undefined && newest > 0) return report(beginBehind(newest));
  return report(newest > (head?.seq ?? 0) ? { kind: "truncated", seq: (head?.seq ?? 0) + 1 } : undefined);
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
