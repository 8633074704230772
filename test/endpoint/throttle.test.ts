/** Nobody gets in by guessing: limits per account, browser and address, the same for every name, before any hash. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { addHuman } from "../../src/directory/human.ts";
import * as password from "../../src/directory/password.ts";
import type { TestBrowser } from "../support/browser.ts";
import { type Instance, startWorker } from "../support/worker.ts";
import { authorizeForm, ORGANISATION } from "../support/world.ts";

/** Each hash that is asked for. Not computed, but where a test wants it: that takes its time. */
const hashes = vi.spyOn(password, "verifyPassword");
const quick: typeof password.verifyPassword = async (given, stored) =>
  stored !== undefined && given === PASSWORD;

const { DIRECTORY } = env as unknown as { DIRECTORY: D1Database };
const PASSWORD = "correct horse";
const LIMIT = 3;

let idp: Instance;
let passwordHash: string;
beforeAll(async () => {
  idp = (await startWorker()).with({ LOGIN_MAX_FAILURES: String(LIMIT) });
  passwordHash = await password.hashPassword(PASSWORD);
});
beforeEach(() => {
  hashes.mockReset().mockImplementation(quick);
  idp.log();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A human of one test. */
async function newUser(): Promise<string> {
  const username = `user-${crypto.randomUUID()}`;
  const attributes = { givenName: "Una", familyName: "User", email: "una@example.com" };
  await addHuman(
    DIRECTORY,
    { ...attributes, username, identityAssurance: "low", passwordHash, organisations: [ORGANISATION] },
    0,
  );
  return username;
}
/** Nobody. */
const noUser = (): string => `none-${crypto.randomUUID()}`;

let neighbours = 0;
/** Somewhere nobody tried from yet. */
const newAddress = (): string => `2001:db8:${(++neighbours).toString(16)}::1`;

/** A browser, and its tries. */
class Guesser {
  readonly browser: TestBrowser;
  readonly address: string;
  /** of its last try */
  returnUrl = "";
  readonly #at: Instance;

  constructor(at: Instance = idp, address = newAddress()) {
    this.#at = at;
    this.address = address;
    this.browser = at.browser();
  }

  /** One try, in a sign-in of its own; a right one goes on to be signed in. */
  async try(username: string, guess = "wrong"): Promise<Response> {
    const answer = await this.enter(username, guess);
    if (answer.status === 302) await this.browser.get(this.returnUrl);
    return answer;
  }

  /** The password, and no step more. */
  async enter(username: string, guess: string): Promise<Response> {
    const form = await authorizeForm(this.#at.world.sp);
    const begun = await this.browser.post("/connect/authorize", form);
    this.returnUrl = new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl") ?? "";
    return this.browser.post(
      "/login",
      { returnUrl: this.returnUrl, username, password: guess },
      { "cf-connecting-ip": this.address },
    );
  }

  async statuses(username: string, ...guesses: readonly string[]): Promise<number[]> {
    const statuses: number[] = [];
    for (const guess of guesses) statuses.push((await this.try(username, guess)).status);
    return statuses;
  }
}
const stranger = (at?: Instance, address?: string) => new Guesser(at, address);
const wrong = (count: number): string[] => Array(count).fill("wrong");
const refusals = () => idp.log().filter(({ event }) => event === "refused");

describe("an account", () => {
  test("is locked after ten wrong guesses, from wherever they come; for a quarter of an hour", async () => {
    hashes.mockReset(); // the true one
    const at = idp.with({ LOGIN_MAX_FAILURES: "" });
    const user = await newUser();
    for (let guess = 0; guess < 10; guess++) expect((await stranger(at).try(user)).status).toBe(403);
    expect(hashes).toHaveBeenCalledTimes(10);

    const locked = await stranger(at).try(user, PASSWORD); // right, and yet
    expect(locked.status).toBe(429);
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(800);
    expect(Number(locked.headers.get("retry-after"))).toBeLessThanOrEqual(900);
    expect(locked.headers.get("cache-control")).toBe("no-store");
    const html = await locked.text();
    expect(html).toMatch(/role="alert"[^>]*>\s*There were too many failed tries.*wait 15 minutes/);
    expect(html).toContain('<form method="post" action="/login">');
    expect(hashes).toHaveBeenCalledTimes(10);

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 901_000 });
    expect((await stranger(at).try(user, PASSWORD)).status).toBe(302);
  });

  test("is one account in every spelling of its name", async () => {
    const user = await newUser();
    const spellings = [user.toUpperCase(), ` ${user}\t`, user.replace("u", "ｕ")];
    for (const spelling of spellings) expect((await stranger().try(spelling)).status).toBe(403);
    expect((await stranger().try(user, PASSWORD)).status).toBe(429);
  });

  test("starts over with each sign-in", async () => {
    const user = await newUser();
    for (let round = 0; round < 3; round++) {
      expect(await stranger().statuses(user, ...wrong(LIMIT - 1), PASSWORD)).toEqual([403, 403, 302]);
    }
    expect(await stranger().statuses(user, ...wrong(LIMIT + 1))).toEqual([403, 403, 403, 429]);
  });

  test("does not start over while a second factor is wanted: who has the password could guess at it for ever", async () => {
    const user = await newUser();
    await DIRECTORY.batch([
      DIRECTORY.prepare("UPDATE humans SET identity_assurance = 'high' WHERE username = ?").bind(user),
      DIRECTORY.prepare(
        `INSERT INTO totp (human_id, seed, level, created_at, confirmed_at)
           SELECT id, 'sealed', 'substantial', 0, 0 FROM humans WHERE username = ?`,
      ).bind(user),
    ]);
    const at = idp.with({ LOGIN_MAX_FAILURES: String(LIMIT), MINIMUM_ASSURANCE: "substantial" });
    const guesser = stranger(at);
    expect(await guesser.statuses(user, ...wrong(LIMIT - 1), PASSWORD, "wrong")).toEqual([
      403, 403, 302, 403,
    ]);
    expect(guesser.browser.cookies.has("__Host-session")).toBe(false);
    expect(guesser.browser.cookies.has("__Host-known-browser")).toBe(false);
    expect((await stranger(at).try(user, PASSWORD)).status).toBe(429);
  });

  test("does not start over with a right password that signs nobody in", async () => {
    const user = await newUser();
    await stranger().statuses(user, ...wrong(LIMIT - 1));
    const guesser = stranger();
    expect((await guesser.enter(user, PASSWORD)).status).toBe(302);
    expect(guesser.browser.cookies.has("__Host-known-browser")).toBe(false);
    expect(await stranger().statuses(user, "wrong", PASSWORD)).toEqual([403, 429]);
  });

  test("that is locked does not lock another", async () => {
    const [user, other] = [await newUser(), await newUser()];
    await stranger().statuses(user, ...wrong(LIMIT));
    expect((await stranger().try(other, PASSWORD)).status).toBe(302);
  });

  test("that is locked still lets a plain client keep its sign-in", async () => {
    const user = await newUser();
    await stranger().statuses(user, ...wrong(LIMIT));
    const client = stranger();
    expect((await client.try(user)).status).toBe(429);
    expect([...client.browser.cookies.keys()]).toEqual(["__Host-browser"]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 901_000 });
    expect((await client.try(user, PASSWORD)).status).toBe(302);
  });
});

