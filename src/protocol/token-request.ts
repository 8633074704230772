/**
 * The token request (wire document §7): from parameters to one typed value, per grant type. Owns parameter rules;
 * the client assertion is verified in `oidc/client-auth`, the code redeemed in `store`.
 */
import { type Parameters, required } from "./form.ts";
import { ok, type Result, refuse } from "./result.ts";
import { checkScopes, parseScopes, type Scope, type ScopeRules } from "./scopes.ts";

export interface ClientCredentials {
  readonly clientId: string;
  /** an iSHARE JWT, not yet verified */
  readonly assertion: string;
}

export type TokenRequest =
  | {
      readonly grantType: "authorization_code";
      readonly client: ClientCredentials;
      readonly code: string;
      readonly redirectUri: string;
      readonly codeVerifier?: string;
    }
  | {
      readonly grantType: "client_credentials";
      readonly client: ClientCredentials;
      readonly scopes: readonly Scope[];
    };

/** What a grant type gives; `token_type` and `expires_in` are the same for all. Never a refresh token. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly id_token?: string;
}

export const ACCESS_TOKEN_SECONDS = 3600;

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"; // RFC 7523 §2.2

export function parseTokenRequest(parameters: Parameters, rules: ScopeRules): Result<TokenRequest> {
  const grantType = required(parameters, "grant_type");
  if (!grantType.ok) return grantType;
  if (grantType.value !== "authorization_code" && grantType.value !== "client_credentials") {
    return refuse("grant_type_unsupported");
  }
  const client = parseClient(parameters);
  if (!client.ok) return client;

  if (grantType.value === "client_credentials") {
    const scope = required(parameters, "scope");
    if (!scope.ok) return scope;
    const asked = parseScopes(scope.value, rules);
    if (!asked.ok) return asked;
    const scopes = checkScopes(asked.value, ["iSHARE"]);
    return scopes.ok
      ? ok({ grantType: "client_credentials", client: client.value, scopes: scopes.value })
      : scopes;
  }

  const redirectUri = required(parameters, "redirect_uri");
  if (!redirectUri.ok) return redirectUri;
  const code = required(parameters, "code");
  if (!code.ok) return code;
  const verifier = parameters.get("code_verifier");
  return ok({
    grantType: "authorization_code",
    client: client.value,
    code: code.value,
    redirectUri: redirectUri.value,
    ...(verifier === undefined ? {} : { codeVerifier: verifier }),
  });
}

function parseClient(parameters: Parameters): Result<ClientCredentials> {
  const clientId = required(parameters, "client_id");
  if (!clientId.ok) return clientId;
  const type = required(parameters, "client_assertion_type");
  if (!type.ok) return type;
  if (type.value !== ASSERTION_TYPE) return refuse("assertion_type");
  const assertion = required(parameters, "client_assertion");
  if (!assertion.ok) return assertion;
  return ok({ clientId: clientId.value, assertion: assertion.value });
}
