/** The authorization request: each rule on the outer parameters and on the request object's claims, one change each. */
import { describe, expect, test } from "vitest";
import {
  type OuterRequest,
  parseAuthorizationRequest,
  parseOuterRequest,
} from "../../../src/protocol/authorization-request.ts";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const SP = "did:ishare:EU.NL.NTRNL-10000020";
const URN = "urn:http://eidas.europa.eu/LoA/NotNotified/";

const outer: OuterRequest = {
  responseType: "code",
  clientId: SP,
  scope: "openid iSHARE name",
  request: "not.read.here",
};
const claims: JsonObject = {
  iss: SP,
  sub: "urn:TBD",
  aud: "did:ishare:EU.NL.NTRNL-10000010",
  jti: "1",
  client_id: SP,
  response_type: "code",
  scope: "openid iSHARE name",
  redirect_uri: "https://sp.example/cb?x=1",
  state: "s-1",
  nonce: "n-1",
};
const rules = { allowLoopback: false, lowercaseIshare: false };
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbJj7S2u7zKs";

/** One claim other than usual; undefined leaves it out. */
const ask = (change: JsonObject = {}, outside: Partial<OuterRequest> = {}, more = rules) => {
  const payload = Object.fromEntries(
    Object.entries({ ...claims, ...change }).filter(([, value]) => value !== undefined),
  );
  return parseAuthorizationRequest({ ...outer, ...outside }, payload, more);
};
/** The same value inside and outside. */
const askScope = (scope: string, more = rules) => ask({ scope }, { scope }, more);

describe("the four outer parameters", () => {
  const parameters = {
    response_type: "code",
    client_id: SP,
    scope: "openid iSHARE name",
    request: "not.read.here",
  };

  test("are read; everything else outside is ignored", () => {
    const more = {
      ...parameters,
      redirect_uri: "https://evil.example/",
      state: "x",
      nonce: "y",
      language: "nl",
    };
    expect(accepted(parseOuterRequest(new Map(Object.entries(more))))).toEqual(outer);
  });

  test.each(Object.keys(parameters))("%s is required", (name) => {
    const refused = parseOuterRequest(new Map(Object.entries(parameters).filter(([key]) => key !== name)));
    expect(reasonOf(refused)).toBe("parameter_missing");
    expect(dataOf(refused)).toEqual({ parameter: name });
  });
});

describe("what comes out", () => {
  test("of a request with the required claims alone", () => {
    expect(accepted(ask())).toEqual({
      clientId: SP,
      scopes: ["openid", "iSHARE", "name"],
      redirectUri: "https://sp.example/cb?x=1",
      state: "s-1",
      nonce: "n-1",
      prompt: [],
      languages: [],
      responseMode: "query",
    });
  });

  test("of a request with everything", () => {
    const request = ask({
      acr_values: `${URN}high ${URN}low`,
      prompt: "login consent",
      max_age: 0,
      login_hint: "alice@example.com",
      id_token_hint: "a.b.c",
      language: "nl",
      ui_locales: "en-GB de",
      code_challenge: CHALLENGE,
      code_challenge_method: "S256",
      response_mode: "form_post",
      unknown: { ignored: [true] },
    });
    expect(accepted(request)).toMatchObject({
      acrValues: ["high", "low"],
      prompt: ["login", "consent"],
      maxAge: 0,
      loginHint: "alice@example.com",
      idTokenHint: "a.b.c",
      languages: ["nl", "en", "de"],
      codeChallenge: CHALLENGE,
      responseMode: "form_post",
    });
    expect(accepted(request)).not.toHaveProperty("unknown");
  });
});

describe("request-object confusion (CVE-2026-9793)", () => {
  test.each(["request", "request_uri"])("no %s inside the request", (name) => {
    for (const value of ["https://evil.example/r", "", null])
      expect(reasonOf(ask({ [name]: value }))).toBe("request_nested");
  });

  test.each([
    ["client_id", { clientId: "EU.EORI.NL000000001" }],
    ["client_id", { clientId: `${SP} ` }],
    ["client_id", { clientId: SP.toUpperCase() }],
    ["response_type", { responseType: "code id_token" }],
    ["response_type", { responseType: "Code" }],
    ["scope", { scope: "openid iSHARE" }],
    ["scope", { scope: "openid  iSHARE name" }],
    ["scope", { scope: "iSHARE openid name" }],
    ["scope", { scope: "openid iSHARE name email" }],
  ])("%s outside differs: %j", (parameter, outside) => {
    const refused = ask({}, outside);
    expect(reasonOf(refused)).toBe("request_parameter_mismatch");
    expect(dataOf(refused)).toEqual({ parameter });
  });

  test("client_id is the signer's", () => {
    expect(reasonOf(ask({ iss: "EU.EORI.NL000000001" }))).toBe("request_client_id");
    expect(reasonOf(ask({ client_id: "EU.EORI.NL000000001" }, { clientId: "EU.EORI.NL000000001" }))).toBe(
      "request_client_id",
    );
  });
});

