/**
 * The eSEAL elsewhere: a running instance without a private key, and the reference signing service beside it; then that
 * service slow, broken, lying and closed. A code that was to be redeemed meanwhile is good when it is back.
 */
import type { Server } from "node:http";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSigningService } from "../../sandbox/signing-service.ts";
import { signIn } from "../support/browser.ts";
import { encryptFor, signJwt } from "../support/jwt.ts";
import { chainPem, createPki, generateKeys, type Identity, keyPem, mintLeaf, x5cOf } from "../support/pki.ts";
import { type Running, serveFunction, startRunning, USER } from "../support/running.ts";
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
    expect((await redeem(code)).status).toBe(200);
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

test("nothing of it is in the log but that it was", () => {
  expect(idp.log()).not.toContain(TOKEN);
});
