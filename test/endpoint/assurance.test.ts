/** Levels of assurance: what is asked for is what was proven, and a stolen password alone is never more than low. */

import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Level } from "../../src/protocol/assurance.ts";
import {
  addTotp,
  humanWithApp,
  levelSaid,
  nextTotpCode,
  oneTimeCode,
  sessionOpens,
  totpCode,
  wanting,
  withTotp,
} from "../support/factors.ts";
import { askedBy, errorOf, type Stop, Visitor } from "../support/visitor.ts";
import { type Instance, later, newUser, skipHashing, startWorker, type User } from "../support/worker.ts";
import { loa, type Sp } from "../support/world.ts";

const COOKIE = "__Host-session";
const UNMET = "unmet_authentication_requirements";

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

/** Only the password is known to this one. */
const thiefOf = (user: User, at = idp) => new Visitor(at, user);
const withApp = (level?: Level, user?: User) => humanWithApp(idp, level, user);
const said = (visitor: Visitor, stop: Stop, at: Sp = sp) => levelSaid(visitor, stop, at);
const opens = (cookie: string | undefined) => sessionOpens(idp, cookie);

describe("password and app", () => {
  test("are substantial, and said so", async () => {
    const { visitor } = await withApp();
    const stop = await visitor.visit(sp, wanting("substantial"));
    expect(visitor.asked).toEqual(["/login", "/login/totp", "/consent"]);
    expect(await said(visitor, stop)).toEqual({ acr: loa("substantial"), amr: ["pwd", "otp", "mfa"] });
  });

  test("the app is not asked for where nobody wants it, and then low is said", async () => {
    const { visitor } = await withApp();
    const stop = await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login", "/consent"]);
    expect(await said(visitor, stop)).toEqual({ acr: loa("low"), amr: ["pwd"] });
  });

  test("added in a session of a password alone, it is kept and counts as low", async () => {
    const user = await newUser();
    const visitor = thiefOf(user);
    const { seed } = await addTotp(visitor);
    const anew = withTotp(thiefOf(user), seed);
    const refused = await anew.visit(sp, wanting("substantial"));
    expect(errorOf(refused)).toBe(UNMET);
    expect(refused.url.searchParams.get("state")).toBe("state-1");
    expect((await thiefOf(user).open("/account/factors")).html).toContain("An authenticator app is set up.");
    expect(errorOf(await anew.visit(sp, wanting("substantial", "low")))).toBe("none: a code");
  });

  test("added with a code for low counts as low; a code for high makes it no more than substantial", async () => {
    const low = await withApp("low");
    expect(errorOf(await low.visitor.visit(sp, wanting("substantial")))).toBe(UNMET);
    const high = await withApp("high");
    expect(errorOf(await high.visitor.visit(sp, wanting("high")))).toBe(UNMET);
    const stop = await high.visitor.visit(sp, wanting("substantial"));
    expect((await said(high.visitor, stop)).acr).toBe(loa("substantial"));
  });

  test("nothing exceeds how well the human was identified", async () => {
    const { visitor } = await withApp("substantial", await newUser({ identityAssurance: "low" }));
    expect(errorOf(await visitor.visit(sp, wanting("substantial")))).toBe(UNMET);
    const stop = await visitor.visit(sp, wanting("substantial", "low"));
    expect((await said(visitor, stop)).acr).toBe(loa("low"));
  });

  test("a code that was used is refused, wherever it is used again; the next one is good", async () => {
    const { user, seed } = await withApp();
    later(30);
    const code = totpCode(seed);
    const first = thiefOf(user).with({ "/login/totp": { code } });
    expect(errorOf(await first.visit(sp, wanting("substantial")))).toBe("none: a code");
    const second = thiefOf(user).with({ "/login/totp": { code } });
    const refused = await second.visit(sp, wanting("substantial"));
    expect(refused.status).toBe(403);
    expect(askedBy(refused)).toBe("/login/totp");
    const next = await second.answer(refused, { code: nextTotpCode(seed) });
    expect(errorOf(next)).toBe("none: a code");
  });

  test("the code that ended the enrolment is used up", async () => {
    const user = await newUser();
    const { seed } = await addTotp(thiefOf(user), await oneTimeCode(user, "enrol", "substantial"));
    const visitor = thiefOf(user).with({ "/login/totp": () => ({ code: totpCode(seed) }) });
    expect((await visitor.visit(sp, wanting("substantial"))).status).toBe(403);
  });

  test("a code is good one step early or late, and no more", async () => {
    const { user, seed } = await withApp();
    later(300);
    const page = await thiefOf(user).visit(sp, wanting("substantial"));
    expect(askedBy(page)).toBe("/login/totp");
    for (const [steps, code] of [
      [-2, totpCode(seed, -2)],
      [2, totpCode(seed, 2)],
      [0, "000000x"],
      [0, ""],
    ] as const) {
      const visitor = thiefOf(user).with({ "/login/totp": { code } });
      expect([steps, (await visitor.visit(sp, wanting("substantial"))).status]).toEqual([steps, 403]);
    }
    const late = thiefOf(user).with({ "/login/totp": () => ({ code: totpCode(seed, -1) }) });
    expect(errorOf(await late.visit(sp, wanting("substantial")))).toBe("none: a code");
  });

  test("an app that was not confirmed opens nothing", async () => {
    const user = await newUser();
    const visitor = thiefOf(user);
    await visitor.open("/account/totp");
    expect(errorOf(await visitor.visit(sp, wanting("substantial")))).toBe(UNMET);
  });

  test("ten wrong codes lock the second step, and the eleventh is not looked at", async () => {
    const { user, visitor, seed } = await withApp();
    const thief = thiefOf(user);
    let page = await thief.visit(sp, wanting("substantial"));
    for (let guess = 0; guess < 10; guess++) {
      page = await thief.answer(page, { code: "123" });
      expect(page.status).toBe(403);
    }
    const locked = await thief.answer(page, { code: nextTotpCode(seed) });
    expect(locked.status).toBe(429);
    expect(Number(locked.response.headers.get("retry-after"))).toBeGreaterThan(800);
    later(901);
    expect(errorOf(await visitor.visit(sp, wanting("substantial")))).toBe("none: a code");
  });
});

