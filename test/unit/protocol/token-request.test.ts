/** The token request: each rule on its parameters, one change each. */
import { describe, expect, test } from "vitest";
import { parseTokenRequest } from "../../../src/protocol/token-request.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const SP = "did:ishare:EU.NL.NTRNL-10000020";
const client = {
  client_id: SP,
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: "a.b.c",
};
const human = {
  grant_type: "authorization_code",
  ...client,
  redirect_uri: "https://sp.example/cb",
  code: "code-1",
};
const machine = { grant_type: "client_credentials", ...client, scope: "iSHARE" };
const strict = { lowercaseIshare: false };

/** undefined leaves a parameter out */
const ask = (
  base: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | undefined>>,
  rules = strict,
) =>
  parseTokenRequest(
    new Map(
      Object.entries({ ...base, ...change }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      ),
    ),
    rules,
  );

describe("what comes out", () => {
  test("of authorization_code", () => {
    expect(accepted(ask(human, {}))).toEqual({
      grantType: "authorization_code",
      client: { clientId: SP, assertion: "a.b.c" },
      code: "code-1",
      redirectUri: "https://sp.example/cb",
    });
  });

  test("of authorization_code with PKCE", () => {
    expect(accepted(ask(human, { code_verifier: "v".repeat(43) }))).toMatchObject({
      codeVerifier: "v".repeat(43),
    });
  });

  test("of client_credentials; unknown parameters are ignored", () => {
    expect(accepted(ask(machine, { scope: "iSHARE unknown", resource: "x", code: "y" }))).toEqual({
      grantType: "client_credentials",
      client: { clientId: SP, assertion: "a.b.c" },
      scopes: ["iSHARE"],
    });
  });
});

describe("required parameters", () => {
  test.each([
    ...Object.keys(human).map((name) => ["authorization_code", human, name] as const),
    ...Object.keys(machine).map((name) => ["client_credentials", machine, name] as const),
  ])("%s without %3$s", (_, base, name) => {
    const refused = ask(base, { [name]: undefined });
    expect(reasonOf(refused)).toBe("parameter_missing");
    expect(dataOf(refused)).toEqual({ parameter: name });
  });
});

test.each([
  "password",
  "refresh_token",
  "implicit",
  "Authorization_Code",
  "client_credentials ",
  "__proto__",
])("grant type %j is not supported", (type) => {
  expect(reasonOf(ask(human, { grant_type: type }))).toBe("grant_type_unsupported");
});

test.each([
  "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
  "URN:ietf:params:oauth:client-assertion-type:jwt-bearer",
  "jwt-bearer",
])("assertion type %s is not ours, for either grant type", (type) => {
  expect(reasonOf(ask(human, { client_assertion_type: type }))).toBe("assertion_type");
  expect(reasonOf(ask(machine, { client_assertion_type: type }))).toBe("assertion_type");
});

test.each(["A".repeat(43), "-._~".repeat(11), "short", "é +/="])(
  "code_verifier %j goes on as it is: what counts is its hash",
  (verifier) => {
    expect(accepted(ask(human, { code_verifier: verifier }))).toMatchObject({ codeVerifier: verifier });
  },
);

describe("scope of client_credentials", () => {
  test.each(["openid", "ishare", "ISHARE", "iSHAREx"])("%j lacks iSHARE", (scope) => {
    expect(reasonOf(ask(machine, { scope }))).toBe("scope_missing");
  });

  test("COMPAT=lowercase-scope takes ishare", () => {
    expect(reasonOf(ask(machine, { scope: "ishare" }, { lowercaseIshare: true }))).toBe("accepted");
  });

  test("single spaces", () => {
    expect(reasonOf(ask(machine, { scope: "iSHARE  openid" }))).toBe("scope_malformed");
  });

  test("openid is not demanded of a machine, nor any scope of a code", () => {
    expect(reasonOf(ask(machine, { scope: "iSHARE" }))).toBe("accepted");
    expect(reasonOf(ask(human, { scope: undefined }))).toBe("accepted");
  });
});
