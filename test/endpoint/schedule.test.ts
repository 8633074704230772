/** The platform's clock: what the registry says is fresh before a sign-in waits for it, and asked for once. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Instance, later, startWorker } from "../support/worker.ts";
import { authorizeForm, machineForm } from "../support/world.ts";

let idp: Instance;
beforeEach(async () => {
  idp = await startWorker();
  later(0);
  expect((await idp.browser().post("/connect/token", await machineForm(idp.world.sp))).status).toBe(200);
  idp.world.registry.calls.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});
const lookUps = (): string[] => idp.world.registry.calls.filter((call) => call.startsWith("GET "));

test("nothing is asked while all is fresh", async () => {
  later(199);
  await idp.scheduled();
  expect(lookUps()).toEqual([]);
});

test("what is getting old is asked for before anybody waits, once for all isolates", async () => {
  later(201);
  const isolates = Array.from({ length: 5 }, () => idp.with({}));
  await Promise.all(isolates.map((isolate) => isolate.scheduled()));
  expect(lookUps().sort()).toEqual([`GET /parties/${idp.world.sp.id}`, "GET /trusted_list"]);
  later(120); // past the life of the first answers
  const answer = await idp.browser().post("/connect/authorize", await authorizeForm(idp.world.sp));
  expect(answer.headers.get("location")).toContain("/login");
  expect(lookUps()).toHaveLength(2);
});

test("the trusted list is kept fresh however many parties were wanted after it", async () => {
  const { TRUST_CACHE } = idp.bindings as { TRUST_CACHE: KVNamespace };
  later(150);
  const metadata = { wantedAt: Math.floor(Date.now() / 1000) };
  const prefix = `2.1:${idp.world.registry.partyId}:party:`;
  await Promise.all(
    Array.from({ length: 60 }, (_, n) => TRUST_CACHE.put(`${prefix}EU.EORI.NL${n}`, "x", { metadata })),
  );
  later(60);
  await idp.with({}).scheduled();
  expect(lookUps()).toContain("GET /trusted_list");
  expect(lookUps()).toHaveLength(41);
});

test("a party that nobody waited for in a day is not kept fresh any more", async () => {
  for (let passed = 0; passed <= 86_400; passed += 3000) {
    expect(lookUps()).toHaveLength((passed / 3000) * 2);
    later(3000);
    await idp.with({}).scheduled();
  }
  idp.world.registry.calls.length = 0;
  later(300);
  await idp.with({}).scheduled();
  expect(lookUps()).toEqual([]);
  expect((await idp.browser().post("/connect/token", await machineForm(idp.world.sp))).status).toBe(200);
  expect(lookUps()).toHaveLength(2);
});

test("the registry out of reach costs a line in the log, and the next minute tries again", async () => {
  later(201);
  idp.world.registry.fault = "down";
  idp.log();
  await idp.scheduled();
  expect(idp.log().some(({ event }) => event === "registry_look_up_failed")).toBe(true);
  idp.world.registry.fault = undefined;
  later(60);
  await idp.scheduled();
  expect(lookUps().length).toBeGreaterThanOrEqual(2);
});

test("a configuration that is not in order is told in the log", async () => {
  const sick = idp.with({ PARTY_ID: "" });
  idp.log();
  await sick.scheduled();
  expect(idp.log().map(({ event }) => event)).toContain("misconfigured");
});