describe("required claims", () => {
  const required = ["client_id", "response_type", "scope", "redirect_uri", "state", "nonce"];

  test.each(required)("%s is there", (claim) => {
    const refused = ask({ [claim]: undefined });
    expect(reasonOf(refused)).toBe("request_claim_missing");
    expect(dataOf(refused)).toEqual({ claim });
  });

  test.each(
    required.flatMap((claim) =>
      [7, true, null, "", [claims[claim]], { value: claims[claim] }].map((odd) => [claim, odd]),
    ),
  )("%s is not %j", (claim, odd) => {
    const refused = ask({ [String(claim)]: odd });
    expect(reasonOf(refused)).toBe("request_claim_type");
    expect(dataOf(refused)).toEqual({ claim });
  });

  test.each([
    ["state", 2000],
    ["nonce", 2000],
  ])("%s has at most %i characters", (claim, most) => {
    expect(reasonOf(ask({ [claim]: "x".repeat(most) }))).toBe("accepted");
    expect(reasonOf(ask({ [claim]: "x".repeat(most + 1) }))).toBe("request_claim_too_long");
  });

  test("redirect_uri has at most 2000 characters", () => {
    expect(reasonOf(ask({ redirect_uri: `https://sp.example/${"x".repeat(2000)}` }))).toBe(
      "request_claim_too_long",
    );
  });

  test("state and nonce are anything: they go back as they came", () => {
    const odd = `"'<>&\\\n é🚚`;
    expect(accepted(ask({ state: odd, nonce: odd }))).toMatchObject({ state: odd, nonce: odd });
  });
});

describe("response_type", () => {
  const askType = (type: string) => ask({ response_type: type }, { responseType: type });

  test.each(["code", "code id_token"])("%s is served", (type) => {
    expect(reasonOf(askType(type))).toBe("accepted");
  });

  test.each(["token", "id_token", "id_token code", "code token", "code  id_token", "CODE", "none", "code "])(
    "%j is not",
    (type) => {
      expect(reasonOf(askType(type))).toBe("response_type_unsupported");
    },
  );
});

describe("scope", () => {
  test.each(["openid iSHARE", "iSHARE openid", "email iSHARE unknown openid"])("%j is enough", (scope) => {
    expect(reasonOf(askScope(scope))).toBe("accepted");
  });

  test.each([
    ["openid", "iSHARE"],
    ["iSHARE", "openid"],
    ["openid ishare", "iSHARE"],
    ["openid ISHARE", "iSHARE"],
    ["OpenID iSHARE", "openid"],
    ["name email", "openid"],
  ])("%j lacks %s", (scope, missing) => {
    const refused = askScope(scope);
    expect(reasonOf(refused)).toBe("scope_missing");
    expect(dataOf(refused)).toEqual({ scope: missing });
  });

  test("COMPAT=lowercase-scope takes ishare", () => {
    const compat = { ...rules, lowercaseIshare: true };
    expect(accepted(askScope("openid ishare", compat)).scopes).toEqual(["openid", "iSHARE"]);
  });

  test.each(["openid  iSHARE", " openid iSHARE", "openid\tiSHARE"])("%j is malformed", (scope) => {
    expect(reasonOf(askScope(scope))).toBe("scope_malformed");
  });
});

describe("redirect_uri follows its rules", () => {
  test.each([
    ["redirect_uri_scheme", "http://sp.example/"],
    ["redirect_uri_loopback", "http://localhost/"],
    ["redirect_uri_fragment", "https://sp.example/#"],
    ["redirect_uri_userinfo", "https://a@sp.example/"],
    ["redirect_uri_malformed", "https://sp.example/\\"],
    ["redirect_uri_reserved_parameter", "https://sp.example/?code=1"],
  ])("%s", (reason, uri) => {
    expect(reasonOf(ask({ redirect_uri: uri }))).toBe(reason);
  });

  test("loopback where it is allowed", () => {
    const development = { ...rules, allowLoopback: true };
    expect(accepted(ask({ redirect_uri: "http://localhost:1/" }, {}, development)).redirectUri).toBe(
      "http://localhost:1/",
    );
  });
});

