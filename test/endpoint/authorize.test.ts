/** POST /connect/authorize: every answer is a redirect, and only a proven request leaves our origin. */
import { beforeAll, describe, expect, test } from "vitest";
import type { TestBrowser } from "../support/browser.ts";
import { decodePayload, encryptFor, frame, signJwt } from "../support/jwt.ts";
import { mintLeaf } from "../support/pki.ts";
import { ALICE, type Instance, ISSUER, startWorker } from "../support/worker.ts";
import {
  assertion,
  authorizeForm,
  IDP_ID,
  machineForm,
  outer,
  requestClaims,
  type Sp,
} from "../support/world.ts";

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  idp = await startWorker();
  sp = idp.world.sp;
});

const post = (form: Readonly<Record<string, string>>, headers = {}, at: Instance = idp) =>
  at.browser().post("/connect/authorize", form, headers);

/** The reason in the log and the constant code on the wire. */
async function refusal(response: Response, at: Instance = idp) {
  const url = new URL(response.headers.get("location") ?? "none:");
  const reason = at.log().findLast(({ event }) => event === "refused")?.reason;
  return { status: response.status, to: url.origin + url.pathname, code: url.searchParams.get("c"), reason };
}
const errorPage = (reason: string, code = "invalid_request") => ({
  status: 302,
  to: `${ISSUER}/error`,
  code,
  reason,
});

test("a good request goes to the login page, and the JWT does not travel on", async () => {
  const form = await authorizeForm(sp);
  const response = await post(form);
  const location = response.headers.get("location") ?? "";
  expect(response.status).toBe(302);
  expect(location).toMatch(
    /^https:\/\/idp\.example\/login\?returnUrl=%2Fconnect%2Fauthorize%2Fcallback%3FauthzId%3D[\w-]+$/,
  );
  expect(location).not.toContain(form.request?.slice(-40));
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("pragma")).toBe("no-cache");
  expect(response.headers.getSetCookie()).toEqual([]); // an SP's server may have called
});

test.each(["/v2.1/connect/authorize", "/v3/connect/authorize"])("%s is the same endpoint", async (path) => {
  const response = await idp.browser().post(path, await authorizeForm(sp));
  expect(response.headers.get("location")).toContain("/login?returnUrl=");
});

