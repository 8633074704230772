/** RP-initiated logout: an SP asks, a hint from this very session or the human decides, and nobody else is signed out. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { frame, signJwt } from "../support/jwt.ts";
import { askedBy, errorOf, type Stop, Visitor } from "../support/visitor.ts";
import { type Instance, ISSUER, later, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { IDP_ID, type Sp } from "../support/world.ts";

const COOKIE = "__Host-session";
const PATH = "/connect/endsession";
const DONE = "You are signed out";
const BACK = "https://sp1.example/after?logout=1";

let idp: Instance;
let sp: Sp;
let otherSp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp, otherSp } = idp.world);
});
afterEach(() => {
  vi.useRealTimers();
});

async function signedIn() {
  const visitor = new Visitor(idp, await newUser());
  const { idToken, accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
  return { visitor, idToken, accessToken, cookie: visitor.browser.cookies.get(COOKIE) ?? "" };
}
const query = (parameters: Readonly<Record<string, string>>) => `${PATH}?${new URLSearchParams(parameters)}`;
/** Whether the session stands, however the browser sees it. */
async function stands(cookie: string): Promise<boolean> {
  const browser = idp.browser();
  browser.cookies.set(COOKIE, cookie);
  return (await browser.get("/account")).status === 200;
}
const isConfirmation = (stop: Stop) => stop.status === 200 && askedBy(stop) === PATH;

describe("a hint from this session", () => {
  test("signs out without a question, and leads back to the SP with state", async () => {
    const { visitor, idToken, cookie } = await signedIn();
    const stop = await visitor.look(
      query({ id_token_hint: idToken, client_id: sp.id, post_logout_redirect_uri: BACK, state: "s &1" }),
    );
    expect(stop.url.href).toBe(`${BACK}&state=s+%261`);
    expect(stop.response.status).toBe(302);
    expect(await stands(cookie)).toBe(false);
    expect(visitor.browser.cookies.has(COOKIE)).toBe(false);
  });

  test("may have expired, and needs neither client_id nor state", async () => {
    const { visitor, idToken, cookie } = await signedIn();
    later(900);
    const stop = await visitor.look(query({ id_token_hint: idToken, post_logout_redirect_uri: BACK }));
    expect(stop.url.href).toBe(BACK);
    expect(await stands(cookie)).toBe(false);
  });

  test("signs out of a session that was renewed since it was issued", async () => {
    const { visitor, idToken } = await signedIn();
    await visitor.visit(sp, { prompt: "login" });
    const cookie = visitor.browser.cookies.get(COOKIE) ?? "";
    const stop = await visitor.look(query({ id_token_hint: idToken }));
    expect(stop.html).toContain(DONE);
    expect(await stands(cookie)).toBe(false);
  });

  test("without an address ends on our own page", async () => {
    const { visitor, idToken, cookie } = await signedIn();
    const stop = await visitor.look(query({ id_token_hint: idToken, state: "x" }));
    expect([stop.status, stop.url.pathname]).toEqual([200, PATH]);
    expect(stop.html).toContain(DONE);
    expect(await stands(cookie)).toBe(false);
  });

  test.each([
    "https://sp2.example/after",
    "https://evil.example/",
    "http://sp1.example/after",
    "https://sp1.example:8443/after",
    "https://sp1.example.evil.example/",
    "https://sp1.example@evil.example/",
    "//sp1.example/after",
    "/account",
    "javascript:alert(1)",
    "https://sp1.example/\r\nset-cookie: a=b",
    "https://sp1.example/\u00e9 ",
    "https://sp1.example\\@evil.example/",
    "x".repeat(3000),
  ])("does not lead to %j", async (address) => {
    const { visitor, idToken, cookie } = await signedIn();
    const response = await visitor.browser.get(
      query({ id_token_hint: idToken, post_logout_redirect_uri: address, state: "s" }),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("location")).toBeNull();
    expect(await response.text()).toContain(DONE);
    expect(await stands(cookie)).toBe(false);
  });

  test("leads to any origin that this SP used in this session", async () => {
    const { visitor, idToken } = await signedIn();
    const elsewhere = { ...sp, redirectUri: "https://app.sp1.example/cb" };
    await visitor.redeem(elsewhere, await visitor.visit(elsewhere));
    const address = "https://app.sp1.example/bye";
    const stop = await visitor.look(query({ id_token_hint: idToken, post_logout_redirect_uri: address }));
    expect(stop.url.href).toBe(address);
  });

  test("does not lead to an origin that another SP used in this session", async () => {
    const { visitor, idToken } = await signedIn();
    await visitor.redeem(otherSp, await visitor.visit(otherSp));
    const address = "https://sp2.example/bye";
    const stop = await visitor.look(query({ id_token_hint: idToken, post_logout_redirect_uri: address }));
    expect(stop.html).toContain(DONE);
  });

  test("does not lead to an origin that the SP used in another session", async () => {
    const elsewhere = { ...sp, redirectUri: "https://app.sp1.example/cb" };
    const { visitor, idToken } = await signedIn();
    const other = new Visitor(idp, await newUser());
    await other.redeem(elsewhere, await other.visit(elsewhere));
    const stop = await visitor.look(
      query({ id_token_hint: idToken, post_logout_redirect_uri: "https://app.sp1.example/bye" }),
    );
    expect(stop.html).toContain(DONE);
  });
});

