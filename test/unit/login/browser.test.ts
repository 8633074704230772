/** Which browser is this? Cookies that are set and read, from the authorize answer to the last step. */
import { describe, expect, test } from "vitest";
import { arrivalCookie, arrive, recognise, setCookies } from "../../../src/login/browser.ts";
import { sha256Hex } from "../../../src/protocol/digest.ts";

const rules = { secure: true };
const ID = "0123456789abcdef".repeat(4);
const SECRET = "s".repeat(43);
const ARRIVAL = "a".repeat(43);
const hash = (secret: string) => sha256Hex(secret);
const request = (headers: Readonly<Record<string, string>>) =>
  new Request("https://idp.example/", { headers });
const navigating = (headers: Readonly<Record<string, string>> = {}) =>
  request({ "sec-fetch-mode": "navigate", ...headers });
const lasting = { cookie: `__Host-browser=${SECRET}` };

describe("at authorize", () => {
  test.each(["cors", "no-cors", "same-origin", "websocket", ""])(
    "a request in mode %j may be a server's: nobody yet",
    async (mode) => {
      expect(await arrive(request({ "sec-fetch-mode": mode, ...lasting }), rules)).toBeUndefined();
    },
  );

  test("nor is one without a mode bound", async () => {
    expect(await arrive(request(lasting), rules)).toBeUndefined();
  });

  test("a browser with our cookie is bound by it, and gets no other", async () => {
    expect(await arrive(navigating(lasting), rules)).toEqual({
      browser: { hash: await hash(SECRET), arrival: false },
    });
  });

  test("a browser without gets a secret for this grant alone", async () => {
    const [one, other] = [await arrive(navigating(), rules), await arrive(navigating(), rules)];
    expect(one?.secret).toMatch(/^[\w-]{43}$/);
    expect(one?.browser).toEqual({ hash: await hash(one?.secret ?? ""), arrival: true });
    expect(other?.secret).not.toBe(one?.secret);
  });

  test("a cookie that is not one of ours counts as none", async () => {
    expect((await arrive(navigating({ cookie: "__Host-browser=short" }), rules))?.browser.arrival).toBe(true);
    expect((await arrive(navigating({ cookie: `browser=${SECRET}` }), rules))?.browser.arrival).toBe(true);
  });
});

describe("at every later step", () => {
  test("a known browser is who it was, and gets no cookie", async () => {
    expect(await recognise(request(lasting), ID, rules)).toEqual({
      browser: { hash: await hash(SECRET) },
      cookies: [],
    });
  });

  test("a new one gets the lasting cookie that it is known by from then on", async () => {
    const { browser, cookies } = await recognise(request({}), ID, rules);
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
    ]);
    expect(browser).toEqual({ hash: await hash(/=([\w-]{43});/.exec(cookies[0] ?? "")?.[1] ?? "") });
  });

  test("one that arrives with the grant's cookie shows it, gets the lasting one, and loses it", async () => {
    const name = `__Host-${await arrivalCookie(ID)}`;
    const cookie = `${name}=${ARRIVAL}`;
    const { browser, cookies } = await recognise(request({ cookie }), ID, rules);
    expect(browser.arrivalHash).toBe(await hash(ARRIVAL));
    expect(cookies).toHaveLength(2);
    expect(cookies[0]).toMatch(/^__Host-browser=/);
    expect(cookies[1]).toMatch(new RegExp(`^${name}=; .*Max-Age=0$`));
  });

  test("the cookie of another grant shows nothing", async () => {
    const cookie = `__Host-${await arrivalCookie("f".repeat(64))}=${ARRIVAL}; ${lasting.cookie}`;
    expect(await recognise(request({ cookie }), ID, rules)).toEqual({
      browser: { hash: await hash(SECRET) },
      cookies: [],
    });
  });
});

test("cookies are added beside those that are there", () => {
  const response = new Response(null, { headers: { "set-cookie": "a=1" } });
  expect(setCookies(response, ["b=2", "c=3"]).headers.getSetCookie()).toEqual(["a=1", "b=2", "c=3"]);
});
