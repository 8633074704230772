/**
 * What this IdP says of itself to clients: OpenID discovery (OIDC Discovery §3, RFC 8414, RFC 9207). Every member is true
 * of the code as it is. What it says to participants is in `capabilities`.
 */
import { acrOf, type Level } from "./assurance.ts";
import { algorithmsOf, type FrameworkVersion } from "./framework.ts";
import { KNOWN_SCOPES } from "./scopes.ts";

export interface Self {
  readonly partyId: string;
  /** origin without trailing slash */
  readonly issuerUrl: string;
  readonly frameworkVersion: FrameworkVersion;
}

export interface Abilities {
  readonly levels: readonly Level[];
  readonly languages: readonly string[];
}

export function buildDiscovery(self: Self, abilities: Abilities) {
  const algorithms = algorithmsOf(self.frameworkVersion);
  return {
    issuer: self.partyId,
    authorization_endpoint: `${self.issuerUrl}/connect/authorize`,
    token_endpoint: `${self.issuerUrl}/connect/token`,
    userinfo_endpoint: `${self.issuerUrl}/connect/userinfo`,
    end_session_endpoint: `${self.issuerUrl}/connect/endsession`,
    jwks_uri: `${self.issuerUrl}/.well-known/jwks.json`,
    scopes_supported: KNOWN_SCOPES,
    response_types_supported: ["code"],
    response_modes_supported: ["query", "form_post"],
    grant_types_supported: ["authorization_code", "client_credentials"],
    acr_values_supported: abilities.levels.map(acrOf),
    prompt_values_supported: ["none", "login", "consent", "select_account"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    userinfo_signing_alg_values_supported: ["RS256"],
    request_object_signing_alg_values_supported: algorithms,
    request_object_encryption_alg_values_supported: ["RSA-OAEP", "RSA-OAEP-256"],
    request_object_encryption_enc_values_supported: ["A256GCM"],
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    claim_types_supported: ["normal"],
    claims_supported: [
      ...["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp"],
      ...["organisationIdentifier", "company_id", "company_name"],
      ...["first_name", "last_name", "name", "given_name", "family_name", "gender", "locale"],
      ...["email", "email_verified", "phone_number", "delegationEvidence"],
    ],
    ui_locales_supported: abilities.languages,
    claims_parameter_supported: false,
    request_parameter_supported: true,
    request_uri_parameter_supported: false,
    require_signed_request_object: true,
    authorization_response_iss_parameter_supported: true,
    code_challenge_methods_supported: ["S256"],
  };
}
