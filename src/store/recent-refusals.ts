/**
 * Durable Object: the latest refusals, for the console; one for the whole Identity Provider. Owns how many, and for how long:
 * by the rule of `protocol/refusal`, two weeks at most. Isolates deliver what they collected, seconds apart, so a flood of
 * requests is a trickle here. A share is one record, written when something in it changed. One alarm takes away what is
 * over, and everything with the last refusal.
 */
import { DurableObject } from "cloudflare:workers";
import {
  countRefusals,
  isSought,
  KEPT_DAYS,
  type KeptRefusal,
  putRefusal,
  type Refusal,
  type RefusalSearch,
  type Room,
  type Shares,
  shareOf,
} from "../protocol/refusal.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { RefusalPage, RefusalStore } from "./ports.ts";

export const ROOM: Room = { total: 1000, share: 50 };
const DAY = 86_400;
const KEPT_SECONDS = KEPT_DAYS * DAY;
const SWEEP_SECONDS = 3600;

const SHARE = "share:";
const DROPPED = "dropped"; // by day since 1970

export class RecentRefusals extends DurableObject {
  async keep(refusals: readonly Refusal[], dropped: number, now: EpochSeconds): Promise<void> {
    const shares = this.#load();
    const changed = new Set<string>();
    let seq = Math.max(0, ...[...shares.values()].map((share) => share.at(-1)?.seq ?? 0));
    let lost = dropped;
    for (const refusal of refusals) {
      const loser = putRefusal(shares, { ...refusal, seq: ++seq }, ROOM);
      changed.add(shareOf(refusal));
      if (loser === undefined) continue;
      changed.add(loser);
      lost++;
    }
    this.#save(shares, changed);
    if (lost > 0) this.#addDropped(lost, now);
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm((now + KEPT_SECONDS) * 1000);
    }
  }

  search(search: RefusalSearch, limit: number, before: number | undefined, now: EpochSeconds): RefusalPage {
    const shares = this.#load();
    removeOver(shares, now);
    const sought = [...shares.values()]
      .flat()
      .filter((it) => isSought(it, search) && (before === undefined || it.seq < before))
      .sort((one, other) => other.seq - one.seq);
    const refusals = sought.slice(0, limit);
    return {
      refusals,
      older: sought.length > limit ? refusals.at(-1)?.seq : undefined,
      kept: countRefusals(shares),
      dropped: Object.values(this.#dropped(now)).reduce((sum, count) => sum + count, 0),
    };
  }

  /** May come late, and more than once: what is not over stays. */
  override async alarm(): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const shares = this.#load();
    const changed = removeOver(shares, now);
    if (shares.size === 0) return this.ctx.storage.deleteAll();
    this.#save(shares, changed);
    const first = Math.min(...[...shares.values()].flat().map(({ at }) => at));
    await this.ctx.storage.setAlarm(Math.max(first + KEPT_SECONDS, now + SWEEP_SECONDS) * 1000);
  }

  #load(): Shares<KeptRefusal> {
    const records = this.ctx.storage.kv.list<KeptRefusal[]>({ prefix: SHARE });
    return new Map([...records].map(([key, share]) => [key.slice(SHARE.length), share]));
  }

  #save(shares: Shares<KeptRefusal>, changed: Iterable<string>): void {
    const { kv } = this.ctx.storage;
    for (const name of changed) {
      const share = shares.get(name);
      if (share === undefined) kv.delete(SHARE + name);
      else kv.put(SHARE + name, share);
    }
  }

  #dropped(now: EpochSeconds): Record<string, number> {
    const days = Object.entries(this.ctx.storage.kv.get<Record<string, number>>(DROPPED) ?? {});
    return Object.fromEntries(days.filter(([day]) => Number(day) * DAY > now - KEPT_SECONDS - DAY));
  }

  #addDropped(count: number, now: EpochSeconds): void {
    const days = this.#dropped(now);
    const today = String(Math.floor(now / DAY));
    this.ctx.storage.kv.put(DROPPED, { ...days, [today]: (days[today] ?? 0) + count });
  }
}

/** @returns the shares that lost something */
function removeOver(shares: Shares<KeptRefusal>, now: EpochSeconds): readonly string[] {
  const changed: string[] = [];
  for (const [name, share] of shares) {
    const rest = share.filter(({ at }) => at > now - KEPT_SECONDS);
    if (rest.length === share.length) continue;
    changed.push(name);
    if (rest.length === 0) shares.delete(name);
    else shares.set(name, rest);
  }
  return changed;
}

/** @param namespace of `RecentRefusals` */
export function createRefusalStore(namespace: DurableObjectNamespace): RefusalStore {
  const stub = () => namespace.get(namespace.idFromName("recent")) as unknown as RefusalStore;
  return {
    keep: (refusals, dropped, now) => stub().keep(refusals, dropped, now),
    search: (search, limit, before, now) => stub().search(search, limit, before, now),
  };
}