describe("a name that nobody has", () => {
  /** All that a guesser sees, without what differs from page to page for everybody. */
  async function seen(username: string) {
    const guesser = stranger();
    const answers = [];
    for (let guess = 0; guess < LIMIT + 2; guess++) {
      const response = await guesser.try(username);
      const nonce = /nonce-([^']+)'/.exec(response.headers.get("content-security-policy") ?? "")?.[1] ?? "";
      const body = await response.text();
      const challenge = /challenge&quot;:&quot;([\w-]+)/.exec(body)?.[1] ?? "";
      expect(challenge).not.toBe("");
      const returnUrl = encodeURIComponent(guesser.returnUrl);
      const correlation = response.headers.get("x-correlation-id") ?? "";
      const own = [username, nonce, challenge, guesser.returnUrl, returnUrl, correlation];
      const neutral = (text: string) => own.reduce((left, it) => left.replaceAll(it, "…"), text);
      const headers = [...response.headers].filter(
        ([name]) => name !== "set-cookie" && name !== "retry-after",
      );
      answers.push({
        status: response.status,
        waits: response.headers.has("retry-after"),
        headers: neutral(JSON.stringify(headers)),
        body: neutral(body),
        hashed: hashes.mock.calls.length,
      });
    }
    hashes.mockClear();
    const reasons = refusals().map(({ reason }) => reason);
    return { answers, reasons };
  }

  test("is counted, locked and answered like any other", async () => {
    const known = await seen(await newUser());
    const unknown = await seen(noUser());
    expect(unknown).toEqual(known);
    expect(known.answers.map(({ status }) => status)).toEqual([403, 403, 403, 429, 429]);
    expect(known.answers.map(({ hashed }) => hashed)).toEqual([1, 2, 3, 3, 3]);
    expect(known.reasons).toEqual([...Array(3).fill("credentials"), ...Array(2).fill("account_locked")]);
  });
});

describe("a browser that signed in before", () => {
  async function knownTo(...users: readonly string[]): Promise<Guesser> {
    const guesser = stranger();
    for (const user of users) expect((await guesser.try(user, PASSWORD)).status).toBe(302);
    return guesser;
  }

  test("is not locked out by strangers, and its sign-in opens the account again", async () => {
    const user = await newUser();
    const owner = await knownTo(user);
    expect(await stranger().statuses(user, ...wrong(LIMIT), PASSWORD)).toEqual([403, 403, 403, 429]);
    expect(await owner.statuses(user, "wrong", PASSWORD)).toEqual([403, 302]);
    expect((await stranger().try(user)).status).toBe(403);
  });

  test("has a limit of its own, and does not spend the strangers'", async () => {
    const user = await newUser();
    const owner = await knownTo(user);
    expect(await owner.statuses(user, ...wrong(LIMIT), PASSWORD)).toEqual([403, 403, 403, 429]);
    expect(refusals().at(-1)).toMatchObject({ reason: "account_locked", known: true });
    expect((await stranger().try(user, PASSWORD)).status).toBe(302);
  });

  test("keeps one counter, whichever of its cookies it shows", async () => {
    const user = await newUser();
    const owner = await knownTo(user);
    const earlier = owner.browser.cookies.get("__Host-known-browser") ?? "";
    expect((await owner.try(user, PASSWORD)).status).toBe(302);
    expect(owner.browser.cookies.get("__Host-known-browser")).toBeTruthy();
    await owner.statuses(user, ...wrong(LIMIT));
    owner.browser.cookies.set("__Host-known-browser", earlier);
    expect((await owner.try(user, PASSWORD)).status).toBe(429);
  });

  test("is known to each account that it signed in to, and to no other", async () => {
    const [one, two, other] = [await newUser(), await newUser(), await newUser()];
    const shared = await knownTo(one, two);
    for (const user of [one, two, other]) await stranger().statuses(user, ...wrong(LIMIT));
    expect((await shared.try(one, PASSWORD)).status).toBe(302);
    expect((await shared.try(two, PASSWORD)).status).toBe(302);
    expect((await shared.try(other, PASSWORD)).status).toBe(429);
  });

  test("can't be made up", async () => {
    const user = await newUser();
    const owner = await knownTo(user);
    await stranger().statuses(user, ...wrong(LIMIT));
    const cookie = owner.browser.cookies.get("__Host-known-browser") ?? "";
    for (const forged of ["", "A".repeat(43), `A${cookie.slice(1)}`, `${cookie.slice(0, -4)}AAAA`]) {
      const thief = stranger();
      thief.browser.cookies.set("__Host-known-browser", forged);
      expect((await thief.try(user, PASSWORD)).status).toBe(429);
    }
  });
});

describe("an address", () => {
  const few = () => idp.with({ LOGIN_MAX_FAILURES_ADDRESS: "4" });

  test("that tries too much gets a page without a form, and no hash; others go on", async () => {
    const at = few();
    const home = newAddress();
    for (let guess = 0; guess < 4; guess++) expect((await stranger(at, home).try(noUser())).status).toBe(403);
    hashes.mockClear();
    const user = await newUser();
    const refused = await stranger(at, home.replace("::1", "::ffff:2")).try(user, PASSWORD);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(800);
    const html = await refused.text();
    expect(html).toContain("Too many attempts failed");
    expect(html).not.toContain("<form");
    expect(hashes).not.toHaveBeenCalled();
    expect((await stranger(at).try(user, PASSWORD)).status).toBe(302);
  });

  test("that is over its limit can lock nobody any more", async () => {
    const at = few();
    const home = newAddress();
    const user = await newUser();
    expect(await stranger(at, home).statuses(noUser(), ...wrong(2))).toEqual([403, 403]);
    expect(await stranger(at, home).statuses(user, ...wrong(5))).toEqual([403, 403, 429, 429, 429]);
    expect(await stranger(at).statuses(user, "wrong", PASSWORD)).toEqual([403, 429]); // the third, and locked
    expect(refusals().map(({ reason }) => reason)).toContain("address_throttled");
  });

  test("gets room again as its failures pass", async () => {
    const at = few();
    const home = newAddress();
    for (let guess = 0; guess < 5; guess++) await stranger(at, home).try(noUser());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 901_000 });
    expect((await stranger(at, home).try(noUser())).status).toBe(403);
  });

  test("may sign in as often as it likes", async () => {
    const at = few();
    const home = newAddress();
    const user = await newUser();
    for (let round = 0; round < 6; round++)
      expect((await stranger(at, home).try(user, PASSWORD)).status).toBe(302);
  });

  test("that is not known shares one counter with all such", async () => {
    const at = idp.with({ LOGIN_MAX_FAILURES_ADDRESS: "1" });
    expect((await stranger(at, "unknown").try(noUser())).status).toBe(403);
    expect((await stranger(at, "").try(noUser())).status).toBe(429);
  });
});

