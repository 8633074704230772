/** Fifty guesses at once, over HTTP, against a running instance: the limit holds however they arrive. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { signIn, type TestBrowser } from "../support/browser.ts";
import { addUser, type Running, startRunning, USER } from "../support/running.ts";
import { authorizeForm } from "../support/world.ts";

let idp: Running;
beforeAll(async () => {
  idp = await startRunning();
});
afterAll(async () => {
  await idp?.stop();
});

/** Each test comes from somewhere else: what one spends at its address is not missing to the next. */
let place = 0;
beforeEach(() => {
  place += 1;
});

/** A sign-in under way, in a browser of its own unless one is given. */
async function begin(browser: TestBrowser = idp.browser()) {
  const begun = await browser.post("/connect/authorize", await authorizeForm(idp.world.sp));
  const returnUrl = new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl") ?? "";
  return (username: string, password: string): Promise<Response> =>
    browser.post("/login", { returnUrl, username, password }, { "cf-connecting-ip": `192.0.2.${place}` });
}
const fifty = () => Promise.all(Array.from({ length: 50 }, () => begin()));
const count = (text: string, wanted: string): number => text.split(wanted).length - 1;

/** Fifty wrong guesses at once, then one by one until the account is locked. @returns how many passwords were hashed */
async function storm(username: string): Promise<{ hashed: number; statuses: Set<number> }> {
  const guesses = await fifty();
  const answers = await Promise.all(guesses.map((guess, n) => guess(username, `wrong ${n}`)));
  const statuses = answers.map(({ status }) => status);
  for (const answer of answers) {
    if (answer.status !== 403) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  // A guess that found hashing busy did not count: it may be made up for.
  let last = 0;
  for (let more = 0; more < 11 && last !== 429; more++) {
    last = (await (await begin())(username, "wrong")).status;
    statuses.push(last);
  }
  expect(last).toBe(429);
  return { hashed: statuses.filter((it) => it === 403).length, statuses: new Set(statuses) };
}

test("of fifty wrong guesses at once, ten are hashed; then the right one is too late for a stranger", async () => {
  const owner = idp.browser();
  const begun = await owner.post("/connect/authorize", await authorizeForm(idp.world.sp));
  await signIn(owner, begun.headers.get("location") ?? "", USER);
  const { hashed, statuses } = await storm(USER.username);
  expect(hashed).toBe(10);
  for (const status of statuses) expect([403, 429, 503]).toContain(status);
  await expect.poll(() => count(idp.log(), '"reason":"credentials"')).toBe(10);

  expect((await (await begin())(USER.username, USER.password)).status).toBe(429);
  // Whoever signed in with this browser before is not kept out by them.
  expect((await (await begin(owner))(USER.username, USER.password)).status).toBe(302);
});

test("fifty right ones at once are no failures: whoever was not let in may come again", async () => {
  expect((await addUser(idp.state, "erin", "another password")).code).toBe(0);
  const sendings = await fifty();
  const answers = await Promise.all(sendings.map((send) => send("erin", "another password")));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((it) => it === 302).length).toBeGreaterThanOrEqual(1);
  for (const status of statuses) expect([302, 429, 503]).toContain(status);
  expect((await (await begin())("erin", "another password")).status).toBe(302);
});

test("fifty guesses at a name that nobody has fare the same", async () => {
  expect((await storm("nobody")).hashed).toBe(10);
});
