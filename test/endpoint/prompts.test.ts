/** What an SP may demand of a sign-in where somebody has a session: prompt, max_age, hints. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { readForm } from "../support/browser.ts";
import { askedBy, errorOf, Visitor } from "../support/visitor.ts";
import { type Instance, later, newUser, skipHashing, startWorker, type User } from "../support/worker.ts";
import { IDP_ID, ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

const BOTH = [ORGANISATION, SECOND_ORGANISATION];

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

/** A human who has signed in to the first SP. */
async function signedIn(human?: User, at: Instance = idp) {
  later(0); // time stands still but where a test moves it
  const user = human ?? (await newUser());
  const visitor = new Visitor(at, user);
  const stop = await visitor.visit(sp);
  expect(visitor.asked).toContain("/login");
  return { visitor, user, ...(await visitor.redeem(sp, stop)) };
}
describe("prompt=none", () => {
  test("without a session: login_required", async () => {
    const stop = await new Visitor(idp).visit(sp, { prompt: "none" });
    expect(errorOf(stop)).toBe("login_required");
    expect(stop.url.href).toContain(sp.redirectUri);
    expect(stop.url.searchParams.get("state")).toBe("state-1");
  });

  test("before consent: consent_required; after it: a code", async () => {
    const { visitor } = await signedIn();
    expect(errorOf(await visitor.visit(otherSp, { prompt: "none" }))).toBe("consent_required");
    await visitor.visit(otherSp);
    expect(errorOf(await visitor.visit(otherSp, { prompt: "none" }))).toBe("none: a code");
    expect(visitor.asked).toEqual([]);
  });

  test("with an organisation to choose: interaction_required", async () => {
    const user = await newUser({ organisations: BOTH });
    const visitor = new Visitor(idp, user);
    await visitor.open("/account");
    expect(errorOf(await visitor.visit(sp, { prompt: "none" }))).toBe("interaction_required");
  });

  test("with another human expected: login_required", async () => {
    const other = await signedIn();
    const { visitor } = await signedIn();
    const asked = { prompt: "none", id_token_hint: other.idToken };
    expect(errorOf(await visitor.visit(sp, asked))).toBe("login_required");
  });

  test("where a sign-in is too old, or a level is not reached: login_required", async () => {
    const { visitor } = await signedIn();
    later(60);
    expect(errorOf(await visitor.visit(sp, { prompt: "none", max_age: 59 }))).toBe("login_required");
    expect(errorOf(await visitor.visit(sp, { prompt: "none", max_age: 60 }))).toBe("none: a code");
  });
});

