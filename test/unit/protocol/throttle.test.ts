/** The limit on tries: never more per window, at every edge, whatever comes when. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, type Counter, giveBack, type ThrottleRule } from "../../../src/protocol/throttle.ts";

const NOW = 1_800_000_000;
const locking: ThrottleRule = { limit: 3, windowSeconds: 900, lockSeconds: 900 };
const sliding: ThrottleRule = { ...locking, lockSeconds: 0 };

/** Tries at these times, one after the other. @returns what each was told: 0, or the seconds to wait */
function tell(rule: ThrottleRule, times: readonly number[], from?: Counter) {
  let counter = from;
  const told = times.map((at) => {
    const { admission, next } = admit(counter, rule, at);
    counter = next;
    return admission.admitted ? 0 : admission.retryAfter;
  });
  return { told, counter };
}
const having = (rule: ThrottleRule, ...times: readonly number[]) => tell(rule, times).counter;

describe("a counter that locks", () => {
  test("admits up to the limit, then tells how long it is locked, to the second", () => {
    const { told } = tell(locking, [NOW, NOW, NOW + 10, NOW + 10, NOW + 11, NOW + 909]);
    expect(told).toEqual([0, 0, 0, 900, 899, 1]);
  });

  test("opens when the lock is over, and then allows as many again", () => {
    const { told } = tell(locking, [NOW, NOW, NOW, NOW + 899, NOW + 900, NOW + 900, NOW + 900, NOW + 900]);
    expect(told).toEqual([0, 0, 0, 1, 0, 0, 0, 900]);
  });

  test("is not kept locked by knocking", () => {
    const knocking = Array.from({ length: 50 }, (_, n) => NOW + 1 + n);
    const { told } = tell(locking, [NOW, NOW, NOW, ...knocking, NOW + 900]);
    expect(told.at(-1)).toBe(0);
  });

  test("does not change with a refusal", () => {
    const locked = having(locking, NOW, NOW, NOW);
    expect(admit(locked, locking, NOW + 1).next).toBe(locked);
  });

  test("begins anew after a lock that is shorter than the window", () => {
    const brief = { ...locking, lockSeconds: 60 };
    expect(tell(brief, [NOW, NOW, NOW, NOW + 59, NOW + 60, NOW + 61, NOW + 62, NOW + 63]).told).toEqual([
      ...[0, 0, 0, 1, 0, 0, 0, 59],
    ]);
  });

  test("a limit of one locks with the first", () => {
    expect(tell({ ...locking, limit: 1 }, [NOW, NOW]).told).toEqual([0, 900]);
  });
});

describe("tries pass", () => {
  test("one that is a window old counts no more; one second younger does", () => {
    expect(tell(locking, [NOW, NOW + 1, NOW + 900, NOW + 900]).told).toEqual([0, 0, 0, 0]);
    expect(tell(locking, [NOW, NOW + 1, NOW + 899, NOW + 900]).told).toEqual([0, 0, 0, 899]);
  });

  test("without a lock there is room again as soon as the oldest has passed", () => {
    const { told } = tell(sliding, [NOW, NOW + 100, NOW + 200, NOW + 200, NOW + 899, NOW + 900, NOW + 900]);
    expect(told).toEqual([0, 0, 0, 700, 1, 0, 100]);
  });

  test("a limit that was lowered waits for as many as are too many", () => {
    const five = having({ ...sliding, limit: 5 }, NOW, NOW + 1, NOW + 2, NOW + 3, NOW + 4);
    expect(tell(sliding, [NOW + 10], five).told).toEqual([892]);
    expect(tell(sliding, [NOW + 902], five).told).toEqual([0]);
  });

  test("a clock that is behind is told to wait, never less than a second", () => {
    expect(tell(locking, [NOW, NOW, NOW, NOW - 2]).told).toEqual([0, 0, 0, 902]);
  });
});

test("it is over when neither a try nor a lock counts", () => {
  expect(having(locking, NOW, NOW + 5)?.overAt).toBe(NOW + 905);
  expect(having({ ...locking, lockSeconds: 2000 }, NOW, NOW, NOW + 5)?.overAt).toBe(NOW + 2005);
  expect(having(sliding, NOW, NOW, NOW + 5)?.overAt).toBe(NOW + 905);
});

describe("giving back", () => {
  test("makes room for one", () => {
    const counter = giveBack(having(sliding, NOW, NOW + 1, NOW + 2), NOW + 1);
    expect(counter?.tries).toEqual([NOW, NOW + 2]);
    expect(tell(sliding, [NOW + 3, NOW + 3], counter).told).toEqual([0, 897]);
  });

  test("lifts the lock that the try helped to set", () => {
    const counter = giveBack(having(locking, NOW, NOW, NOW), NOW);
    expect(tell(locking, [NOW + 1, NOW + 1], counter).told).toEqual([0, 900]);
  });

  test("the last one leaves nothing", () => {
    expect(giveBack(having(locking, NOW), NOW)).toBeUndefined();
  });

  test("what does not count changes nothing, a lock of others least of all", () => {
    const locked = having(locking, NOW, NOW, NOW);
    expect(giveBack(locked, NOW - 900)).toBe(locked);
    expect(giveBack(undefined, NOW)).toBeUndefined();
  });
});

test("whatever comes when, no window sees more failures than the limit", () => {
  const step = fc.record({ wait: fc.nat({ max: 400 }), right: fc.boolean(), late: fc.nat({ max: 3 }) });
  const rules = fc.record({
    limit: fc.integer({ min: 1, max: 5 }),
    windowSeconds: fc.constant(900),
    lockSeconds: fc.constantFrom(0, 900, 2000),
  });
  fc.assert(
    fc.property(rules, fc.array(step, { maxLength: 80 }), (rule, steps) => {
      let counter: Counter | undefined;
      let now = NOW;
      const failed: number[] = [];
      const underWay: { at: number; late: number }[] = [];
      for (const { wait, right, late } of steps) {
        now += wait;
        for (const it of underWay.filter(({ late: left }) => left === 0)) counter = giveBack(counter, it.at);
        for (const it of underWay) it.late -= 1;
        const { admission, next } = admit(counter, rule, now);
        counter = next;
        if (!admission.admitted) continue;
        if (right) underWay.push({ at: now, late });
        else failed.push(now);
      }
      for (const at of failed)
        expect(failed.filter((it) => it >= at && it < at + 900).length).toBeLessThanOrEqual(rule.limit);
      expect(counter?.tries.length ?? 0).toBeLessThanOrEqual(rule.limit);
    }),
  );
});
