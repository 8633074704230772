/** `/account`: one's own factors, sessions, consents and sign-ins; nobody else's, and nothing without a session. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createAuthenticator } from "../support/authenticator.ts";
import { readForms } from "../support/browser.ts";
import { addPasskey, addTotp, oneTimeCode, withTotp } from "../support/factors.ts";
import { askedBy, errorOf, Visitor } from "../support/visitor.ts";
import { directory, type Instance, newUser, skipHashing, startWorker, type User } from "../support/worker.ts";
import { ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

const COOKIE = "__Host-session";
const PAGES = [
  "/account",
  "/account/factors",
  "/account/password",
  "/account/totp",
  "/account/passkey",
  "/account/sessions",
  "/account/consents",
];
const FORMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/account/organisation": { organisation: ORGANISATION.id },
  "/account/password": { current: "x", password: "violet-tractor-lamp-93", repeat: "violet-tractor-lamp-93" },
  "/account/totp": { code: "123456" },
  "/account/totp/remove": { code: "0000-0000-0000-0000" },
  "/account/recovery": {},
  "/account/passkey": { credential: "{}", name: "Key" },
  "/account/passkey/rename": { credential: "AAAA", name: "Key" },
  "/account/passkey/remove": { credential: "AAAA" },
  "/account/sessions/end": { session: "all" },
  "/account/consents/withdraw": { party: "did:ishare:EU.NL.NTRNL-10000020", organisation: ORGANISATION.id },
};

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

async function signedIn(human?: User) {
  const user = human ?? (await newUser());
  const visitor = new Visitor(idp, user);
  const page = await visitor.open("/account");
  expect([page.status, page.url.pathname]).toEqual([200, "/account"]);
  return { user, visitor };
}
const sessionOpens = async ({ browser }: Visitor): Promise<boolean> =>
  (await browser.get("/account")).status === 200;
const doneOf = ({ url }: { url: URL }) => url.searchParams.get("done");

describe("a session is needed", () => {
  test.each(PAGES)("for %s: signing in leads back to it", async (path) => {
    const visitor = new Visitor(idp, await newUser());
    const response = await visitor.browser.get(path);
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get("location") ?? "").pathname).toBe("/login");
    const page = await visitor.open(path);
    expect(visitor.asked).toEqual(["/login"]); // no consent: nobody to share with
    expect([page.status, page.url.pathname]).toEqual([200, path]);
    expect(page.response.headers.get("cache-control")).toBe("no-store");
    expect(page.response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test.each(Object.entries(FORMS))("to send %s", async (path, fields) => {
    const response = await idp.browser().post(path, fields);
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get("location") ?? "").pathname).toBe("/login");
  });

  test.each(Object.entries(FORMS))("and one's own page, to send %s", async (path, fields) => {
    const { visitor } = await signedIn();
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ]) {
      const response = await visitor.browser.post(path, fields, headers as unknown as Record<string, string>);
      expect(response.status).toBe(403);
    }
    expect(await sessionOpens(visitor)).toBe(true);
  });

  test("strangers can't begin sign-ins without end", async () => {
    const at = { "cf-connecting-ip": "192.0.2.200" };
    for (let visit = 0; visit < 100; visit++) await idp.browser().get("/account", at);
    const refused = await idp.browser().get("/account", at);
    expect(refused.status).toBe(429);
    expect(refused.headers.has("retry-after")).toBe(true);
    expect((await idp.browser().get("/account", { "cf-connecting-ip": "192.0.2.201" })).status).toBe(302);
  });
});

describe("overview", () => {
  test("says who is signed in, and the recent sign-ins: where, and how strongly", async () => {
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    await visitor.visit(sp);
    const { html } = await visitor.look("/account");
    for (const text of [user.username, "Una User", "First &amp; Sons", "password"])
      expect(html).toContain(text);
    expect(html).not.toContain("Second Service");
  });

  test("another's sign-ins are not shown", async () => {
    const other = new Visitor(idp, await newUser());
    await other.visit(otherSp);
    const { visitor } = await signedIn();
    expect((await visitor.look("/account")).html).not.toContain("Second Service");
  });

  test("only an organisation of one's own can be proposed first", async () => {
    const { visitor } = await signedIn(await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] }));
    const saved = await visitor.post("/account/organisation", { organisation: SECOND_ORGANISATION.id });
    expect(doneOf(saved)).toBe("organisation_saved");
    const form = readForms(saved.html).find(({ action }) => action === "/account/organisation");
    expect(form?.fields.organisation).toBe(SECOND_ORGANISATION.id);
    for (const organisation of ["did:ishare:EU.NL.NTRNL-66666666", ""])
      expect((await visitor.post("/account/organisation", { organisation })).status).toBe(400);
  });
});

describe("changing the password", () => {
  const chosen = "violet-tractor-lamp-93";
  async function change(visitor: Visitor, user: User, over: Readonly<Record<string, string>> = {}) {
    return visitor.post("/account/password", {
      current: user.password,
      password: chosen,
      repeat: chosen,
      ...over,
    });
  }

  test("with the right one: the new one holds, the old one does not, and other sessions are over", async () => {
    const { user, visitor } = await signedIn();
    const elsewhere = (await signedIn(user)).visitor;
    const done = await change(visitor, user);
    expect([done.url.pathname, doneOf(done)]).toEqual(["/account/factors", "password_changed"]);
    expect(await sessionOpens(visitor)).toBe(true);
    expect(await sessionOpens(elsewhere)).toBe(false);
    expect((await new Visitor(idp, user).visit(sp)).status).toBe(403);
    expect(errorOf(await new Visitor(idp, { ...user, password: chosen }).visit(sp))).toBe("none: a code");
  });

  test.each([
    ["a wrong one", { current: "wrong" }, 403, "The current password is not right"],
    ["none", { current: "" }, 403, "The current password is not right"],
    ["two that differ", { repeat: `${chosen}!` }, 400, "are not the same"],
    ["too short a one", { password: "q8#Zk!2x", repeat: "q8#Zk!2x" }, 400, "too short"],
    ["no new one", { password: "", repeat: "" }, 400, "too short"],
    ["a common one", { password: "password1234", repeat: "password1234" }, 400, "easy to guess"],
    ["one's own address", { password: "una@example.com", repeat: "una@example.com" }, 400, "your own name"],
    ["too long a one", { password: "x1".repeat(600), repeat: "x1".repeat(600) }, 400, "too long"],
  ])("with %s: refused, in words, and nothing is changed", async (_, over, status, words) => {
    const { user, visitor } = await signedIn();
    const page = await change(visitor, user, over);
    expect(page.status).toBe(status);
    expect(page.html).toContain(words);
    for (const secret of [user.password, ...Object.values(over)].filter((it) => it !== ""))
      expect(page.html).not.toContain(`value="${secret}"`);
    expect(errorOf(await new Visitor(idp, user).visit(sp))).toBe("none: a code");
  });

  test("one's own user name is no password", async () => {
    const { user, visitor } = await signedIn();
    const page = await change(visitor, user, { password: user.username, repeat: user.username });
    expect(page.status).toBe(400);
  });

  test("can't be guessed at from a session left open", async () => {
    const at = idp.with({ LOGIN_MAX_FAILURES: "3" });
    const user = await newUser();
    const visitor = new Visitor(at, user);
    await visitor.open("/account");
    for (let guess = 0; guess < 3; guess++)
      expect((await change(visitor, user, { current: "wrong" })).status).toBe(403);
    expect((await change(visitor, user)).status).toBe(429);
    expect(errorOf(await new Visitor(at, user).visit(sp))).toBe("none: a code"); // not locked out by that
  });
});

describe("sessions", () => {
  test("lists one's own, with the browser; ends one, and it is over at once", async () => {
    const { user, visitor } = await signedIn();
    const { visitor: elsewhere } = await signedIn(user);
    const page = await visitor.look("/account/sessions");
    const others = readForms(page.html).filter(({ fields }) => fields.session !== undefined);
    const ids = new Set(others.map(({ fields }) => fields.session));
    const own = await directory()
      .prepare("SELECT object_id FROM sessions WHERE human_id = ? ORDER BY created_at, object_id")
      .bind(user.id)
      .all<{ object_id: string }>();
    expect(own.results).toHaveLength(2);
    for (const { object_id } of own.results) expect(ids).toContain(object_id);

    for (const { object_id } of own.results) {
      if (!(await sessionOpens(elsewhere))) break;
      const ended = await visitor.post("/account/sessions/end", { session: object_id });
      if (!(await sessionOpens(visitor))) return; // that was this one
      expect(doneOf(ended)).toBe("session_ended");
    }
    expect(await sessionOpens(elsewhere)).toBe(false);
  });

  test("ends all, this one too", async () => {
    const { user, visitor } = await signedIn();
    const { visitor: elsewhere } = await signedIn(user);
    await visitor.browser.post("/account/sessions/end", { session: "all" });
    expect(visitor.browser.cookies.has(COOKIE)).toBe(false);
    expect(await sessionOpens(visitor)).toBe(false);
    expect(await sessionOpens(elsewhere)).toBe(false);
  });

  test("does not end another's", async () => {
    const other = await signedIn();
    const { visitor } = await signedIn();
    const { results } = await directory()
      .prepare("SELECT object_id FROM sessions WHERE human_id = ?")
      .bind(other.user.id)
      .all<{ object_id: string }>();
    for (const session of [results[0]?.object_id ?? "", "", "x"])
      await visitor.post("/account/sessions/end", { session });
    expect(await sessionOpens(other.visitor)).toBe(true);
    expect(await sessionOpens(visitor)).toBe(true);
  });
});

describe("consents", () => {
  test("lists what was agreed to, and withdraws it", async () => {
    const visitor = new Visitor(idp, await newUser());
    await visitor.visit(sp);
    const page = await visitor.look("/account/consents");
    for (const text of ["First &amp; Sons", ORGANISATION.name, "Your e-mail address"])
      expect(page.html).toContain(text);
    const form = readForms(page.html).find(({ action }) => action === "/account/consents/withdraw");
    const done = await visitor.post("/account/consents/withdraw", { ...form?.fields });
    expect(doneOf(done)).toBe("consent_withdrawn");
    expect(done.html).not.toContain("First &amp; Sons");
    expect(errorOf(await visitor.visit(sp, { prompt: "none" }))).toBe("consent_required");
  });

  test("withdraws nobody else's", async () => {
    const other = new Visitor(idp, await newUser());
    await other.visit(sp);
    const { visitor } = await signedIn();
    await visitor.post("/account/consents/withdraw", { party: sp.id, organisation: ORGANISATION.id });
    expect(errorOf(await other.visit(sp, { prompt: "none" }))).toBe("none: a code");
  });
});

test("no log line holds what is secret or personal", async () => {
  const user = await newUser();
  idp.log();
  const visitor = new Visitor(idp, user);
  const code = await oneTimeCode(user, "enrol", "substantial");
  const { seed, recoveryCode } = await addTotp(visitor, code);
  const key = await createAuthenticator();
  await addPasskey(withTotp(visitor, seed), key);
  const lines = JSON.stringify(idp.log());
  expect(lines).toContain("factor_enrolled");
  const cookies = [...visitor.browser.cookies.values()].filter((value) => value.length > 10);
  const secrets = [
    user.username,
    user.password,
    "una@example.com",
    user.id,
    code,
    seed,
    recoveryCode,
    key.credentialId,
  ];
  for (const secret of [...secrets, ...cookies]) expect(lines).not.toContain(secret);
  expect(askedBy(await visitor.look("/account/totp"))).toBeUndefined(); // one is there
});
