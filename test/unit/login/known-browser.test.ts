/** The cookie of a known browser: what it remembers, for how long, and that nobody can write one. */
import { beforeAll, describe, expect, test } from "vitest";
import { readCookie } from "../../../src/http/cookies.ts";
import { type KnownBrowser, readKnownBrowser, rememberAccount } from "../../../src/login/known-browser.ts";
import { createHandles, type Handles, sealObject } from "../../../src/store/handle.ts";

const NOW = 1_800_000_000;
const DAYS = 86_400;
const config = { secure: true } as Parameters<typeof rememberAccount>[2]["config"];

let handles: Handles;
beforeAll(async () => {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  handles = createHandles(await crypto.subtle.importKey("raw", new Uint8Array(32), hmac, false, ["sign"]));
});
const at = (now: number) => ({ config, handles, now: () => now });
const read = (cookie: string | undefined, now = NOW) =>
  readKnownBrowser(
    new Request("https://idp.example/login", { headers: cookie === undefined ? {} : { cookie } }),
    at(now),
  );
/** What the browser sends back of a Set-Cookie. */
const sent = (setCookie: string): string => setCookie.split(";")[0] ?? "";
async function remember(browser: KnownBrowser, account: string, now = NOW): Promise<string> {
  return sent(await rememberAccount(browser, account, at(now)));
}

test("it lasts 180 days, in our hands too", async () => {
  const cookie = await rememberAccount(await read(undefined), "alice", at(NOW));
  expect(cookie).toMatch(
    /^__Host-known-browser=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=15552000$/,
  );
  expect((await read(sent(cookie), NOW + 180 * DAYS - 1)).accounts.has("alice")).toBe(true);
  expect((await read(sent(cookie), NOW + 180 * DAYS)).accounts.size).toBe(0);
});

test("the browser stays the same one over its sign-ins; another is another", async () => {
  const first = await read(await remember(await read(undefined), "alice"));
  const second = await read(await remember(first, "bob", NOW + 1));
  expect(second.id).toBe(first.id);
  expect([...second.accounts]).toEqual([
    ["bob", NOW + 1 + 180 * DAYS],
    ["alice", NOW + 180 * DAYS],
  ]);
  expect((await read(undefined)).id).not.toBe((await read(undefined)).id);
});

test("of more than eight people who share it, the one longest away makes room", async () => {
  let cookie: string | undefined;
  for (let person = 0; person < 9; person++)
    cookie = await remember(await read(cookie), `${person}`.repeat(32));
  const { accounts } = await read(cookie);
  expect([...accounts.keys()].map((it) => it[0]).sort()).toEqual([..."12345678"]);
  expect(cookie?.length).toBeLessThan(1200);
});

describe("nobody can write one", () => {
  test("changed, shortened, or of another kind it is nothing", async () => {
    const cookie = await remember(await read(undefined), "alice");
    const content = { id: "mine", accounts: { alice: NOW + DAYS } };
    for (const forged of [
      cookie.slice(0, -1),
      cookie.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      `__Host-known-browser=${btoa(JSON.stringify(content)).replaceAll("=", "")}`,
      `__Host-known-browser=${await sealObject(handles, "error_reference", content)}`,
      "__Host-known-browser=",
    ]) {
      expect((await read(forged)).accounts.size).toBe(0);
    }
  });

  test.each([{}, { id: 1, accounts: {} }, { id: "x" }, { id: "x", accounts: [] }])(
    "one of another make, %j, is nothing",
    async (content) => {
      const cookie = `__Host-known-browser=${await sealObject(handles, "known_browser", content)}`;
      expect((await read(cookie)).accounts.size).toBe(0);
    },
  );
});

test("cookies are read by their own form: a secret's length is no handle's", () => {
  const rules = { secure: true };
  const value = (length: number) => "a".repeat(length);
  const form = (name: "browser" | "known-browser", length: number) =>
    readCookie(`__Host-${name}=${value(length)}`, name, rules)?.length;
  expect([21, 22, 1500, 1501].map((length) => form("known-browser", length))).toEqual([
    ...[undefined, 22, 1500, undefined],
  ]);
  expect([42, 43, 44].map((length) => form("browser", length))).toEqual([undefined, 43, undefined]);
  expect(readCookie(`__Host-known-browser=${value(30)}+`, "known-browser", rules)).toBeUndefined();
});

test("a disguise is the same for the same, another for another, and under another key", async () => {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new Uint8Array(32).fill(1), hmac, false, ["sign"]);
  const one = await handles.disguise("account alice");
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(await handles.disguise("account alice")).toBe(one);
  expect(await handles.disguise("account bob")).not.toBe(one);
  expect(await createHandles(key).disguise("account alice")).not.toBe(one);
});