describe("which level is asked for", () => {
  test.each([
    [["low", "substantial"], ["/login", "/consent"], "low"],
    [["substantial", "low"], ["/login", "/login/totp", "/consent"], "substantial"],
    [["high", "substantial"], ["/login", "/login/totp", "/consent"], "substantial"],
    [["high", "low"], ["/login", "/consent"], "low"],
  ])("%j in order of preference", async (levels, asked, level) => {
    const { visitor } = await withApp();
    const stop = await visitor.visit(sp, wanting(...levels));
    expect(visitor.asked).toEqual(asked);
    expect((await said(visitor, stop)).acr).toBe(loa(level));
  });

  test("the first that this human can reach", async () => {
    const user = await newUser();
    const visitor = thiefOf(user);
    const stop = await visitor.visit(sp, wanting("high", "substantial", "low"));
    expect(visitor.asked).toEqual(["/login", "/consent"]);
    expect((await said(visitor, stop)).acr).toBe(loa("low"));
    expect(errorOf(await visitor.visit(sp, wanting("high", "substantial")))).toBe(UNMET);
    expect(errorOf(await visitor.visit(sp, { ...wanting("high"), prompt: "none" }))).toBe(UNMET);
  });

  test("prompt=none: login_required where a step more would do", async () => {
    const { visitor } = await withApp();
    await visitor.visit(sp);
    expect(errorOf(await visitor.visit(sp, { ...wanting("substantial"), prompt: "none" }))).toBe(
      "login_required",
    );
    await visitor.visit(sp, wanting("substantial"));
    const stop = await visitor.visit(sp, { ...wanting("substantial"), prompt: "none" });
    expect((await said(visitor, stop)).acr).toBe(loa("substantial"));
  });

  test("MINIMUM_ASSURANCE is a floor under every wish", async () => {
    const at = idp.with({ MINIMUM_ASSURANCE: "substantial" });
    const { user, seed } = await withApp();
    for (const wish of [{}, wanting("low"), wanting("low", "high"), wanting("substantial")]) {
      const visitor = withTotp(thiefOf(user, at), seed);
      const stop = await visitor.visit(sp, wish);
      expect(visitor.asked).toContain("/login/totp");
      expect((await said(visitor, stop)).acr).toBe(loa("substantial"));
    }
    expect(errorOf(await thiefOf(await newUser(), at).visit(sp))).toBe(UNMET);
    expect(errorOf(await thiefOf(await newUser(), at).visit(sp, wanting("low")))).toBe(UNMET);
    // But whoever has yet to enrol what it demands gets to the page where that is done.
    expect((await thiefOf(await newUser(), at).open("/account/totp")).status).toBe(200);
  });
});

