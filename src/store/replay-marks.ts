/**
 * Durable Object: used `jti`s of the parties of one country, one of sixteen shards (iSHARE JWT; RFC 7523 §3;
 * CVE-2020-5300). Cases: the first use is marked and passes; a second one, later or at the same moment, finds the mark; a
 * mark lives until its JWT can't be accepted any more; the alarm removes marks that are over, and the object with the last
 * one.
 */
import { DurableObject } from "cloudflare:workers";
import { sha256Hex } from "../protocol/digest.ts";
import { remember } from "../protocol/remember.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { ReplayStore } from "./ports.ts";

const SWEEP_SECONDS = 120;
/** An object answers nobody while it sweeps: so many take some tens of milliseconds. */
const SWEPT_AT_ONCE = 5000;

export class ReplayMarks extends DurableObject {
  /** until then the alarm need not be looked for: it is set */
  #alarmAt: EpochSeconds = 0;

  /** @param use digest of issuer and `jti` @returns true for the first one */
  async mark(use: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean> {
    const { kv } = this.ctx.storage;
    if (kv.get(use) !== undefined) return false;
    kv.put(use, until); // no await between look and mark
    if (now >= this.#alarmAt) await this.#plan(now, SWEEP_SECONDS);
    return true;
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = 0;
    const now = Math.floor(Date.now() / 1000);
    const { kv } = this.ctx.storage;
    const over: string[] = [];
    let isLeft = false;
    for (const [use, until] of kv.list<EpochSeconds>()) {
      isLeft ||= until >= now || over.length === SWEPT_AT_ONCE;
      if (over.length === SWEPT_AT_ONCE) break;
      if (until < now) over.push(use);
    }
    if (!isLeft) return this.ctx.storage.deleteAll();
    for (const use of over) kv.delete(use);
    await this.#plan(now, over.length === SWEPT_AT_ONCE ? 1 : SWEEP_SECONDS);
  }

  async #plan(now: EpochSeconds, seconds: number): Promise<void> {
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) === null) await storage.setAlarm((now + seconds) * 1000);
    this.#alarmAt = now + SWEEP_SECONDS;
  }
}

/**
 * Parties share objects: one of a single party would be asleep, or not there at all, at most of its calls. Those of a country
 * share them, because an object stands where its first call came from.
 */
export function createReplayStore(namespace: DurableObjectNamespace): ReplayStore {
  /** What is marked stays so: who sends it again and again keeps no object busy. */
  const marked = new Map<string, true>();
  return {
    async mark(iss, jti, until, now) {
      const use = await sha256Hex(`${iss} ${jti}`); // an identifier has no space
      if (marked.has(use)) return false;
      const name = `${countryOf(iss)}:${use[0]}`;
      const stub = namespace.get(namespace.idFromName(name)) as unknown as {
        mark(use: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean>;
      };
      const isFirst = await stub.mark(use, until, now);
      remember(marked, use, true, MARKED_REMEMBERED);
      return isFirst;
    },
  };
}
/** Of the last seconds, each isolate of those that came to it. */
const MARKED_REMEMBERED = 2000;

/** Of `did:ishare:EU.NL.…` and `EU.EORI.NL…`; empty for others. Claimed: it says where, and nothing else. */
const countryOf = (iss: string): string =>
  /^(?:did:ishare:EU\.(?=[A-Z]{2}\.)|EU\.EORI\.)([A-Z]{2})/.exec(iss)?.[1] ?? "";
