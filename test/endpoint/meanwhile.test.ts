/** What is ended while a sign-in is under way, or a token is out: nothing from before it counts after it. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  activateStatement,
  deactivateStatements,
  endStatements,
} from "../../src/directory/administration.ts";
import { setPasswordsStatement } from "../../src/directory/credentials.ts";
import { removeMembershipStatements } from "../../src/directory/membership.ts";
import { humanWithApp, nextTotpCode, sessionOpens, totpCode, wanting } from "../support/factors.ts";
import { askedBy, Visitor } from "../support/visitor.ts";
import { directory, type Instance, later, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { loa, ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
});
// Time goes on from test to test, and never back: so do the objects that remember when the registry was asked.
afterAll(() => {
  vi.useRealTimers();
});
const now = () => Math.floor(Date.now() / 1000);
const deactivate = (id: string) => directory().batch(deactivateStatements(directory(), [id], now()));
const activate = (id: string) => activateStatement(directory(), [id], now()).run();
const giveAnotherPassword = (id: string, begun = now()) =>
  directory().batch([
    setPasswordsStatement(
      directory(),
      [{ humanId: id, hash: "plain:another", level: "low", mustChange: false }],
      begun,
    ),
    ...endStatements(directory(), [id], begun),
  ]);

test("a command that took its time ends what began until it was done", async () => {
  const user = await newUser();
  const begun = now() - 600; // it waited for a password to be typed
  later(0);
  const thief = new Visitor(idp, user); // who has the old one
  const { accessToken } = await thief.redeem(sp, await thief.visit(sp));
  const cookie = thief.browser.cookies.get("__Host-session");
  await giveAnotherPassword(user.id, begun);
  expect((await thief.userinfo(accessToken)).status).toBe(401);
  expect(await sessionOpens(idp, cookie)).toBe(false);
});

describe("while the registry is asked about the organisation", () => {
  test.each<[string, (id: string) => Promise<unknown>]>([
    ["another password is set", giveAnotherPassword],
    ["the human is deactivated, and active again", async (id) => [await deactivate(id), await activate(id)]],
    [
      "the consent is withdrawn",
      (id) => directory().prepare("DELETE FROM consents WHERE human_id = ?").bind(id).run(),
    ],
    [
      "the membership ends",
      (id) => directory().prepare("DELETE FROM memberships WHERE human_id = ?").bind(id).run(),
    ],
  ])("%s: no code", async (_, end) => {
    const number = String(Math.floor(Math.random() * 1e9)).padStart(9, "0");
    const organisation = { id: `EU.EORI.NL${number}`, name: "Slow" };
    const user = await newUser({ organisations: [organisation] });
    const before = new Visitor(idp, user);
    await before.redeem(sp, await before.visit(sp)); // the consent is remembered
    later(4000); // and the registry's answer old
    const asked = globalThis.fetch;
    let ended = false;
    vi.stubGlobal("fetch", async (input: RequestInfo, init?: RequestInit) => {
      if (!ended && decodeURIComponent(new Request(input, init).url).includes(organisation.id)) {
        ended = true;
        await end(user.id);
      }
      return asked(input, init);
    });
    let tries = 0;
    const visitor = new Visitor(idp, user).with({
      "/consent": undefined,
      "/login": () => ({ username: user.username, password: tries++ === 0 ? user.password : "not any more" }),
    });
    const stop = await visitor.visit(sp).catch(() => undefined); // or the login page, without end
    vi.stubGlobal("fetch", asked);
    expect(ended).toBe(true);
    expect(stop?.url.searchParams.has("code") ?? false).toBe(false);
  });
});

test("who lost an organisation by command speaks for it no more at userinfo", async () => {
  later(0);
  const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
  const chosen = { organisation: SECOND_ORGANISATION.id, decision: "allow" };
  const visitor = new Visitor(idp, user).with({ "/organisation": chosen });
  const { accessToken } = await visitor.redeem(sp, await visitor.visit(sp));
  expect((await visitor.userinfo(accessToken)).status).toBe(200);
  await directory().batch(
    removeMembershipStatements(directory(), user.id, SECOND_ORGANISATION.id, "test", now()),
  );
  expect((await visitor.userinfo(accessToken)).status).toBe(401);
});

const offAndOn = async (id: string) => {
  later(1);
  await deactivate(id);
  await directory().prepare("DELETE FROM totp WHERE human_id = ?").bind(id).run();
  later(1);
  await activate(id);
  later(60);
};

test("a factor that was proven in a sign-in before all was ended does not count beside one from after it", async () => {
  later(0);
  const { user, seed } = await humanWithApp(idp);
  const stopped = { "/login": undefined, "/consent": undefined, "/login/totp": undefined };
  const thief = new Visitor(idp, user).with(stopped);
  const acr = { prompt: "login", acr_values: [loa("substantial"), loa("low")].join(" ") };
  const login = await thief.visit(sp, acr);
  const factor = await thief.answer(login, { username: user.username, password: user.password }, "/login");
  later(30);
  const consent = await thief.answer(factor, { code: totpCode(seed) });
  expect(askedBy(consent)).toBe("/consent");
  await offAndOn(user.id);
  const again = await thief.answer(consent, { decision: "allow" });
  const back = await thief
    .with({
      "/login": { username: user.username, password: user.password },
      "/consent": { decision: "allow" },
    })
    .through(again);
  const { claims } = await thief.redeem(sp, back);
  expect(claims).toMatchObject({ acr: loa("low"), amr: ["pwd"] });
});

test("what a sign-in had taken from a session before all was ended is taken anew", async () => {
  later(0);
  const { user, seed } = await humanWithApp(idp);
  const thief = new Visitor(idp, user).with({
    "/consent": undefined,
    "/login/totp": () => ({ code: nextTotpCode(seed) }),
  });
  expect(askedBy(await thief.visit(sp, wanting("substantial")))).toBe("/consent");
  const waiting = await thief.visit(sp, { acr_values: [loa("substantial"), loa("low")].join(" ") });
  expect(askedBy(waiting)).toBe("/consent");
  await offAndOn(user.id);
  await thief.visit(sp, wanting("low")); // in another tab, by password
  const done = await thief.with({ "/consent": { decision: "allow" } }).answer(waiting, { decision: "allow" });
  const { claims } = await thief.redeem(
    sp,
    await thief.with({ "/consent": { decision: "allow" } }).through(done),
  );
  expect(claims.acr).toBe(loa("low"));
});
