/**
 * The eSEAL elsewhere: a running instance without a private key, and the reference signing service beside it; then that
 * service slow, broken, lying and closed. A code that was to be redeemed meanwhile is good when it is back.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSigningService, kidOf } from "../../sandbox/signing-service.ts";
import { signIn } from "../support/browser.ts";
import { encryptFor, signJwt } from "../support/jwt.ts";
import { chainPem, createPki, generateKeys, type Identity, keyPem, mintLeaf, x5cOf } from "../support/pki.ts";
import {
  freePort,
  type Running,
  run,
  serveFunction,
  startRunning,
  USER,
  untilAnswers,
} from "../support/running.ts";
import { codeForm, machineForm, outer, requestClaims } from "../support/world.ts";

const TOKEN = "t".repeat(43);
type Answer = (request: Request, genuine: () => Promise<Response>) => Promise<Response>;

let idp: Running;
let eseal: Identity;
let server: Server;
let fault: Answer | undefined;
let asked = 0;
beforeAll(async () => {
  // A leaf of its own: the world's private key is nowhere in this.
  eseal = await mintLeaf(await createPki(), "NTRNL-10000010", { keys: await generateKeys() });
  const keys = [{ key: await keyPem(eseal), chain: chainPem(eseal) }];
  const service = createSigningService({ keys, token: TOKEN });
  const serving = await serveFunction((request) => {
    asked++;
    const genuine = () => service.handle(request);
    return fault === undefined ? genuine() : fault(request, genuine);
  });
  server = serving.server;
  idp = await startRunning({
    SIGNING_KEY: "",
    CERTIFICATE_CHAIN: chainPem(eseal),
    SIGNER_URL: serving.url,
    SIGNER_TOKEN: TOKEN,
  });
});
afterAll(async () => {
  await idp?.stop();
  server?.close();
});
beforeEach(() => {
  fault = undefined;
  asked = 0;
});

const begin = async () => {
  const claims = requestClaims(idp.world.sp);
  const request = await encryptFor(eseal, await signJwt(idp.world.sp.leaf, claims), "RSA-OAEP");
  const browser = idp.browser();
  const answer = await browser.post("/connect/authorize", outer(claims, request));
  return { browser, location: answer.headers.get("location") ?? "" };
};
async function getCode(): Promise<string> {
  const { browser, location } = await begin();
  return (await signIn(browser, location, USER)).searchParams.get("code") ?? "";
}
const redeem = async (code: string) =>
  idp.browser().post("/connect/token", await codeForm(idp.world.sp, code));
const leafOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).x5c[0];

test("a whole sign-in, its request encrypted: the service unwraps once, and signs once", async () => {
  await getCode(); // what the registry is told is signed too, once
  asked = 0;
  const code = await getCode();
  expect(asked).toBe(1);
  const answer = await redeem(code);
  const { id_token, access_token } = (await answer.json()) as Record<string, string>;
  expect([answer.status, asked]).toEqual([200, 2]);
  expect(leafOf(id_token ?? "")).toBe(x5cOf(eseal)[0]);
  const headers = { authorization: `Bearer ${access_token}` };
  expect((await fetch(`${idp.url}/connect/userinfo`, { headers })).status).toBe(200);
  expect((await redeem(code)).status).toBe(400); // once
  expect((await fetch(`${idp.url}/connect/userinfo`, { headers })).status).toBe(401); // and revoked
});

test("one that errs once is not noticed", async () => {
  const code = await getCode();
  fault = async () => {
    fault = undefined;
    return new Response("oops", { status: 500 });
  };
  expect((await redeem(code)).status).toBe(200);
});

const ROWS: readonly [string, Answer, string][] = [
  ["slow", (_, genuine) => setTimeout(2500).then(genuine), "TimeoutError"],
  ["broken", async () => new Response("oops", { status: 500 }), "status_500"],
  ["lying", async () => Response.json({ signature: "A".repeat(342), key: "A".repeat(43) }), "signature"],
  ["closed", () => Promise.reject(new Error("closed")), "Error"],
];

describe.each(ROWS)("a service that is %s", (_, answer, cause) => {
  test("is 503 at the token endpoint, and the code is unspent", async () => {
    const code = await getCode();
    fault = answer;
    const refused = await redeem(code);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: "temporarily_unavailable" });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    await expect.poll(idp.log).toContain(`"signer_unavailable"`);
    await expect.poll(idp.log).toContain(`"cause":"${cause}`);
    fault = undefined;
    const good = await redeem(code);
    expect(good.status).toBe(200);

    const { access_token } = (await good.json()) as { access_token: string };
    const userinfo = async () => {
      const headers = { authorization: `Bearer ${access_token}` };
      return (await fetch(`${idp.url}/connect/userinfo`, { headers })).status;
    };
    fault = answer;
    expect(await userinfo()).toBe(503);
    fault = undefined;
    expect(await userinfo()).toBe(200);
  });

  test("costs an encrypted request its way in, and nobody else anything", async () => {
    fault = answer;
    const { location } = await begin();
    const wanted = cause === "signature" ? "invalid_request" : "temporarily_unavailable";
    expect(location).toContain(`/error?c=${wanted}`);
    const browser = idp.browser();
    const { sp } = idp.world;
    const claims = requestClaims(sp);
    const plain = await browser.post("/connect/authorize", outer(claims, await signJwt(sp.leaf, claims)));
    expect(plain.headers.get("location")).toContain("/login?");
    expect((await browser.post("/connect/token", await machineForm(sp))).status).toBe(200);
    expect((await fetch(`${idp.url}/.well-known/jwks.json`)).status).toBe(200);
    expect((await fetch(`${idp.url}/health`)).status).toBe(200);
  });
});

describe("npm run signer", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
    await writeFile(join(folder, "key"), await keyPem(eseal));
    await writeFile(join(folder, "chain"), chainPem(eseal));
    await writeFile(join(folder, "token"), `${TOKEN}\n`);
    await writeFile(join(folder, "short"), "short\n");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const flags = (token: string) => [
    ...["--key", join(folder, "key"), "--chain", join(folder, "chain")],
    ...["--token-file", join(folder, token)],
  ];

  test("signs over HTTP, until it is stopped", async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [
      ...["--", "scripts/run.mjs", "signer", ...flags("token"), "--port", String(port)],
    ]);
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
    const url = `http://127.0.0.1:${port}`;
    await untilAnswers(url, child, () => log);
    const kid = kidOf(chainPem(eseal));
    expect(log).toContain(`holds ${kid}`);
    const digest = createHash("sha256").update("x").digest("base64url");
    const ask = (token: string, body: string) =>
      fetch(`${url}/sign`, { method: "POST", headers: { authorization: `Bearer ${token}` }, body });
    const good = JSON.stringify({ kid, alg: "RS256", digest });
    const { signature } = (await (await ask(TOKEN, good)).json()) as { signature: string };
    const bytes = Buffer.from(signature, "base64url");
    const data = Buffer.from("x");
    expect(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", eseal.keys.publicKey, bytes, data)).toBe(true);
    expect((await ask("u".repeat(43), good)).status).toBe(401);
    expect((await ask(TOKEN, "x".repeat(20_000))).status).toBe(413);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(log).not.toContain(TOKEN);
  });

  test("says what it lacks", async () => {
    expect(await run(["signer"])).toMatchObject({ code: 1, stderr: expect.stringContaining("usage: ") });
    expect(await run(["signer", ...flags("short")])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("32 letters"),
    });
  });
});

test("nothing of it is in the log but that it was", () => {
  expect(idp.log()).not.toContain(TOKEN);
});
