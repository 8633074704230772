/**
 * Durable Object: used `jti`s of one issuing party, one of four shards (iSHARE JWT; RFC 7523 §3; CVE-2020-5300).
 * Cases: the first use is marked and passes; a second one, later or at the same moment, finds the mark; a mark lives
 * until its JWT can't be accepted any more; the alarm removes marks that are over, and the object with the last one.
 */
import { DurableObject } from "cloudflare:workers";
import type { EpochSeconds } from "../protocol/time.ts";
import type { ReplayStore } from "./ports.ts";

/** Each takes some hundred marks a second, and one that is seldom used has to be woken: few, then. */
const SHARDS = 4;
const SWEEP_SECONDS = 120;

export class ReplayMarks extends DurableObject {
  /** @returns true for the first use */
  async mark(jti: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean> {
    const { kv } = this.ctx.storage;
    if (kv.get(jti) !== undefined) return false;
    kv.put(jti, until); // no await between look and mark
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm((now + SWEEP_SECONDS) * 1000);
    }
    return true;
  }

  override async alarm(): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const { kv } = this.ctx.storage;
    const marks = [...kv.list<EpochSeconds>()];
    const over = marks.filter(([, until]) => until < now);
    if (over.length === marks.length) return this.ctx.storage.deleteAll();
    for (const [jti] of over) kv.delete(jti);
    await this.ctx.storage.setAlarm((now + SWEEP_SECONDS) * 1000);
  }
}

export function createReplayStore(namespace: DurableObjectNamespace): ReplayStore {
  return {
    mark: (iss, jti, until, now) => {
      const name = `${shardOf(jti)}:${iss}`;
      const stub = namespace.get(namespace.idFromName(name)) as unknown as {
        mark(jti: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean>;
      };
      return stub.mark(jti, until, now);
    },
  };
}

/** FNV-1a: spreads; hides nothing. */
function shardOf(jti: string): number {
  let hash = 0x811c9dc5;
  for (const letter of jti) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % SHARDS;
}
