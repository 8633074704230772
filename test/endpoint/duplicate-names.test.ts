/**
 * A name twice in one JSON object means one thing to one reader and another to the next, so it is refused wherever JSON
 * comes from outside: requests, assertions, delegation requests, passkeys, and what registries answer.
 */
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createAuthenticator } from "../support/authenticator.ts";
import { maskFor } from "../support/delegation.ts";
import { addPasskey, passkeyAnswer, passkeyOptions } from "../support/factors.ts";
import { encodePart, encryptFor, frame, signJwt, signParts } from "../support/jwt.ts";
import { resetRegistry, signInExternal } from "../support/kept-elsewhere.ts";
import { type Identity, x5cOf } from "../support/pki.ts";
import { errorOf, Visitor } from "../support/visitor.ts";
import { type Instance, ISSUER, later, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { authorizeForm, IDP_ID, machineForm, outer, requestClaims, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
/** what becomes of an answer of a registry on its way, by its path */
let tamper: (path: string, body: string) => string | Promise<string>;
beforeAll(async () => {
  skipHashing();
  idp = (await startWorker()).with({ TRUST_FRESH_SECONDS: "0", TRUST_STALE_SECONDS: "0" }); // nothing is held
  ({ sp } = idp.world);
  const send = globalThis.fetch;
  vi.stubGlobal("fetch", async (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    const response = await send(request);
    const body = await tamper(new URL(request.url).pathname, await response.text());
    return new Response(body, { status: response.status, headers: { "content-type": "application/json" } });
  });
});
beforeEach(() => {
  tamper = (_, body) => body;
  resetRegistry(idp);
});

/** The same object to whoever takes the last of two; the first says something else. */
function twice(object: unknown, name: string): string {
  const text = typeof object === "string" ? object : JSON.stringify(object);
  const doubled = text.replace(`"${name}":`, `"${name}":"another","${name}":`);
  expect(doubled).not.toBe(text);
  expect(JSON.parse(doubled)).toEqual(JSON.parse(text));
  return doubled;
}
const reason = () => idp.log().findLast(({ event }) => event === "refused");
const authorize = async (form?: Record<string, string>) => {
  if (form === undefined) later(2); // what is held is too old; the clock is never set back
  const response = await idp.browser().post("/connect/authorize", form ?? (await authorizeForm(sp)));
  return response.headers.get("location")?.includes("/login?") ? "accepted" : reason()?.reason;
};

describe("a registry's answer", () => {
  const resign = async (signer: Identity, token: string, name: string) => {
    const payload = new TextDecoder().decode(Buffer.from(token.split(".")[1] ?? "", "base64url"));
    return signJwt(signer, twice(payload, name));
  };

  test("with its access token: the first look-up of all", async () => {
    tamper = (path, body) => (path === "/connect/token" ? twice(body, "access_token") : body);
    expect(await authorize()).toBe("registry_unavailable");
    tamper = (_, body) => body;
    expect(await authorize()).toBe("accepted");
  });

  test.each([
    ["/trusted_list", "trusted_list_token", "trusted_list"],
    ["/parties/", "party_token", "party_info"],
  ])("at %s: around its %s, and in it", async (at, envelope, member) => {
    tamper = (path, body) => (path.startsWith(at) ? twice(body, envelope) : body);
    expect(await authorize()).toBe("registry_unavailable");
    for (const name of [member, "iss"]) {
      tamper = async (path, body) => {
        if (!path.startsWith(at)) return body;
        const token = JSON.parse(body)[envelope];
        return JSON.stringify({ [envelope]: await resign(idp.world.registry.signer, token, name) });
      };
      expect([name, await authorize()]).toEqual([name, "registry_unavailable"]);
    }
    tamper = (_, body) => body;
    expect(await authorize()).toBe("accepted");
  });

  test("of an Authorisation Registry: around its evidence, and in it", async () => {
    const { ask } = await signInExternal(idp);
    expect((await ask()).status).toBe(200);
    tamper = (path, body) => (path === "/delegation" ? twice(body, "delegation_token") : body);
    expect((await ask()).status).toBe(503);
    for (const name of ["delegationEvidence", "policyIssuer", "effect"]) {
      tamper = async (path, body) => {
        if (path !== "/delegation") return body;
        const token = JSON.parse(body).delegation_token;
        const { signer } = idp.world.authorisationRegistry;
        return JSON.stringify({ delegation_token: await resign(signer, token, name) });
      };
      expect([name, (await ask()).status]).toEqual([name, 503]);
    }
  });
});

describe("a signed JWT", () => {
  const header = () => ({ alg: "RS256", typ: "JWT", x5c: x5cOf(sp.leaf) });

  test.each(["client_id", "redirect_uri", "iss", "scope"])("a request with %s twice", async (name) => {
    const claims = requestClaims(sp);
    expect(await authorize(outer(claims, await signJwt(sp.leaf, twice(claims, name))))).toBe(
      "jwt_payload_malformed",
    );
    const sealed = await encryptFor(idp.world.idp, await signJwt(sp.leaf, twice(claims, name)));
    expect(await authorize(outer(claims, sealed))).toBe("jwt_payload_malformed");
  });

  test.each(["alg", "x5c"])("a request whose header has %s twice", async (name) => {
    const claims = requestClaims(sp);
    const jwt = await signParts(sp.leaf, encodePart(twice(header(), name)), encodePart(claims));
    expect(await authorize(outer(claims, jwt))).toBe("jwt_header_malformed");
  });

  test.each(["sub", "aud", "jti"])("a client assertion with %s twice", async (name) => {
    const client_assertion = await signJwt(sp.leaf, twice(frame(sp.id, sp.id, IDP_ID), name));
    const response = await idp.browser().post("/connect/token", await machineForm(sp, { client_assertion }));
    expect([response.status, reason()?.reason]).toEqual([400, "jwt_payload_malformed"]);
  });
});

test.each(["delegationRequest", "accessSubject", "policySets", "actions"])(
  "a delegation request with %s twice",
  async (name) => {
    const visitor = new Visitor(idp, await newUser());
    const { accessToken, claims } = await visitor.redeem(sp, await visitor.visit(sp));
    const mask = maskFor(claims.sub);
    const ask = (body: string) => {
      const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
      return idp.send(new Request(`${ISSUER}/connect/userinfo`, { method: "POST", body, headers }));
    };
    expect((await ask(JSON.stringify(mask))).status).toBe(200);
    const response = await ask(twice(mask, name));
    expect([response.status, reason()?.reason]).toEqual([400, "body_malformed"]);
  },
);

describe("a passkey", () => {
  test("that is added with a member twice", async () => {
    const user = await newUser();
    const visitor = new Visitor(idp, user);
    const page = await visitor.open("/account/passkey");
    const key = await createAuthenticator();
    const { challenge } = passkeyOptions(page);
    const made = await key.register({ rpId: "idp.example", origin: ISSUER, challenge });
    for (const name of ["rawId", "clientDataJSON"]) {
      const stop = await visitor.post("/account/passkey", { credential: twice(made, name), name: "Key" });
      expect([name, stop.url.search.includes("passkey_added")]).toEqual([name, false]);
    }
    expect((await addPasskey(visitor, key)).url.search).toContain("passkey_added");
  });

  test("that signs with a member twice", async () => {
    const user = await newUser();
    const key = await createAuthenticator();
    await addPasskey(new Visitor(idp, user), key);
    const visitor = new Visitor(idp);
    const answer = await passkeyAnswer(await visitor.visit(sp), key);
    for (const name of ["id", "signature"]) {
      const credential = twice(answer.credential ?? "", name);
      expect((await visitor.post("/login/passkey", { ...answer, credential })).status).toBe(403);
    }
    expect(errorOf(await visitor.through(await visitor.post("/login/passkey", answer)))).toBe("none: a code");
  });
});
