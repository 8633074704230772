/**
 * A human who is deactivated: nothing that they began goes on, at once; and nothing of it comes back when they are active
 * again. Deactivation is a change of the directory alone, as a command makes it.
 */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  activateStatement,
  deactivateStatements,
  endStatements,
} from "../../src/directory/administration.ts";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { humanWithApp, levelSaid, oneTimeCode, sessionOpens, wanting } from "../support/factors.ts";
import { askedBy, errorOf, Visitor } from "../support/visitor.ts";
import { directory, type Instance, later, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { loa, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
});
afterEach(() => {
  vi.useRealTimers();
});

const now = () => Math.floor(Date.now() / 1000);
const deactivate = (id: string) => directory().batch(deactivateStatements(directory(), [id], now()));
const activate = (id: string) => activateStatement(directory(), [id], now()).run();
/** Off and on again, a second each, as fast as any administrator. */
async function offAndOn(id: string) {
  later(1);
  await deactivate(id);
  later(1);
  await activate(id);
}

async function signedIn() {
  later(0);
  const user = await newUser();
  const visitor = new Visitor(idp, user);
  const tokens = await visitor.redeem(sp, await visitor.visit(sp));
  const cookie = visitor.browser.cookies.get("__Host-session");
  return { user, visitor, cookie, ...tokens };
}

describe.each([
  ["deactivated", deactivate],
  ["deactivated and active again", offAndOn],
  [
    "given a password by an administrator",
    (id: string) => directory().batch(endStatements(directory(), [id], now())),
  ],
  ["erased", (id: string) => directory().batch(eraseStatements(directory(), id, "test", now()))],
])("%s", (_, end) => {
  test("the session opens no account page and signs nobody in", async () => {
    const { user, visitor, cookie } = await signedIn();
    expect(await sessionOpens(idp, cookie)).toBe(true);
    await end(user.id);
    expect(await sessionOpens(idp, cookie)).toBe(false);
    const stranger = visitor.with({ "/login": undefined });
    expect(askedBy(await stranger.visit(sp))).toBe("/login");
    expect(errorOf(await visitor.visit(sp, { prompt: "none" }))).toBe("login_required");
  });

  test("the access token is refused", async () => {
    const { user, visitor, accessToken } = await signedIn();
    expect((await visitor.userinfo(accessToken)).status).toBe(200);
    await end(user.id);
    const refused = await visitor.userinfo(accessToken);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  test("a sign-in under way comes to no code", async () => {
    later(0);
    const user = await newUser();
    const visitor = new Visitor(idp, user).with({ "/consent": undefined });
    const consent = await visitor.visit(sp);
    expect(askedBy(consent)).toBe("/consent");
    await end(user.id);
    const after = await visitor.answer(consent, { decision: "allow" });
    expect(after.url.searchParams.has("code")).toBe(false);
  });

  test("a code of the last minute yields a token that opens nothing", async () => {
    later(0);
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    const stop = await visitor.visit(sp);
    await end(user.id);
    const { accessToken, claims } = await visitor.redeem(sp, stop);
    expect(claims.auth_time).toBeLessThanOrEqual(now()); // true: they signed in then
    expect((await visitor.userinfo(accessToken)).status).toBe(401);
  });

  test("a link handed out before works no more", async () => {
    later(0);
    const user = await newUser();
    const code = await oneTimeCode(user, "reset", "low");
    await end(user.id);
    const form = { code, password: "a quite new passphrase", repeat: "a quite new passphrase" };
    const stop = await new Visitor(idp).post("/reset", form);
    expect(stop.status).toBeGreaterThanOrEqual(400);
  });
});

describe("active again", () => {
  test("signs in anew, and that session stands", async () => {
    const { user, visitor } = await signedIn();
    await offAndOn(user.id);
    later(1);
    const tokens = await visitor.redeem(sp, await visitor.visit(sp));
    expect(visitor.asked).toContain("/login");
    expect((await visitor.userinfo(tokens.accessToken)).status).toBe(200);
    await visitor.visit(sp);
    expect(visitor.asked).toEqual([]);
  });

  test("a session from before lends nothing to a new proof: both factors are asked for", async () => {
    later(0);
    const { user, visitor } = await humanWithApp(idp);
    const first = await visitor.visit(sp, wanting("substantial"));
    expect(await levelSaid(visitor, first, sp)).toMatchObject({ acr: loa("substantial") });
    await offAndOn(user.id);
    later(60); // for another time step
    const onlyPassword = visitor.with({ "/login/totp": undefined });
    expect(askedBy(await onlyPassword.visit(sp, wanting("substantial")))).toBe("/login/totp");
  });

  test("an erased human is not made active", async () => {
    const { user } = await signedIn();
    await directory().batch(eraseStatements(directory(), user.id, "test", now()));
    await activate(user.id);
    const row = await directory().prepare("SELECT status FROM humans WHERE id = ?").bind(user.id).first();
    expect(row).toEqual({ status: "inactive" });
  });
});