test("the platform's rate limit, where one is bound, is asked before anything else", async () => {
  const keys: string[] = [];
  const limit = async ({ key }: { key: string }) => ({ success: keys.push(key) === 1 });
  const at = idp.with({ LOGIN_RATE_LIMIT: { limit } as unknown as string });
  const guesser = stranger(at);
  const user = await newUser();
  expect(await guesser.statuses(user, PASSWORD, PASSWORD)).toEqual([302, 429]);
  expect(hashes).toHaveBeenCalledTimes(1);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
});

test("when hashing is busy for two seconds, others come again, and their guess did not count", async () => {
  const user = await newUser();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }); // however long it takes, slots are not given up for lost
  let isFree = false;
  hashes.mockImplementation(async () => {
    while (!isFree) await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  });
  const first = [stranger(), stranger()];
  const underWay = first.map((it) => it.try(noUser()));
  await vi.waitUntil(() => hashes.mock.calls.length === 2, { timeout: 10_000 });

  const began = performance.now();
  const refused = await stranger().try(user);
  expect(performance.now() - began).toBeGreaterThan(1900);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("5");
  expect(await refused.text()).toContain('<form method="post" action="/login">');
  expect(hashes).toHaveBeenCalledTimes(2);
  isFree = true;
  expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([403, 403]);
  hashes.mockImplementation(quick);
  expect(await stranger().statuses(user, ...wrong(LIMIT + 1))).toEqual([403, 403, 403, 429]);
});

test("no log line says who was guessed at, or from where", async () => {
  const at = idp.with({ LOGIN_MAX_FAILURES_ADDRESS: "4" });
  const user = await newUser();
  const guesser = stranger(at, "192.0.2.77");
  await guesser.statuses(user, ...wrong(6));
  const lines = refusals();
  expect(new Set(lines.map(({ reason }) => reason))).toEqual(
    new Set(["credentials", "account_locked", "address_throttled"]),
  );
  for (const secret of [user, "192.0.2.77", "wrong"])
    expect(JSON.stringify(lines)).not.toContain(`"${secret}`);
  expect(lines.find(({ reason }) => reason === "account_locked")?.account).toMatch(/^[0-9a-f]{16}$/);
});