describe("any other hint only asks", () => {
  const hints: [string, () => Promise<string | undefined>][] = [
    ["none", async () => undefined],
    ["one of another session", async () => (await signedIn()).idToken],
    ["garbage", async () => "a.b.c"],
    [
      "one that the SP signed itself",
      async () =>
        signJwt(sp.leaf, { ...frame(IDP_ID, "x", sp.id), nonce: "n", acr: "x", auth_time: 1, azp: sp.id }),
    ],
  ];
  test.each(hints)("%s", async (_, hintOf) => {
    const { visitor, cookie } = await signedIn();
    const hint = await hintOf();
    const parameters = { client_id: sp.id, post_logout_redirect_uri: BACK, state: "s" };
    const stop = await visitor.look(
      query(hint === undefined ? parameters : { ...parameters, id_token_hint: hint }),
    );
    expect(isConfirmation(stop)).toBe(true);
    expect(await stands(cookie)).toBe(true);
    // And yes on that page leads nowhere else.
    const done = await visitor.answer(stop, { decision: "allow" });
    expect([done.status, done.url.pathname]).toEqual([200, PATH]);
    expect(done.html).toContain(DONE);
    expect(await stands(cookie)).toBe(false);
  });

  test("one with a changed signature, or for another client_id", async () => {
    const { visitor, idToken, cookie } = await signedIn();
    const changed = `${idToken.slice(0, -6)}${idToken.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA"}`;
    for (const parameters of [
      { id_token_hint: changed },
      { id_token_hint: idToken, client_id: otherSp.id },
      { id_token_hint: `${idToken}.` },
    ]) {
      const stop = await visitor.look(query({ ...parameters, post_logout_redirect_uri: BACK }));
      expect(isConfirmation(stop)).toBe(true);
    }
    expect(await stands(cookie)).toBe(true);
  });

  test("a userinfo of ours is no id_token", async () => {
    const { visitor, accessToken, cookie } = await signedIn();
    const info = await (await visitor.userinfo(accessToken)).text();
    const stop = await visitor.look(query({ id_token_hint: info }));
    expect(isConfirmation(stop)).toBe(true);
    expect(await stands(cookie)).toBe(true);
  });
});

describe("the confirmation", () => {
  test("no means no", async () => {
    const { visitor, cookie } = await signedIn();
    const page = await visitor.look(PATH);
    expect(page.html).toContain("Una User");
    const stop = await visitor.answer(page, { decision: "deny" });
    expect(stop.url.pathname).toBe("/account");
    expect(stop.status).toBe(200);
    expect(await stands(cookie)).toBe(true);
  });

  test("is not given by another site", async () => {
    const { visitor, cookie } = await signedIn();
    const page = await visitor.look(PATH);
    const request = /name="request" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
    expect(request).not.toBe("");
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ]) {
      // Even with the cookie, as a browser without SameSite would send it.
      const response = await visitor.browser.post(
        PATH,
        { request, decision: "allow" },
        headers as unknown as Record<string, string>,
      );
      expect(isConfirmation(await visitor.follow(response))).toBe(true);
    }
    expect(await stands(cookie)).toBe(true);
  });

  test("by link alone nothing is confirmed", async () => {
    const { visitor, cookie } = await signedIn();
    const stop = await visitor.look(query({ decision: "allow" }));
    expect(isConfirmation(stop)).toBe(true);
    expect(await stands(cookie)).toBe(true);
  });

  test("what it carries can't be made up", async () => {
    const { visitor, cookie } = await signedIn();
    const response = await visitor.browser.get(query({ request: "A".repeat(80) }));
    expect(response.status).toBe(400);
    expect(await stands(cookie)).toBe(true);
  });
});

