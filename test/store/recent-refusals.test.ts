/** What is kept of refusals, against the real Durable Object: bounded, shared out, searched, and gone when over. */
import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KEPT_DAYS, type Refusal } from "../../src/protocol/refusal.ts";
import { createRefusalStore, ROOM } from "../../src/store/recent-refusals.ts";

const { RECENT_REFUSALS } = env as unknown as { RECENT_REFUSALS: DurableObjectNamespace };
const store = createRefusalStore(RECENT_REFUSALS);
const stub = () => RECENT_REFUSALS.get(RECENT_REFUSALS.idFromName("recent"));
const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;

beforeEach(async () => {
  await reset();
});
afterEach(() => {
  vi.useRealTimers();
});

let made = 0;
const refusal = (over: Partial<Refusal> = {}): Refusal => ({
  ...{ at: NOW, correlationId: `c-${++made}`, endpoint: "/connect/token", method: "POST", status: 400 },
  ...{ reason: "jwt_signature", ...over },
});
const many = (count: number, over: Partial<Refusal> = {}) =>
  Array.from({ length: count }, () => refusal(over));
const by = (id: string, proven = true) => ({ party: { id, proven } });
const search = (sought = {}, limit = 2000, before?: number, now = NOW) =>
  store.search(sought, limit, before, now);
const idsOf = ({ refusals }: { readonly refusals: readonly Refusal[] }) =>
  refusals.map(({ correlationId }) => correlationId);
const records = () =>
  runInDurableObject(stub(), async (_, { storage }) => ({
    keys: [...storage.kv.list()].map(([key]) => key),
    alarm: await storage.getAlarm(),
  }));

describe("room", () => {
  test("a flood of one reason keeps its latest and pushes nobody out; what is lost is counted", async () => {
    const rare = refusal({ reason: "code_redirect_uri", ...by("sp-1") });
    await store.keep([rare], 0, NOW);
    const flood = many(3000);
    for (let n = 0; n < 3000; n += 100) await store.keep(flood.slice(n, n + 100), 7, NOW);
    const page = await search();
    expect(idsOf(page)).toEqual([...flood.slice(-ROOM.share).reverse(), rare].map((it) => it.correlationId));
    expect([page.kept, page.dropped]).toEqual([ROOM.share + 1, 3000 - ROOM.share + 30 * 7]);
    // A share is one record: a flood writes one of them per delivery.
    expect((await records()).keys).toHaveLength(3);
  });

  test("never more than a thousand in all, and the rare is there still", async () => {
    const rare = refusal({ reason: "pkce_mismatch", ...by("sp-1") });
    await store.keep([rare], 0, NOW);
    for (let n = 0; n < 40; n++) await store.keep(many(50, { reason: `reason_${n}` }), 0, NOW);
    const page = await search();
    expect([page.kept, page.kept + page.dropped]).toEqual([ROOM.total, 2001]);
    expect(idsOf(page)).toContain(rare.correlationId);
  });

  test("many isolates at once: nothing is lost, no number is given twice", async () => {
    const batches = Array.from({ length: 40 }, (_, n) => many(5, { reason: `reason_${n % 5}` }));
    await Promise.all(batches.map((batch) => store.keep(batch, 1, NOW)));
    const page = await search();
    expect(idsOf(page).sort()).toEqual(
      batches
        .flat()
        .map((it) => it.correlationId)
        .sort(),
    );
    expect(new Set(page.refusals.map(({ seq }) => seq)).size).toBe(200);
    expect(page.dropped).toBe(40);
  });

  test("one isolate's batch is as good as another's after a restart", async () => {
    await store.keep(many(3), 2, NOW);
    const before = await search();
    await evictDurableObject(stub());
    expect(await search()).toEqual(before);
    await store.keep(many(1), 0, NOW);
    expect((await search()).refusals.map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
  });
});

describe("search", () => {
  test("by reference, reason, party, proven or claimed, and path", async () => {
    const one = refusal({ ...by("sp-1"), reason: "code_used", traceId: "t" });
    const claimed = refusal({ ...by("sp-1", false), reason: "party_unknown" });
    const other = refusal({ endpoint: "scim", reason: "scim_value", detail: "claim x" });
    await store.keep([one, claimed, other], 0, NOW);
    expect((await search({ reference: one.correlationId })).refusals).toEqual([{ ...one, seq: 1 }]);
    expect(idsOf(await search({ reference: "t" }))).toEqual([one.correlationId]);
    expect(idsOf(await search({ party: "sp-1" }))).toEqual([claimed.correlationId, one.correlationId]);
    expect(idsOf(await search({ reason: "scim_value" }))).toEqual([other.correlationId]);
    expect(idsOf(await search({ endpoint: "scim", reason: "code_used" }))).toEqual([]);
    expect((await search({ reference: "none" })).kept).toBe(3);
  });

  test("page by page, the latest first, none twice", async () => {
    const all = Array.from({ length: 12 }, (_, n) => refusal({ reason: `reason_${n % 3}` }));
    await store.keep(all, 0, NOW);
    const seen: string[] = [];
    let before: number | undefined;
    do {
      const page = await search({}, 5, before);
      seen.push(...idsOf(page));
      before = page.older;
      if (seen.length === 5) await store.keep(many(1), 0, NOW); // comes in between, and is on the first page
    } while (before !== undefined);
    expect(seen).toEqual(all.map((it) => it.correlationId).reverse());
  });

  test("of nothing finds nothing, and keeps nothing", async () => {
    expect(await search()).toEqual({ refusals: [], older: undefined, kept: 0, dropped: 0 });
    expect(await records()).toEqual({ keys: [], alarm: null });
  });
});

describe("an end", () => {
  const KEPT = KEPT_DAYS * DAY;

  test("what is over is not shown, even before the alarm", async () => {
    await store.keep(many(2), 1, NOW);
    expect((await search({}, 10, undefined, NOW + KEPT - 1)).kept).toBe(2);
    expect((await search({}, 10, undefined, NOW + KEPT)).kept).toBe(0);
    expect((await search({}, 10, undefined, NOW + KEPT + 2 * DAY)).dropped).toBe(0);
  });

  test("one alarm takes away what is over, and the object with the last", async () => {
    const old = many(2);
    const young = refusal({ at: NOW + 3 * DAY, reason: "jwt_alg" });
    await store.keep(old, 4, NOW);
    await store.keep([young], 0, NOW + 3 * DAY);
    expect((await records()).alarm).toBe((NOW + KEPT) * 1000);

    vi.useFakeTimers({ toFake: ["Date"], now: (NOW + KEPT) * 1000 });
    expect(await runDurableObjectAlarm(stub())).toBe(true);
    expect(idsOf(await search({}, 10, undefined, NOW + KEPT))).toEqual([young.correlationId]);
    const left = await records();
    expect(left.keys.filter((key) => key.startsWith("share:"))).toHaveLength(1);
    expect(left.alarm).toBe((young.at + KEPT) * 1000);

    expect(await runDurableObjectAlarm(stub())).toBe(true); // too early, as a late one of before may be
    expect((await search({}, 10, undefined, NOW + KEPT)).kept).toBe(1);

    vi.useFakeTimers({ toFake: ["Date"], now: (young.at + KEPT) * 1000 });
    expect(await runDurableObjectAlarm(stub())).toBe(true);
    vi.useRealTimers();
    expect(await records()).toEqual({ keys: [], alarm: null });
  });
});
