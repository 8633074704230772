/**
 * Durable Object: the order of one organisation's audit log (and one object for the Identity Provider's own). Owns the
 * numbers and the hashes. It calls nobody: who asks for an order writes it to the directory, and then confirms it.
 *
 * Until then the object keeps what it ordered and gives it to whoever comes next, so an order that was lost on its way is
 * written later. What is confirmed is forgotten but for the head; so that nobody who read the outbox before that has the
 * same entries ordered a second time, each order is asked for with the confirmed number that was read first, and refused
 * when that has moved.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type AuditRecord,
  type ChainedRecord,
  type ChainHead,
  chain,
  GENESIS,
} from "../protocol/audit-chain.ts";
import type { AuditChains, ChainState } from "./ports.ts";

const STATE = "state";
const OPEN = "open:"; // ordered, not confirmed
const keyOf = (seq: number): string => OPEN + String(seq).padStart(15, "0");

/** Where the chain has come to, and up to where the directory has it. */
interface Stored {
  readonly head: ChainHead;
  readonly confirmed: ChainHead;
}

export class AuditChain extends DurableObject {
  state(): ChainState {
    const { head, confirmed } = this.#load();
    return { confirmed, open: head.seq - confirmed.seq };
  }

  append(
    organisation: string,
    confirmedSeq: number,
    records: readonly AuditRecord[],
  ): Promise<readonly ChainedRecord[] | undefined> {
    // Hashing waits: nobody else may come in between.
    return this.ctx.blockConcurrencyWhile(async () => {
      const stored = this.#load();
      if (stored.confirmed.seq !== confirmedSeq) return undefined;
      const open = this.#open();
      const known = new Set(open.map(({ id }) => id));
      const added = records.filter(({ id }) => !known.has(id) && known.add(id));
      const chained = await chain(stored.head, organisation, added);
      const last = chained.at(-1);
      if (last !== undefined) {
        this.ctx.storage.transactionSync(() => {
          for (const record of chained) this.ctx.storage.kv.put(keyOf(record.seq), record);
          this.#save({ ...stored, head: { seq: last.seq, hash: last.hash } });
        });
      }
      return [...open, ...chained];
    });
  }

  confirm(seq: number): void {
    const stored = this.#load();
    const done = this.#open().filter((record) => record.seq <= seq);
    const last = done.at(-1);
    if (last === undefined) return; // confirmed before
    this.ctx.storage.transactionSync(() => {
      for (const record of done) this.ctx.storage.kv.delete(keyOf(record.seq));
      this.#save({ ...stored, confirmed: { seq: last.seq, hash: last.hash } });
    });
  }

  #open(): readonly ChainedRecord[] {
    return [...this.ctx.storage.kv.list<ChainedRecord>({ prefix: OPEN })].map(([, record]) => record);
  }

  #load(): Stored {
    return this.ctx.storage.kv.get<Stored>(STATE) ?? { head: GENESIS, confirmed: GENESIS };
  }

  #save(stored: Stored): void {
    this.ctx.storage.kv.put(STATE, stored);
  }
}

type Stub = {
  state(): Promise<ChainState>;
  append(
    organisation: string,
    confirmedSeq: number,
    records: readonly AuditRecord[],
  ): Promise<readonly ChainedRecord[] | undefined>;
  confirm(seq: number): Promise<void>;
};

/** @param namespace of `AuditChain` */
export function createAuditChains(namespace: DurableObjectNamespace): AuditChains {
  const stub = (organisation: string): Stub => {
    // Not to be mixed up, whatever an organisation calls itself.
    const name = organisation === "" ? "idp" : `organisation ${organisation}`;
    return namespace.get(namespace.idFromName(name)) as unknown as Stub;
  };
  return {
    state: (organisation) => stub(organisation).state(),
    append: (organisation, confirmedSeq, records) =>
      stub(organisation).append(organisation, confirmedSeq, records),
    confirm: (organisation, seq) => stub(organisation).confirm(seq),
  };
}
