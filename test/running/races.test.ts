/** Once-only things over HTTP, fifty at a time, against a running instance; and what such an instance promises. */
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn } from "../support/browser.ts";
import { addUser, type Running, startRunning, USER } from "../support/running.ts";
import { assertion, authorizeForm, codeForm, machineForm } from "../support/world.ts";

let idp: Running;
beforeAll(async () => {
  idp = await startRunning();
});
afterAll(async () => {
  await idp?.stop();
});

const FIFTY = Array.from({ length: 50 }, (_, n) => n);
const post = (path: string, form: Readonly<Record<string, string>>) =>
  fetch(idp.url + path, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });

async function getCode(): Promise<string> {
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(idp.world.sp));
  return (await signIn(browser, begun.headers.get("location") ?? "", USER)).searchParams.get("code") ?? "";
}
const count = (statuses: readonly number[], wanted: number): number =>
  statuses.filter((it) => it === wanted).length;

test("fifty redemptions of one code: one 200, forty-nine 400, and its token revoked", async () => {
  const code = await getCode();
  const forms = await Promise.all(FIFTY.map(() => codeForm(idp.world.sp, code)));
  const answers = await Promise.all(forms.map((form) => post("/connect/token", form)));
  const statuses = answers.map(({ status }) => status);
  expect([count(statuses, 200), count(statuses, 400)]).toEqual([1, 49]);
  const winners = await Promise.all(answers.filter(({ status }) => status === 200).map((it) => it.json()));
  const [{ access_token }] = winners as [{ access_token: string }];
  const info = await fetch(`${idp.url}/connect/userinfo`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  expect(info.status).toBe(401);
});

test("fifty uses of one assertion: one token", async () => {
  const form = await machineForm(idp.world.sp, { client_assertion: await assertion(idp.world.sp) });
  const answers = await Promise.all(
    FIFTY.map((n) => post(n % 2 === 0 ? "/connect/token" : "/oauth2.0/token", form)),
  );
  const statuses = answers.map(({ status }) => status);
  expect([count(statuses, 200), count(statuses, 400)]).toEqual([1, 49]);
});

test("fifty posts of one request: one sign-in", async () => {
  const form = await authorizeForm(idp.world.sp);
  const answers = await Promise.all(FIFTY.map(() => post("/connect/authorize", form)));
  const locations = answers.map(({ headers }) => headers.get("location") ?? "");
  expect(locations.filter((it) => it.includes("/login?"))).toHaveLength(1);
  expect(locations.filter((it) => it.includes("c=already_used"))).toHaveLength(49);
});

test("fifty ends of one sign-in at once: one code", async () => {
  const browser = idp.browser();
  const begun = await browser.post(
    "/connect/authorize",
    await authorizeForm(idp.world.sp, { prompt: "consent" }),
  );
  const returnUrl = new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl") ?? "";
  await browser.post("/login", { returnUrl, ...USER });
  const page = await (await browser.get(returnUrl)).text();
  const organisation = /name="organisation" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const authzId = new URLSearchParams(returnUrl.split("?")[1]).get("authzId") ?? "";
  await browser.post("/consent", { authzId, organisation, decision: "allow" });
  const answers = await Promise.all(FIFTY.map(() => browser.get(returnUrl)));
  const codes = answers.filter(({ headers }) => headers.get("location")?.includes("code="));
  expect(codes).toHaveLength(1);
});

test("two first sign-ins at once give one pseudonym", async () => {
  const subjects = await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const code = await getCode();
      const answer = await post("/connect/token", await codeForm(idp.world.sp, code));
      const { id_token } = (await answer.json()) as { id_token: string };
      return JSON.parse(Buffer.from(id_token.split(".")[1] ?? "", "base64url").toString()).sub as string;
    }),
  );
  expect(new Set(subjects).size).toBe(1);
});

test("a user added while it runs can sign in", async () => {
  expect((await addUser(idp.state, "dora", "another password")).code).toBe(0);
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(idp.world.sp));
  const back = await signIn(browser, begun.headers.get("location") ?? "", {
    username: "dora",
    password: "another password",
  });
  expect(back.searchParams.has("code")).toBe(true);
});

test("only localhost is this host", async () => {
  const port = new URL(idp.url).port;
  expect((await fetch(`http://127.0.0.1:${port}/capabilities`)).status).toBe(421);
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
});

test("over http on localhost cookies lose __Host- and Secure, and the log warns", async () => {
  const form = await authorizeForm(idp.world.sp);
  const cookies = await new Promise<readonly string[]>((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-mode": "navigate" };
    // Not `fetch`, which sets Sec-Fetch-Mode itself.
    request(`${idp.url}/connect/authorize`, { method: "POST", headers }, ({ headers: got }) =>
      resolve(got["set-cookie"] ?? []),
    )
      .on("error", reject)
      .end(new URLSearchParams(form).toString());
  });
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatch(/^arrival-[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  await expect.poll(idp.log).toContain("ISSUER_URL is http");
});
