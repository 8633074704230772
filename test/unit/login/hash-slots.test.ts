/** Hash slots: never more at once than there are, an end to waiting, and no slot that is lost for good. */
import { describe, expect, test } from "vitest";
import { createHashSlots, hashSlots } from "../../../src/login/hash-slots.ts";
import { reasonOf } from "../../support/result.ts";

const now = () => 1_800_000_000;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Work that goes on until it is told to stop. */
function longWork() {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  return { work: () => stopped.then(() => "done"), stop };
}

test("two at once, in the order of nobody's promises, and all get through", async () => {
  const slots = createHashSlots(2, 2000);
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await pause(10);
    running--;
  };
  const results = await Promise.all(Array.from({ length: 12 }, () => slots.run(work, now)));
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(most).toBe(2);
});

test("gives back what the work gave", async () => {
  expect(await createHashSlots().run(async () => 42, now)).toEqual({ ok: true, value: 42 });
});

describe("who waits", () => {
  test("too long is refused, and the work is not done", async () => {
    const slots = createHashSlots(1, 60);
    const { work, stop } = longWork();
    const first = slots.run(work, now);
    let isDone = false;
    const began = performance.now();
    const second = await slots.run(async () => {
      isDone = true;
    }, now);
    expect(performance.now() - began).toBeGreaterThan(50);
    expect(second).toEqual({ ok: false, failure: { reason: "busy", data: { retryAfter: 5 } } });
    expect(isDone).toBe(false);
    stop();
    expect(await first).toEqual({ ok: true, value: "done" });
  });

  test("long enough gets the slot", async () => {
    const slots = createHashSlots(1, 2000);
    const { work, stop } = longWork();
    const first = slots.run(work, now);
    const second = slots.run(async () => "second", now);
    await pause(50);
    stop();
    expect(await Promise.all([first, second])).toEqual([
      { ok: true, value: "done" },
      { ok: true, value: "second" },
    ]);
  });
});

describe("a slot comes back", () => {
  test("when the work fails", async () => {
    const slots = createHashSlots(1, 60);
    await expect(slots.run(() => Promise.reject(new Error("broken")), now)).rejects.toThrow("broken");
    expect(reasonOf(await slots.run(async () => 1, now))).toBe("accepted");
  });

  test("after five seconds when its request was never heard of again", async () => {
    const slots = createHashSlots(1, 60);
    void slots.run(() => new Promise(() => {}), now);
    await pause(10);
    const laterBy = async (seconds: number) => {
      const result = await slots.run(
        async () => 1,
        () => now() + seconds,
      );
      return reasonOf(result);
    };
    expect(await laterBy(4)).toBe("busy");
    expect(await laterBy(5)).toBe("accepted");
  });
});

test("work that blocks is seen by those behind it: they do not line up without end", async () => {
  const slots = createHashSlots(2, 100);
  const block = async () => {
    const until = performance.now() + 60;
    while (performance.now() < until);
  };
  const reasons = await Promise.all(
    Array.from({ length: 20 }, async () => reasonOf(await slots.run(block, now))),
  );
  const done = reasons.filter((it) => it === "accepted").length;
  expect(done).toBeGreaterThanOrEqual(2);
  expect(done).toBeLessThanOrEqual(6);
  expect(reasons.filter((it) => it === "busy")).toHaveLength(20 - done);
});

test("an isolate has two, and two seconds of patience", async () => {
  const works = [longWork(), longWork()];
  const underWay = works.map(({ work }) => hashSlots.run(work, now));
  const began = performance.now();
  expect(reasonOf(await hashSlots.run(async () => 1, now))).toBe("busy");
  expect(performance.now() - began).toBeGreaterThan(1950);
  expect(performance.now() - began).toBeLessThan(4500);
  for (const { stop } of works) stop();
  await Promise.all(underWay);
});
