/** Keys that are rolled under load, against a running instance: the clock passes the switch, and no sign-in fails. */
import { createHash, createPublicKey, verify } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn } from "../support/browser.ts";
import { encryptFor, epoch, signJwt } from "../support/jwt.ts";
import {
  chainPem,
  createPki,
  fingerprintOf,
  generateKeys,
  type Identity,
  keyPem,
  mintLeaf,
} from "../support/pki.ts";
import { type Running, startRunning, USER } from "../support/running.ts";
import { codeForm, outer, requestClaims } from "../support/world.ts";

const SECONDS_BEFORE = 30; // it takes some of them to start
const SECONDS_AFTER = 6;

let idp: Running;
let next: Identity;
let from: number;
beforeAll(async () => {
  next = await mintLeaf(await createPki("Next"), "NTRNL-10000010", { keys: await generateKeys() });
  const keys = { NEXT_SIGNING_KEY: await keyPem(next), NEXT_CERTIFICATE_CHAIN: chainPem(next) };
  idp = await startRunning(() => {
    from = epoch() + SECONDS_BEFORE;
    return { ...keys, NEXT_FROM: String(from) };
  });
});
afterAll(async () => {
  await idp?.stop();
});

interface SignIn {
  readonly begun: number;
  readonly redeemed: number;
  readonly leaf: string;
}

/** A whole one, its request encrypted; then some time until the SP comes with the code. */
async function signInOnce(to: Identity, pause: number): Promise<SignIn> {
  const { sp } = idp.world;
  const begun = epoch();
  const claims = requestClaims(sp);
  const request = await encryptFor(to, await signJwt(sp.leaf, claims), "RSA-OAEP");
  const browser = idp.browser();
  const answer = await browser.post("/connect/authorize", outer(claims, request));
  const back = await signIn(browser, answer.headers.get("location") ?? "", USER);
  await setTimeout(pause);
  const redeemed = epoch();
  const code = back.searchParams.get("code") ?? "";
  const tokens = await browser.post("/connect/token", await codeForm(sp, code));
  if (tokens.status !== 200) throw new Error(`token: ${tokens.status}`);
  const { id_token } = (await tokens.json()) as { id_token: string };
  return { begun, redeemed, leaf: verified(id_token) };
}

/** @returns the fingerprint of the leaf, whose key has signed */
function verified(token: string): string {
  const [head = "", body = "", signature = ""] = token.split(".");
  const { x5c } = JSON.parse(Buffer.from(head, "base64url").toString()) as { x5c: string[] };
  const pem = `-----BEGIN CERTIFICATE-----\n${x5c[0]}\n-----END CERTIFICATE-----`;
  const holds = verify(
    "RSA-SHA256",
    Buffer.from(`${head}.${body}`),
    createPublicKey(pem),
    Buffer.from(signature, "base64url"),
  );
  if (!holds) throw new Error("a signature under another key than its certificate's");
  return createHash("sha256")
    .update(Buffer.from(x5c[0] ?? "", "base64"))
    .digest("hex");
}

test("sign-ins one after the other in three lanes, over the switch: none fails, each signed by whose turn it was", {
  timeout: 90_000,
}, async () => {
  const current = idp.world.idp;
  const done: SignIn[] = [];
  const failed: string[] = [];
  const lane = async (number: number) => {
    for (let turn = number; epoch() < from + SECONDS_AFTER; turn++)
      await signInOnce(turn % 2 === 0 ? current : next, (turn % 4) * 250).then(
        (it) => done.push(it),
        (error: Error) => failed.push(error.message),
      );
  };
  await Promise.all([0, 1, 2].map(lane));

  expect(failed).toEqual([]);
  const [before, after] = [await fingerprintOf(current), await fingerprintOf(next)];
  const sure = done.filter(({ redeemed }) => redeemed < from - 1 || redeemed >= from);
  for (const { redeemed, leaf } of sure) expect(leaf).toBe(redeemed < from ? before : after);
  expect(done.filter(({ leaf }) => leaf === before).length).toBeGreaterThan(0);
  expect(done.filter(({ leaf }) => leaf === after).length).toBeGreaterThan(0);
  console.log(
    `${done.length} sign-ins, ${done.filter(({ leaf }) => leaf === after).length} after the switch`,
  );
  const { keys } = (await (await fetch(`${idp.url}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  const kids = keys.map(({ kid }) => Buffer.from(kid, "base64url").toString("hex"));
  expect(kids).toEqual([after, before]);
});
