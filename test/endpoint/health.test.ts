/** `/health/ready`: 200 while sign-ins would work, 503 otherwise, in bounded time, and no lever for strangers. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { countCosts } from "../support/counting.ts";
import { type Instance, ISSUER, later, startWorker } from "../support/worker.ts";

let started: Instance;
let idp: Instance;
beforeAll(async () => {
  started = await startWorker();
});
beforeEach(() => {
  later(0);
  started.world.registry.fault = undefined;
  idp = started.with({}); // a new isolate
});
afterEach(() => {
  vi.useRealTimers();
});

interface Verdict {
  readonly status: number;
  readonly body: { readonly status: string; readonly checks: Readonly<Record<string, string>> };
}
async function readyAt(at: Instance, url = `${ISSUER}/health/ready`): Promise<Verdict> {
  const response = await at.send(new Request(url));
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.has("retry-after")).toBe(response.status === 503);
  return { status: response.status, body: await response.json() };
}

const brokenDirectory = (first: () => Promise<unknown>): Record<string, string> =>
  ({ DIRECTORY: { prepare: () => ({ first }) } }) as unknown as Record<string, string>;

test("says what was looked at, for any host, and nothing else", async () => {
  const all = { registry: "ok", directory: "ok", certificate: "ok" };
  const ready = { status: 200, body: { status: "ready", checks: all } };
  expect(await readyAt(idp)).toEqual(ready);
  expect(await readyAt(idp, "https://10.0.0.1/health/ready")).toEqual(ready);
});

describe("the registry", () => {
  test("out of reach from the start: not ready", async () => {
    idp.world.registry.fault = "down";
    const { status, body } = await readyAt(idp.with({ FRAMEWORK_VERSION: "2.2" })); // nothing is held of that one
    expect([status, body.status, body.checks.registry]).toEqual([503, "not_ready", "failed"]);
    expect(body.checks.directory).toBe("ok");
  });

  test("is not asked while its last word is fresh, and is stale, not failed, while that still counts", async () => {
    await readyAt(idp);
    idp.world.registry.calls.length = 0;
    idp.world.registry.fault = "down";
    later(100);
    expect((await readyAt(idp)).body.checks.registry).toBe("ok");
    expect(idp.world.registry.calls).toEqual([]);
    later(301);
    expect(await readyAt(idp)).toMatchObject({ status: 200, body: { checks: { registry: "stale" } } });
    later(3700);
    expect(await readyAt(idp)).toMatchObject({ status: 503, body: { checks: { registry: "failed" } } });
  });
});

test("a database that fails: not ready, and no word of why on the wire", async () => {
  const at = idp.with(brokenDirectory(() => Promise.reject(new Error("no such table: humans"))));
  idp.log();
  const verdict = await readyAt(at);
  expect(verdict).toMatchObject({ status: 503, body: { checks: { directory: "failed", registry: "ok" } } });
  expect(JSON.stringify(verdict)).not.toContain("humans");
  expect(at.log()).toContainEqual(expect.objectContaining({ event: "not_ready", failed: ["directory"] }));
});

test("a database that never answers costs two seconds", async () => {
  vi.useRealTimers();
  const at = idp.with(brokenDirectory(() => new Promise(() => undefined)));
  const begun = performance.now();
  expect(await readyAt(at)).toMatchObject({ status: 503, body: { checks: { directory: "failed" } } });
  expect(performance.now() - begun).toBeLessThan(3000);
});

test("a configuration that is not in order", async () => {
  const { status, body } = await readyAt(idp.with({ PARTY_ID: "" }));
  expect([status, body]).toEqual([503, { status: "not_ready", checks: { configuration: "failed" } }]);
});

describe("a flood", () => {
  test("at a new isolate costs one query", async () => {
    vi.useRealTimers();
    const costs = countCosts(idp);
    const verdicts = await Promise.all(Array.from({ length: 30 }, () => readyAt(costs.at)));
    expect(verdicts.map(({ status }) => status)).toEqual(Array(30).fill(200));
    expect(costs.take().d1).toEqual(["SELECT 1"]);
  });

  test("costs one query in five seconds", async () => {
    const costs = countCosts(idp);
    for (let n = 0; n < 10; n++) await readyAt(costs.at);
    expect(costs.take().d1).toEqual(["SELECT 1"]);
    later(6);
    await readyAt(costs.at);
    expect(costs.take().d1).toEqual(["SELECT 1"]);
  });
});
