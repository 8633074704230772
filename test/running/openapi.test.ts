/** What a running instance answers, by its own description: every operation, when it goes well and when it is refused. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readForm, signIn, TestBrowser } from "../support/browser.ts";
import { Description } from "../support/openapi.ts";
import { type Running, startRunning, USER } from "../support/running.ts";
import { authorizeForm, codeForm, machineForm, type Sp } from "../support/world.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

let idp: Running;
let sp: Sp;
let description: Description;
const wrong: string[] = [];

async function send(request: Request): Promise<Response> {
  const response = await fetch(request.clone());
  wrong.push(...(await description.check(request, response)));
  return response;
}
const call = (path: string, init: RequestInit = {}) =>
  send(new Request(idp.url + path, { redirect: "manual", ...init }));
const post = (path: string, form: Readonly<Record<string, string>>, headers = {}) =>
  call(path, { method: "POST", body: new URLSearchParams(form), headers });
const browser = () => new TestBrowser(idp.url, send);
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** From request to tokens. */
async function signedIn(scope: string, more = {}) {
  const at = browser();
  const begun = await at.post("/connect/authorize", await authorizeForm(sp, { scope, ...more }));
  const back = await signIn(at, begun.headers.get("location") ?? "", USER);
  const answer = await at.post("/connect/token", await codeForm(sp, back.searchParams.get("code") ?? ""));
  return { at, ...((await answer.json()) as { access_token: string; id_token: string }) };
}

beforeAll(async () => {
  idp = await startRunning();
  ({ sp } = idp.world);
  description = new Description(await (await fetch(`${idp.url}/openapi.json`)).json());
});
afterAll(async () => {
  await idp?.stop();
});

