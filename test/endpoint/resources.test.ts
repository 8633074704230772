/** What is read with a token, or without: userinfo, capabilities, discovery, keys, health; and a sick configuration. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { signIn } from "../support/browser.ts";
import { decodePayload } from "../support/jwt.ts";
import { x5cOf } from "../support/pki.ts";
import { ALICE, type Instance, ISSUER, startWorker } from "../support/worker.ts";
import { authorizeForm, codeForm, IDP_ID, machineForm, ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  idp = await startWorker();
  sp = idp.world.sp;
});
afterEach(() => {
  vi.useRealTimers();
});

async function humanToken(scope = "openid iSHARE"): Promise<string> {
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", await authorizeForm(sp, { scope }));
  const back = await signIn(browser, begun.headers.get("location") ?? "", ALICE);
  const answer = await browser.post(
    "/connect/token",
    await codeForm(sp, back.searchParams.get("code") ?? ""),
  );
  return ((await answer.json()) as { access_token: string }).access_token;
}
async function machineToken(): Promise<string> {
  const answer = await idp.browser().post("/connect/token", await machineForm(sp));
  return ((await answer.json()) as { access_token: string }).access_token;
}
const call = (path: string, headers: Readonly<Record<string, string>> = {}, init: RequestInit = {}) =>
  idp.send(new Request(ISSUER + path, { ...init, headers }));
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("/connect/userinfo", () => {
  test.each([
    ["openid iSHARE", {}],
    [
      "openid iSHARE name",
      {
        first_name: "Alice",
        last_name: "O'Neil",
        name: "Alice O'Neil",
        given_name: "Alice",
        family_name: "O'Neil",
      },
    ],
    ["openid iSHARE email", { email: "alice@example.com", email_verified: false }],
    ["openid iSHARE phone", { phone_number: "+31612345678" }],
    ["openid iSHARE company", { company_id: ORGANISATION.id, company_name: ORGANISATION.name }],
    ["iSHARE openid unheard-of", {}],
  ])("%s opens just this", async (scope, expected) => {
    const response = await call("/connect/userinfo", bearer(await humanToken(scope)));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/jwt");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { iss, sub, aud, jti, iat, exp, organisationIdentifier, ...rest } = decodePayload(
      await response.text(),
    );
    expect({ iss, aud, organisationIdentifier }).toEqual({
      iss: IDP_ID,
      aud: sp.id,
      organisationIdentifier: ORGANISATION.id,
    });
    expect((exp as number) - (iat as number)).toBe(30);
    expect(jti).toBeTypeOf("string");
    expect(sub).toBeTypeOf("string");
    expect(rest).toEqual(expected);
  });

  test.each([
    ["application/jwt", "application/jwt"],
    ["*/*", "application/jwt"],
    ["application/json", "application/json"],
    ["application/json, text/plain, */*", "application/json"],
    ["application/jwt, application/json;q=0.5", "application/jwt"],
    ["text/html", "application/jwt"],
  ])("Accept: %s → %s", async (accept, type) => {
    const response = await call("/connect/userinfo", { ...bearer(await humanToken()), accept });
    expect(response.headers.get("content-type")?.split(";")[0]).toBe(type);
    if (type === "application/json") expect(Object.keys(await response.json())).toEqual(["userinfo_token"]);
  });

  test.each([
    ["nothing", {}, "Bearer"],
    ["Basic", { authorization: "Basic YTpi" }, "Bearer"],
    ["an empty Bearer", { authorization: "Bearer" }, "Bearer"],
    ["two words", { authorization: "Bearer a b" }, 'Bearer error="invalid_token"'],
    ["a made-up token", bearer("x".repeat(86)), 'Bearer error="invalid_token"'],
    ["a good token's look-alike", bearer(`${"A".repeat(85)}B`), 'Bearer error="invalid_token"'],
  ])("%s → 401", async (_, headers, challenge) => {
    const response = await call("/connect/userinfo", headers as Record<string, string>);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe(challenge);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("a party's token is of the other kind", async () => {
    expect((await call("/connect/userinfo", bearer(await machineToken()))).status).toBe(401);
  });

  test("an access token ends after an hour", async () => {
    const token = await humanToken();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    expect((await call("/connect/userinfo", bearer(token))).status).toBe(401);
    expect(idp.log().findLast(({ event }) => event === "refused")?.reason).toBe("bearer_expired");
  });

  test("a human who was deactivated is not told about", async () => {
    const token = await humanToken();
    const { DIRECTORY } = idp.bindings as { DIRECTORY: D1Database };
    await DIRECTORY.prepare("UPDATE humans SET status = 'inactive' WHERE username = 'alice'").run();
    const response = await call("/connect/userinfo", bearer(token));
    await DIRECTORY.prepare("UPDATE humans SET status = 'active' WHERE username = 'alice'").run();
    expect(response.status).toBe(401);
  });

  test.each([
    ["", {}, 200],
    ["{}", { "content-type": "application/json" }, 200],
    ['{"delegationRequest":{}}', { "content-type": "application/json" }, 400],
    ['{"a":1,"a":2}', { "content-type": "application/json" }, 400],
    ["[]", { "content-type": "application/json" }, 400],
    ["{", { "content-type": "application/json" }, 400],
    ["{}", { "content-type": "text/plain" }, 400],
  ])("POST %j %j → %i", async (body, headers, status) => {
    const all = { ...bearer(await humanToken()), ...headers } as Record<string, string>;
    expect((await call("/connect/userinfo", all, { method: "POST", body })).status).toBe(status);
  });

  test("a token in a form or a query is refused", async () => {
    const token = await humanToken();
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const body = `access_token=${token}`;
    expect((await call("/connect/userinfo", form, { method: "POST", body })).status).toBe(401);
    expect(
      (await call("/connect/userinfo", { ...form, ...bearer(token) }, { method: "POST", body })).status,
    ).toBe(400);
    expect((await call(`/connect/userinfo?${body}`)).status).toBe(401);
    expect((await call(`/connect/userinfo?${body}`, bearer(token))).status).toBe(401);
  });

  test("other methods are 405", async () => {
    const response = await call("/connect/userinfo", {}, { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, POST");
  });
});

describe("/capabilities", () => {
  interface Claims {
    readonly aud?: string;
    readonly capabilities_info: { readonly publicServices: { identifier: string; endpointURL: string }[] };
  }
  async function read(response: Response) {
    expect(response.status).toBe(200);
    const { capabilities_token }: Record<string, string> = await response.json();
    return decodePayload(capabilities_token ?? "") as unknown as Claims;
  }

  test("for anybody: public services, no audience", async () => {
    const claims = await read(await call("/capabilities"));
    expect(claims).toMatchObject({ iss: IDP_ID, sub: IDP_ID });
    expect(claims).not.toHaveProperty("aud");
    expect(Object.keys(claims.capabilities_info)).toEqual(["publicServices"]);
    const services = claims.capabilities_info.publicServices;
    expect(services.map(({ identifier }) => identifier)).toEqual([
      "/capabilities",
      "/connect/token",
      "/authorize",
      "/login",
      "/connect/userinfo",
    ]);
    for (const { endpointURL } of services) expect(endpointURL.startsWith(`${ISSUER}/`)).toBe(true);
  });

  test("for anybody is signed once for many, and anew before it gets old", async () => {
    const at = idp.with({ PARTY_NAME: "Another" }); // an isolate that has signed nothing yet
    const get = async (headers: Readonly<Record<string, string>> = {}): Promise<string> => {
      const response = await at.send(new Request(`${ISSUER}/capabilities`, { headers }));
      return ((await response.json()) as { capabilities_token: string }).capabilities_token;
    };
    const now = Math.floor(Date.now() / 1000) * 1000;
    const clock = (seconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: now + seconds * 1000 });
    clock(0);
    const first = await get();
    expect(decodePayload(first)).toMatchObject({ iat: now / 1000, exp: now / 1000 + 30 });
    clock(14);
    expect(await get()).toBe(first);
    clock(15);
    const second = await get();
    expect(decodePayload(second).iat).toBe(now / 1000 + 15);
    expect(decodePayload(second).jti).not.toBe(decodePayload(first).jti);
    clock(5); // another clock than before: from the future is not younger
    expect(decodePayload(await get()).iat).toBe(now / 1000 + 5);

    const token = await machineToken();
    const own = await get(bearer(token));
    expect(own).not.toBe(await get(bearer(token)));
    expect(decodePayload(own).aud).toBe(sp.id);
    expect(decodePayload(await get())).not.toHaveProperty("aud");
  });

  test("for a party that shows its token: restricted ones too, and the party as audience", async () => {
    const claims = await read(await call("/capabilities", bearer(await machineToken())));
    expect(claims.aud).toBe(sp.id);
    expect(Object.keys(claims.capabilities_info)).toEqual(["publicServices", "restrictedServices"]);
  });

  test.each([
    ["Basic", { authorization: "Basic YTpi" }, 400],
    ["an empty Bearer", { authorization: "Bearer" }, 400],
    ["a made-up token", bearer("nonsense"), 401],
  ])("%s → %i", async (_, headers, status) => {
    expect((await call("/capabilities", headers as Record<string, string>)).status).toBe(status);
  });

  test("a human's token is of the other kind; a party's ends after an hour", async () => {
    expect((await call("/capabilities", bearer(await humanToken()))).status).toBe(401);
    const token = await machineToken();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    const response = await call("/capabilities", bearer(token));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  });

  test("other methods are 405", async () => {
    expect((await call("/capabilities", {}, { method: "POST" })).headers.get("allow")).toBe("GET");
  });
});

describe("discovery", () => {
  test("says what is true", async () => {
    const response = await call("/.well-known/openid-configuration");
    expect(response.headers.get("cache-control")).toBe("public, max-age=3600");
    const metadata: Record<string, unknown> = await response.json();
    expect(metadata).toMatchObject({
      issuer: IDP_ID,
      authorization_endpoint: `${ISSUER}/connect/authorize`,
      response_types_supported: ["code"],
      subject_types_supported: ["pairwise"],
      authorization_response_iss_parameter_supported: true,
      request_uri_parameter_supported: false,
      token_endpoint_auth_methods_supported: ["private_key_jwt"],
    });
    expect(metadata).not.toHaveProperty("registration_endpoint");
    for (const name of ["token_endpoint", "userinfo_endpoint", "jwks_uri"]) {
      const url = new URL(metadata[name] as string);
      expect((await call(url.pathname)).status).not.toBe(404);
    }
  });

  test("publishes the one key with its chain, and nothing private", async () => {
    const { keys }: { keys: Record<string, unknown>[] } = await (await call("/.well-known/jwks.json")).json();
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(["e", "kid", "kty", "n", "x5c", "x5t#S256"]);
    expect(keys[0]?.x5c).toEqual(x5cOf(idp.world.idp));
  });

  test("HEAD answers as GET does, without a body", async () => {
    const response = await call("/.well-known/openid-configuration", {}, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

test("/health answers for any host", async () => {
  const response = await idp.send(new Request("https://10.0.0.1/health"));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ok" });
});

test("an unknown path is 404", async () => {
  expect((await call("/administration")).status).toBe(404);
});

describe("a configuration that is not in order", () => {
  test.each(["/health", "/connect/token", "/login", "/nothing"])(
    "answers 503 at %s and names every problem in the log",
    async (path) => {
      const sick = idp.with({
        PARTY_ID: "",
        CODE_SECONDS: "0",
        SIGNING_KEY: "secret-material",
        REGISTRY_URL: "http://registry.example",
      });
      const response = await sick.send(new Request(ISSUER + path));
      expect(response.status).toBe(503);
      const line = sick.log().find(({ event }) => event === "misconfigured");
      const problems = ((line?.problems ?? []) as string[]).map((problem) => problem.split(/[ :]/)[0]);
      expect(problems.sort()).toEqual(["CODE_SECONDS", "PARTY_ID", "REGISTRY_URL", "SIGNING_KEY"]);
      expect(JSON.stringify(line)).not.toContain("secret-material");
    },
  );

  test("so does a certificate that ends while the Worker runs", async () => {
    expect((await call("/health")).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 400 * 86_400_000 });
    expect((await call("/health")).status).toBe(503);
  });
});

test("a bug is answered dully, and told in the log", async () => {
  const broken = idp.with({});
  const bindings = broken.bindings as { DIRECTORY: unknown };
  bindings.DIRECTORY = {
    prepare: () => {
      throw new Error("no such table: humans");
    },
  };
  const token = await humanToken();
  idp.log();
  const response = await broken.send(new Request(`${ISSUER}/connect/userinfo`, { headers: bearer(token) }));
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({
    error: "server_error",
    error_description: "An unexpected error happened.",
  });
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(idp.log().find(({ event }) => event === "unexpected")?.stack).toContain("no such table");
});