describe("acr_values", () => {
  test("keeps the order; what is unknown is no wish that can be met", () => {
    expect(accepted(ask({ acr_values: `${URN}low` })).acrValues).toEqual(["low"]);
    expect(accepted(ask({ acr_values: "urn:other" })).acrValues).toEqual([]);
    expect(accepted(ask())).not.toHaveProperty("acrValues");
  });
});

describe("optional claims of another type", () => {
  test.each(
    ["acr_values", "login_hint", "id_token_hint", "language", "ui_locales"].flatMap((claim) =>
      [7, null, ["x"], {}, false].map((odd) => [claim, odd]),
    ),
  )("%s is not %j", (claim, odd) => {
    const refused = ask({ [String(claim)]: odd });
    expect(reasonOf(refused)).toBe("request_claim_type");
    expect(dataOf(refused)).toEqual({ claim });
  });

  test.each([
    ["acr_values", 500],
    ["login_hint", 320],
    ["id_token_hint", 20_000],
  ])("%s has at most %i characters", (claim, most) => {
    expect(reasonOf(ask({ [claim]: "x".repeat(most) }))).toBe("accepted");
    expect(reasonOf(ask({ [claim]: "x".repeat(most + 1) }))).toBe("request_claim_too_long");
  });
});

describe("prompt (OIDC Core §3.1.2.1)", () => {
  test.each([
    ["none", ["none"]],
    ["login", ["login"]],
    ["consent login", ["login", "consent"]],
    ["select_account", ["select_account"]],
    ["create login", ["login"]],
    ["Login", []],
    [`login ${"x".repeat(194)}`, ["login"]],
  ])("%j asks for %j", (prompt, asked) => {
    expect(accepted(ask({ prompt })).prompt).toEqual(asked);
  });

  test.each(["none login", "login none", "none unknown", 7, null, ["login"], "x".repeat(201)])(
    "%j is malformed",
    (prompt) => {
      expect(reasonOf(ask({ prompt }))).toBe("prompt_malformed");
    },
  );
});

describe("max_age", () => {
  test.each([0, 1, 86_400])("%i seconds", (seconds) => {
    expect(accepted(ask({ max_age: seconds })).maxAge).toBe(seconds);
  });

  test.each([-1, 1.5, "60", null, [60], Number.MAX_VALUE, 2 ** 53])("%j is malformed", (odd) => {
    expect(reasonOf(ask({ max_age: odd }))).toBe("max_age_malformed");
  });
});

describe("languages: iSHARE's before OIDC's, odd ones dropped", () => {
  test.each([
    [{ language: "nl" }, ["nl"]],
    [{ language: "nl-BE" }, ["nl"]],
    [{ language: "NL" }, []],
    [{ language: "dutch" }, []],
    [{ language: "" }, []],
    [{ ui_locales: "fr-CA fr en" }, ["fr", "fr", "en"]],
    [{ language: "nl", ui_locales: "de" }, ["nl", "de"]],
    [{ language: "../../x", ui_locales: "<b> en" }, ["en"]],
  ])("%j asks for %j", (change, languages) => {
    expect(accepted(ask(change)).languages).toEqual(languages);
  });
});

describe("PKCE (RFC 7636 §4.3)", () => {
  const challenge = { code_challenge: CHALLENGE, code_challenge_method: "S256" };

  test("S256 is kept; none is none", () => {
    expect(accepted(ask(challenge)).codeChallenge).toBe(CHALLENGE);
    expect(accepted(ask())).not.toHaveProperty("codeChallenge");
  });

  test.each(["plain", "s256", "S512", "", null, undefined, ["S256"]])("method %j is refused", (method) => {
    expect(reasonOf(ask({ ...challenge, code_challenge_method: method }))).toBe("pkce_method");
  });

  test.each([
    ["absent", undefined],
    ["42 letters", CHALLENGE.slice(1)],
    ["44 letters", `${CHALLENGE}A`],
    ["padding", `${CHALLENGE.slice(1)}=`],
    ["base64 letters", CHALLENGE.replace("E", "+")],
    ["a newline behind", `${CHALLENGE}\n`],
    ["a number", 7],
    ["null", null],
  ])("a challenge is not %s", (_, value) => {
    expect(reasonOf(ask({ ...challenge, code_challenge: value }))).toBe("pkce_challenge");
  });
});

describe("response_mode", () => {
  test.each(["query", "form_post"])("%s is served", (mode) => {
    expect(accepted(ask({ response_mode: mode })).responseMode).toBe(mode);
  });

  test.each(["fragment", "query.jwt", "form_post ", "", 7, null, ["query"]])("%j is not", (mode) => {
    expect(reasonOf(ask({ response_mode: mode }))).toBe("response_mode_unsupported");
  });
});