test("every operation answers as described", async () => {
  for (const path of ["/openapi.json", "/health", "/health/ready", "/v2.1/capabilities"]) await call(path);
  for (const path of ["openid-configuration", "jwks.json"]) await call(`/.well-known/${path}`);

  const human = await signedIn("openid iSHARE profile contact_details company");
  const { access_token: machine } = (await (await post("/connect/token", await machineForm(sp))).json()) as {
    access_token: string;
  };
  await call(`/oauth2.0/token?${new URLSearchParams(await machineForm(sp))}`);
  await post("/oauth2.0/token", await machineForm(sp));
  await call("/capabilities", bearer(machine));
  const own = bearer(human.access_token);
  await call("/connect/userinfo", own);
  await call("/connect/userinfo", { headers: { ...own.headers, accept: "application/json" } });
  await call("/connect/userinfo", { method: "POST", ...own });

  // refused: tokens
  const portal = JSON.stringify({ delegationRequest: "*" });
  const json = { headers: { ...own.headers, "content-type": "application/json" } };
  await call("/connect/userinfo", { method: "POST", body: portal, ...json });
  await call("/connect/userinfo", { method: "POST", body: "[", ...json });
  for (const path of ["/connect/userinfo", "/capabilities"]) {
    await call(path, bearer("a"));
    await call(path, bearer(path === "/capabilities" ? human.access_token : machine));
  }
  await call("/connect/userinfo");
  await call("/connect/userinfo", { method: "POST" });
  await call("/capabilities", { headers: { authorization: "Basic abc" } });
  for (const path of ["/connect/token", "/oauth2.0/token"]) {
    await post(path, await codeForm(sp, "spent"));
    await post(path, { grant_type: "password" });
    await call(path, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    await call(path, { method: "POST", body: "x".repeat(70_000), headers: FORM });
  }
  await call("/oauth2.0/token?grant_type=a&grant_type=b");
  await call("/connect/authorize", { method: "POST", body: "{}" });
  await call("/connect/authorize", { method: "POST", body: "x".repeat(70_000), headers: FORM });
  const refused = await post("/connect/authorize", {});
  await call(new URL(refused.headers.get("location") ?? "").href.slice(idp.url.length));

  // refused: humans
  const at = browser();
  const begun = await at.post("/connect/authorize", await authorizeForm(sp));
  const page = await at.get(begun.headers.get("location") ?? "");
  const { action, fields } = readForm(await page.text());
  await at.post(action, { ...fields, username: USER.username, password: "wrong" });
  await at.post(action, { ...fields, ...USER }, { "sec-fetch-site": "cross-site" });
  await at.get(fields.returnUrl ?? "");
  for (const path of ["/login", "/connect/authorize/callback", "/error?c=temporarily_unavailable"])
    await at.get(path);
  await post("/login", {});
  for (const path of ["/login", "/connect/endsession"]) {
    await call(path, { method: "POST", body: "{}" });
    await call(path, { method: "POST", body: "x".repeat(70_000), headers: FORM });
  }

  // form_post, and the way out
  const again = await human.at.post(
    "/connect/authorize",
    await authorizeForm(sp, { response_mode: "form_post" }),
  );
  const url = new URL(again.headers.get("location") ?? "");
  const on = await human.at.get(url.pathname + url.search);
  await human.at.get(on.headers.get("location") ?? "/");
  await human.at.get("/connect/endsession");
  await human.at.get("/connect/endsession?state=a&state=b");
  const out = await human.at.post("/connect/endsession", { id_token_hint: human.id_token });
  await human.at.get(out.headers.get("location") ?? "/");

  for (const path of new Set(description.operations.map(([it]) => it))) await call(path, { method: "PUT" });

  expect(wrong).toEqual([]);
  const seen = [...description.seen];
  for (const [path, method] of description.operations) {
    const statuses = seen
      .filter((it) => it.startsWith(`${method} ${path} `))
      .map((it) => Number(it.split(" ")[2]));
    if (path !== "/error") expect([path, method, Math.min(...statuses) < 400]).toEqual([path, method, true]);
    expect([path, method, statuses.length > 0]).toEqual([path, method, true]);
  }
  for (const answer of [
    ...["post /connect/token 200", "post /connect/token 400", "post /connect/token 413"],
    ...["post /connect/userinfo 200", "post /connect/userinfo 400", "post /connect/userinfo 403"],
    ...["get /connect/userinfo 401", "get /capabilities 400", "get /capabilities 401"],
    ...["post /connect/authorize 302", "post /connect/authorize 413", "post /connect/authorize 415"],
    ...[
      "post /login 302",
      "post /login 400",
      "post /login 403",
      "post /login 413",
      "post /login 415",
      "get /login 200",
    ],
    ...["get /connect/authorize/callback 200", "get /connect/authorize/callback 302", "get /error 503"],
  ])
    expect(seen).toContain(answer);
});

test("an outage is answered as described, too", async () => {
  const cold = await startRunning({ TRUST_FRESH_SECONDS: "0", TRUST_STALE_SECONDS: "0" });
  try {
    cold.registry.fault = "down";
    wrong.length = 0;
    const at = new TestBrowser(cold.url, send);
    expect((await at.post("/connect/token", await machineForm(cold.world.sp))).status).toBe(503);
    expect((await at.get("/health/ready")).status).toBe(503);
    expect(wrong).toEqual([]);
  } finally {
    await cold.stop();
  }
});

test("an answer that is not as described would be noticed", async () => {
  const request = new Request(`${idp.url}/connect/token`, { method: "POST" });
  const problems = (answer: Response) => description.check(request, answer);
  expect(
    await problems(Response.json({ error: "invalid_request", hint: "x" }, { status: 400 })),
  ).toHaveLength(1);
  expect(await problems(Response.json({ error: "made_up" }, { status: 400 }))).toHaveLength(1);
  expect(await problems(Response.json({}, { status: 418 }))).toHaveLength(1);
  const forged = { access_token: "a", token_type: "Bearer", expires_in: 3600, id_token: "e30.e30." };
  expect((await problems(Response.json(forged))).length).toBeGreaterThan(5);
});
