/**
 * What the OpenID certification suites try on a server, in our own words and on this profile: request objects, client
 * assertions, codes, and clients that register by being trusted (OpenID Federation, automatic registration).
 */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { encodePart, frame, signJwt } from "../support/jwt.ts";
import { createPki, mintLeaf, x5cOf } from "../support/pki.ts";
import { errorOf, Visitor } from "../support/visitor.ts";
import {
  type Instance,
  ISSUER,
  later,
  newUser,
  skipHashing,
  startWorker,
  type User,
} from "../support/worker.ts";
import { assertion, codeForm, IDP_ID, machineForm, outer, requestClaims, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let otherSp: Sp;
let user: User;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp, otherSp } = idp.world);
  user = await newUser();
});
afterEach(() => {
  vi.useRealTimers();
});

const now = () => Math.floor(Date.now() / 1000);
const refusal = () => idp.log().findLast(({ event }) => event === "refused")?.reason;
const unsigned = (claims: object) =>
  `${encodePart({ alg: "none", typ: "JWT", x5c: x5cOf(sp.leaf) })}.${encodePart(claims)}.AAAA`;

/** Posts a request as a browser does. @returns where a human with a session ends, or why it was refused on our page */
async function authorize(form: Readonly<Record<string, string>>) {
  const visitor = new Visitor(idp, user);
  const begun = await visitor.browser.postFromElsewhere("/connect/authorize", form);
  const location = begun.headers.get("location") ?? "";
  if (location.startsWith(`${ISSUER}/error`)) return { visitor, reason: refusal() };
  const stop = await visitor.through(await visitor.follow(begun));
  return { visitor, stop, reason: errorOf(stop) };
}
const ACCEPTED = "none: a code";