describe("step-up in a session", () => {
  test("asks only for what is missing, and makes a new session; the old is dead", async () => {
    const { visitor } = await withApp();
    const first = await visitor.redeem(sp, await visitor.visit(sp));
    const before = visitor.browser.cookies.get(COOKIE);
    later(50);
    const stop = await visitor.visit(otherSp, wanting("substantial"));
    expect(visitor.asked).toEqual(["/login/totp", "/consent"]);
    const { claims } = await visitor.redeem(otherSp, stop);
    expect(claims).toMatchObject({ acr: loa("substantial"), amr: ["pwd", "otp", "mfa"] });
    expect(Number(claims.auth_time)).toBeGreaterThan(Number(first.claims.auth_time));
    expect(visitor.browser.cookies.get(COOKIE)).not.toBe(before);
    expect(await opens(before)).toBe(false);

    await visitor.visit(sp, wanting("substantial"));
    expect(visitor.asked).toEqual([]);
  });

  test("after prompt=login, or past max_age, both are asked for", async () => {
    const { visitor } = await withApp();
    await visitor.visit(sp, wanting("substantial"));
    await visitor.visit(sp, { ...wanting("substantial"), prompt: "login" });
    expect(visitor.asked).toEqual(["/login", "/login/totp"]);
    later(100);
    await visitor.visit(sp, { ...wanting("substantial"), max_age: 99 });
    expect(visitor.asked).toEqual(["/login", "/login/totp"]);
  });
});

