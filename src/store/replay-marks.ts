/**
 * Durable Object: used `jti`s of the parties of one country, one of sixteen shards (iSHARE JWT; RFC 7523 §3;
 * CVE-2020-5300). Cases: the first use is marked and passes; a second one, later or at the same moment, finds the mark; a
 * mark lives until its JWT can't be accepted any more; the alarm removes marks that are over, and the object with the last
 * one.
 */
import { DurableObject } from "cloudflare:workers";
import type { EpochSeconds } from "../protocol/time.ts";
import type { ReplayStore } from "./ports.ts";

/** Each takes some hundred marks a second. */
const SHARDS = 16;
const SWEEP_SECONDS = 120;

export class ReplayMarks extends DurableObject {
  /** until then the alarm need not be looked for: it is set */
  #alarmAt: EpochSeconds = 0;

  /** @param use issuer and `jti` @returns true for the first one */
  async mark(use: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean> {
    const { kv } = this.ctx.storage;
    if (kv.get(use) !== undefined) return false;
    kv.put(use, until); // no await between look and mark
    if (now >= this.#alarmAt) await this.#plan(now);
    return true;
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = 0;
    const now = Math.floor(Date.now() / 1000);
    const { kv } = this.ctx.storage;
    const marks = [...kv.list<EpochSeconds>()];
    const over = marks.filter(([, until]) => until < now);
    if (over.length === marks.length) return this.ctx.storage.deleteAll();
    for (const [use] of over) kv.delete(use);
    await this.#plan(now);
  }

  async #plan(now: EpochSeconds): Promise<void> {
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) === null) await storage.setAlarm((now + SWEEP_SECONDS) * 1000);
    this.#alarmAt = now + SWEEP_SECONDS;
  }
}

/**
 * Parties share objects: one of a single party would be asleep, or not there at all, at most of its calls. Those of a country
 * share them, because an object stands where its first call came from.
 */
export function createReplayStore(namespace: DurableObjectNamespace): ReplayStore {
  return {
    mark: (iss, jti, until, now) => {
      const use = `${iss} ${jti}`; // an identifier has no space
      const name = `${countryOf(iss)}:${shardOf(use)}`;
      const stub = namespace.get(namespace.idFromName(name)) as unknown as {
        mark(use: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean>;
      };
      return stub.mark(use, until, now);
    },
  };
}

/** Of `did:ishare:EU.NL.…` and `EU.EORI.NL…`; empty for others. Claimed: it says where, and nothing else. */
const countryOf = (iss: string): string =>
  /^(?:did:ishare:EU\.(?=[A-Z]{2}\.)|EU\.EORI\.)([A-Z]{2})/.exec(iss)?.[1] ?? "";

/** FNV-1a: spreads; hides nothing. */
function shardOf(use: string): number {
  let hash = 0x811c9dc5;
  for (const letter of use) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % SHARDS;
}
