/** When a factor is lost, or a password came from somebody else: the ways back, and that they never lead above low. */

import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { requirePasswordChange } from "../../src/directory/administration.ts";
import type { Level } from "../../src/protocol/assurance.ts";
import { humanWithApp, levelSaid, oneTimeCode, sessionOpens, wanting, withTotp } from "../support/factors.ts";
import { askedBy, errorOf, type Stop, Visitor } from "../support/visitor.ts";
import {
  directory,
  type Instance,
  later,
  newUser,
  skipHashing,
  startWorker,
  type User,
} from "../support/worker.ts";
import { authorizeForm, loa, type Sp } from "../support/world.ts";

const COOKIE = "__Host-session";
const UNMET = "unmet_authentication_requirements";

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  sp = idp.world.sp;
});
afterEach(() => {
  vi.useRealTimers();
});

/** Only the password is known to this one. */
const thiefOf = (user: User, at = idp) => new Visitor(at, user);
const withApp = (level?: Level, user?: User) => humanWithApp(idp, level, user);
const said = (visitor: Visitor, stop: Stop, at: Sp = sp) => levelSaid(visitor, stop, at);
const opens = (cookie: string | undefined) => sessionOpens(idp, cookie);

describe("a recovery code", () => {
  async function atCodePage(acr: Record<string, string>, user: User) {
    const visitor = thiefOf(user);
    const page = await visitor.visit(sp, acr);
    expect(askedBy(page)).toBe("/login/totp");
    const returnUrl = /returnUrl" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
    const recovery = await visitor.look(`/login/recovery?returnUrl=${encodeURIComponent(returnUrl)}`);
    expect(askedBy(recovery)).toBe("/login/recovery");
    return { visitor, recovery };
  }

  test("never yields more than low", async () => {
    const { user, recoveryCode } = await withApp();
    const { visitor, recovery } = await atCodePage(wanting("substantial"), user);
    expect(errorOf(await visitor.answer(recovery, { code: recoveryCode }))).toBe(UNMET);
  });

  test("yields low where the SP takes that, once", async () => {
    const { user, recoveryCode, moreRecoveryCodes } = await withApp();
    expect(moreRecoveryCodes).toHaveLength(9);
    const { visitor, recovery } = await atCodePage(wanting("substantial", "low"), user);
    const stop = await visitor.through(await visitor.answer(recovery, { code: recoveryCode.toLowerCase() }));
    const { acr, amr } = await said(visitor, stop);
    expect(acr).toBe(loa("low"));
    expect(amr).not.toContain("mfa");
    expect(amr).not.toContain("otp");

    const again = await atCodePage(wanting("substantial", "low"), user);
    const refused = await again.visitor.answer(again.recovery, { code: recoveryCode });
    expect(refused.status).toBe(403);
    const other = await again.visitor.answer(refused, { code: moreRecoveryCodes[0] ?? "" });
    expect(errorOf(other)).toBe("none: a code");
  });

  test("of several uses at once one is good", async () => {
    const { user, recoveryCode } = await withApp();
    const pages = await Promise.all(
      Array.from({ length: 6 }, () => atCodePage(wanting("substantial", "low"), user)),
    );
    const answers = await Promise.all(
      pages.map(({ visitor, recovery }) => visitor.answer(recovery, { code: recoveryCode })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403, 403]);
  });

  test("does not keep the human from the real factor later in that session", async () => {
    const { user, seed, recoveryCode } = await withApp();
    const { visitor, recovery } = await atCodePage(wanting("substantial", "low"), user);
    await visitor.through(await visitor.answer(recovery, { code: recoveryCode }));
    const stepping = withTotp(visitor, seed);
    const stop = await stepping.visit(sp, wanting("substantial"));
    expect(stepping.asked).toEqual(["/login/totp"]);
    expect((await said(stepping, stop)).acr).toBe(loa("substantial"));
  });

  test("adds no factor that counts for more than low", async () => {
    const { user, recoveryCode } = await withApp();
    const { visitor, recovery } = await atCodePage(wanting("substantial", "low"), user);
    await visitor.through(await visitor.answer(recovery, { code: recoveryCode }));
    expect((await visitor.open("/account/passkey")).html).toContain("assurance level “low”");
  });
});

