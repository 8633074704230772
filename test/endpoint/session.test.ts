/** The sign-on session: asked once for several SPs, true to what an SP demands, over when it is over. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { decodePayload } from "../support/jwt.ts";
import { askedBy, errorOf, Visitor } from "../support/visitor.ts";
import {
  directory,
  type Instance,
  later,
  newUser,
  skipHashing,
  startWorker,
  type User,
} from "../support/worker.ts";
import { authorizeForm, ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

const COOKIE = "__Host-session";
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
/** Whether this cookie still opens anything. */
async function opens(cookie: string | undefined): Promise<boolean> {
  const browser = idp.browser();
  browser.cookies.set(COOKIE, cookie ?? "");
  return (await browser.get("/account")).status === 200;
}
const cookieOf = (visitor: Visitor) => visitor.browser.cookies.get(COOKIE);

describe("single sign-on", () => {
  test("credentials are asked for once; consent at the first visit to each SP", async () => {
    const { visitor, claims } = await signedIn();
    expect(visitor.asked).toEqual(["/login", "/consent"]);
    const second = await visitor.visit(otherSp);
    expect(visitor.asked).toEqual(["/consent"]);
    const there = await visitor.redeem(otherSp, second);
    expect(there.claims).toMatchObject({ auth_time: claims.auth_time, acr: claims.acr, amr: ["pwd"] });
    expect(there.claims.sub).not.toBe(claims.sub); // one pseudonym per SP
    const again = await visitor.visit(otherSp);
    expect(visitor.asked).toEqual([]);
    expect((await visitor.redeem(otherSp, again)).claims.sub).toBe(there.claims.sub);
  });

  test("consent is asked for again for more scopes, and not for fewer", async () => {
    const { visitor } = await signedIn();
    const scope = "openid iSHARE name email company phone";
    await visitor.visit(sp, { scope });
    expect(visitor.asked).toEqual(["/consent"]);
    for (const less of ["openid iSHARE name", "iSHARE openid", scope]) {
      await visitor.visit(sp, { scope: less });
      expect(visitor.asked).toEqual([]);
    }
  });

  test("a consent that was withdrawn is asked for again; the other SP's stands", async () => {
    const { visitor } = await signedIn();
    await visitor.visit(otherSp);
    await visitor.post("/account/consents/withdraw", { party: sp.id, organisation: ORGANISATION.id });
    await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/consent"]);
    await visitor.visit(otherSp);
    expect(visitor.asked).toEqual([]);
  });

  test("no is no, now and the next time", async () => {
    const visitor = new Visitor(idp, await newUser()).with({ "/consent": { decision: "deny" } });
    const refused = await visitor.visit(sp);
    expect(errorOf(refused)).toBe("access_denied");
    expect(refused.url.searchParams.get("state")).toBe("state-1");
    expect(errorOf(await visitor.visit(sp, { prompt: "none" }))).toBe("consent_required");
  });

  test("the session is found at GET /login, although the cross-site POST brought no cookie", async () => {
    const { visitor } = await signedIn();
    const begun = await visitor.browser.postFromElsewhere("/connect/authorize", await authorizeForm(sp));
    expect(begun.headers.getSetCookie().join()).not.toContain(COOKIE);
    const login = await visitor.browser.get(begun.headers.get("location") ?? "");
    expect(login.status).toBe(302); // and no page
    expect(login.headers.get("location")).toMatch(/^\/connect\/authorize\/callback\?authzId=/);
  });

  test("a stranger's browser has no part in it", async () => {
    await signedIn();
    const stop = await new Visitor(idp).visit(sp);
    expect(askedBy(stop)).toBe("/login");
  });
});

