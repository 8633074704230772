/** What Service Providers and whoever watches call: OAuth, OpenID Connect, iSHARE, health. */
import type { FrameworkVersion } from "../protocol/framework.ts";
import { anywhere, error, form, html, type Json, json, query, redirect, ref } from "./parts.ts";
import { userinfoJwt } from "./schemas.ts";

const text = { type: "string" };
const WAIT = { "retry-after": { $ref: "#/components/headers/RetryAfter" } };
const CHALLENGE = { "www-authenticate": { required: true, schema: { type: "string", pattern: "^Bearer" } } };
const BEARER = [{ accessToken: [] }];

const TOKEN_PARAMETERS: Json = {
  grant_type: { enum: ["authorization_code", "client_credentials"] },
  client_id: ref("PartyId"),
  client_assertion_type: { const: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" },
  client_assertion: {
    ...text,
    description: "An iSHARE JWT: `iss` = `sub` = `client_id`, `aud` = this party.",
  },
  scope: { ...text, description: "For client_credentials: contains iSHARE." },
  redirect_uri: { ...text, format: "uri", description: "For authorization_code: as in the request." },
  code: { ...text, description: "For authorization_code." },
  code_verifier: { ...text, description: "For authorization_code, if a challenge was sent." },
};
const TOKEN_REQUIRED = ["grant_type", "client_id", "client_assertion_type", "client_assertion"];
const TOKEN_RESPONSES: Json = {
  200: json("An access token; for a code an id_token too. Never a refresh token.", ref("TokenResponse")),
  400: error("Any invalid request, client, code or scope."),
  413: error("More than 64 KiB."),
  429: error("This party asks too often. The code is unspent.", WAIT),
  ...anywhere("json"),
};

/** Framework services go by their operationIds, which are others from 3.0 on. */
export function machinePaths(version: FrameworkVersion): Json {
  const id = (before: string, since30: string) => (version === "3.0" ? since30 : before);
  const token = (operationId: string) => ({
    operationId,
    summary: "Exchanges a code, or client credentials, for an access token.",
    requestBody: form(TOKEN_REQUIRED, TOKEN_PARAMETERS),
    responses: TOKEN_RESPONSES,
  });
  const tokenByQuery = {
    operationId: "token-interoperability-query",
    summary: "The same with the parameters in the query, for interoperability.",
    parameters: Object.entries(TOKEN_PARAMETERS).map(([name, schema]) => {
      const { description = name, ...rest } = schema as { readonly description?: string };
      return query(name, rest, description, TOKEN_REQUIRED.includes(name));
    }),
    responses: TOKEN_RESPONSES,
  };
  const userinfo = {
    security: BEARER,
    responses: {
      200: {
        ...json("Attributes of the human, signed, as the scopes allow.", ref("UserinfoResponse")),
        content: {
          "application/jwt": { schema: userinfoJwt },
          "application/json": { schema: ref("UserinfoResponse") },
        },
      },
      400: error("A good token with a bad question."),
      401: error("No token, or one that is malformed, expired, revoked or a party's.", CHALLENGE),
      403: error("The token lacks a scope.", CHALLENGE),
      413: error("More than 64 KiB."),
      ...anywhere("json"),
    },
  };
  return {
    "/connect/authorize": {
      post: {
        operationId: id("/authorize", "initiate-authorization-flow"),
        summary:
          "Starts a sign-in. What counts is in `request`; the other three must be equal to its claims.",
        requestBody: form(["response_type", "client_id", "scope", "request"], {
          response_type: { enum: ["code", "code id_token"] },
          client_id: ref("PartyId"),
          scope: { ...text, description: "Contains openid and iSHARE." },
          request: { ...text, description: "An iSHARE JWT with `sub` = urn:TBD, or a JWE around it." },
        }),
        responses: {
          302: redirect("Always a redirect.", "Our login page, or our own error page."),
          413: error("More than 64 KiB."),
          415: error("No form."),
          ...anywhere("json"),
        },
      },
    },
    "/connect/token": { post: token(id("/connect/token", "request-oauth-token")) },
    "/oauth2.0/token": { get: tokenByQuery, post: token("token-interoperability") },
    "/connect/userinfo": {
      get: {
        operationId: id("/connect/userinfo", "get-user-information"),
        summary: "Attributes of the human who signed in.",
        ...userinfo,
      },
      post: {
        operationId: "userinfo-with-question",
        summary: "The same, and what the human may do for the organisation.",
        requestBody: {
          required: false,
          content: { "application/json": { schema: ref("DelegationQuestion") } },
        },
        ...userinfo,
      },
    },
    "/capabilities": {
      get: {
        operationId: id("/capabilities", "get-capabilities-token"),
        summary: "What this Identity Provider offers; for a party's token restricted services too.",
        security: [{}, ...BEARER],
        responses: {
          200: json("Signed capabilities.", ref("CapabilitiesResponse")),
          400: error("The Authorization header is no bearer token."),
          401: error("The token is invalid, expired or a human's.", CHALLENGE),
          ...anywhere("json"),
        },
      },
    },
    ...about("/.well-known/openid-configuration", "discovery", "OpenID Connect Discovery 1.0.", "Discovery"),
    ...about("/.well-known/jwks.json", "keys", "The key that tokens are signed with.", "Jwks"),
    "/openapi.json": {
      get: {
        operationId: "openapi",
        summary: "This description.",
        responses: { 200: json("OpenAPI 3.1.", { type: "object" }), ...anywhere("json") },
      },
    },
    ...about("/health", "live", "Settings are sound, and this answers. On any host name.", "Health"),
    "/health/ready": {
      get: {
        operationId: "ready",
        summary: "Would a sign-in work? Looked at anew every few seconds. On any host name.",
        responses: {
          ...anywhere("json"),
          200: json(
            "Ready; `stale` is a registry out of reach whose last word still counts.",
            ref("Readiness"),
          ),
          503: json("Not ready.", ref("Readiness"), WAIT),
        },
      },
    },
    "/error": {
      get: {
        operationId: "error-page",
        summary: "Our own error page, where a refused request to authorize ends.",
        parameters: [query("c", text, "A constant code."), query("id", text, "The correlation id to quote.")],
        responses: { 400: html("What went wrong."), 429: html("Too many tries.", WAIT), ...anywhere("html") },
      },
    },
  };
}

const about = (path: string, operationId: string, summary: string, schema: string): Json => ({
  [path]: {
    get: { operationId, summary, responses: { 200: json(summary, ref(schema)), ...anywhere("json") } },
  },
});
