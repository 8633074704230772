/**
 * The registry errs, row by row, over HTTP: what humans see, what SPs get, what is logged, what lives on and what recovers
 * by itself. Cold: nothing that may still be used is held. Warm: an answer of before is, and is used.
 */
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { signIn } from "../support/browser.ts";
import { FaultyIdp, type RegistryFault, USER } from "../support/faulty.ts";
import { decodePayload, epoch, signJwt } from "../support/jwt.ts";
import { authorizeForm, codeForm, machineForm } from "../support/world.ts";

let cold: FaultyIdp;
let warm: FaultyIdp;
beforeAll(async () => {
  cold = await FaultyIdp.start({ TRUST_FRESH_SECONDS: "0", TRUST_STALE_SECONDS: "0" });
  warm = await FaultyIdp.start({ TRUST_FRESH_SECONDS: "0", TRUST_STALE_SECONDS: "3600" });
});
afterAll(async () => {
  await cold?.remove();
  await warm?.remove();
});
beforeEach(() => {
  cold.registryFault = undefined;
  warm.registryFault = undefined;
});

const ROWS: readonly [string, RegistryFault, string][] = [
  ["is down", () => Promise.reject(new Error("down")), "registry_unreachable"],
  ["is slow", (_, answer) => setTimeout(2500).then(answer), "registry_unreachable"],
  ["answers 500", async () => new Response("oops", { status: 500 }), "registry_status"],
  [
    "answers 200 with status false",
    async () => Response.json({ status: false, message: "x" }),
    "registry_answer_malformed",
  ],
  ["answers half", half, "registry_answer_malformed"],
  [
    "answers more than a mebibyte",
    async () => new Response("x".repeat(1024 * 1024 + 1)),
    "registry_answer_too_large",
  ],
  [
    "answers with a page",
    async () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    "registry_answer_malformed",
  ],
  ["answers in another's name", resigned(() => ({}), "another"), "registry_signer"],
  [
    "answers with what is over",
    resigned(() => ({ iat: epoch() - 100, exp: epoch() - 70 })),
    "registry_signer",
  ],
  ["answers somebody else", resigned(() => ({ aud: "did:ishare:EU.NL.NTRNL-10000020" })), "registry_signer"],
  [
    "has a clock that is a minute ahead",
    resigned(() => ({ iat: epoch() + 60, exp: epoch() + 90 })),
    "registry_signer",
  ],
];

/** The first half of what it would say. */
async function half(_: Request, answer: () => Promise<Response>): Promise<Response> {
  const text = await (await answer()).text();
  return new Response(text.slice(0, text.length / 2), { headers: { "content-type": "application/json" } });
}

/** What it says, with other claims, or signed by another participant. */
function resigned(change: () => object, by?: "another"): RegistryFault {
  return async (_, answer, { registry, sp }) => {
    const response = await answer();
    const body = (await response.json()) as Record<string, string>;
    for (const [member, token] of Object.entries(body)) {
      if (!member.endsWith("_token") || member === "access_token") continue;
      const signer = by === "another" ? sp.leaf : registry.signer;
      body[member] = await signJwt(signer, { ...decodePayload(token), ...change() });
    }
    return Response.json(body, { status: response.status });
  };
}

const machine = async (idp: FaultyIdp) =>
  idp.browser().post("/connect/token", await machineForm(idp.world.sp));
const causesIn = (idp: FaultyIdp): unknown[] => idp.log().map(({ cause, reason }) => cause ?? reason);

describe.each(ROWS)("the registry %s", (_, fault, cause) => {
  test("cold: 503 for both, the code is unspent, and all goes on when it is back", async () => {
    const { sp } = cold.world;
    const browser = cold.browser();
    const begun = await browser.post("/connect/authorize", await authorizeForm(sp));
    const back = await signIn(browser, begun.headers.get("location") ?? "", USER);
    const code = back.searchParams.get("code") ?? "";
    await setTimeout(1100); // an answer of this second is not old yet
    cold.log();

    cold.registryFault = fault;
    const [refused, token] = await Promise.all([
      cold.browser().post("/connect/authorize", await authorizeForm(sp)),
      cold.browser().post("/connect/token", await codeForm(sp, code)),
    ]);
    const page = await cold.browser().get(refused.headers.get("location") ?? "");
    expect([page.status, page.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(await page.text()).toContain("<h1>Please try again in a moment");
    expect([token.status, token.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(await token.json()).toMatchObject({ error: "temporarily_unavailable" });
    expect(causesIn(cold)).toContain(cause);
    for (const path of ["/health", "/login", "/.well-known/openid-configuration"])
      expect((await cold.browser().get(path)).status).toBeLessThan(500);

    cold.registryFault = undefined;
    const redeemed = await cold.browser().post("/connect/token", await codeForm(sp, code));
    expect(redeemed.status).toBe(200);
  });

  test("warm: nobody notices but the log", async () => {
    expect((await machine(warm)).status).toBe(200);
    warm.log();
    warm.registryFault = fault;
    expect((await machine(warm)).status).toBe(200);
    const lines = warm.log().filter(({ event }) => event === "registry_look_up_failed");
    expect(lines).toContainEqual(expect.objectContaining({ usingOldAnswer: true, cause }));
  });
});

test("a first start with the registry down and nothing cached: pages work, a sign-in says to come back", async () => {
  const idp = await FaultyIdp.start();
  try {
    idp.registryFault = () => Promise.reject(new Error("down"));
    const { sp } = idp.world;
    for (const path of ["/health", "/.well-known/jwks.json", "/reset", "/capabilities"])
      expect([path, (await idp.browser().get(path)).status]).toEqual([path, 200]);
    const refused = await idp.browser().post("/connect/authorize", await authorizeForm(sp));
    expect(refused.status).toBe(302);
    const page = await idp.browser().get(refused.headers.get("location") ?? "");
    expect([page.status, page.headers.get("retry-after")]).toEqual([503, "30"]);
    expect((await machine(idp)).status).toBe(503);
    idp.registryFault = undefined;
    expect((await machine(idp)).status).toBe(200);
  } finally {
    await idp.remove();
  }
});
