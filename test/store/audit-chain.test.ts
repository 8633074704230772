/** The audit log's order, against the real Durable Object and D1: one chain, whoever writes and wherever it stops. */
import { evictDurableObject, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { ENTRIES_PER_STEP, emptyOutbox, type OutboxDeps, settle } from "../../src/audit/outbox.ts";
import { auditStatement } from "../../src/directory/audit-entry.ts";
import { countPending } from "../../src/directory/audit-log.ts";
import type { Database } from "../../src/directory/human.ts";
import { createAuditChains } from "../../src/store/audit-chain.ts";
import type { AuditChains } from "../../src/store/ports.ts";
import { wholeChain } from "../support/audit.ts";
import { migrate } from "../support/migrations.ts";

const { AUDIT_CHAINS, DIRECTORY: directory } = env as unknown as {
  AUDIT_CHAINS: DurableObjectNamespace;
  DIRECTORY: D1Database;
};
const chains = createAuditChains(AUDIT_CHAINS);
const NOW = 1_790_000_000;
const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));
const recordsOf = (...ids: string[]) => ids.map((id) => ({ id, at: NOW, entry: `{"n":"${id}"}` }));

const errors: string[] = [];
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (event: string) => void errors.push(event),
};
const deps: OutboxDeps = { directory, chains, log };

beforeEach(async () => {
  await reset();
  await migrate(directory);
  errors.length = 0;
});

async function tell(count: number, organisation = ""): Promise<void> {
  const entry = (n: number) => ({
    ...{ actor: "command:test", action: "human.add", subject: `s-${n}`, correlationId: "c" },
    ...(organisation === "" ? {} : { organisation }),
  });
  await directory.batch(
    Array.from({ length: count }, (_, n) => auditStatement(directory, entry(n), NOW + n)),
  );
}

