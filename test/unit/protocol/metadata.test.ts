/** What the IdP says of itself to clients: discovery, member by member where one relies on it. */
import { describe, expect, test } from "vitest";
import { buildDiscovery } from "../../../src/protocol/metadata.ts";

const self = {
  partyId: "did:ishare:EU.NL.NTRNL-10000010",
  issuerUrl: "https://idp.example",
  frameworkVersion: "2.1",
} as const;

describe("discovery", () => {
  const discover = () => buildDiscovery(self, { levels: ["low", "substantial"], languages: ["en", "nl"] });

  test("the issuer is our party id, as in every token and every answer (RFC 9207)", () => {
    const discovery = discover();
    expect(discovery).toMatchObject({
      issuer: self.partyId,
      authorization_response_iss_parameter_supported: true,
    });
  });

  test("endpoints are ours", () => {
    const discovery = discover();
    expect(discovery).toMatchObject({
      authorization_endpoint: "https://idp.example/connect/authorize",
      token_endpoint: "https://idp.example/connect/token",
      userinfo_endpoint: "https://idp.example/connect/userinfo",
      jwks_uri: "https://idp.example/.well-known/jwks.json",
    });
    for (const [name, value] of Object.entries(discovery))
      if (/_(endpoint|uri)$/.test(name)) expect(value).toMatch(/^https:\/\/idp\.example\//);
  });

  test("what is served, and nothing that is not", () => {
    const discovery = discover();
    expect(discovery).toMatchObject({
      response_types_supported: ["code"],
      response_modes_supported: ["query", "form_post"],
      grant_types_supported: ["authorization_code", "client_credentials"],
      subject_types_supported: ["pairwise"],
      token_endpoint_auth_methods_supported: ["private_key_jwt"],
      code_challenge_methods_supported: ["S256"],
      prompt_values_supported: ["none", "login", "consent", "select_account"],
      claim_types_supported: ["normal"],
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
      claims_parameter_supported: false,
      require_signed_request_object: true,
      request_object_encryption_alg_values_supported: ["RSA-OAEP", "RSA-OAEP-256"],
      request_object_encryption_enc_values_supported: ["A256GCM"],
      id_token_signing_alg_values_supported: ["RS256"],
      userinfo_signing_alg_values_supported: ["RS256"],
      ui_locales_supported: ["en", "nl"],
      acr_values_supported: [
        "urn:http://eidas.europa.eu/LoA/NotNotified/low",
        "urn:http://eidas.europa.eu/LoA/NotNotified/substantial",
      ],
    });
    expect(discovery.end_session_endpoint).toBe("https://idp.example/connect/endsession");
    // What id_token and userinfo say, and no more: a client may rely on each of them.
    expect(discovery.claims_supported.toSorted()).toEqual(
      [
        ...["acr", "amr", "aud", "auth_time", "azp", "company_id", "company_name", "delegationEvidence"],
        ...["email", "email_verified", "exp", "family_name", "first_name", "gender", "given_name", "iat"],
        ...["iss", "last_name", "locale", "name", "nonce", "organisationIdentifier", "phone_number", "sub"],
      ].toSorted(),
    );
    expect(discovery.scopes_supported).toEqual(expect.arrayContaining(["openid", "iSHARE"]));
  });

  test("nobody registers here (no dynamic registration)", () => {
    const discovery = discover();
    expect(discovery).not.toHaveProperty("registration_endpoint");
  });

  test.each([
    ["2.0", ["RS256"]],
    ["2.1", ["RS256"]],
    ["2.2", ["RS256"]],
    ["3.0", ["RS256", "RS384", "RS512"]],
  ] as const)("%s takes %j from clients", (frameworkVersion, algorithms) => {
    expect(buildDiscovery({ ...self, frameworkVersion }, { levels: [], languages: [] })).toMatchObject({
      request_object_signing_alg_values_supported: algorithms,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
    });
  });
});