describe("its end", () => {
  test("after thirty minutes without use", async () => {
    const { visitor } = await signedIn();
    later(1700);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual([]);
    later(1700); // used meanwhile
    await visitor.visit(sp);
    expect(visitor.asked).toEqual([]);
    later(1801);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login"]);
  });

  test("after eight hours, used or not", async () => {
    const { visitor } = await signedIn();
    for (let used = 0; used < 16; used++) {
      later(1790);
      await visitor.visit(sp);
      expect(visitor.asked).toEqual([]);
    }
    later(28_800 - 16 * 1790);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login"]);
  });

  test("as the operator set it", async () => {
    const at = idp.with({ SESSION_IDLE_SECONDS: "300", SESSION_SECONDS: "600" });
    const { visitor } = await signedIn(undefined, at);
    later(301);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login"]);
    for (const seconds of [290, 290]) {
      later(seconds);
      await visitor.visit(sp);
      expect(visitor.asked).toEqual([]);
    }
    later(20);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login"]);
  });

  test("at once, when it is revoked from elsewhere", async () => {
    const { visitor, user } = await signedIn();
    const elsewhere = new Visitor(idp, user);
    await elsewhere.open("/account");
    expect(await opens(cookieOf(visitor))).toBe(true);
    await elsewhere.post("/account/sessions/end", { session: "all" });
    expect(await opens(cookieOf(visitor))).toBe(false);
    expect(await opens(cookieOf(elsewhere))).toBe(false);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual(["/login"]);
  });

  test("with its human: who was deactivated is not signed in, and another can sign in", async () => {
    const { visitor, user } = await signedIn();
    await directory().prepare("UPDATE humans SET status = 'inactive' WHERE id = ?").bind(user.id).run();
    expect(await opens(cookieOf(visitor))).toBe(false);
    expect(errorOf(await visitor.visit(sp, { prompt: "none" }))).toBe("login_required");
    const page = await visitor.with({ "/login": undefined }).visit(sp);
    expect(askedBy(page)).toBe("/login");
    expect((await visitor.answer(page, { ...user })).status).toBe(403); // as if unknown
    const other = await newUser();
    expect(errorOf(await visitor.with({ "/login": { ...other } }).through(page))).toBe("none: a code");
  });
});