describe("what an SP may demand", () => {
  test("prompt=login asks again, with a new auth_time", async () => {
    const { visitor, claims } = await signedIn();
    later(100);
    const stop = await visitor.visit(sp, { prompt: "login" });
    expect(visitor.asked).toEqual(["/login"]);
    const again = await visitor.redeem(sp, stop);
    expect(again.claims.auth_time).toBe(Number(claims.auth_time) + 100);
  });

  test("prompt=login is not satisfied by going to the callback", async () => {
    const { visitor } = await signedIn();
    const page = await visitor.with({ "/login": undefined }).visit(sp, { prompt: "login" });
    expect(askedBy(page)).toBe("/login");
    const returnUrl = page.url.searchParams.get("returnUrl") ?? "";
    expect(askedBy(await visitor.look(returnUrl))).toBe("/login");
  });

  test("max_age: auth_time is the true one, and what is too old is asked again", async () => {
    const { visitor, claims } = await signedIn();
    later(300);
    const within = await visitor.redeem(sp, await visitor.visit(sp, { max_age: 300 }));
    expect(visitor.asked).toEqual([]);
    expect(within.claims.auth_time).toBe(claims.auth_time);
    expect(Number(within.claims.iat)).toBeGreaterThanOrEqual(Number(claims.auth_time) + 300);
    later(1);
    const anew = await visitor.redeem(sp, await visitor.visit(sp, { max_age: 300 }));
    expect(visitor.asked).toEqual(["/login"]);
    expect(anew.claims.auth_time).toBe(Number(claims.auth_time) + 301);
  });

  test("max_age=0 asks each time", async () => {
    const { visitor } = await signedIn();
    later(1);
    await visitor.visit(sp, { max_age: 0 });
    expect(visitor.asked).toEqual(["/login"]);
  });

  test("prompt=consent asks for consent again, and for no password", async () => {
    const { visitor } = await signedIn();
    await visitor.visit(sp, { prompt: "consent" });
    expect(visitor.asked).toEqual(["/consent"]);
  });

  test("prompt=select_account: going on as who one is", async () => {
    const { visitor, user, claims } = await signedIn();
    const page = await visitor.visit(sp, { prompt: "select_account" });
    expect(askedBy(page)).toBe("/login/account");
    expect(page.html).toContain(user.username);
    const stop = await visitor.answer(page, { decision: "continue" });
    expect((await visitor.redeem(sp, stop)).claims.sub).toBe(claims.sub);
  });

  test("prompt=select_account: or as somebody else", async () => {
    const { visitor, claims } = await signedIn();
    const other = await newUser();
    const page = await visitor.visit(sp, { prompt: "select_account" });
    const login = await visitor.answer(page, { decision: "other" });
    expect(askedBy(login)).toBe("/login");
    expect(login.html).not.toContain('value="user-');
    const visiting = visitor.with({ "/login": { ...other } });
    const stop = await visiting.through(login);
    expect(visiting.asked).toEqual(["/login", "/consent"]);
    expect((await visiting.redeem(sp, stop)).claims.sub).not.toBe(claims.sub);
  });

  test("prompt=select_account without a session asks who it is by the login page", async () => {
    const visitor = new Visitor(idp, await newUser());
    expect(errorOf(await visitor.visit(sp, { prompt: "select_account" }))).toBe("none: a code");
    expect(visitor.asked).toEqual(["/login", "/consent"]);
  });

  test("id_token_hint of who is signed in goes on", async () => {
    const { visitor, idToken } = await signedIn();
    later(120); // a hint may have expired
    expect(errorOf(await visitor.visit(sp, { id_token_hint: idToken }))).toBe("none: a code");
    expect(visitor.asked).toEqual([]);
  });

  test("id_token_hint of another human: the login page; and login_required when that one does not come", async () => {
    const other = await signedIn();
    const { visitor, user } = await signedIn();
    const page = await visitor.with({ "/login": undefined }).visit(sp, { id_token_hint: other.idToken });
    expect(askedBy(page)).toBe("/login");
    expect(errorOf(await visitor.through(page))).toBe("login_required");

    const again = await visitor.with({ "/login": undefined }).visit(sp, { id_token_hint: other.idToken });
    const asOther = visitor.with({ "/login": { ...other.user } });
    const stop = await asOther.through(again);
    expect((await asOther.redeem(sp, stop)).claims.sub).toBe(other.claims.sub);
    expect(user.id).not.toBe(other.user.id);
  });

  test("a hint that another SP got, or that is not ours, hints at nobody", async () => {
    const other = await signedIn();
    const { visitor } = await signedIn();
    await visitor.visit(otherSp);
    const forged = `${other.idToken.slice(0, -8)}AAAAAAAA`;
    for (const hint of [other.idToken, forged]) {
      expect(errorOf(await visitor.visit(otherSp, { id_token_hint: hint }))).toBe("none: a code");
      expect(visitor.asked).toEqual([]);
    }
  });

  test.each([
    [{ ui_locales: "xx fr-CA nl" }, "fr"],
    [{ language: "nl", ui_locales: "de" }, "nl"],
    [{ ui_locales: "xx", claims_locales: "de" }, "en"],
  ])("%j is spoken as %s", async (asked, language) => {
    const page = await new Visitor(idp).visit(sp, asked);
    expect(page.html).toContain(`<html lang="${language}"`);
  });

  test("form_post carries code, state and iss", async () => {
    const page = await new Visitor(idp, await newUser()).visit(sp, { response_mode: "form_post" });
    const { action, fields } = readForm(page.html);
    expect([page.status, action]).toEqual([200, sp.redirectUri]);
    expect(fields).toEqual({ code: expect.stringMatching(/^[\w-]{86,}$/), state: "state-1", iss: IDP_ID });
  });

  test("login_hint is proposed", async () => {
    const page = await new Visitor(idp).visit(sp, { login_hint: "una@example.com" });
    expect(page.html).toContain('value="una@example.com"');
  });
});