describe("half a sign-in", () => {
  async function half() {
    const { user, visitor, ...rest } = await withApp();
    const thief = thiefOf(user);
    const page = await thief.visit(sp, wanting("substantial"));
    expect(askedBy(page)).toBe("/login/totp");
    return { thief, page, user, ...rest };
  }
  const authzIdOf = (page: Stop) => /authzId=([\w-]+)/.exec(page.html)?.[1] ?? "";

  test("is no session: no cookie, and the account asks to sign in", async () => {
    const { thief } = await half();
    expect(thief.browser.cookies.has(COOKIE)).toBe(false);
    const account = await thief.look("/account");
    expect(account.url.pathname).toBe("/login");
    expect(askedBy(account)).toBe("/login");
    expect(errorOf(await thief.visit(otherSp, { prompt: "none" }))).toBe("login_required");
  });

  test.each(["/consent", "/organisation"])("can't skip on to %s", async (path) => {
    const { thief, page } = await half();
    const fields = { authzId: authzIdOf(page), organisation: "did:ishare:EU.NL.NTRNL-10000030" };
    const stop = await thief.post(path, { ...fields, decision: "allow" });
    expect(stop.status).toBe(400);
    const callback = await thief.look(`/connect/authorize/callback?authzId=${authzIdOf(page)}`);
    expect(askedBy(callback)).toBe("/login/totp");
  });

  test("can't be turned into a lower one by the other pages of the sign-in", async () => {
    const { thief, page } = await half();
    const returnUrl = `/connect/authorize/callback?authzId=${authzIdOf(page)}`;
    for (const [path, fields] of [
      ["/login/account", { decision: "continue" }],
      ["/login/new-password", { password: "violet-tractor-lamp-93", repeat: "violet-tractor-lamp-93" }],
      ["/login/recovery", { code: "0000-0000-0000-0000" }],
      ["/login/passkey", { credential: "{}" }],
    ] as const) {
      const stop = await thief.post(path, { returnUrl, ...fields });
      expect(errorOf(stop)).toMatch(/^none: page/);
      expect(askedBy(await thief.look(returnUrl))).toBe("/login/totp");
    }
  });

  test("entering the password again is no second factor", async () => {
    const { thief, page, user } = await half();
    const returnUrl = `/connect/authorize/callback?authzId=${authzIdOf(page)}`;
    const stop = await thief.post("/login", { returnUrl, username: user.username, password: user.password });
    expect(askedBy(stop)).toBe("/login/totp");
  });

  test("another's app is no second factor", async () => {
    const { thief, page } = await half();
    const other = await withApp();
    expect((await thief.answer(page, { code: nextTotpCode(other.seed) })).status).toBe(403);
    expect((await thief.answer(page, { code: other.recoveryCode })).status).toBe(403);
  });

  test("is lost when somebody else signs in over it", async () => {
    const { thief, page } = await half();
    const returnUrl = `/connect/authorize/callback?authzId=${authzIdOf(page)}`;
    const other = await withApp();
    const stop = await thief.post("/login", { returnUrl, ...other.user });
    const done = await withTotp(thief, other.seed).through(stop);
    const { claims } = await thief.redeem(sp, done);
    const own = await other.visitor.redeem(sp, await other.visitor.visit(sp));
    expect(claims.sub).toBe(own.claims.sub);
  });
});

describe("a stolen password alone", () => {
  test("adds no factor that counts for more", async () => {
    const user = await newUser();
    const thief = thiefOf(user);
    const { seed } = await addTotp(thief);
    for (const visitor of [withTotp(thief, seed), withTotp(thiefOf(user), seed)]) {
      expect(errorOf(await visitor.visit(sp, wanting("substantial")))).toBe(UNMET);
      expect(errorOf(await visitor.visit(sp, { ...wanting("substantial"), prompt: "login" }))).toBe(UNMET);
    }
  });

  test("takes no factor away, makes no recovery codes, and puts no app in place of the owner's", async () => {
    const { user, visitor, recoveryCode } = await withApp();
    const thief = thiefOf(user);
    await thief.open("/account");
    for (const path of ["/account/totp/remove", "/account/recovery"]) {
      const stop = await thief.post(path, { code: "0000-0000-0000-0000" });
      expect(askedBy(stop)).toBe("/login/totp"); // the level of the factor is asked for
    }
    expect((await thief.look("/account/totp")).url.pathname).toBe("/account/factors");
    expect(errorOf(await visitor.visit(sp, wanting("substantial")))).toBe("none: a code");
    const recovered = thiefOf(user).with({ "/login/totp": undefined });
    const page = await recovered.visit(sp, wanting("substantial", "low"));
    const returnUrl = page.url.pathname + page.url.search;
    const stop = await recovered.post("/login/recovery", { returnUrl, code: recoveryCode });
    expect(errorOf(stop)).toBe("none: a code");
  });

  test("is not raised by changing it", async () => {
    const { user } = await withApp();
    const thief = thiefOf(user);
    await thief.open("/account");
    const password = "violet-tractor-lamp-93";
    await thief.post("/account/password", { current: user.password, password, repeat: password });
    const stop = await thiefOf({ ...user, password }).visit(sp, wanting("substantial"));
    expect(askedBy(stop)).toBe("/login/totp");
  });
});
