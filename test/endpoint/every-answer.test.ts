/** What holds for every answer of every path, whatever was asked: headers, redirects, no 500, and nothing of it in the log. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { TestBrowser } from "../support/browser.ts";
import { Visitor } from "../support/visitor.ts";
import { type Instance, ISSUER, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { authorizeForm, codeForm, machineForm, type Sp } from "../support/world.ts";

const PATHS = [...new Set(createApp().routes.map(({ path }) => path))].filter((path) => path !== "/*");
const FORM = "application/x-www-form-urlencoded";
/** Neither secret nor about anybody. */
const CACHEABLE = /^\/(v[\d.]+\/)?(assets\/|favicon\.ico|openapi\.json|\.well-known\/)/;

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
});

/** @param sps where an answer may lead beside ourselves */
function expectSafe(response: Response, { pathname }: URL, sps: readonly string[] = []): void {
  const { status, headers } = response;
  expect([307, 308]).not.toContain(status); // RFC 9700 §4.12: a browser would post the password on
  expect(status).toBeLessThan(500);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("content-security-policy")).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
  expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(headers.get("strict-transport-security")).toContain("max-age=63072000");
  expect(headers.get("x-correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
  // RFC 9700 §2.6: no other site's script reads an answer.
  expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  if (!CACHEABLE.test(pathname) || status >= 300)
    expect([headers.get("cache-control"), headers.get("pragma")]).toEqual(["no-store", "no-cache"]);
  const isPage = headers.get("content-type")?.startsWith("text/html") === true;
  expect(isPage ? ["no-referrer", "same-origin"] : ["no-referrer"]).toContain(headers.get("referrer-policy"));
  const location = headers.get("location");
  if (location !== null) {
    const to = new URL(location, ISSUER);
    expect(to.origin === ISSUER || sps.some((uri) => location.startsWith(uri)), location).toBe(true);
  }
  for (const cookie of headers.getSetCookie())
    expect(cookie).toMatch(/^__Host-[a-z0-9-]+=[^;]*; Path=\/; HttpOnly; SameSite=Lax; Secure/);
}

test("the paths are all there are", () => {
  expect(PATHS).toEqual(
    expect.arrayContaining(["/connect/authorize", "/connect/token", "/login", "/account"]),
  );
  expect(PATHS.length).toBeGreaterThan(35);
});

describe("garbage", () => {
  /** A sign-in under way, somebody's session and an access token: what comes with them gets further in. */
  async function genuine() {
    const visitor = new Visitor(idp, await newUser());
    const stop = await visitor.visit(sp);
    const { accessToken, idToken } = await visitor.redeem(sp, stop);
    const begun = await visitor.browser.postFromElsewhere("/connect/authorize", await authorizeForm(sp));
    const returnUrl = new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl") ?? "";
    await visitor.browser.get(`/login?returnUrl=${encodeURIComponent(returnUrl)}`);
    const cookie = [...visitor.browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const request = (await authorizeForm(sp)).request ?? "";
    return {
      returnUrl,
      authzId: returnUrl.split("authzId=")[1] ?? "",
      accessToken,
      idToken,
      cookie,
      request,
    };
  }

  const NAMES = [
    ...["response_type", "client_id", "scope", "request", "request_uri", "redirect_uri", "state", "nonce"],
    ...["returnUrl", "authzId", "username", "password", "decision", "organisation", "code", "credential"],
    ...["grant_type", "client_assertion", "client_assertion_type", "code_verifier", "access_token"],
    ...["id_token_hint", "post_logout_redirect_uri", "c", "id", "language", "name", "current", "new", "seed"],
  ];
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(
      "",
      "__proto__",
      "a.b.c",
      "authorization_code",
      "client_credentials",
      "none",
      "deny",
      "allow",
    ),
    fc.constantFrom(
      "{}",
      "[]",
      '{"id":1}',
      '{"id":"x","response":{}}',
      "urn:TBD",
      "\u0000",
      "../..",
      "A".repeat(86),
    ),
  );

  test("never makes a 500, and every answer to it is as safe as the others", {
    timeout: 120_000,
  }, async () => {
    const known = await genuine();
    const real = fc.constantFrom(...Object.values(known), "openid iSHARE", sp.id, "code");
    const parameters = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.oneof(text, real)), { maxLength: 6 });
    const encoded = parameters.map((pairs) => {
      const well = pairs.map(([name, value]): [string, string] => [name, value.toWellFormed()]);
      return new URLSearchParams(well).toString();
    });
    const printable = fc.string({ unit: fc.constantFrom(..."ab;=, .%\"'<>/\\{}\t09"), maxLength: 40 });
    const headers = fc.record(
      {
        authorization: fc.oneof(
          printable,
          fc.constantFrom("Bearer", `Bearer ${known.accessToken}`, "Bearer a b"),
        ),
        cookie: fc.oneof(
          printable,
          fc.constant(known.cookie),
          printable.map((it) => `__Host-session=${it}`),
        ),
        accept: printable,
        "accept-language": printable,
        "user-agent": printable,
        "cf-connecting-ip": printable,
        origin: fc.constantFrom(ISSUER, "null", "https://evil.example"),
        "sec-fetch-site": fc.constantFrom("same-origin", "cross-site", "none"),
        "sec-fetch-mode": fc.constantFrom("navigate", "cors"),
        "content-type": fc.constantFrom(
          ...["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8"],
          ...["application/json", "multipart/form-data; boundary=x", ""],
        ),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(encoded, fc.json(), text, fc.uint8Array({ maxLength: 60 }));
    const path = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...PATHS) },
      { weight: 1, arbitrary: fc.webPath().filter((it) => !it.startsWith("//")) },
    );
    const method = fc.constantFrom("POST", "POST", "POST", "GET", "GET", "HEAD", "PUT", "OPTIONS");
    const seen = new Set<number>();
    idp.log();
    await fc.assert(
      fc.asyncProperty(path, method, encoded, headers, body, async (at, how, query, given, content) => {
        const url = new URL(`${at}${query === "" ? "" : `?${query}`}`, ISSUER);
        const init = how === "GET" || how === "HEAD" ? {} : { body: content as BodyInit };
        const form = "content-type" in given || how !== "POST" ? {} : { "content-type": FORM };
        const request = new Request(url, { method: how, headers: { ...form, ...given }, ...init });
        const response = await idp.send(request);
        seen.add(response.status);
        expectSafe(response, url, [sp.redirectUri]);
        expect(idp.log().filter(({ event }) => event === "unexpected")).toEqual([]);
      }),
      { seed: 20261125, numRuns: 3000 },
    );
    // It got to pages, redirects and refusals of every kind.
    for (const status of [200, 302, 400, 401, 403, 404, 405, 415]) expect([...seen]).toContain(status);
  });
});

