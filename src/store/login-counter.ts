/**
 * Durable Object: the tries at one account, from one browser or from one address prefix. Runs the pure rule of
 * `protocol/throttle`; read, decide and write happen without an await between them, so of any number of calls at once
 * no more pass than the limit. One alarm wipes everything when nothing in it counts any more.
 */
import { DurableObject } from "cloudflare:workers";
import { type Admission, admit, type Counter, giveBack, type ThrottleRule } from "../protocol/throttle.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { LoginCounters } from "./ports.ts";

const KEY = "counter";

export class LoginCounter extends DurableObject {
  async admit(rule: ThrottleRule, now: EpochSeconds): Promise<Admission> {
    const { admission, next } = admit(this.#load(), rule, now);
    if (admission.admitted && next !== undefined) await this.#save(next); // for good before anybody may hash
    return admission;
  }

  async giveBack(takenAt: EpochSeconds): Promise<void> {
    const counter = this.#load();
    const next = giveBack(counter, takenAt);
    if (next === undefined) await this.reset();
    else if (next !== counter) await this.#save(next);
  }

  async reset(): Promise<void> {
    await this.ctx.storage.deleteAll(); // the alarm too
  }

  /** May come late, and more than once: tries made since still count. */
  override async alarm(): Promise<void> {
    const counter = this.#load();
    if (counter !== undefined && counter.overAt * 1000 > Date.now()) return this.#save(counter);
    await this.ctx.storage.deleteAll();
  }

  #load(): Counter | undefined {
    return this.ctx.storage.kv.get<Counter>(KEY);
  }

  async #save(counter: Counter): Promise<void> {
    this.ctx.storage.kv.put(KEY, counter);
    await this.ctx.storage.setAlarm(counter.overAt * 1000);
  }
}

type Stub = {
  admit(rule: ThrottleRule, now: EpochSeconds): Promise<Admission>;
  giveBack(takenAt: EpochSeconds): Promise<void>;
  reset(): Promise<void>;
};

/** @param namespace of `LoginCounter` */
export function createLoginCounters(namespace: DurableObjectNamespace): LoginCounters {
  const stub = (counter: string): Stub => namespace.get(namespace.idFromName(counter)) as unknown as Stub;
  return {
    admit: (counter, rule, now) => stub(counter).admit(rule, now),
    giveBack: (counter, takenAt) => stub(counter).giveBack(takenAt),
    reset: (counter) => stub(counter).reset(),
  };
}
