/** Who gets into the console, and whose forms it takes: an administrator, proven well, at this moment, from its own pages. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { CONSOLE } from "../../src/admin/console.ts";
import { deactivateStatements } from "../../src/directory/administration.ts";
import { eraseStatements } from "../../src/directory/personal-data.ts";
import { revokeRoleStatement } from "../../src/directory/role.ts";
import { administrator, auditOf, change, makeAdministrator, tokenOn } from "../support/console.ts";
import { humanWithApp } from "../support/factors.ts";
import { askedBy, Visitor } from "../support/visitor.ts";
import { directory, type Instance, later, newUser, skipHashing, startWorker } from "../support/worker.ts";

type Table = Readonly<Record<string, { readonly GET?: unknown; readonly POST?: unknown }>>;
const PAGES = Object.entries(CONSOLE as Table).flatMap(([path, { GET }]) => (GET ? [path] : []));
const FORMS = Object.entries(CONSOLE as Table).flatMap(([path, { POST }]) => (POST ? [path] : []));
/** Pages about somebody or something, which has to be named. */
const OF_ONE = new Set(["/admin/user", "/admin/user/change", "/admin/authorisations", "/admin/organisation"]);

let idp: Instance;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
});
afterEach(() => {
  vi.useRealTimers();
});

const now = () => Math.floor(Date.now() / 1000);
/** Without what is another in each answer. */
const same = (html: string) => html.replaceAll(/nonce="[^"]*"|<code>[^<]*<\/code>|lang=../g, "");
const sameSite = { "sec-fetch-site": "same-origin" };

test("every page and form is looked at here", () => {
  expect([PAGES.length, FORMS.length]).toEqual([13, 12]);
});

describe("pages", () => {
  test.each(PAGES)("%s: nobody signed in has to sign in, and nothing is shown before", async (path) => {
    const response = await idp.browser().get(path);
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get("location") ?? "").pathname).toBe("/login");
    expect(await response.text()).toBe("");
  });

  test("who has no role sees what is there where there is no page", async () => {
    const { visitor } = await humanWithApp(idp);
    const nowhere = await visitor.look("/there/is/no/such/page");
    expect(nowhere.status).toBe(404);
    await visitor.open("/account/factors");
    for (const path of PAGES) {
      const page = await visitor.open(path);
      expect([path, page.status]).toEqual([path, 404]);
      expect(same(page.html)).toBe(same(nowhere.html));
    }
    expect(JSON.stringify(idp.log())).toContain("not_administrator");
  });

  test("a password alone learns not even whether there is a role", async () => {
    const { user } = await administrator(idp);
    const plain = await humanWithApp(idp);
    for (const human of [user, plain.user]) {
      const thief = new Visitor(idp, human);
      expect((await thief.open("/account")).status).toBe(200);
      const stop = await thief.open("/admin");
      expect(askedBy(stop)).toBe("/login/totp");
      expect(stop.html).not.toContain("Console");
    }
  });

  test("a role does not help who can't prove enough", async () => {
    const user = await newUser();
    await makeAdministrator(user);
    const visitor = new Visitor(idp, user);
    for (const before of ["/admin", "/account"]) {
      await visitor.open(before); // the second time with a session that is less
      const stop = await visitor.open("/admin");
      expect(stop.status).toBeGreaterThanOrEqual(400);
      expect(stop.html).not.toContain("Console");
    }
  });

  test("an administrator proves more, and gets to every page", async () => {
    const { visitor } = await administrator(idp);
    for (const path of PAGES) {
      const page = await visitor.open(path);
      expect([path, page.status]).toEqual([path, OF_ONE.has(path) ? 404 : 200]);
      expect(page.response.headers.get("cache-control")).toBe("no-store");
      expect(page.response.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
    expect((await visitor.look("/admin")).html).toContain('<html lang="en">');
  });

  test.each([
    [
      "the role is taken away",
      (id: string) => revokeRoleStatement(directory(), id, "administrator").run(),
      404,
    ],
    ["deactivated", (id: string) => directory().batch(deactivateStatements(directory(), [id], now())), 200],
    ["erased", (id: string) => directory().batch(eraseStatements(directory(), id, "test", now())), 200],
  ])("%s: over at the next request", async (_, end, status) => {
    const { user, visitor } = await administrator(idp);
    const page = await visitor.open("/admin/tokens");
    const token = tokenOn(page);
    later(1);
    await end(user.id);
    const stranger = visitor.with({ "/login": undefined, "/login/totp": undefined });
    const after = await stranger.open("/admin/users");
    expect(after.status).toBe(status);
    expect(after.html).not.toContain("Console");
    if (status === 200) expect(askedBy(after)).toBe("/login");
    const other = await newUser();
    await stranger.browser.post("/admin/user/status", { token, id: other.id, status: "inactive" }, sameSite);
    expect(await auditOf(other.id)).toEqual([]);
  });
});

describe("forms", () => {
  const deactivation = async () => ({ id: (await newUser()).id, status: "inactive" });
  const isActive = async ({ id }: { id: string }) =>
    (await directory().prepare("SELECT status FROM humans WHERE id = ?").bind(id).first("status")) ===
    "active";

  test.each(FORMS)("%s: not without a session, not without the role", async (path) => {
    const response = await idp.browser().post(path, {}, sameSite);
    expect(response.status).toBe(302);
    const { visitor } = await humanWithApp(idp);
    await visitor.open("/admin");
    expect((await visitor.browser.post(path, {}, sameSite)).status).toBe(404);
  });

  test.each([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ])("from another site: %o", async (headers) => {
    const { visitor } = await administrator(idp);
    const token = tokenOn(await visitor.open("/admin/tokens"));
    const form = await deactivation();
    const given = headers as unknown as Record<string, string>;
    for (const path of FORMS)
      expect((await visitor.browser.post(path, { token, ...form }, given)).status).toBe(403);
    expect(await isActive(form)).toBe(true);
  });

  test("without the token of this very session", async () => {
    const mine = await administrator(idp);
    const other = await administrator(idp);
    const token = tokenOn(await other.visitor.open("/admin/tokens"));
    const before = tokenOn(await mine.visitor.open("/admin/tokens"));
    await mine.visitor.post("/account/sessions/end", { session: "all" });
    await mine.visitor.open("/admin/tokens");
    const form = await deactivation();
    for (const wrong of [{}, { token: "x" }, { token }, { token: before }, { token: `${token}A` }])
      for (const path of FORMS)
        expect((await mine.visitor.browser.post(path, { ...form, ...wrong }, sameSite)).status).toBe(403);
    expect(await isActive(form)).toBe(true);
    expect((await change(mine.visitor, "/admin/user/status", form)).status).toBe(200);
    expect(await isActive(form)).toBe(false);
  });

  test("nothing is changed by looking", async () => {
    const { visitor } = await administrator(idp);
    const token = tokenOn(await visitor.open("/admin/tokens"));
    const form = await deactivation();
    const query = new URLSearchParams({ token, ...form });
    for (const path of FORMS) {
      const { status } = await visitor.browser.get(`${path}?${query}`);
      expect([200, 404, 405]).toContain(status);
    }
    expect(await isActive(form)).toBe(true);
  });
});