test("every answer of a sign-in, of its tokens, of the account and of the way out", async () => {
  const answers: [Request, Response][] = [];
  const send = async (request: Request) => {
    const response = await idp.send(request);
    answers.push([request, response.clone() as Response]);
    return response;
  };
  const recording: Instance = { ...idp, send, browser: () => new TestBrowser(ISSUER, send) };
  const visitor = new Visitor(recording, await newUser());
  const stop = await visitor.visit(sp);
  const { accessToken, idToken } = await visitor.redeem(sp, stop);
  await visitor.userinfo(accessToken);
  await visitor.userinfo(accessToken, {});
  await recording.browser().post("/connect/token", await machineForm(sp));
  await recording.browser().post("/connect/token", await codeForm(sp, "spent"));
  for (const path of PATHS) await visitor.browser.get(path);
  const denied = await visitor.with({ "/consent": { decision: "deny" } }).visit(sp, { prompt: "consent" });
  expect(denied.url.searchParams.get("error")).toBe("access_denied");
  await visitor.visit(sp, { response_mode: "form_post" });
  await visitor.post("/connect/endsession", { id_token_hint: idToken });

  expect(answers.length).toBeGreaterThan(50);
  for (const [request, response] of answers) {
    expectSafe(response, new URL(request.url), [sp.redirectUri]);
    const html = response.headers.get("content-type")?.startsWith("text/html") ? await response.text() : "";
    // `Origin` has to be true where a form of ours is sent; else nobody learns where the human was.
    const isOurs = /<form[^>]*action="\//.test(html);
    if (isOurs)
      expect([request.url, response.headers.get("referrer-policy")]).toEqual([request.url, "same-origin"]);
    if (request.method === "POST" && response.headers.has("location"))
      expect([302, 303]).toContain(response.status);
  }
});

test("no log line holds what came in a query, a body, a cookie or a token", async () => {
  idp.log();
  const secret = "Zq7-secret-Zq7";
  const pairs = [
    "code",
    "client_assertion",
    "access_token",
    "request",
    "password",
    "username",
    "state",
    "id",
  ];
  const parameters = new URLSearchParams(pairs.map((name) => [name, secret]));
  const headers = {
    authorization: `Bearer ${secret}`,
    cookie: `__Host-session=${secret}`,
    "user-agent": secret,
  };
  for (const path of PATHS) {
    await idp.send(new Request(`${ISSUER}${path}?${parameters}`, { headers }));
    const posted = {
      method: "POST",
      body: parameters.toString(),
      headers: { ...headers, "content-type": FORM },
    };
    await idp.send(new Request(`${ISSUER}${path}?${parameters}`, posted));
  }
  const machine = new URLSearchParams(await machineForm(sp));
  expect((await idp.send(new Request(`${ISSUER}/oauth2.0/token?${machine}`))).status).toBe(200);
  const lines = JSON.stringify(idp.log());
  expect(lines).toContain("refused");
  expect(lines).toContain("token_issued");
  expect(lines).not.toContain(secret);
  expect(lines).not.toContain(machine.get("client_assertion")?.slice(-40));
});

test("nor does a line about a bug", async () => {
  const visitor = new Visitor(idp, await newUser());
  const code = (await visitor.visit(sp)).url.searchParams.get("code") ?? "";
  const broken = idp.with({});
  (broken.bindings as { GRANTS: unknown }).GRANTS = {};
  const query = new URLSearchParams(await codeForm(sp, code));
  idp.log();
  const response = await broken.send(new Request(`${ISSUER}/oauth2.0/token?${query}`));
  expect(response.status).toBe(500);
  const lines = JSON.stringify(idp.log());
  expect(lines).toContain('"unexpected"');
  for (const secret of [code, query.get("client_assertion")?.slice(-40)]) expect(lines).not.toContain(secret);
});