describe("without the cookie", () => {
  test("nothing is ended, and nobody is sent on", async () => {
    const { idToken, cookie } = await signedIn();
    const stranger = new Visitor(idp);
    const stop = await stranger.look(query({ id_token_hint: idToken, post_logout_redirect_uri: BACK }));
    expect([stop.status, stop.url.pathname]).toEqual([200, PATH]);
    expect(await stands(cookie)).toBe(true);
  });

  test("another human's browser ends nothing with a stolen hint", async () => {
    const { idToken, cookie } = await signedIn();
    const other = await signedIn();
    const stop = await other.visitor.look(query({ id_token_hint: idToken }));
    expect(isConfirmation(stop)).toBe(true);
    expect(await stands(cookie)).toBe(true);
    expect(await stands(other.cookie)).toBe(true);
  });
});

describe("a cross-site POST", () => {
  test("comes again as our own GET, where the cookie is; the hint does not travel in the URL", async () => {
    const { visitor, idToken, cookie } = await signedIn();
    const form = { id_token_hint: idToken, post_logout_redirect_uri: BACK, state: "s" };
    const response = await visitor.browser.postFromElsewhere(PATH, form);
    expect([302, 303]).toContain(response.status);
    const location = response.headers.get("location") ?? "";
    expect(location.startsWith(`${ISSUER}${PATH}?`)).toBe(true);
    expect(location).not.toContain(idToken.split(".")[2]);
    expect(await stands(cookie)).toBe(true); // not yet
    const stop = await visitor.look(location);
    expect(stop.url.href).toBe(`${BACK}&state=s`);
    expect(await stands(cookie)).toBe(false);
  });

  test("without a hint asks", async () => {
    const { visitor, cookie } = await signedIn();
    const stop = await visitor.follow(
      await visitor.browser.postFromElsewhere(PATH, { post_logout_redirect_uri: BACK, decision: "allow" }),
    );
    expect(isConfirmation(stop)).toBe(true);
    expect(await stands(cookie)).toBe(true);
  });
});

describe("what ends", () => {
  test("the session and its pending sign-ins, in all tabs; access tokens live on", async () => {
    const { visitor, idToken, accessToken } = await signedIn();
    const pending = await visitor.with({ "/consent": undefined }).visit(otherSp);
    expect(askedBy(pending)).toBe("/consent");
    await visitor.look(query({ id_token_hint: idToken }));
    expect((await visitor.answer(pending, { decision: "allow" })).status).toBe(400);
    expect((await visitor.userinfo(accessToken)).status).toBe(200);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login"]);
  });

  test("a code that was issued before is still the SP's", async () => {
    const { visitor, idToken } = await signedIn();
    const stop = await visitor.visit(sp);
    await visitor.look(query({ id_token_hint: idToken }));
    expect((await visitor.redeem(sp, stop)).claims.aud).toBe(sp.id);
  });

  test("nothing of the same human's other browsers", async () => {
    const user = await newUser();
    const [one, two] = [new Visitor(idp, user), new Visitor(idp, user)];
    const { idToken } = await one.redeem(sp, await one.visit(sp));
    await two.visit(sp);
    await one.look(query({ id_token_hint: idToken }));
    expect(errorOf(await two.visit(sp, { prompt: "none" }))).toBe("none: a code");
    expect(errorOf(await one.visit(sp, { prompt: "none" }))).toBe("login_required");
  });

  test("twice is no error", async () => {
    const { visitor, idToken } = await signedIn();
    for (let time = 0; time < 2; time++) {
      const stop = await visitor.look(query({ id_token_hint: idToken }));
      expect(stop.status).toBe(200);
      expect(stop.html).toContain(DONE);
    }
  });
});

test("no log line holds the hint", async () => {
  const { visitor, idToken } = await signedIn();
  idp.log();
  await visitor.look(query({ id_token_hint: idToken }));
  const lines = JSON.stringify(idp.log());
  expect(lines).toContain("signed_out");
  expect(lines).not.toContain(idToken.split(".")[2]);
});