describe("a reset", () => {
  const password = "violet-tractor-lamp-93";
  const reset = (code: string, change = {}) =>
    new Visitor(idp).post("/reset", { code, password, repeat: password, ...change });

  test("by a link that works once; looking at it uses nothing up", async () => {
    const user = await newUser();
    const code = await oneTimeCode(user, "reset", "low");
    const stranger = new Visitor(idp);
    for (let look = 0; look < 2; look++) {
      const page = await stranger.look(`/reset?code=${code}`);
      expect([page.status, askedBy(page)]).toEqual([200, "/reset"]);
    }
    const page = await stranger.look(`/reset?code=${code}`);
    const done = await stranger.answer(page, { password, repeat: password });
    expect(done.html).toContain("Your password is set");
    expect((await reset(code)).status).toBe(400);
    expect(errorOf(await thiefOf({ ...user, password }).visit(sp))).toBe("none: a code");
    expect((await thiefOf(user).visit(sp)).status).toBe(403); // the old one
  });

  test("a password that is refused leaves the link good", async () => {
    const user = await newUser();
    const code = await oneTimeCode(user, "reset", "low");
    for (const change of [
      { repeat: "other" },
      { password: "short", repeat: "short" },
      { password: "password123", repeat: "password123" },
    ]) {
      const stop = await reset(code, change);
      expect([stop.status, askedBy(stop)]).toEqual([400, "/reset"]);
    }
    expect((await reset(code)).status).toBe(200);
  });

  test("ends every session at once", async () => {
    const user = await newUser();
    const [one, two] = [thiefOf(user), thiefOf(user)];
    await one.visit(sp);
    await two.visit(sp);
    await reset(await oneTimeCode(user, "reset", "low"));
    for (const visitor of [one, two]) {
      expect(await opens(visitor.browser.cookies.get(COOKIE))).toBe(false);
      expect(errorOf(await visitor.visit(sp, { prompt: "none" }))).toBe("login_required");
    }
  });

  test("makes a password that counts as low, even beside an app", async () => {
    const { user, seed } = await withApp();
    await reset(await oneTimeCode(user, "reset", "low"));
    const visitor = withTotp(thiefOf({ ...user, password }), seed);
    expect(errorOf(await visitor.visit(sp, wanting("substantial")))).toBe(UNMET);
    const stop = await visitor.visit(sp, wanting("substantial", "low"));
    expect((await said(visitor, stop)).acr).toBe(loa("low"));
  });

  test("a password entered before it does not go on after it", async () => {
    const user = await newUser();
    const thief = thiefOf(user);
    const consent = await thief.with({ "/consent": undefined }).visit(sp);
    expect(askedBy(consent)).toBe("/consent");
    await reset(await oneTimeCode(user, "reset", "low"));
    expect((await thief.answer(consent, { decision: "allow" })).status).toBe(400);
  });

  test("a password entered before it, and not yet a session, does not become one", async () => {
    const user = await newUser();
    const browser = idp.browser();
    const begun = await browser.post("/connect/authorize", await authorizeForm(sp));
    const returnUrl = new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl") ?? "";
    const login = await browser.post("/login", {
      returnUrl,
      username: user.username,
      password: user.password,
    });
    expect(login.status).toBe(302);
    later(1);
    await reset(await oneTimeCode(user, "reset", "low"));
    const callback = await browser.get(returnUrl);
    expect(callback.headers.get("location")).toContain("/login?returnUrl=");
    expect([...browser.cookies.keys()]).not.toContain("__Host-session");
  });

  test("by a link that is a day old, made up, for something else, or of somebody deactivated, is none", async () => {
    const user = await newUser();
    const enrol = await oneTimeCode(user, "enrol", "high");
    for (const code of ["", "0000-0000-0000-0000", enrol]) expect((await reset(code)).status).toBe(400);
    const late = await oneTimeCode(user, "reset", "low");
    later(86_401);
    expect((await reset(late)).status).toBe(400);
    const gone = await newUser();
    const code = await oneTimeCode(gone, "reset", "low");
    await directory().prepare("UPDATE humans SET status = 'inactive' WHERE id = ?").bind(gone.id).run();
    expect((await reset(code)).status).toBe(400);
    expect(errorOf(await thiefOf(user).visit(sp))).toBe("none: a code"); // nothing was changed
  });

  test("takes nothing from another site", async () => {
    const code = await oneTimeCode(await newUser(), "reset", "low");
    const form = { code, password, repeat: password };
    const response = await idp.browser().post("/reset", form, { "sec-fetch-site": "cross-site" });
    expect(response.status).toBe(403);
  });
});

describe("a password that has to be changed", () => {
  const chosen = "violet-tractor-lamp-93";
  const changing = { "/login/new-password": { password: chosen, repeat: chosen } };
  async function newcomer() {
    const user = await newUser();
    await requirePasswordChange(directory(), user.id);
    return user;
  }

  test("is changed before anything else, once", async () => {
    const user = await newcomer();
    const visitor = thiefOf(user).with(changing);
    expect(errorOf(await visitor.visit(sp))).toBe("none: a code");
    expect(visitor.asked).toEqual(["/login", "/login/new-password", "/consent"]);
    expect((await thiefOf(user).visit(sp)).status).toBe(403);
    const anew = thiefOf({ ...user, password: chosen });
    expect(errorOf(await anew.visit(sp))).toBe("none: a code");
    expect(anew.asked).toEqual(["/login"]);
  });

  test("is no way round: neither session nor account nor code before it", async () => {
    const user = await newcomer();
    const visitor = thiefOf(user);
    const page = await visitor.visit(sp);
    expect(askedBy(page)).toBe("/login/new-password");
    expect(visitor.browser.cookies.has(COOKIE)).toBe(false);
    const account = await visitor.open("/account");
    expect(askedBy(account)).toBe("/login/new-password");
    for (const weak of ["short", "password123", "una@example.com", user.password]) {
      const stop = await visitor.answer(page, { password: weak, repeat: weak });
      expect([weak, stop.status, askedBy(stop)]).toEqual([weak, 400, "/login/new-password"]);
    }
    expect((await visitor.answer(page, { password: chosen, repeat: "other" })).status).toBe(400);
  });

  test("nobody else is asked, and nobody can be made to change one by that form", async () => {
    const user = await newUser();
    const visitor = thiefOf(user).with({ ...changing, "/consent": undefined });
    const consent = await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login"]);
    const authzId = /authzId" value="([^"]*)"/.exec(consent.html)?.[1] ?? "";
    const returnUrl = `/connect/authorize/callback?authzId=${authzId}`;
    await visitor.post("/login/new-password", { returnUrl, password: chosen, repeat: chosen });
    expect(errorOf(await thiefOf(user).visit(sp))).toBe("none: a code"); // the old one still
  });
});