describe("the object", () => {
  test("50 writers at once make one chain: no number twice, none left out", async () => {
    const answers = await times(50, (n) => chains.append("o", 0, recordsOf(`a-${n}`, `b-${n}`)));
    const all = answers.at(-1) ?? [];
    expect(all.length).toBeLessThanOrEqual(100);
    const open = (await chains.append("o", 0, [])) ?? [];
    expect(open.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(new Set(open.map(({ id }) => id)).size).toBe(100);
    for (const [at, record] of open.entries())
      expect(record.previous).toBe(open[at - 1]?.hash ?? "0".repeat(64));
    // Whatever anybody was told is what is there.
    for (const answer of answers)
      for (const record of answer ?? []) expect(open[record.seq - 1]).toEqual(record);
  });

  test("an entry that comes again keeps its place, and what is not confirmed is told to everybody", async () => {
    const first = await chains.append("o", 0, recordsOf("x", "y"));
    expect(await chains.append("o", 0, recordsOf("y", "z", "z"))).toEqual([
      ...(first ?? []),
      expect.objectContaining({ id: "z", seq: 3 }),
    ]);
  });

  test("who read before something was confirmed is refused", async () => {
    await chains.append("o", 0, recordsOf("x"));
    await chains.confirm("o", 1);
    expect(await chains.append("o", 0, recordsOf("x"))).toBeUndefined();
    expect(await chains.append("o", 1, recordsOf("y"))).toEqual([expect.objectContaining({ seq: 2 })]);
  });

  test("a confirmation counts once, never goes back, and never beyond what was ordered", async () => {
    await chains.append("o", 0, recordsOf("x", "y", "z"));
    for (const seq of [2, 1, 2, 0]) await chains.confirm("o", seq);
    expect(await chains.state("o")).toMatchObject({ confirmed: { seq: 2 }, open: 1 });
    await chains.confirm("o", 99);
    expect(await chains.state("o")).toMatchObject({ confirmed: { seq: 3 }, open: 0 });
  });

  test("it is as it was after the object was restarted", async () => {
    await chains.append("o", 0, recordsOf("x", "y"));
    await chains.confirm("o", 1);
    const before = await chains.state("o");
    await evictDurableObject(AUDIT_CHAINS.get(AUDIT_CHAINS.idFromName("organisation o")));
    expect(await chains.state("o")).toEqual(before);
    expect((await chains.append("o", 1, []))?.map(({ id }) => id)).toEqual(["y"]);
  });

  test("each organisation has its own, and ours is nobody's", async () => {
    await chains.append("", 0, recordsOf("x"));
    expect(await chains.state("idp")).toMatchObject({ open: 0 });
    const [own, other] = [await chains.append("", 0, []), await chains.append("o", 0, recordsOf("x"))];
    expect(own?.[0]?.hash).not.toBe(other?.[0]?.hash);
  });
});

describe("from the outbox into the log", () => {
  test("everything, in the order it came, organisation by organisation", async () => {
    await tell(3);
    await tell(2, "org-1");
    await emptyOutbox(deps);
    expect((await wholeChain(directory, "")).map(({ at }) => at - NOW)).toEqual([0, 1, 2]);
    expect(await wholeChain(directory, "org-1")).toHaveLength(2);
    expect(await countPending(directory)).toBe(0);
    expect(await chains.state("")).toMatchObject({ confirmed: { seq: 3 }, open: 0 });
  });

  test("more than one step takes", async () => {
    await tell(ENTRIES_PER_STEP * 2 + 1);
    await settle("", deps);
    expect(await wholeChain(directory, "")).toHaveLength(ENTRIES_PER_STEP * 2 + 1);
    expect(errors).toEqual([]);
  });

  test("50 who change something and empty the outbox at once: one chain", async () => {
    await times(50, async () => {
      await tell(2);
      await emptyOutbox(deps);
    });
    await emptyOutbox(deps);
    expect(await wholeChain(directory, "")).toHaveLength(100);
    expect(await countPending(directory)).toBe(0);
    expect(errors).toEqual([]);
  });

  test("an entry that is in the log already does not get a second place", async () => {
    await tell(1);
    const [row] = (await directory.prepare("SELECT * FROM audit_pending").all()).results;
    await emptyOutbox(deps);
    const again = "INSERT INTO audit_pending (id, organisation_id, at, entry) VALUES (?, ?, ?, ?)";
    await directory.prepare(again).bind(row?.id, row?.organisation_id, row?.at, row?.entry).run();
    await emptyOutbox(deps);
    expect(await wholeChain(directory, "")).toHaveLength(1);
    expect(await countPending(directory)).toBe(0);
  });

  test("a place that holds something else is told, nothing is lost, and other organisations go on", async () => {
    const forged = "INSERT INTO audit VALUES ('', 1, 'forged', 0, '{}', '0', '0')";
    await directory.prepare(forged).run();
    await tell(2);
    await tell(1, "org-1");
    await emptyOutbox(deps);
    await emptyOutbox(deps);
    expect(errors).toEqual(["audit_conflict", "audit_conflict"]);
    const { results } = await directory.prepare("SELECT id FROM audit_pending").all();
    expect(results).toHaveLength(1); // the one whose place is taken
    expect(await wholeChain(directory, "org-1")).toHaveLength(1);
    expect(await chains.state("")).toMatchObject({ confirmed: { seq: 0 }, open: 2 });
  });

  test("a chain that fails keeps no other waiting", async () => {
    await tell(1, "sick");
    await tell(1, "sound");
    const state = (organisation: string) =>
      organisation === "sick" ? Promise.reject(new Error("out")) : chains.state(organisation);
    await emptyOutbox({ ...deps, chains: { ...chains, state } });
    expect(errors).toEqual(["audit_not_chained"]);
    expect(await wholeChain(directory, "sound")).toHaveLength(1);
  });
});

describe("stopped at any step, the next run comes to the same end", () => {
  /** The n-th call from now on fails: before it did anything, or after, so that its answer is lost. */
  function stopping(at: number, when: "before" | "after"): OutboxDeps & { readonly calls: () => number } {
    let calls = 0;
    const guard = async <T>(work: () => Promise<T>): Promise<T> => {
      const stops = calls++ === at;
      if (stops && when === "before") throw new Error("stopped");
      const answer = await work();
      if (stops) throw new Error("stopped");
      return answer;
    };
    const guarded: AuditChains = {
      state: (organisation) => guard(() => chains.state(organisation)),
      append: (...args) => guard(() => chains.append(...args)),
      confirm: (...args) => guard(() => chains.confirm(...args)),
    };
    const database: Database = {
      prepare: (sql: string) => directory.prepare(sql),
      batch: ((statements: D1PreparedStatement[]) =>
        guard(() => directory.batch(statements))) as Database["batch"],
    };
    return { directory: database, chains: guarded, log, calls: () => calls };
  }

  const STEPS = ["state", "read", "append", "write", "confirm"];
  const cases = STEPS.flatMap((step, at) => [[step, at, "before"] as const, [step, at, "after"] as const]);
  test.each(cases)("%s (%i), %s", async (_, at, when) => {
    await tell(3);
    const first = stopping(at, when);
    await emptyOutbox(first);
    expect(errors.splice(0)).toEqual(["audit_not_chained"]);
    await tell(2);
    await emptyOutbox(deps);
    expect(errors).toEqual([]);
    expect(await wholeChain(directory, "")).toHaveLength(5);
    expect(await countPending(directory)).toBe(0);
    expect(await chains.state("")).toMatchObject({ confirmed: { seq: 5 }, open: 0 });
  });

  test("that was each step there is", async () => {
    await tell(3);
    const whole = stopping(-1, "before");
    await emptyOutbox(whole);
    expect(whole.calls()).toBe(STEPS.length);
  });

  test("two runs, one stopped anywhere while the other goes on", async () => {
    for (let at = 0; at < STEPS.length; at++) {
      await tell(2);
      await Promise.all([emptyOutbox(stopping(at, "after")), emptyOutbox(deps), emptyOutbox(deps)]);
    }
    await emptyOutbox(deps);
    await settle("", deps);
    expect(await wholeChain(directory, "")).toHaveLength(2 * STEPS.length);
    expect(await countPending(directory)).toBe(0);
  });
});
