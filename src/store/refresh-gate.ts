/**
 * Durable Object: the gate in front of one registry entry. Owns when it was last asked and whether the registry knows
 * it; holds no answer, so losing it costs one look-up and nothing else.
 */
import { DurableObject } from "cloudflare:workers";
import type { EpochSeconds } from "../protocol/time.ts";
import type { RefreshGates } from "./ports.ts";

const WIPE_SECONDS = 3600;

export class RefreshGate extends DurableObject {
  async admit(interval: number, now: EpochSeconds): Promise<boolean> {
    const last = this.ctx.storage.kv.get<EpochSeconds>("admitted");
    if (last !== undefined && now < last + interval && now >= last) return false;
    await this.#put("admitted", now, now);
    return true;
  }

  async markUnknown(until: EpochSeconds, now: EpochSeconds): Promise<void> {
    await this.#put("unknown", until, now);
  }

  async isUnknown(now: EpochSeconds): Promise<boolean> {
    return now < (this.ctx.storage.kv.get<EpochSeconds>("unknown") ?? 0);
  }

  /** May come late, and more than once: what was asked since still counts. */
  override async alarm(): Promise<void> {
    const last = Math.max(0, ...[...this.ctx.storage.kv.list<EpochSeconds>()].map(([, at]) => at));
    const wipeAt = (last + WIPE_SECONDS) * 1000;
    if (wipeAt > Date.now()) return this.ctx.storage.setAlarm(wipeAt);
    await this.ctx.storage.deleteAll();
  }

  async #put(key: string, value: EpochSeconds, now: EpochSeconds): Promise<void> {
    this.ctx.storage.kv.put(key, value);
    await this.ctx.storage.setAlarm((now + WIPE_SECONDS) * 1000);
  }
}

type Stub = {
  admit(interval: number, now: EpochSeconds): Promise<boolean>;
  markUnknown(until: EpochSeconds, now: EpochSeconds): Promise<void>;
  isUnknown(now: EpochSeconds): Promise<boolean>;
};

export function createRefreshGates(namespace: DurableObjectNamespace): RefreshGates {
  const stub = (entry: string): Stub => namespace.get(namespace.idFromName(entry)) as unknown as Stub;
  return {
    admit: (entry, interval, now) => stub(entry).admit(interval, now),
    markUnknown: (entry, until, now) => stub(entry).markUnknown(until, now),
    isUnknown: (entry, now) => stub(entry).isUnknown(now),
  };
}