describe("its cookie", () => {
  test("is ours alone, and ends with the browser", async () => {
    const visitor = new Visitor(idp, await newUser());
    const page = await visitor.with({ "/login": undefined }).visit(sp);
    const returnUrl = page.url.searchParams.get("returnUrl") ?? "";
    const user = await newUser();
    await visitor.browser.post("/login", { returnUrl, ...user });
    const response = await visitor.browser.get(returnUrl);
    const line = response.headers.getSetCookie().find((it) => it.startsWith(`${COOKIE}=`));
    expect(line).toMatch(/^__Host-session=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("is a new one at each sign-in; the old is dead at once", async () => {
    const { visitor } = await signedIn();
    const first = cookieOf(visitor);
    await visitor.visit(sp);
    expect(cookieOf(visitor)).toBe(first); // no sign-in
    await visitor.visit(sp, { prompt: "login" });
    const second = cookieOf(visitor);
    expect(second).not.toBe(first);
    expect(await opens(first)).toBe(false);
    expect(await opens(second)).toBe(true);
  });

  test("planted before the sign-in is not the one after it (session fixation)", async () => {
    const { visitor: attacker } = await signedIn();
    const planted = cookieOf(attacker) ?? "";
    const victim = new Visitor(idp, await newUser());
    victim.browser.cookies.set(COOKIE, planted);
    await victim.visit(sp, { prompt: "login" });
    expect(cookieOf(victim)).not.toBe(planted);
    expect(await opens(planted)).toBe(false);
  });

  test.each(["", "x", "A".repeat(43), "A".repeat(1500), "__proto__"])("%j opens nothing", async (cookie) => {
    expect(await opens(cookie)).toBe(false);
  });

  test("that was changed opens nothing", async () => {
    const { visitor } = await signedIn();
    const cookie = cookieOf(visitor) ?? "";
    const flipped = (at: number) =>
      cookie.slice(0, at) + (cookie[at] === "A" ? "B" : "A") + cookie.slice(at + 1);
    for (const at of [0, Math.floor(cookie.length / 2), cookie.length - 4]) {
      expect(await opens(flipped(at))).toBe(false);
    }
    expect(await opens(cookie)).toBe(true);
  });
});

describe("two humans in one browser", () => {
  test("each sign-in is who signed in last; the session before is over", async () => {
    const { visitor, claims } = await signedIn();
    const before = cookieOf(visitor);
    const other = await newUser();
    const stop = await visitor.with({ "/login": { ...other } }).visit(sp, { prompt: "login" });
    expect((await visitor.redeem(sp, stop)).claims.sub).not.toBe(claims.sub);
    expect(await opens(before)).toBe(false);
    const page = await visitor.look("/account");
    expect(page.html).toContain(other.username);
  });

  test("what one left open, the other does not go on with", async () => {
    const { visitor } = await signedIn();
    const open = await visitor.with({ "/consent": undefined }).visit(otherSp);
    expect(askedBy(open)).toBe("/consent");
    const other = await newUser();
    await visitor.with({ "/login": { ...other } }).visit(sp, { prompt: "login" });
    const stale = await visitor.answer(open, { decision: "allow" });
    expect(stale.status).toBe(400);
    const consents = await directory()
      .prepare("SELECT count(*) AS n FROM consents WHERE party_id = ? AND human_id = ?")
      .bind(otherSp.id, other.id)
      .first<{ n: number }>();
    expect(consents?.n).toBe(0);
  });

  test("back to the login page, and in as the other: the sign-in goes on as that one", async () => {
    const [one, two] = [await newUser(), await newUser()];
    const visitor = new Visitor(idp, one);
    const login = await visitor.with({ "/login": undefined }).visit(sp);
    const consent = await visitor.with({ "/consent": undefined }).through(login);
    expect(askedBy(consent)).toBe("/consent");
    const first = cookieOf(visitor);
    const stop = await visitor.with({ "/login": { ...two } }).through(login); // the back button
    const { claims } = await visitor.redeem(sp, stop);
    expect(await opens(first)).toBe(false);
    const again = new Visitor(idp, two);
    expect((await again.redeem(sp, await again.visit(sp))).claims.sub).toBe(claims.sub);
  });
});

describe("several organisations", () => {
  const chosen = { "/organisation": { organisation: SECOND_ORGANISATION.id, decision: "allow" } };

  test("one is chosen, remembered as default, and said in id_token and userinfo", async () => {
    const visitor = new Visitor(idp, await newUser({ organisations: BOTH })).with(chosen);
    const first = await visitor.redeem(sp, await visitor.visit(sp));
    expect(visitor.asked).toEqual(["/login", "/organisation", "/consent"]);
    const second = await visitor.redeem(otherSp, await visitor.visit(otherSp));
    expect(visitor.asked).toEqual(["/organisation", "/consent"]); // asked each time, the last choice first
    for (const { claims, accessToken } of [first, second]) {
      expect(claims.organisationIdentifier).toBe(SECOND_ORGANISATION.id);
      const info = decodePayload(await (await visitor.userinfo(accessToken)).text());
      expect(info).toMatchObject({
        organisationIdentifier: SECOND_ORGANISATION.id,
        company_id: SECOND_ORGANISATION.id,
        company_name: SECOND_ORGANISATION.name,
      });
    }
  });

  test("prompt=select_account asks again; consent is per organisation", async () => {
    const user = await newUser({ organisations: BOTH });
    const visitor = new Visitor(idp, user).with({ ...chosen, "/login/account": { decision: "continue" } });
    await visitor.visit(sp);
    const other = visitor.with({ "/organisation": { organisation: ORGANISATION.id, decision: "allow" } });
    const { claims } = await other.redeem(sp, await other.visit(sp, { prompt: "select_account" }));
    expect(other.asked).toEqual(["/login/account", "/organisation", "/consent"]);
    expect(claims.organisationIdentifier).toBe(ORGANISATION.id);
    const silent = await other.redeem(sp, await other.visit(sp, { prompt: "none" }));
    expect(silent.claims.organisationIdentifier).toBe(ORGANISATION.id); // and that is the default now
  });

  test("the default is changed in the account, and holds where nothing may be asked", async () => {
    const visitor = new Visitor(idp, await newUser({ organisations: BOTH })).with(chosen);
    await visitor.visit(sp);
    const other = visitor.with({ "/organisation": { organisation: ORGANISATION.id, decision: "allow" } });
    await other.visit(sp); // consent is per organisation
    await visitor.post("/account/organisation", { organisation: SECOND_ORGANISATION.id });
    const stop = await visitor.visit(sp, { prompt: "none" });
    expect((await visitor.redeem(sp, stop)).claims.organisationIdentifier).toBe(SECOND_ORGANISATION.id);
  });

  test("one who may represent one only is not asked", async () => {
    const { visitor, claims } = await signedIn();
    expect(visitor.asked).not.toContain("/organisation");
    expect(claims.organisationIdentifier).toBe(ORGANISATION.id);
  });

  test("no at the choice: access_denied", async () => {
    const visitor = new Visitor(idp, await newUser({ organisations: BOTH }));
    const denying = visitor.with({ "/organisation": { decision: "deny" } });
    expect(errorOf(await denying.visit(sp))).toBe("access_denied");
  });
});