describe("a request object", () => {
  const form = async (over: Readonly<Record<string, unknown>> = {}, header = {}) => {
    const claims = requestClaims(sp, over);
    return outer(claims, await signJwt(sp.leaf, claims, header));
  };

  test.each<[string, () => Promise<Record<string, string>> | Record<string, string>, string]>([
    ["that nobody signed", () => outer(requestClaims(sp), unsigned(requestClaims(sp))), "jwt_alg"],
    ["with an algorithm of another family", () => form({}, { alg: "PS256" }), "jwt_alg"],
    [
      "with a broken signature",
      async () => {
        const good = await form();
        return { ...good, request: `${good.request?.slice(0, -8)}AAAAAAAA` };
      },
      "jwt_signature",
    ],
    [
      "signed with another key than its certificate's",
      async () => {
        const claims = requestClaims(sp);
        return outer(claims, await signJwt(otherSp.leaf, claims, { x5c: x5cOf(sp.leaf) }));
      },
      "jwt_signature",
    ],
    [
      "with another client_id than outside",
      async () => ({ ...(await form()), client_id: otherSp.id }),
      "jwt_issuer",
    ],
    [
      "with another client_id than its issuer",
      async () => ({ ...(await form({ client_id: otherSp.id })), client_id: sp.id }),
      "request_parameter_mismatch",
    ],
    [
      "with another issuer than its signer",
      () => form({ iss: otherSp.id, client_id: otherSp.id }),
      "party_certificate_unknown",
    ],
    ["without issuer", () => form({ iss: undefined }), "jwt_claim_missing"],
    ["without audience", () => form({ aud: undefined }), "jwt_claim_missing"],
    ["for another audience", () => form({ aud: ISSUER }), "jwt_audience"],
    ["for us and others", () => form({ aud: [IDP_ID, "https://other.example"] }), "jwt_claim_type"],
    ["without exp", () => form({ exp: undefined }), "jwt_claim_missing"],
    ["that expired five minutes ago", () => form({ iat: now() - 330, exp: now() - 300 }), "jwt_expired"],
    ["that is good for an hour", () => form({ exp: now() + 3600 }), "jwt_lifetime"],
    ["that is not valid yet", () => form({ nbf: now() + 300 }), "jwt_not_yet_valid"],
    ["without jti", () => form({ jti: undefined }), "jwt_claim_missing"],
    ["whose subject is the client", () => form({ sub: sp.id }), "jwt_subject"],
    [
      "without redirect_uri, whatever is outside",
      async () => ({ ...(await form({ redirect_uri: undefined })), redirect_uri: sp.redirectUri }),
      "request_claim_missing",
    ],
    [
      "without nonce, whatever is outside",
      async () => ({ ...(await form({ nonce: undefined })), nonce: "outside" }),
      "request_claim_missing",
    ],
    [
      "without state, whatever is outside",
      async () => ({ ...(await form({ state: undefined })), state: "outside" }),
      "request_claim_missing",
    ],
    ["with a request_uri inside", () => form({ request_uri: "https://sp1.example/r" }), "request_nested"],
    ["for a token at once", () => form({ response_type: "token" }), "response_type_unsupported"],
    [
      "with PKCE that is plain",
      () => form({ code_challenge: "x".repeat(43), code_challenge_method: "plain" }),
      "pkce_method",
    ],
  ])("%s is refused", async (_, make, reason) => {
    expect((await authorize(await make())).reason).toBe(reason);
  });

  test("used a second time is refused", async () => {
    const once = await form();
    expect((await authorize(once)).reason).toBe(ACCEPTED);
    expect((await authorize(once)).reason).toBe("jwt_replayed");
    const jti = crypto.randomUUID();
    expect((await authorize(await form({ jti }))).reason).toBe(ACCEPTED);
    expect((await authorize(await form({ jti, state: "another" }))).reason).toBe("jwt_replayed");
  });

  test("counts, and nothing beside it: redirect_uri, state, nonce, acr_values, request_uri", async () => {
    const beside = {
      ...{ redirect_uri: "https://evil.example/", state: "outside", nonce: "outside", prompt: "none" },
      ...{
        acr_values: "urn:http://eidas.europa.eu/LoA/NotNotified/high",
        request_uri: "https://evil.example/r",
      },
      ...{ unheard_of: "x", claims: "{" },
    };
    const { visitor, stop } = await authorize({ ...(await form()), ...beside });
    expect(stop?.url.href.startsWith(`${sp.redirectUri}&code=`)).toBe(true);
    expect(stop?.url.searchParams.get("state")).toBe("state-1");
    if (stop !== undefined) expect((await visitor.redeem(sp, stop)).claims.nonce).toBe("nonce-1");
  });

  test("with a long state and nonce, scopes in any order and unknown ones is answered in full", async () => {
    const long = { state: "s/+ &é".repeat(100), nonce: "n".repeat(1000), scope: "x email iSHARE openid" };
    const { visitor, stop } = await authorize(await form(long));
    expect(stop?.url.searchParams.get("state")).toBe(long.state);
    if (stop !== undefined) expect((await visitor.redeem(sp, stop)).claims.nonce).toBe(long.nonce);
  });
});

async function getCode(client: Sp = sp, over = {}): Promise<string> {
  const stop = await new Visitor(idp, user).visit(client, over);
  return stop.url.searchParams.get("code") ?? "";
}
async function token(form: Readonly<Record<string, string>>, headers = {}) {
  const response = await idp.browser().post("/connect/token", form, headers);
  const body: Record<string, string> = await response.json();
  return { status: response.status, error: body.error, reason: refusal(), accessToken: body.access_token };
}
const without = (form: Readonly<Record<string, string>>, name: string) =>
  Object.fromEntries(Object.entries(form).filter(([key]) => key !== name));

