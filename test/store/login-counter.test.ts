/** What the login counters promise, against the real Durable Object: strict under concurrency, and gone when over. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Admission, ThrottleRule } from "../../src/protocol/throttle.ts";
import { createLoginCounters } from "../../src/store/login-counter.ts";

const { LOGIN_COUNTERS } = env as unknown as { LOGIN_COUNTERS: DurableObjectNamespace };
const counters = createLoginCounters(LOGIN_COUNTERS);
const NOW = Math.floor(Date.now() / 1000);
const ACCOUNT: ThrottleRule = { limit: 10, windowSeconds: 900, lockSeconds: 900 };
const ADDRESS: ThrottleRule = { limit: 100, windowSeconds: 900, lockSeconds: 0 };

let name: string;
beforeEach(() => {
  name = crypto.randomUUID();
});
const stubOf = (counter: string) => LOGIN_COUNTERS.get(LOGIN_COUNTERS.idFromName(counter));
const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));
const take = (count: number, now = NOW, rule = ACCOUNT) =>
  times(count, () => counters.admit(name, rule, now));
const admitted = (answers: readonly Admission[]): number => answers.filter((it) => it.admitted).length;
const wait = (answer: Admission): number => (answer.admitted ? 0 : answer.retryAfter);

describe("at once", () => {
  test("of 50 tries at an account, ten pass; the others wait out the lock", async () => {
    const answers = await take(50);
    expect(admitted(answers)).toBe(10);
    expect(new Set(answers.filter((it) => !it.admitted).map(wait))).toEqual(new Set([900]));
  });

  test("of 150 tries from an address, a hundred pass", async () => {
    expect(admitted(await take(150, NOW, ADDRESS))).toBe(100);
  });

  test("what is given back at the same time makes room for as many, and no more", async () => {
    await take(10);
    const answers = await times(50, async (n) => {
      if (n % 20 === 0) await counters.giveBack(name, NOW); // three times
      return counters.admit(name, ACCOUNT, NOW);
    });
    expect(admitted(answers)).toBe(3);
  });

  test("each counter counts for itself", async () => {
    await take(10);
    expect((await counters.admit(`${name}x`, ACCOUNT, NOW)).admitted).toBe(true);
  });
});

describe("edges", () => {
  test("a lock holds to its last second", async () => {
    await take(10);
    expect(wait(await counters.admit(name, ACCOUNT, NOW + 899))).toBe(1);
    expect(admitted(await take(50, NOW + 900))).toBe(10);
  });

  test("a try counts to the last second of its window", async () => {
    await take(9);
    expect(admitted(await take(5, NOW + 899))).toBe(1);
    name = `${name}x`;
    await take(9);
    expect(admitted(await take(20, NOW + 900))).toBe(10);
  });

  test("without a lock, one more passes for each that is over", async () => {
    const rule = { ...ADDRESS, limit: 3 };
    await take(2, NOW, rule);
    await take(1, NOW + 100, rule);
    expect((await take(3, NOW + 899, rule)).map(wait)).toEqual([1, 1, 1]);
    expect(admitted(await take(5, NOW + 900, rule))).toBe(2);
    expect((await take(1, NOW + 901, rule)).map(wait)).toEqual([99]);
  });
});

describe("what was right", () => {
  test("starts the counter over, lock and all", async () => {
    await take(10);
    await counters.reset(name);
    expect(admitted(await take(50))).toBe(10);
  });

  test("gives one try back", async () => {
    await take(10);
    await counters.giveBack(name, NOW);
    expect(admitted(await take(50, NOW + 1))).toBe(1);
  });

  test("gives back nothing that does not count", async () => {
    await take(10);
    await counters.giveBack(name, NOW - 1);
    expect(admitted(await take(1))).toBe(0);
    await counters.giveBack(`${name}x`, NOW);
  });
});

describe("the object", () => {
  const contents = () =>
    runInDurableObject(stubOf(name), async (_, { storage }) => ({
      keys: [...storage.kv.list()].length,
      alarm: await storage.getAlarm(),
    }));

  test("outlives its own memory", async () => {
    await take(10);
    await evictDurableObject(stubOf(name));
    expect(admitted(await take(1))).toBe(0);
  });

  test("has one alarm, when nothing counts any more", async () => {
    await take(1);
    expect(await contents()).toEqual({ keys: 1, alarm: (NOW + 900) * 1000 });
    await take(8, NOW + 5);
    expect((await contents()).alarm).toBe((NOW + 905) * 1000);
    await take(1, NOW + 5, { ...ACCOUNT, lockSeconds: 2000 });
    expect((await contents()).alarm).toBe((NOW + 2005) * 1000);
  });

  test("is not kept alive by tries that it refuses", async () => {
    await take(10);
    await take(20, NOW + 600);
    expect((await contents()).alarm).toBe((NOW + 900) * 1000);
  });

  test("is wiped by the alarm, when nothing counts any more", async () => {
    await take(10);
    expect(await runDurableObjectAlarm(stubOf(name))).toBe(true); // too early, as a late one of before may be
    expect(admitted(await take(1))).toBe(0);
    vi.useFakeTimers({ toFake: ["Date"], now: (NOW + 900) * 1000 });
    expect(await runDurableObjectAlarm(stubOf(name))).toBe(true);
    vi.useRealTimers();
    expect(await contents()).toEqual({ keys: 0, alarm: null });
    expect(admitted(await take(1))).toBe(1);
  });

  test.each([
    ["a reset", () => counters.reset(name)],
    ["the last try given back", () => counters.giveBack(name, NOW)],
  ])("keeps nothing after %s", async (_, done) => {
    await take(1);
    await done();
    expect(await contents()).toEqual({ keys: 0, alarm: null });
    expect(await runDurableObjectAlarm(stubOf(name))).toBe(false);
  });

  test("keeps nothing for asking alone", async () => {
    await counters.giveBack(name, NOW);
    await counters.reset(name);
    expect(await contents()).toEqual({ keys: 0, alarm: null });
  });
});
