/** POST /connect/token and GET|POST /oauth2.0/token: both grant types, each wire error, once-only rules. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { signIn } from "../support/browser.ts";
import { decodePayload, frame, signJwt } from "../support/jwt.ts";
import { ALICE, type Instance, ISSUER, startWorker } from "../support/worker.ts";
import {
  assertion,
  authorizeForm,
  codeForm,
  IDP_ID,
  machineForm,
  ORGANISATION,
  requestClaims,
  type Sp,
} from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let otherSp: Sp;
beforeAll(async () => {
  idp = await startWorker();
  ({ sp, otherSp } = idp.world);
});
afterEach(() => {
  vi.useRealTimers();
});

const VERIFIER = "a".repeat(43);
const CHALLENGE = "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA"; // S256 of VERIFIER

async function getCode(client: Sp = sp, over = {}, at: Instance = idp): Promise<string> {
  const browser = at.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(client, over));
  return (await signIn(browser, begun.headers.get("location") ?? "", ALICE)).searchParams.get("code") ?? "";
}
const post = (form: Readonly<Record<string, string>>, at: Instance = idp, path = "/connect/token") =>
  at.browser().post(path, form);

async function outcome(response: Response, at: Instance = idp) {
  const body: Record<string, unknown> = await response.json();
  const reason = at.log().findLast(({ event }) => event === "refused")?.reason;
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("pragma")).toBe("no-cache");
  return { status: response.status, error: body.error, reason };
}
const refused = (error: string, reason: string, status = 400) => ({ status, error, reason });
const userinfo = (token: unknown) =>
  idp.send(new Request(`${ISSUER}/connect/userinfo`, { headers: { authorization: `Bearer ${token}` } }));

describe("the platform's rate limit per party, where one is bound", () => {
  const limited = (limit: (options: { key: string }) => Promise<{ success: boolean }>) =>
    idp.with({ PARTY_RATE_LIMIT: { limit } as unknown as string });

  test("429 with Retry-After, and a fresh assertion is good once there is room; a code stays unspent", async () => {
    let allowed = true;
    const at = limited(async ({ key }) => ({ success: allowed || !key.startsWith("token ") }));
    const code = await getCode(sp, {}, at);
    allowed = false;
    const response = await post(await codeForm(sp, code), at);
    expect(response.headers.get("retry-after")).toBe("30");
    expect(await outcome(response, at)).toEqual(refused("temporarily_unavailable", "party_throttled", 429));
    allowed = true;
    expect((await post(await codeForm(sp, code), at)).status).toBe(200);
  });

  test("a page at authorize", async () => {
    const begun = await limited(async () => ({ success: false }))
      .browser()
      .post("/connect/authorize", await authorizeForm(sp));
    expect(begun.headers.get("location")).toContain("/error?c=temporarily_unavailable");
  });

  test("one that fails lets through, and says so in the log", async () => {
    const at = limited(async () => {
      throw new Error("away");
    });
    at.log();
    expect((await post(await machineForm(sp), at)).status).toBe(200);
    expect(at.log()).toContainEqual(expect.objectContaining({ event: "rate_limit_unreachable" }));
  });
});

describe("authorization_code", () => {
  test("the answer and the id_token", async () => {
    const before = Math.floor(Date.now() / 1000);
    const response = await post(
      await codeForm(sp, await getCode(sp, { acr_values: "urn:http://eidas.europa.eu/LoA/NotNotified/low" })),
    );
    expect(response.headers.get("cache-control")).toBe("no-store");
    const tokens: Record<string, string> = await response.json();
    expect(Object.keys(tokens).sort()).toEqual(["access_token", "expires_in", "id_token", "token_type"]);
    const claims = decodePayload(tokens.id_token ?? "");
    expect(claims).toMatchObject({
      iss: IDP_ID,
      aud: sp.id,
      azp: sp.id,
      nonce: "nonce-1",
      acr: "urn:http://eidas.europa.eu/LoA/NotNotified/low",
      amr: ["pwd"],
      organisationIdentifier: ORGANISATION.id,
    });
    expect(claims.exp).toBe((claims.iat as number) + 30);
    expect(claims.auth_time).toBeGreaterThanOrEqual(before);
    const [head = ""] = (tokens.id_token ?? "").split(".");
    expect(Object.keys(JSON.parse(atob(head))).sort()).toEqual(["alg", "typ", "x5c"]);
  });

  test("the pseudonym is stable at one SP, another at the next, and names nobody", async () => {
    const subjectAt = async (client: Sp) => {
      const response = await post(await codeForm(client, await getCode(client)));
      const { id_token }: Record<string, string> = await response.json();
      return decodePayload(id_token ?? "").sub as string;
    };
    const [first, again, other] = [await subjectAt(sp), await subjectAt(sp), await subjectAt(otherSp)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(first).not.toContain("alice");
  });

  test("the SP may redeem under another of its identifiers, which then is aud and azp", async () => {
    const eori = { ...sp, id: "EU.EORI.NL000000020" };
    const response = await post(await codeForm(eori, await getCode(sp)));
    const { id_token }: Record<string, string> = await response.json();
    expect(decodePayload(id_token ?? "")).toMatchObject({ aud: eori.id, azp: eori.id });
  });

  test.each(["grant_type", "client_id", "client_assertion_type", "client_assertion", "redirect_uri", "code"])(
    "%s is required",
    async (name) => {
      const { [name]: _, ...rest } = await codeForm(sp, "code");
      expect(await outcome(await post(rest))).toEqual(refused("invalid_request", "parameter_missing"));
    },
  );

  test("a wrong client neither burns the code nor learns anything", async () => {
    const code = await getCode();
    const stolen = { ...(await codeForm(otherSp, code)), redirect_uri: sp.redirectUri };
    expect(await outcome(await post(stolen))).toEqual(refused("invalid_grant", "code_wrong_client"));
    expect((await post(await codeForm(sp, code))).status).toBe(200);
    expect(await outcome(await post({ ...stolen, client_assertion: await assertion(otherSp) }))).toEqual(
      refused("invalid_grant", "code_wrong_client"),
    );
  });

  test("the right client's second try fails and revokes the first token", async () => {
    const code = await getCode();
    const { access_token }: Record<string, string> = await (await post(await codeForm(sp, code))).json();
    expect((await userinfo(access_token)).status).toBe(200);
    expect(await outcome(await post(await codeForm(sp, code)))).toEqual(
      refused("invalid_grant", "code_used"),
    );
    expect((await userinfo(access_token)).status).toBe(401);
  });

  test("another redirect_uri is refused and burns nothing", async () => {
    const code = await getCode();
    const wrong = await codeForm(sp, code, { redirect_uri: `${sp.redirectUri}&y=2` });
    expect(await outcome(await post(wrong))).toEqual(refused("invalid_grant", "code_redirect_uri"));
    expect((await post(await codeForm(sp, code))).status).toBe(200);
  });

  test.each(["x", "", "A".repeat(86), "../../etc"])("code %j is none of ours", async (code) => {
    const response = await outcome(await post(await codeForm(sp, code)));
    expect(response).toEqual(
      code === ""
        ? refused("invalid_request", "parameter_missing")
        : refused("invalid_grant", "code_malformed"),
    );
  });

  test("an authzId or an access token is no code", async () => {
    const begun = await idp.browser().post("/connect/authorize", await authorizeForm(sp));
    const authzId =
      new URL(begun.headers.get("location") ?? "").searchParams.get("returnUrl")?.split("authzId=")[1] ?? "";
    expect((await outcome(await post(await codeForm(sp, authzId)))).reason).toBe("code_malformed");
    const { access_token = "" }: Record<string, string> = await (
      await post(await codeForm(sp, await getCode()))
    ).json();
    expect((await outcome(await post(await codeForm(sp, access_token)))).reason).toBe("code_malformed");
  });

  test("a code ends after CODE_SECONDS", async () => {
    const code = await getCode();
    const later = Date.now() + 61_000;
    vi.useFakeTimers({ toFake: ["Date"], now: later });
    expect(await outcome(await post(await codeForm(sp, code)))).toEqual(
      refused("invalid_grant", "code_expired"),
    );
  });

  describe("PKCE", () => {
    const pkce = { code_challenge: CHALLENGE, code_challenge_method: "S256" };
    test("with the right verifier", async () => {
      const form = await codeForm(sp, await getCode(sp, pkce), { code_verifier: VERIFIER });
      expect((await post(form)).status).toBe(200);
    });
    test.each([
      [pkce, undefined, "pkce_missing", "invalid_grant"],
      [pkce, "b".repeat(43), "pkce_mismatch", "invalid_grant"],
      [{}, VERIFIER, "pkce_unexpected", "invalid_grant"],
      [pkce, "short", "pkce_mismatch", "invalid_grant"],
    ])("challenge %j, verifier %j → %s", async (request, verifier, reason, error) => {
      const code = await getCode(sp, request);
      const form = await codeForm(sp, code, verifier === undefined ? {} : { code_verifier: verifier });
      expect(await outcome(await post(form))).toEqual(refused(error, reason));
    });
  });
});

describe("client_credentials", () => {
  test("gives a token and no id_token", async () => {
    const response = await post(await machineForm(sp));
    expect(response.status).toBe(200);
    const tokens: Record<string, unknown> = await response.json();
    expect(Object.keys(tokens).sort()).toEqual(["access_token", "expires_in", "token_type"]);
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
  });

  test.each([
    ["openid", "invalid_scope", "scope_missing"],
    ["ishare", "invalid_scope", "scope_missing"],
    [" iSHARE", "invalid_scope", "scope_malformed"],
  ])("scope %j → %s", async (scope, error, reason) => {
    expect(await outcome(await post(await machineForm(sp, { scope })))).toEqual(refused(error, reason));
  });
});

describe("the client", () => {
  const cases: [string, () => Promise<string>, string][] = [
    ["of another kind: a request object", () => signJwt(sp.leaf, requestClaims(sp)), "jwt_subject"],
    ["of another audience", () => assertion(sp, { aud: "did:ishare:EU.NL.NTRNL-1" }), "jwt_audience"],
    ["to our URL", () => assertion(sp, { aud: `${ISSUER}/connect/token` }), "jwt_audience"],
    [
      "with exp − iat of 31",
      () => assertion(sp, { exp: Math.floor(Date.now() / 1000) + 31 }),
      "jwt_lifetime",
    ],
    [
      "by somebody else's key",
      async () => await signJwt(otherSp.leaf, frame(sp.id, sp.id, IDP_ID)),
      "party_certificate_unknown",
    ],
    ["of somebody else", () => assertion(otherSp), "assertion_client_id"],
    [
      "with a jwk beside x5c",
      () => signJwt(sp.leaf, frame(sp.id, sp.id, IDP_ID), { jwk: {} }),
      "jwt_header_member",
    ],
    ["unsigned", async () => (await assertion(sp)).replace(/[^.]*$/, ""), "jwt_not_compact"],
    ["our own id_token's like", () => signJwt(idp.world.idp, frame(IDP_ID, "sub", sp.id)), "jwt_audience"],
  ];
  test.each(cases)("an assertion %s is invalid_client", async (_, make, reason) => {
    const form = await machineForm(sp, { client_assertion: await make() });
    expect(await outcome(await post(form))).toEqual(refused("invalid_client", reason));
  });

  test("an assertion works once, also across endpoints and grant types", async () => {
    const once = await assertion(sp);
    expect((await post(await machineForm(sp, { client_assertion: once }))).status).toBe(200);
    const again = await machineForm(sp, { client_assertion: once });
    expect(await outcome(await post(again, idp, "/oauth2.0/token"))).toEqual(
      refused("invalid_client", "jwt_replayed"),
    );
    const form = await codeForm(sp, await getCode(), { client_assertion: once });
    expect(await outcome(await post(form))).toEqual(refused("invalid_client", "jwt_replayed"));
  });

  test("deactivated between authorize and token gets nothing once the answer in use is old", async () => {
    const code = await getCode(otherSp);
    const record = idp.world.registry.parties.find(({ id }) => id === otherSp.id);
    if (record === undefined) throw new Error("the other SP is registered");
    record.status = "Revoked";
    const later = Date.now() + 59_000;
    vi.useFakeTimers({ toFake: ["Date"], now: later });
    const impatient = idp.with({ TRUST_FRESH_SECONDS: "30" });
    expect(await outcome(await post(await codeForm(otherSp, code), impatient))).toEqual(
      refused("invalid_client", "party_not_active"),
    );
    record.status = "Active";
  });
});

test("registry out of reach: 503, and the code is unspent", async () => {
  const cold = idp.with({ FRAMEWORK_VERSION: "2.2" }); // another isolate, nothing cached
  const code = await getCode();
  idp.world.registry.fault = "500";
  const response = await post(await codeForm(sp, code), cold);
  expect(response.headers.get("retry-after")).toBe("30");
  expect(await outcome(response)).toEqual(refused("temporarily_unavailable", "registry_unavailable", 503));
  idp.world.registry.fault = undefined;
  expect((await post(await codeForm(sp, code), cold)).status).toBe(200);
});

describe("/oauth2.0/token", () => {
  test("answers GET with the parameters in the query", async () => {
    const query = new URLSearchParams(await machineForm(sp));
    const response = await idp.send(new Request(`${ISSUER}/oauth2.0/token?${query}`));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });
  test("and POST", async () => {
    expect((await post(await machineForm(sp), idp, "/v2.1/oauth2.0/token")).status).toBe(200);
  });
});

describe("transport", () => {
  test.each([
    ["/connect/token", "GET", "POST"],
    ["/oauth2.0/token", "PUT", "GET, POST"],
  ])("%s does not know %s", async (path, method, allow) => {
    const response = await idp.send(new Request(ISSUER + path, { method }));
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
  });
  test("JSON is not taken", async () => {
    const response = await idp.browser().post("/connect/token", {}, { "content-type": "application/json" });
    expect(await outcome(response)).toEqual(refused("invalid_request", "unsupported_media_type"));
  });
  test.each([
    ["grant_type=password", "unsupported_grant_type", "grant_type_unsupported"],
    ["grant_type=refresh_token", "unsupported_grant_type", "grant_type_unsupported"],
    ["grant_type=a&grant_type=b", "invalid_request", "parameter_repeated"],
    ["grant_type=%zz", "invalid_request", "form_malformed"],
  ])("%s → %s", async (body, error, reason) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await idp.send(
      new Request(`${ISSUER}/connect/token`, { method: "POST", body, headers }),
    );
    expect(await outcome(response)).toEqual(refused(error, reason));
  });
});
