/** An isolate's part: refusals are collected, bounded, and delivered in the background, seconds apart. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Refusal } from "../../../src/protocol/refusal.ts";
import { createRefusals, ROOM_BETWEEN, refusalOf } from "../../../src/watch/refusals.ts";

let now: number;
/** Pauses that somebody waits out. */
let pauses: { readonly ms: number; readonly end: () => void }[];
const warnings: object[] = [];
const log = {
  info: () => undefined,
  error: () => undefined,
  warn: (event: string, data?: object) => void warnings.push({ event, ...data }),
};
beforeEach(() => {
  now = 1_790_000_000_000;
  pauses = [];
  warnings.length = 0;
  const wait = (ms: number) => new Promise<void>((end) => pauses.push({ ms, end }));
  vi.stubGlobal("scheduler", { wait });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const refusal = (over: Partial<Refusal> = {}): Refusal => ({
  ...{ at: 1, correlationId: crypto.randomUUID(), endpoint: "/connect/token", method: "POST", status: 400 },
  ...{ reason: "jwt_signature", ...over },
});

function isolate(keep = async (): Promise<void> => undefined) {
  const delivered: { readonly batch: readonly Refusal[]; readonly dropped: number }[] = [];
  const work: Promise<unknown>[] = [];
  const refusals = createRefusals(
    async (batch, dropped) => {
      await keep();
      delivered.push({ batch, dropped });
    },
    () => now,
  );
  const add = (...all: readonly Refusal[]): void => {
    for (const it of all) refusals.add(it, log, (promise) => void work.push(promise));
  };
  const pass = async (): Promise<void> => {
    for (const { end } of pauses.splice(0)) end();
    now += 5000;
    await Promise.all(work.splice(0));
  };
  return { add, pass, delivered };
}

test("many refusals are one delivery, a pause after the first; nothing comes without one", async () => {
  const { add, pass, delivered } = isolate();
  expect(pauses).toEqual([]);
  const all = [refusal(), refusal({ reason: "jwt_alg" }), refusal()];
  add(...all);
  expect(pauses.map(({ ms }) => ms)).toEqual([5000]);
  expect(delivered).toEqual([]);
  await pass();
  expect(delivered).toEqual([{ batch: expect.arrayContaining(all), dropped: 0 }]);
  await pass();
  expect(delivered).toHaveLength(1);
  add(refusal());
  await pass();
  expect(delivered).toHaveLength(2);
});

test("a flood is bounded, in memory and in what is delivered; the rare is there, the rest counted", async () => {
  const { add, pass, delivered } = isolate();
  const rare = refusal({ reason: "code_redirect_uri", party: { id: "sp-1", proven: true } });
  add(rare);
  for (let n = 0; n < 10_000; n++) add(refusal({ reason: `reason_${n % 30}` }));
  await pass();
  const [{ batch, dropped } = { batch: [], dropped: 0 }, ...more] = delivered;
  expect(more).toEqual([]);
  expect(batch).toHaveLength(ROOM_BETWEEN.total);
  expect(batch).toContain(rare);
  expect(batch.length + dropped).toBe(10_001);
});

test("what is not taken is counted, said once a minute, and keeps nothing up", async () => {
  let isDown = true;
  const { add, pass, delivered } = isolate(async () => {
    if (isDown) throw new RangeError("secret");
  });
  for (let n = 0; n < 3; n++) {
    add(refusal(), refusal());
    await pass();
  }
  expect(warnings).toEqual([{ event: "refusals_not_kept", cause: "RangeError", refusals: 2 }]);
  isDown = false;
  add(refusal());
  await pass();
  expect(delivered).toEqual([{ batch: [expect.anything()], dropped: 6 }]);
});

test("a delivery that its request did not live to make is made by a later one", async () => {
  const { add, pass, delivered } = isolate();
  add(refusal());
  pauses.length = 0; // the request was ended
  now += 14_000;
  add(refusal());
  expect(pauses).toEqual([]);
  now += 2000;
  add(refusal());
  void pass();
  await expect.poll(() => delivered.map(({ batch }) => batch.length)).toEqual([3]);
});

describe("what is kept of a line", () => {
  const answered = {
    ...{ correlationId: "c", traceId: undefined, parentId: undefined, endpoint: "/connect/token" },
    ...{ method: "POST", status: 400, startedAt: 1_790_000_000_700, duration: 400, event: "refused" },
    ...{ party: undefined, cache: undefined, calls: [] },
  };
  test("constants and ids, by name: nothing that is added to a line comes along", () => {
    const line = {
      claim: "jti",
      seconds: 31,
      answer: "invalid_client",
      serviceProvider: "Some & Sons",
      new: "x",
    };
    expect(refusalOf("jwt_claim_missing", line, answered)).toEqual({
      ...{ at: 1_790_000_001, correlationId: "c", endpoint: "/connect/token", method: "POST", status: 400 },
      ...{ reason: "jwt_claim_missing", answer: "invalid_client", detail: "claim jti, seconds 31" },
    });
  });

  test("a party is proven, unless the line says that it is not", () => {
    const by = { ...answered, party: "sp-1" };
    expect(refusalOf("code_used", {}, by).party).toEqual({ id: "sp-1", proven: true });
    expect(refusalOf("party_unknown", { partyProven: false }, by).party?.proven).toBe(false);
  });

  test("a parameter that came twice is not named: the name is whoever sent it's", () => {
    expect(refusalOf("parameter_repeated", { parameter: "what" }, answered)).not.toHaveProperty("detail");
    expect(refusalOf("parameter_missing", { parameter: "code" }, answered).detail).toBe("parameter code");
  });
});

test("an object that hangs is waited for ten seconds, and what it did not take is counted", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    let hangs = true;
    const { add, pass, delivered } = isolate(() =>
      hangs ? new Promise(() => undefined) : Promise.resolve(),
    );
    add(refusal(), refusal());
    const waiting = pass();
    await vi.advanceTimersByTimeAsync(9999);
    expect(warnings).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(warnings).toEqual([{ event: "refusals_not_kept", cause: "TimeoutError", refusals: 2 }]);
    hangs = false;
    add(refusal());
    await pass();
    expect(delivered).toMatchObject([{ batch: [{}], dropped: 2 }]);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
