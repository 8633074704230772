/** The human part: login page and plain POST, one browser per grant, consent and organisation, the one callback. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readForm, signIn, type TestBrowser } from "../support/browser.ts";
import { ALICE, BOB, type Instance, ISSUER, startWorker } from "../support/worker.ts";
import { authorizeForm, IDP_ID, ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  idp = await startWorker();
  sp = idp.world.sp;
});
beforeEach(async () => {
  // What earlier tests agreed to is asked again.
  const { DIRECTORY } = idp.bindings as { DIRECTORY: D1Database };
  await DIRECTORY.batch([
    DIRECTORY.prepare("DELETE FROM consents"),
    DIRECTORY.prepare("UPDATE memberships SET chosen_at = NULL"),
  ]);
});
afterEach(() => {
  vi.useRealTimers();
});

async function begin(browser: TestBrowser, over = {}, headers = {}) {
  const response = await browser.post("/connect/authorize", await authorizeForm(sp, over), headers);
  const location = response.headers.get("location") ?? "";
  const returnUrl = new URL(location).searchParams.get("returnUrl") ?? "";
  return { location, returnUrl, response };
}
const reason = (at: Instance = idp) => at.log().findLast(({ event }) => event === "refused")?.reason;

describe("the page", () => {
  test("names IdP, SP and scheme, and carries its headers", async () => {
    const browser = idp.browser();
    const { location } = await begin(browser, { login_hint: 'al"ice<' });
    const page = await browser.get(location);
    const html = await page.text();
    expect(page.status).toBe(200);
    for (const text of ["Test IdP", "iSHARE", "First &amp; Sons", 'value="al&quot;ice&lt;"', 'lang="en"'])
      expect(html).toContain(text);
    expect(page.headers.get("referrer-policy")).toBe("same-origin");
    expect(page.headers.get("cache-control")).toBe("no-store");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(
      /default-src 'none'.*script-src 'nonce-.*form-action 'self' https: .*frame-ancestors 'none'/,
    );
    expect(html).toContain(`nonce="${/style-src 'nonce-([^']+)'/.exec(policy)?.[1]}"`);
    expect(page.headers.get("strict-transport-security")).toContain("max-age=");
  });

  test.each([
    "https://evil.example/",
    "//evil.example/connect/authorize/callback?authzId=x",
    "/connect/authorize/callback?authzId=abc",
    "/connect/authorize/callback",
    "/login",
    "",
  ])("returnUrl %j is not ours", async (returnUrl) => {
    const page = await idp.browser().get(`/login?returnUrl=${encodeURIComponent(returnUrl)}`);
    expect(page.status).toBe(400);
    expect(reason()).toBe("return_url");
    expect(page.headers.get("location")).toBeNull();
    const posted = await idp.browser().post("/login", { returnUrl, ...ALICE });
    expect(posted.status).toBe(400);
    expect(reason()).toBe("return_url");
  });

  test("a good returnUrl with something after it is not ours either", async () => {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    expect((await browser.get(`/login?returnUrl=${encodeURIComponent(`${returnUrl}&x=1`)}`)).status).toBe(
      400,
    );
  });
});

describe("POST /login", () => {
  test("as CTT does: no page, no script, no Sec-Fetch; returnUrl in the query", async () => {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    const response = await browser.post(`/login?returnUrl=${encodeURIComponent(returnUrl)}`, ALICE);
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(returnUrl);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect((await browser.get(returnUrl)).status).toBe(200); // consent
  });

  test.each([
    ["a wrong password", { ...ALICE, password: "wrong" }],
    ["an unknown user", { username: "nobody", password: "wrong" }],
    ["no password", { username: "alice" }],
    ["nothing", {}],
  ])("%s: the same page and status", async (_, credentials) => {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    const response = await browser.post("/login", { returnUrl, ...credentials } as Record<string, string>);
    expect(response.status).toBe(403);
    const html = await response.text();
    expect(html).toContain("do not belong together");
    expect(html).not.toContain('value="wrong"');
    expect(reason()).toBe("credentials");
    expect((await browser.get(returnUrl)).headers.get("location")).toContain("/login"); // nobody is signed in
  });

  test("the user name is one name in any case", async () => {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    const response = await browser.post("/login", { returnUrl, ...ALICE, username: " ALICE " });
    expect(response.status).toBe(302);
  });

  test.each([
    [{ "sec-fetch-site": "cross-site", origin: ISSUER }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "same-origin" }, 302],
    [{ "sec-fetch-site": "none" }, 302],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: ISSUER }, 302],
    [{}, 302],
  ])("from %j → %i", async (headers, status) => {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    const response = await browser.post("/login", { returnUrl, ...ALICE }, headers as Record<string, string>);
    expect(response.status).toBe(status);
    if (status === 403) expect(reason()).toBe("cross_site_form");
  });
});

describe("one browser per grant", () => {
  const NAVIGATE = { "sec-fetch-mode": "navigate" };

  test("bound when the browser itself posted the request", async () => {
    const browser = idp.browser();
    const { location, returnUrl } = await begin(browser, {}, NAVIGATE);
    const thief = idp.browser();
    expect((await thief.get(location)).status).toBe(403);
    expect(reason()).toBe("other_browser");
    expect((await thief.post("/login", { returnUrl, ...ALICE })).status).toBe(403);
    expect((await thief.get(returnUrl)).status).toBe(403);
    expect((await signIn(browser, location, ALICE)).searchParams.has("code")).toBe(true);
  });

  test("bound at first sight when an SP's server made the call", async () => {
    const { location, returnUrl } = await begin(idp.browser());
    const first = idp.browser();
    expect((await first.get(location)).status).toBe(200);
    const second = idp.browser();
    expect((await second.get(location)).status).toBe(403);
    expect((await second.post("/login", { returnUrl, ...ALICE })).status).toBe(403);
    expect((await signIn(first, location, ALICE)).searchParams.has("code")).toBe(true);
  });

  test("a stolen returnUrl does not end somebody else's sign-in", async () => {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    await browser.post("/login", { returnUrl, ...ALICE });
    expect((await idp.browser().get(returnUrl)).status).toBe(403);
    const form = readForm(await (await browser.get(returnUrl)).text());
    const deny = await idp.browser().post(form.action, { ...form.fields, decision: "deny" });
    expect(deny.status).toBe(403);
    expect((await browser.post(form.action, { ...form.fields, decision: "allow" })).status).toBe(302);
  });

  test("two tabs, whose authorize posts carried no cookie, both finish", async () => {
    const browser = idp.browser();
    const one = await begin(browser, {}, NAVIGATE);
    await browser.get(one.location); // the lasting cookie is set
    const lasting = new Map(browser.cookies);
    browser.cookies.clear(); // SameSite=Lax: not on a cross-site POST
    const two = await begin(browser, {}, NAVIGATE);
    for (const [name, value] of lasting) browser.cookies.set(name, value);
    await browser.get(two.location);
    expect((await signIn(browser, one.location, ALICE)).searchParams.has("code")).toBe(true);
    expect((await signIn(browser, two.location, ALICE)).searchParams.has("code")).toBe(true);
    // Arrivals are tidied up.
    expect([...browser.cookies.keys()].sort()).toEqual([
      "__Host-browser",
      "__Host-known-browser",
      "__Host-session",
    ]);
  });
});

describe("consent", () => {
  async function consentPage(who = ALICE) {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    await browser.post("/login", { returnUrl, ...who });
    return { browser, returnUrl, page: await browser.get(returnUrl) };
  }

  test("says who asks, for what, on whose behalf", async () => {
    const { page } = await consentPage();
    const html = await page.text();
    for (const text of ["First &amp; Sons", ORGANISATION.name, "Your name", "Your e-mail address"]) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain("phone number");
  });

  test("no means access_denied for the SP, and the end", async () => {
    const { browser, page, returnUrl } = await consentPage();
    const form = readForm(await page.text());
    const response = await browser.post(form.action, { ...form.fields, decision: "deny" });
    const url = new URL(response.headers.get("location") ?? "");
    expect(response.status).toBe(302);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      x: "1",
      error: "access_denied",
      state: "state-1",
      iss: IDP_ID,
    });
    expect((await browser.get(returnUrl)).status).toBe(400);
    expect(reason()).toBe("grant_finished");
  });

  test("is asked for the organisation that the page showed", async () => {
    const { browser, page } = await consentPage();
    const form = readForm(await page.text());
    const response = await browser.post(form.action, {
      ...form.fields,
      organisation: "NTRNL-1",
      decision: "allow",
    });
    expect(response.status).toBe(400);
  });

  test("a human can't choose an organisation that is not theirs", async () => {
    const { browser, page } = await consentPage(BOB);
    const form = readForm(await page.text());
    expect(form.action).toBe("/organisation");
    const response = await browser.post(form.action, {
      ...form.fields,
      organisation: "did:ishare:EU.NL.NTRNL-66666666",
      decision: "allow",
    });
    expect(response.status).toBe(400);
    expect(reason()).toBe("choice_malformed");
  });

  test.each(["/consent", "/organisation"])("%s takes nothing from another site", async (path) => {
    const { browser, page } = await consentPage();
    const form = readForm(await page.text());
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await browser.post(path, { ...form.fields, decision: "allow" }, headers)).status).toBe(403);
  });

  test("neither is asked for an exempt party, and that is logged", async () => {
    const exempt = idp.with({ CONSENT_EXEMPT_PARTIES: sp.id });
    const browser = exempt.browser();
    const begun = await browser.post("/connect/authorize", await authorizeForm(sp));
    const returnUrl = new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl") ?? "";
    await browser.post("/login", { returnUrl, ...BOB });
    exempt.log();
    const response = await browser.get(returnUrl);
    expect(new URL(response.headers.get("location") ?? "").searchParams.has("code")).toBe(true);
    expect(exempt.log()).toEqual([
      expect.objectContaining({ event: "code_issued", also: ["consent_skipped"] }),
    ]);
  });
});

describe("the callback", () => {
  test("is consumed once", async () => {
    const browser = idp.browser();
    const { location, returnUrl } = await begin(browser);
    await signIn(browser, location, ALICE);
    const again = await browser.get(returnUrl);
    expect(again.status).toBe(400);
    expect(reason()).toBe("grant_finished");
  });

  test.each(["", "?authzId=", "?authzId=AAAA", "?authzId=a&authzId=b"])(
    "with %j is refused",
    async (query) => {
      expect((await idp.browser().get(`/connect/authorize/callback${query}`)).status).toBe(400);
    },
  );

  test("does not go on for a human who was deactivated meanwhile", async () => {
    const browser = idp.browser();
    const { returnUrl } = await begin(browser);
    await browser.post("/login", { returnUrl, ...ALICE });
    const { DIRECTORY } = idp.bindings as { DIRECTORY: D1Database };
    await DIRECTORY.prepare("UPDATE humans SET status = 'inactive' WHERE username = 'alice'").run();
    const response = await browser.get(returnUrl);
    await DIRECTORY.prepare("UPDATE humans SET status = 'active' WHERE username = 'alice'").run();
    expect(new URL(response.headers.get("location") ?? "").searchParams.get("error")).toBe("access_denied");
  });

  test("comes too late after LOGIN_SECONDS", async () => {
    const browser = idp.browser();
    const { location, returnUrl } = await begin(browser);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
    expect((await browser.get(location)).status).toBe(400);
    expect(reason()).toBe("grant_expired");
    expect((await browser.post("/login", { returnUrl, ...ALICE })).status).toBe(400);
  });
});

test.each([
  ["/login", "PUT", "GET, POST"],
  ["/connect/authorize/callback", "POST", "GET"],
  ["/consent", "GET", "POST"],
  ["/organisation", "GET", "POST"],
  ["/error", "POST", "GET"],
])("%s does not know %s", async (path, method, allow) => {
  const response = await idp.send(new Request(ISSUER + path, { method }));
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe(allow);
});

test("no log line holds what is secret or personal", async () => {
  idp.log();
  const browser = idp.browser();
  const { location } = await begin(browser);
  const back = await signIn(browser, location, ALICE);
  const lines = JSON.stringify(idp.log());
  expect(lines).toContain("code_issued");
  const secrets = [
    ALICE.password,
    ALICE.username,
    "O'Neil",
    "alice@example.com",
    back.searchParams.get("code") ?? "",
    new URL(location).searchParams.get("returnUrl") ?? "",
    ...browser.cookies.values(),
  ];
  for (const secret of secrets) expect(lines).not.toContain(secret);
});
