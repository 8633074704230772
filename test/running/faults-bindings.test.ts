/**
 * What the IdP stands on errs, row by row, over HTTP: KV, D1, Durable Objects, the process itself. Whatever is out, no
 * token, mark, consent or code is lost without need or given twice, and all goes on when it is back.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readForm, signIn, type TestBrowser } from "../support/browser.ts";
import type { Faults } from "../support/faulty/index.ts";
import { FaultyIdp, USER } from "../support/faulty.ts";
import { assertion, authorizeForm, codeForm, machineForm } from "../support/world.ts";

let idp: FaultyIdp;
beforeAll(async () => {
  idp = await FaultyIdp.start({ TRUST_FRESH_SECONDS: "0" }); // so that KV is read at every step
});
afterAll(() => idp?.remove());
afterEach(() => idp.faults({}));

type Where = { readonly browser: TestBrowser; readonly location: string };

async function begin(): Promise<Where> {
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(idp.world.sp));
  return { browser, location: begun.headers.get("location") ?? "" };
}
async function getCode({ browser, location }: Where): Promise<string> {
  return (await signIn(browser, location, USER)).searchParams.get("code") ?? "";
}
const post = (path: string, form: Readonly<Record<string, string>>) => idp.browser().post(path, form);
const redeem = async (code: string) => post("/connect/token", await codeForm(idp.world.sp, code));
const userinfo = (accessToken: string) =>
  fetch(`${idp.url}/connect/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });
const tokenOf = async (response: Response) =>
  ((await response.json()) as { access_token: string }).access_token;
const events = (): unknown[] => idp.log().map(({ event }) => event);

/** All of it, with something done between the steps. */
async function walk(between: () => Promise<unknown>): Promise<void> {
  const where = await begin();
  await between();
  const form = readForm(await (await where.browser.get(where.location)).text());
  await between();
  const who = { username: USER.username, password: USER.password };
  const entered = await where.browser.post(form.action, { ...form.fields, ...who });
  expect(entered.status).toBe(302);
  await between();
  let next = entered.headers.get("location") ?? "";
  let answer = await where.browser.get(next);
  if (answer.status === 200) {
    const consent = readForm(await answer.text());
    await between();
    const given = await where.browser.post(consent.action, { ...consent.fields, decision: "allow" });
    next = given.headers.get("location") ?? "";
    await between();
    answer = await where.browser.get(next);
  }
  expect(answer.status).toBe(302);
  const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
  await between();
  const token = await redeem(code);
  expect(token.status).toBe(200);
  await between();
  expect((await userinfo(await tokenOf(token))).status).toBe(200);
  await between();
  expect((await redeem(code)).status).toBe(400);
}

describe("KV", () => {
  test.each<[string, Faults, string]>([
    ["can't be read", { kv: ["get"] }, "trust_cache_unreadable"],
    ["can't be written", { kv: ["put", "delete"] }, "trust_cache_unwritable"],
    ["was poisoned", { poison: "eyJhbGciOiJub25lIn0.e30." }, "trust_cache_refused"],
  ])("%s: nobody notices but the log", async (_, faults, event) => {
    await idp.faults(faults);
    idp.log();
    await walk(async () => undefined);
    expect(events()).toContain(event);
  });
});

describe("D1", () => {
  test("is away: pages say so, tokens are still issued, and the sign-in goes on where it stood", async () => {
    const code = await getCode(await begin());
    const where = await begin();
    await idp.faults({ d1: "all" });
    const redeemed = await redeem(code);
    expect(redeemed.status).toBe(200); // asks no database
    const accessToken = await tokenOf(redeemed);
    expect((await userinfo(accessToken)).status).toBe(500);
    const form = readForm(await (await where.browser.get(where.location)).text());
    const who = { username: USER.username, password: USER.password };
    const entered = await where.browser.post(form.action, { ...form.fields, ...who });
    expect(entered.status).toBe(500);
    expect(await entered.text()).not.toContain("Network connection lost");
    expect((await post("/connect/token", await machineForm(idp.world.sp))).status).toBe(200);
    expect(events()).toContain("unexpected");

    await idp.faults({});
    expect((await userinfo(accessToken)).status).toBe(200);
    expect((await redeem(await getCode(where))).status).toBe(200);
  });

  test("takes no writes: a consent that is not remembered is asked for again, and not doubled", async () => {
    const { sp, otherSp } = idp.world;
    const browser = idp.browser();
    const begun = await browser.post("/connect/authorize", await authorizeForm(otherSp));
    const login = readForm(await (await browser.get(begun.headers.get("location") ?? "")).text());
    const entered = await browser.post(login.action, { ...login.fields, ...USER });
    const callback = entered.headers.get("location") ?? "";
    const consent = readForm(await (await browser.get(callback)).text());
    await idp.faults({ d1: "writes" });
    const given = await browser.post(consent.action, { ...consent.fields, decision: "allow" });
    expect(given.status).toBe(500);
    await idp.faults({});
    const again = await browser.post(consent.action, { ...consent.fields, decision: "allow" });
    expect(again.status).toBe(302);
    const back = await browser.get(callback);
    expect(new URL(back.headers.get("location") ?? "").origin).toBe(new URL(otherSp.redirectUri).origin);
    expect((await browser.get(callback)).status).toBe(400); // one ending
    expect(sp.id).not.toBe(otherSp.id);
  });
});

