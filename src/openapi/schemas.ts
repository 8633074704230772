/** What our answers look like, by framework version. Members that are the framework's own are as its OpenAPI files name them. */

import { algorithmsOf, type FrameworkVersion, memberName } from "../protocol/framework.ts";
import { ACCESS_TOKEN_SECONDS } from "../protocol/token-request.ts";
import { ishareJwt, type Json, ref } from "./parts.ts";

const text = { type: "string" };
const texts = { type: "array", items: text };
const uri = { type: "string", format: "uri" };

/** An object with these members alone, all required but those named. */
const closed = (properties: Json, optional: readonly string[] = []): Json => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const OAUTH_CODES = [
  ...["invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unsupported_grant_type"],
  ...["invalid_token", "insufficient_scope", "temporarily_unavailable", "server_error"],
];

export const idToken = ishareJwt(
  {
    sub: { ...text, description: "Pseudonym: one per human and Service Provider." },
    azp: ref("PartyId"),
    nonce: text,
    auth_time: ref("EpochSeconds"),
    acr: {
      enum: ["low", "substantial", "high"].map((it) => `urn:http://eidas.europa.eu/LoA/NotNotified/${it}`),
    },
    amr: texts,
    organisationIdentifier: text,
  },
  ["azp", "nonce", "auth_time", "acr", "amr", "organisationIdentifier"],
);

export const userinfoJwt = ishareJwt(
  {
    organisationIdentifier: text,
    ...{ first_name: text, last_name: text, name: text, given_name: text, family_name: text },
    ...{
      gender: { enum: ["male", "female"] },
      locale: text,
      email: text,
      email_verified: { type: "boolean" },
    },
    ...{ phone_number: text, company_id: text, company_name: text },
    delegationEvidence: { type: "object", description: "As the framework's delegation evidence." },
  },
  ["organisationIdentifier"],
);

const capabilitiesJwt = (version: FrameworkVersion): Json => {
  const info = memberName(version, "capabilities_info");
  return ishareJwt({ [info]: { type: "object" } }, [info], false); // `aud` only for who showed a token
};

export const schemasOf = (version: FrameworkVersion): Json => ({
  PartyId: { ...text, description: "A party identifier, such as did:ishare:EU.NL.NTRNL-10000001." },
  EpochSeconds: { type: "integer", minimum: 0 },
  JwtHeader: closed({
    alg: { enum: algorithmsOf(version) },
    typ: { const: "JWT" },
    x5c: { type: "array", items: { ...text, contentEncoding: "base64" }, minItems: 1, maxItems: 6 },
  }),
  OAuthError: closed({ error: { enum: OAUTH_CODES }, error_description: text }, ["error_description"]),
  TokenResponse: closed(
    {
      access_token: text,
      token_type: { const: "Bearer" },
      expires_in: { const: ACCESS_TOKEN_SECONDS },
      id_token: idToken,
    },
    ["id_token"],
  ),
  UserinfoResponse: closed({ [memberName(version, "userinfo_token")]: userinfoJwt }),
  CapabilitiesResponse: closed({ [memberName(version, "capabilities_token")]: capabilitiesJwt(version) }),
  DelegationQuestion: closed({
    delegationRequest: {
      oneOf: [
        { const: "*", description: "All that this human may do here; needs scope `authorisations`." },
        { type: "object", description: "A delegation mask, as the framework's `delegationRequest`." },
      ],
    },
  }),
  Discovery: {
    type: "object",
    required: [
      ...["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"],
      ...["response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"],
    ],
    properties: {
      ...{ issuer: ref("PartyId"), authorization_endpoint: uri, token_endpoint: uri, userinfo_endpoint: uri },
      ...{ end_session_endpoint: uri, jwks_uri: uri, scopes_supported: texts, acr_values_supported: texts },
      ...{ response_types_supported: { const: ["code"] }, subject_types_supported: { const: ["pairwise"] } },
    },
  },
  Jwks: closed({
    keys: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["kty", "n", "e", "kid", "x5c"],
        properties: { kty: { const: "RSA" }, n: text, e: text, kid: text, "x5t#S256": text, x5c: texts },
      },
    },
  }),
  Health: closed(
    {
      status: { const: "ok" },
      certificates_ending: {
        type: "array",
        items: closed({
          keys: { enum: ["current", "next"] },
          until: { type: "string", format: "date-time" },
          days: { type: "integer" },
        }),
      },
    },
    ["certificates_ending"],
  ),
  Readiness: closed({
    status: { enum: ["ready", "not_ready"] },
    checks: {
      type: "object",
      propertyNames: { enum: ["registry", "directory", "certificate", "configuration"] },
      additionalProperties: { enum: ["ok", "stale", "failed"] },
    },
  }),
});
