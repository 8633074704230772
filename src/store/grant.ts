/**
 * Durable Object: one authorization grant. Runs the pure transitions of `protocol/grant` on its record; read, decide
 * and write happen without an await between them, so each call is one step for all callers. One alarm wipes everything.
 */
import { DurableObject } from "cloudflare:workers";
import {
  advanceBy,
  type Browser,
  type Ending,
  finish,
  type GrantRecord,
  revoke,
  type Step,
  wipeAt,
} from "../protocol/grant.ts";
import { access, type Entitlement, type Redemption, redeem } from "../protocol/redemption.ts";
import { type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { GrantStore } from "./ports.ts";

const KEY = "grant";

export class Grant extends DurableObject {
  async open(grant: GrantRecord): Promise<void> {
    await this.#save(grant);
  }

  async advance(browser: Browser, steps: readonly Step[], now: EpochSeconds): Promise<Result<GrantRecord>> {
    return this.#update((grant) => advanceBy(grant, browser, steps, now));
  }

  async finish(
    browser: Browser,
    steps: readonly Step[],
    ending: Ending,
    now: EpochSeconds,
  ): Promise<Result<GrantRecord>> {
    return this.#update((grant) => {
      const reached = advanceBy(grant, browser, steps, now);
      return reached.ok ? finish(reached.value, browser, ending, now) : reached;
    });
  }

  async redeem(attempt: Redemption, now: EpochSeconds): Promise<Result<Entitlement>> {
    const grant = this.#load();
    if (grant === undefined) return refuse("code_unknown");
    const { result, next } = redeem(grant, attempt, now);
    if (next !== grant) await this.#save(next, grant); // stored for good before anything is answered
    return result;
  }

  async preview(attempt: Redemption, now: EpochSeconds): Promise<Result<Entitlement>> {
    const grant = this.#load();
    return grant === undefined ? refuse("code_unknown") : redeem(grant, attempt, now).result;
  }

  async access(tokenHash: string, now: EpochSeconds): Promise<Result<Entitlement>> {
    const grant = this.#load();
    return grant === undefined ? refuse("bearer_unknown") : access(grant, tokenHash, now);
  }

  async abandon(): Promise<void> {
    const grant = this.#load();
    if (grant !== undefined && !grant.finished) await this.#save({ ...grant, finished: true }, grant);
  }

  async revoke(): Promise<void> {
    const grant = this.#load();
    if (grant !== undefined) await this.#save(revoke(grant), grant);
  }

  /** May come late, and more than once: only what is over goes. */
  override async alarm(): Promise<void> {
    const grant = this.#load();
    if (grant !== undefined && wipeAt(grant) * 1000 > Date.now()) return this.#arm(grant);
    await this.ctx.storage.deleteAll();
  }

  #load(): GrantRecord | undefined {
    return this.ctx.storage.kv.get<GrantRecord>(KEY);
  }

  async #update(transition: (grant: GrantRecord) => Result<GrantRecord>): Promise<Result<GrantRecord>> {
    const grant = this.#load();
    if (grant === undefined) return refuse("grant_unknown");
    const next = transition(grant);
    if (next.ok && next.value !== grant) await this.#save(next.value, grant);
    return next;
  }

  /** @param before what is stored, and has its alarm: one that does not move is a row that need not be written */
  async #save(grant: GrantRecord, before?: GrantRecord): Promise<void> {
    this.ctx.storage.kv.put(KEY, grant);
    if (before === undefined || wipeAt(before) !== wipeAt(grant)) await this.#arm(grant);
  }

  async #arm(grant: GrantRecord): Promise<void> {
    await this.ctx.storage.setAlarm(wipeAt(grant) * 1000);
  }
}

type Stub = {
  open(grant: GrantRecord): Promise<void>;
  advance(browser: Browser, steps: readonly Step[], now: EpochSeconds): Promise<Result<GrantRecord>>;
  finish(
    browser: Browser,
    steps: readonly Step[],
    ending: Ending,
    now: EpochSeconds,
  ): Promise<Result<GrantRecord>>;
  redeem(attempt: Redemption, now: EpochSeconds): Promise<Result<Entitlement>>;
  preview(attempt: Redemption, now: EpochSeconds): Promise<Result<Entitlement>>;
  access(tokenHash: string, now: EpochSeconds): Promise<Result<Entitlement>>;
  abandon(): Promise<void>;
  revoke(): Promise<void>;
};

/** @param namespace of `Grant`. Ids are unique, so a new grant is made near its human without asking the world. */
export function createGrantStore(namespace: DurableObjectNamespace): GrantStore {
  const stub = (id: string): Stub => namespace.get(namespace.idFromString(id)) as unknown as Stub;
  return {
    open: async (grant) => {
      const id = namespace.newUniqueId().toString();
      await stub(id).open(grant);
      return id;
    },
    advance: (id, browser, steps, now) => stub(id).advance(browser, steps, now),
    finish: (id, browser, steps, ending, now) => stub(id).finish(browser, steps, ending, now),
    redeem: (id, attempt, now) => stub(id).redeem(attempt, now),
    preview: (id, attempt, now) => stub(id).preview(attempt, now),
    abandon: (id) => stub(id).abandon(),
    revoke: (id) => stub(id).revoke(),
    access: (id, tokenHash, now) => stub(id).access(tokenHash, now),
  };
}
