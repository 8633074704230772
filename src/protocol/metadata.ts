/**
 * What this IdP says of itself: OpenID discovery (OIDC Discovery §3, RFC 8414, RFC 9207) and iSHARE capabilities
 * (wire document §9, payload of 2.1). Every member is true of the code as it is.
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

/** Identifiers of framework services are their operationIds. */
const SERVICES = [
  { identifier: "/capabilities", path: "/capabilities", title: "Capabilities", methods: ["GET"] },
  { identifier: "/connect/token", path: "/connect/token", title: "Access token", methods: ["POST"] },
  { identifier: "/authorize", path: "/connect/authorize", title: "Sign-in of a human", methods: ["POST"] },
  { identifier: "/login", path: "/login", title: "Login page", methods: ["GET", "POST"] },
  {
    identifier: "/connect/userinfo",
    path: "/connect/userinfo",
    title: "User information",
    methods: ["GET", "POST"],
  },
] as const;

const DESCRIPTIONS: Record<(typeof SERVICES)[number]["identifier"], string> = {
  "/capabilities": "What this Identity Provider offers, as a signed token.",
  "/connect/token": "Exchanges an authorization code, or client credentials, for an access token.",
  "/authorize": "Starts the sign-in of a human on request of a Service Provider.",
  "/login": "Where a human, or the conformance test tool, signs in.",
  "/connect/userinfo": "Attributes of the human who signed in, as a signed token.",
};

/** @param audience the caller's id where it proved one */
export function buildCapabilities(self: Self, audience?: string) {
  const services = SERVICES.map(({ identifier, path, title, methods }) => ({
    identifier,
    title,
    description: DESCRIPTIONS[identifier],
    endpointURL: self.issuerUrl + path,
    ...(identifier === "/connect/userinfo" && { tokenEndpoint: `${self.issuerUrl}/connect/token` }),
    status: "active",
    serviceType: "framework-defined",
    version: { compliesWithFrameworkVersions: [self.frameworkVersion], capabilityVersion: "1.0" },
    methods,
  }));
  return {
    sub: self.partyId,
    ...(audience === undefined ? {} : { aud: audience }),
    capabilities_info: {
      publicServices: services,
      ...(audience !== undefined && { restrictedServices: [] }),
    },
  };
}