describe("outer parameters", () => {
  test.each(["response_type", "client_id", "scope", "request"])("%s is required", async (name) => {
    const { [name]: _, ...rest } = await authorizeForm(sp);
    expect(await refusal(await post(rest))).toEqual(errorPage("parameter_missing"));
  });

  test.each([
    ["response_type", "code id_token"],
    ["scope", "openid iSHARE"],
  ])("%s must be as inside the request", async (name, value) => {
    expect(await refusal(await post({ ...(await authorizeForm(sp)), [name]: value }))).toEqual(
      errorPage("request_parameter_mismatch"),
    );
  });

  test("client_id must be the signer's", async () => {
    const form = { ...(await authorizeForm(sp)), client_id: idp.world.otherSp.id };
    expect(await refusal(await post(form))).toEqual(errorPage("jwt_issuer"));
  });

  test("redirect_uri, state and the like are ignored outside", async () => {
    const response = await post({
      ...(await authorizeForm(sp)),
      redirect_uri: "https://evil.example",
      state: "x",
    });
    expect(response.headers.get("location")).toContain(`${ISSUER}/login`);
  });

  test("a repeated parameter is refused", async () => {
    const body = `${new URLSearchParams(await authorizeForm(sp))}&scope=openid`;
    const response = await idp.send(
      new Request(`${ISSUER}/connect/authorize`, {
        method: "POST",
        body,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    );
    expect(await refusal(response)).toEqual(errorPage("parameter_repeated"));
  });
});

describe("the request object", () => {
  const cases: [string, () => Promise<Record<string, string>>, string, string?][] = [
    ["another sub", () => authorizeForm(sp, { sub: sp.id }), "jwt_subject"],
    ["another audience", () => authorizeForm(sp, { aud: "did:ishare:EU.NL.NTRNL-1" }), "jwt_audience"],
    ["an audience array", () => authorizeForm(sp, { aud: [IDP_ID] }), "jwt_claim_type"],
    [
      "a life of a minute",
      () => authorizeForm(sp, { exp: Math.floor(Date.now() / 1000) + 60 }),
      "jwt_lifetime",
    ],
    ["no nonce", () => authorizeForm(sp, { nonce: undefined }), "request_claim_missing"],
    ["no state", () => authorizeForm(sp, { state: undefined }), "request_claim_missing"],
    ["a nested request", () => authorizeForm(sp, { request_uri: "https://x.example" }), "request_nested"],
    [
      "another response type",
      () => authorizeForm(sp, { response_type: "token" }),
      "response_type_unsupported",
    ],
    ["no openid", () => authorizeForm(sp, { scope: "iSHARE" }), "scope_missing"],
    ["ishare in lower case", () => authorizeForm(sp, { scope: "openid ishare" }), "scope_missing"],
    ["http", () => authorizeForm(sp, { redirect_uri: "http://sp1.example/" }), "redirect_uri_scheme"],
    [
      "plain PKCE",
      () => authorizeForm(sp, { code_challenge: "x", code_challenge_method: "plain" }),
      "pkce_method",
    ],
    ["no JWT", async () => ({ ...(await authorizeForm(sp)), request: "a.b" }), "jwt_not_compact"],
  ];
  test.each(cases)("with %s is refused on our own page", async (_, form, reason, code) => {
    expect(await refusal(await post(await form()))).toEqual(errorPage(reason, code));
  });

  test("decryption and signature failures look the same from outside", async () => {
    const claims = requestClaims(sp);
    const jwt = await signJwt(sp.leaf, claims);
    const forged = `${jwt.slice(0, -8)}AAAAAAAA`;
    const elsewhere = await encryptFor(sp.leaf, jwt); // for another key
    const signature = await refusal(await post(outer(claims, forged)));
    const decryption = await refusal(await post(outer(claims, elsewhere)));
    expect(signature.reason).toBe("jwt_signature");
    expect(decryption.reason).toBe("jwe_decryption");
    expect({ ...signature, reason: "" }).toEqual({ ...decryption, reason: "" });
  });

  test("encrypted bare claims prove nobody", async () => {
    const claims = requestClaims(sp);
    const jwe = await encryptFor(idp.world.idp, JSON.stringify(claims));
    expect(await refusal(await post(outer(claims, jwe)))).toEqual(errorPage("jwe_not_nested"));
  });

  test("must be encrypted where the operator says so", async () => {
    const strict = idp.with({ REQUEST_ENCRYPTION: "required" });
    expect(await refusal(await post(await authorizeForm(sp), {}, strict))).toEqual(errorPage("jwe_required"));
    const encrypted = await authorizeForm(sp, {}, "RSA-OAEP", idp.world.idp);
    expect((await post(encrypted, {}, strict)).headers.get("location")).toContain("/login");
  });

  test("posted twice says so, and where to start again", async () => {
    const form = await authorizeForm(sp);
    await post(form);
    const second = await post(form);
    expect(await refusal(second)).toEqual(errorPage("jwt_replayed", "already_used"));
    const page = await idp.browser().get(second.headers.get("location") ?? "");
    expect(page.status).toBe(400);
    const html = await page.text();
    expect(html).toContain("start again at First &amp; Sons");
    expect(html).not.toContain(sp.redirectUri);
  });

  test("a jti spent at the token endpoint is spent here", async () => {
    const { jti } = decodePayload((await machineForm(sp)).client_assertion ?? "");
    const spent = await assertion(sp, { jti });
    await idp.browser().post("/connect/token", await machineForm(sp, { client_assertion: spent }));
    expect((await refusal(await post(await authorizeForm(sp, { jti })))).reason).toBe("jwt_replayed");
  });

  test("a client assertion is no request object, nor is an id_token-like JWT of ours", async () => {
    const claims = requestClaims(sp);
    expect((await refusal(await post(outer(claims, await assertion(sp))))).reason).toBe("jwt_subject");
    const ours = await signJwt(idp.world.idp, { ...frame(IDP_ID, "pseudonym", sp.id) });
    expect((await refusal(await post(outer(claims, ours)))).reason).toBe("jwt_audience");
  });
});

describe("the party", () => {
  test("that the registry does not know is refused, and remembered", async () => {
    const leaf = await mintLeaf(idp.world.pki, "NTRNL-99999999");
    const stranger = { ...sp, id: "did:ishare:EU.NL.NTRNL-99999999", leaf };
    expect(await refusal(await post(await authorizeForm(stranger)))).toEqual(
      errorPage("party_unknown", "untrusted_party"),
    );
    const { calls } = idp.world.registry;
    const before = calls.length;
    await post(await authorizeForm(stranger));
    expect(calls.length).toBe(before);
  });

  test("that is not active is refused", async () => {
    const leaf = await mintLeaf(idp.world.pki, "NTRNL-20000001");
    idp.world.registry.parties.push({
      id: "did:ishare:EU.NL.NTRNL-20000001",
      name: "Idle",
      status: "NotActive",
      leaf,
    });
    const idle = { ...sp, id: "did:ishare:EU.NL.NTRNL-20000001", leaf };
    expect(await refusal(await post(await authorizeForm(idle)))).toEqual(
      errorPage("party_not_active", "untrusted_party"),
    );
  });

  test("is not another participant with a genuine certificate", async () => {
    const posing = { ...sp, leaf: idp.world.otherSp.leaf };
    expect(await refusal(await post(await authorizeForm(posing)))).toEqual(
      errorPage("party_certificate_unknown", "untrusted_party"),
    );
  });

  test("may use any identifier that the registry lists", async () => {
    const eori = { ...sp, id: "EU.EORI.NL000000020" };
    expect((await post(await authorizeForm(eori))).headers.get("location")).toContain("/login");
  });
});

test("the registry out of reach: 503 on our page, with Retry-After", async () => {
  const fresh = await coldInstance();
  idp.world.registry.fault = "down";
  const response = await post(await authorizeForm(sp), {}, fresh);
  expect(await refusal(response)).toEqual(errorPage("registry_unavailable", "temporarily_unavailable"));
  const page = await fresh.browser().get(response.headers.get("location") ?? "");
  expect(page.status).toBe(503);
  expect(Number(page.headers.get("retry-after"))).toBeGreaterThan(0);
  idp.world.registry.fault = undefined;
  expect((await post(await authorizeForm(sp), {}, fresh)).headers.get("location")).toContain("/login");
});

/** Another isolate with nothing cached: its registry has other cache keys. */
const coldInstance = async () => idp.with({ FRAMEWORK_VERSION: "2.2" });

/** Goes on, and signs in where the login page asks for it, until something leaves our origin or is shown. */
async function answerOf(browser: TestBrowser, begun: Response): Promise<Response> {
  const returnUrl = new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl") ?? "";
  const login = await browser.get(begun.headers.get("location") ?? "");
  if (login.status === 200) await browser.post("/login", { returnUrl, ...ALICE });
  return browser.get(returnUrl);
}

describe("refusals that the SP should know go to its redirect_uri", () => {
  test.each([
    [{ prompt: "none" }, "login_required"],
    [{ acr_values: "urn:http://eidas.europa.eu/LoA/NotNotified/high" }, "unmet_authentication_requirements"],
  ])("%j → %s", async (over, error) => {
    const browser = idp.browser();
    const begun = await browser.post("/connect/authorize", await authorizeForm(sp, over));
    const response = await answerOf(browser, begun);
    const url = new URL(response.headers.get("location") ?? "");
    expect(url.href.startsWith(`${sp.redirectUri}&`)).toBe(true);
    expect(Object.fromEntries(url.searchParams)).toEqual({ x: "1", error, state: "state-1", iss: IDP_ID });
  });

  test("by form_post too", async () => {
    const browser = idp.browser();
    const form = await authorizeForm(sp, { prompt: "none", response_mode: "form_post" });
    const response = await answerOf(browser, await browser.post("/connect/authorize", form));
    const html = await response.text();
    expect(html).toContain(`action="${sp.redirectUri.replace("&", "&amp;")}"`);
    expect(html).toContain('name="error" value="login_required"');
  });
});

describe("transport", () => {
  test.each(["GET", "PUT", "DELETE", "OPTIONS"])("%s is 405", async (method) => {
    const response = await idp.send(new Request(`${ISSUER}/connect/authorize`, { method }));
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  test("GET works where COMPAT=authorize-get", async () => {
    const query = new URLSearchParams(await authorizeForm(sp));
    const compat = idp.with({ COMPAT: "authorize-get" });
    const response = await compat.send(new Request(`${ISSUER}/connect/authorize?${query}`));
    expect(response.headers.get("location")).toContain("/login");
  });

  test("lower-case ishare works where COMPAT=lowercase-scope", async () => {
    const compat = idp.with({ COMPAT: "lowercase-scope" });
    const response = await post(await authorizeForm(sp, { scope: "openid ishare" }), {}, compat);
    expect(response.headers.get("location")).toContain("/login");
  });

  test.each(["application/json", "multipart/form-data; boundary=x", "text/plain"])(
    "%s is 415",
    async (type) => {
      expect((await post({ a: "b" }, { "content-type": type })).status).toBe(415);
    },
  );

  test("more than 64 KiB is 413", async () => {
    expect((await post({ request: "x".repeat(66_000) })).status).toBe(413);
  });

  test("40 kB is not too much", async () => {
    const form = { ...(await authorizeForm(sp)), ignored: "x".repeat(40_000) };
    expect((await post(form)).headers.get("location")).toContain("/login");
  });

  test("another host is 421", async () => {
    const response = await idp.send(
      new Request("https://other.example/connect/authorize", { method: "POST" }),
    );
    expect(response.status).toBe(421);
  });
});

test("the error page shows nothing that is not ours", async () => {
  const page = await idp.browser().get('/error?c=<script>&id="><img src=x>&returnUrl=https://evil.example');
  expect(page.status).toBe(400);
  const html = await page.text();
  expect(html).not.toMatch(/<script>|<img|evil\.example/);
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(page.headers.get("x-frame-options")).toBe("DENY");
});