describe("a Durable Object", () => {
  test.each([
    ["before it took the code: it is unspent", "before", 200],
    ["after it took the code: that code is lost, and not given twice", "after", 400],
  ] as const)("fails %s", async (_, when, status) => {
    const code = await getCode(await begin());
    await idp.faults({ object: { binding: "GRANTS", method: "redeem", when } });
    const refused = await redeem(code);
    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({ error: "server_error" });
    await idp.faults({});
    expect((await redeem(code)).status).toBe(status);
  });

  test.each([
    ["before it marked a jti: the assertion is good again", "before", 200],
    ["after it marked a jti: the assertion is used, another is good", "after", 400],
  ] as const)("fails %s", async (_, when, status) => {
    const form = await machineForm(idp.world.sp, { client_assertion: await assertion(idp.world.sp) });
    await idp.faults({ object: { binding: "REPLAY_MARKS", method: "mark", when } });
    expect((await post("/connect/token", form)).status).toBe(500);
    await idp.faults({});
    expect((await post("/connect/token", form)).status).toBe(status);
    expect((await post("/connect/token", await machineForm(idp.world.sp))).status).toBe(200);
  });

  test("loses its answer at the end of a sign-in: no second code, and a page that says what to do", async () => {
    const where = await begin();
    await idp.faults({ object: { binding: "GRANTS", method: "finish", when: "after" } });
    await expect(getCode(where)).rejects.toThrow("callback: 500");
    await idp.faults({});
    const returnUrl = new URL(where.location).searchParams.get("returnUrl") ?? "";
    const again = await where.browser.get(returnUrl);
    expect(again.status).toBe(400);
    expect(await again.text()).toContain(idp.world.sp.name.replace("&", "&amp;"));
  });

  test.each([
    ["SESSIONS", "open"],
    ["GRANTS", "advance"],
  ])("%s fails at %s before it did anything: the sign-in goes on", async (binding, method) => {
    const where = await begin();
    await idp.faults({ object: { binding, method, when: "before" } });
    await expect(getCode(where)).rejects.toThrow("500");
    await idp.faults({});
    expect((await redeem(await getCode(where))).status).toBe(200);
  });

  test("the counters are out: nobody signs in uncounted", async () => {
    const where = await begin();
    await idp.faults({ object: { binding: "LOGIN_COUNTERS", method: "admit", when: "before" } });
    await expect(getCode(where)).rejects.toThrow("login: 500");
  });

  test("the refresh gate is out: a look-up more, and a line in the log", async () => {
    await idp.faults({ object: { binding: "REFRESH_GATES", method: "isUnknown", when: "before" } });
    await walk(async () => undefined);
  });
});

describe("what the console shows of refusals", () => {
  test("is not kept: whoever is refused notices nothing, and neither does anybody else", async () => {
    const refused = () => post("/connect/token", { grant_type: "other" });
    const usual = await (await refused()).json();
    await idp.faults({ object: { binding: "RECENT_REFUSALS", method: "keep", when: "before" } });
    idp.log();
    const began = performance.now();
    const answer = await refused();
    expect([answer.status, await answer.json()]).toEqual([400, usual]);
    expect((await post("/connect/token", await machineForm(idp.world.sp))).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(4000); // it is not the request that waits
    const seen: unknown[] = [];
    await expect
      .poll(() => seen.push(...events()) && seen, { timeout: 15_000 })
      .toContain("refusals_not_kept");
  });
});

const BINDINGS = ["GRANTS", "REPLAY_MARKS", "REFRESH_GATES", "SESSIONS", "LOGIN_COUNTERS"];

describe("in the middle of a sign-in", () => {
  test("every object is restarted, between any two steps: nothing is lost", async () => {
    let restarted = 0;
    await walk(async () => {
      for (const binding of BINDINGS) restarted += await idp.objects(binding, "__restart");
    });
    expect(restarted).toBeGreaterThan(20);
  });

  test("alarms ring too early, and twice, between any two steps: nothing is lost", async () => {
    const form = await machineForm(idp.world.sp);
    expect((await post("/connect/token", form)).status).toBe(200);
    let rung = 0;
    await walk(async () => {
      for (const binding of [...BINDINGS, ...BINDINGS]) rung += await idp.objects(binding, "__ring");
    });
    expect(rung).toBeGreaterThan(40);
    expect((await post("/connect/token", form)).status).toBe(400); // the mark is still there
  });

  test("the process ends and another begins, between any two steps: nothing is lost", async () => {
    const form = await machineForm(idp.world.sp);
    expect((await post("/connect/token", form)).status).toBe(200);
    let steps = 0;
    await walk(async () => {
      if (steps++ % 2 === 0) await idp.restart();
    });
    expect((await post("/connect/token", form)).status).toBe(400);
  });

  test("an alarm is late: what is over is over all the same", async () => {
    const brief = await FaultyIdp.start({ CODE_SECONDS: "1", LOGIN_SECONDS: "6" });
    try {
      const { sp } = brief.world;
      const browser = brief.browser();
      const begun = await browser.post("/connect/authorize", await authorizeForm(sp));
      const late = brief.browser();
      const pending = await late.post("/connect/authorize", await authorizeForm(sp));
      const back = await signIn(browser, begun.headers.get("location") ?? "", USER);
      await new Promise((resolve) => setTimeout(resolve, 6500)); // its alarm is a minute away
      const form = await codeForm(sp, back.searchParams.get("code") ?? "");
      expect((await brief.browser().post("/connect/token", form)).status).toBe(400);
      expect((await late.get(pending.headers.get("location") ?? "")).status).toBe(400);
    } finally {
      await brief.remove();
    }
  });
});