describe("a client assertion", () => {
  test.each<[string, () => Promise<string> | string, string]>([
    ["that nobody signed", () => unsigned(frame(sp.id, sp.id, IDP_ID)), "jwt_alg"],
    ["for another audience", () => assertion(sp, { aud: "https://other.example/token" }), "jwt_audience"],
    [
      "for the address of the token endpoint",
      () => assertion(sp, { aud: `${ISSUER}/connect/token` }),
      "jwt_audience",
    ],
    [
      "for us and others",
      () => assertion(sp, { aud: [IDP_ID, `${ISSUER}/connect/token`] }),
      "jwt_claim_type",
    ],
    ["without audience", () => assertion(sp, { aud: undefined }), "jwt_claim_missing"],
    [
      "that expired five minutes ago",
      () => assertion(sp, { iat: now() - 330, exp: now() - 300 }),
      "jwt_expired",
    ],
    [
      "of five minutes ahead",
      () => assertion(sp, { iat: now() + 300, exp: now() + 330 }),
      "jwt_issued_in_future",
    ],
    ["without exp", () => assertion(sp, { exp: undefined }), "jwt_claim_missing"],
    ["without sub", () => assertion(sp, { sub: undefined }), "jwt_claim_missing"],
    ["whose sub is not its iss", () => assertion(sp, { sub: otherSp.id }), "jwt_subject"],
    [
      "whose iss is not the client_id",
      () => assertion(sp, { iss: otherSp.id, sub: otherSp.id }),
      "assertion_client_id",
    ],
    ["without jti", () => assertion(sp, { jti: undefined }), "jwt_claim_missing"],
    [
      "by another client's key",
      () => signJwt(otherSp.leaf, frame(sp.id, sp.id, IDP_ID)),
      "party_certificate_unknown",
    ],
    ["that is no JWT", () => "a.b", "jwt_not_compact"],
  ])("%s is refused", async (_, make, reason) => {
    const answer = await token(await machineForm(sp, { client_assertion: await make() }));
    expect(answer).toMatchObject({ status: 400, error: "invalid_client", reason });
  });

  test("used a second time is refused", async () => {
    const client_assertion = await assertion(sp);
    expect((await token(await machineForm(sp, { client_assertion }))).status).toBe(200);
    expect((await token(await machineForm(sp, { client_assertion }))).reason).toBe("jwt_replayed");
  });

  test("is the one way: no secret, no certificate alone, no other type", async () => {
    const basic = { authorization: `Basic ${btoa(`${sp.id}:secret`)}` };
    const bare = without(await machineForm(sp), "client_assertion");
    for (const [form, headers] of [
      [bare, {}],
      [bare, basic],
      [{ ...bare, client_secret: "secret" }, {}],
      [without(await machineForm(sp), "client_assertion_type"), {}],
      [
        await machineForm(sp, {
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        }),
        {},
      ],
      [without(await machineForm(sp), "client_id"), {}],
    ] as const)
      expect((await token(form, headers)).status).toBe(400);
  });
});

describe("a code", () => {
  const opens = async (accessToken: string | undefined) =>
    (await new Visitor(idp).userinfo(accessToken ?? "")).status === 200;

  test.each([0, 30])("used again %i s later is refused, and takes its token with it", async (seconds) => {
    const code = await getCode();
    const { accessToken } = await token(await codeForm(sp, code));
    expect(await opens(accessToken)).toBe(true);
    later(seconds);
    expect(await token(await codeForm(sp, code))).toMatchObject({
      error: "invalid_grant",
      reason: "code_used",
    });
    expect(await opens(accessToken)).toBe(false);
  });

  test("is its client's, for its address, until its end; a try that fails costs nothing", async () => {
    const code = await getCode();
    const stolen = await codeForm(otherSp, code, { redirect_uri: sp.redirectUri });
    expect(await token(stolen)).toMatchObject({ error: "invalid_grant", reason: "code_wrong_client" });
    const elsewhere = await codeForm(sp, code, { redirect_uri: "https://sp1.example/return" });
    expect(await token(elsewhere)).toMatchObject({ error: "invalid_grant", reason: "code_redirect_uri" });
    expect((await token(without(await codeForm(sp, code), "redirect_uri"))).error).toBe("invalid_request");
    const client_assertion = await assertion(sp, { aud: ISSUER });
    expect((await token(await codeForm(sp, code, { client_assertion }))).error).toBe("invalid_client");
    expect((await token(await codeForm(sp, code))).status).toBe(200);
    const late = await getCode();
    later(61);
    expect(await token(await codeForm(sp, late))).toMatchObject({
      error: "invalid_grant",
      reason: "code_expired",
    });
  });
});

