/**
 * The log outside the directory, where who may write to the directory need not reach: a bucket, when one is bound. Owns
 * the names and the form: `ORGANISATION/SEQ.jsonl` holds a part of a chain up to that number, one entry per line with its
 * hashes, and `ORGANISATION/SEQ.jwt` the checkpoint that signs it. What is there is never written again, so a bucket may
 * be locked against change.
 */
import {
  listUnexported,
  loadChain,
  loadCheckpoints,
  markExported,
  type Unexported,
} from "../directory/audit-log.ts";
import type { Database } from "../directory/human.ts";
import type { Log } from "../log.ts";
import type { ChainedRecord } from "../protocol/audit-chain.ts";

export type Bucket = Pick<R2Bucket, "head" | "put">;

export interface ExportDeps {
  readonly directory: Database;
  readonly log: Log;
}

const ENTRIES_PER_FILE = 2000;
/** per organisation and run */
const FILES_PER_RUN = 10;

/** `@` is in no name that `encodeURIComponent` made: the log of our own can't be an organisation's. */
const folderOf = (organisation: string): string =>
  organisation === "" ? "@idp" : encodeURIComponent(organisation);

/** Numbers sort as text. */
const nameOf = (organisation: string, seq: number, ending: "jsonl" | "jwt"): string =>
  `${folderOf(organisation)}/${String(seq).padStart(12, "0")}.${ending}`;

/** One line of an export, without its line end. */
export function lineOf({ organisation, seq, id, at, previous, entry, hash }: ChainedRecord): string {
  return JSON.stringify({ v: 1, seq, id, at, organisation, previous, entry, hash });
}

/** Exports what checkpoints cover. What fails is in the log and is done in a later run. */
export async function exportChains(bucket: Bucket, deps: ExportDeps): Promise<void> {
  for (const chain of await listUnexported(deps.directory)) {
    try {
      await exportChain(chain, bucket, deps.directory);
    } catch (error) {
      const { organisation } = chain;
      deps.log.error("audit_not_exported", { organisation, error: String(error).slice(0, 200) });
    }
  }
}

async function exportChain(
  { organisation, exportedSeq, checkpointSeq }: Unexported,
  bucket: Bucket,
  directory: Database,
): Promise<void> {
  let done = exportedSeq;
  for (let file = 0; file < FILES_PER_RUN && done < checkpointSeq; file++) {
    const limit = Math.min(ENTRIES_PER_FILE, checkpointSeq - done);
    const records = await loadChain(directory, organisation, done, limit);
    const last = records.at(-1);
    // What a checkpoint covers is not there: `verify-audit` tells, and nothing is marked as exported.
    if (last === undefined || last.seq > checkpointSeq) throw new Error("entries are missing");
    const lines = records.map((record) => `${lineOf(record)}\n`).join("");
    await putOnce(bucket, nameOf(organisation, last.seq, "jsonl"), lines, "application/jsonl");
    for (const { seq, jwt } of await loadCheckpoints(directory, organisation, done)) {
      if (seq <= last.seq) await putOnce(bucket, nameOf(organisation, seq, "jwt"), jwt, "application/jwt");
    }
    done = last.seq;
    await markExported(directory, organisation, done);
  }
}

async function putOnce(bucket: Bucket, name: string, text: string, contentType: string): Promise<void> {
  if ((await bucket.head(name)) === null) await bucket.put(name, text, { httpMetadata: { contentType } });
}