describe("a client that nobody registered", () => {
  async function newClient(
    change: { readonly listed?: boolean; readonly status?: string } = {},
  ): Promise<Sp> {
    const number = `3${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;
    const leaf = await mintLeaf(idp.world.pki, `NTRNL-${number}`);
    const client = {
      id: `did:ishare:EU.NL.NTRNL-${number}`,
      name: "New",
      leaf,
      redirectUri: "https://new.example/cb",
    };
    const { status = "Active" } = change;
    if (change.listed !== false)
      idp.world.registry.parties.push({ id: client.id, name: "New", status, leaf });
    return client;
  }
  const attempt = async (client: Sp, x5c?: readonly string[]) => {
    const claims = requestClaims(client);
    return authorize(outer(claims, await signJwt(client.leaf, claims, x5c === undefined ? {} : { x5c })));
  };

  test("is accepted by its chain and the registry's word, with its first request; and asked nothing itself", async () => {
    const client = await newClient();
    const send = globalThis.fetch;
    const called: string[] = [];
    vi.stubGlobal("fetch", (input: RequestInfo, init?: RequestInit) => {
      called.push(new URL(new Request(input, init).url).host);
      return send(input, init);
    });
    const { visitor, stop, reason } = await attempt(client);
    vi.stubGlobal("fetch", send);
    expect(reason).toBe(ACCEPTED);
    if (stop !== undefined) expect((await visitor.redeem(client, stop)).claims.aud).toBe(client.id);
    expect([...new Set(called)]).toEqual(["registry.example"]);
  });

  test("with a chain to a root of its own is refused", async () => {
    const client = await newClient();
    const leaf = await mintLeaf(await createPki("Own"), client.id.slice(-14));
    expect((await attempt({ ...client, leaf })).reason).toBe("chain_not_anchored");
  });

  test("with a chain too short, in another order, or with a link of another's is refused", async () => {
    const client = await newClient();
    const [leaf = "", issuing = "", sub = "", root = ""] = x5cOf(client.leaf);
    const strange = x5cOf((await createPki("Strange")).root)[0] ?? "";
    for (const [x5c, reason] of [
      [[leaf], "chain_not_anchored"],
      [[leaf, issuing, sub], "chain_not_anchored"],
      [[leaf, sub, issuing, root], "certificate_issuer_mismatch"],
      [[leaf, root], "certificate_issuer_mismatch"],
      [[leaf, issuing, sub, strange], "certificate_issuer_mismatch"],
    ] as const)
      expect([x5c.length, (await attempt(client, x5c)).reason]).toEqual([x5c.length, reason]);
  });

  test("with a trusted chain, of whom the registry knows nothing or nothing good, is refused", async () => {
    expect((await attempt(await newClient({ listed: false }))).reason).toBe("party_unknown");
    expect((await attempt(await newClient({ status: "Revoked" }))).reason).toBe("party_not_active");
  });

  test("in the name of another is refused", async () => {
    const client = await newClient();
    expect((await attempt({ ...client, id: sp.id })).reason).toBe("party_certificate_unknown");
  });

  test("gets a token for itself the same way", async () => {
    const client = await newClient();
    expect((await token(await machineForm(client))).status).toBe(200);
    const unlisted = await newClient({ listed: false });
    expect(await token(await machineForm(unlisted))).toMatchObject({
      error: "invalid_client",
      reason: "party_unknown",
    });
  });
});
