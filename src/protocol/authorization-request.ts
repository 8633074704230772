/**
 * The authorization request (wire document §5; OIDC Core §3.1.2.1, §6): from the outer parameters and the payload
 * of the proven request object to one typed value. Owns every rule about its members except signature and party.
 */
import { type Level, parseAcrValues } from "./assurance.ts";
import { type Parameters, required } from "./form.ts";
import type { JsonObject } from "./json.ts";
import { checkRedirectUri, type RedirectRules } from "./redirect-uri.ts";
import { ok, type Result, refuse } from "./result.ts";
import { checkScopes, parseScopes, type Scope, type ScopeRules } from "./scopes.ts";

/** The four outer parameters. All but `request` are compared with the request object and then forgotten. */
export interface OuterRequest {
  readonly responseType: string;
  readonly clientId: string;
  readonly scope: string;
  readonly request: string;
}

/** What the SP asked, proven. Plain data: it is stored in the grant as it is. */
export interface AuthorizationRequest {
  /** the identifier as the SP sent it; goes back in `aud` and `azp` */
  readonly clientId: string;
  readonly scopes: readonly Scope[];
  /** exactly as signed */
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** wanted levels in order of preference; absent: no wish */
  readonly acrValues?: readonly Level[];
  readonly prompt: readonly Prompt[];
  /** seconds */
  readonly maxAge?: number;
  readonly loginHint?: string;
  readonly idTokenHint?: string;
  /** wanted languages, best first */
  readonly languages: readonly string[];
  /** S256 (RFC 7636 §4.2) */
  readonly codeChallenge?: string;
  readonly responseMode: "query" | "form_post";
}

const PROMPTS = ["none", "login", "consent", "select_account"] as const;
export type Prompt = (typeof PROMPTS)[number];

export function parseOuterRequest(parameters: Parameters): Result<OuterRequest> {
  const responseType = required(parameters, "response_type");
  if (!responseType.ok) return responseType;
  const clientId = required(parameters, "client_id");
  if (!clientId.ok) return clientId;
  const scope = required(parameters, "scope");
  if (!scope.ok) return scope;
  const request = required(parameters, "request");
  if (!request.ok) return request;
  return ok({
    responseType: responseType.value,
    clientId: clientId.value,
    scope: scope.value,
    request: request.value,
  });
}

export type RequestRules = RedirectRules & ScopeRules;

/** @param payload of a request object whose signature holds */
export function parseAuthorizationRequest(
  outer: OuterRequest,
  payload: JsonObject,
  rules: RequestRules,
): Result<AuthorizationRequest> {
  // OIDC Core §6.1: no request inside a request.
  if ("request" in payload || "request_uri" in payload) return refuse("request_nested");

  const text = (name: string, maxLength: number): Result<string> => {
    const value = payload[name];
    if (value === undefined) return refuse("request_claim_missing", { claim: name });
    // A lone surrogate would go back as another character than came.
    if (typeof value !== "string" || value === "" || !value.isWellFormed()) {
      return refuse("request_claim_type", { claim: name });
    }
    return value.length > maxLength ? refuse("request_claim_too_long", { claim: name }) : ok(value);
  };
  const optionalText = (name: string, maxLength: number): Result<string | undefined> =>
    payload[name] === undefined || payload[name] === "" ? ok(undefined) : text(name, maxLength);

  // Request-object confusion (Keycloak CVE-2026-9793): outer values are compared byte for byte, never used.
  for (const [name, outside] of [
    ["client_id", outer.clientId],
    ["response_type", outer.responseType],
    ["scope", outer.scope],
  ] as const) {
    const inside = text(name, 1000);
    if (!inside.ok) return inside;
    if (inside.value !== outside) return refuse("request_parameter_mismatch", { parameter: name });
  }
  if (payload.client_id !== payload.iss) return refuse("request_client_id");

  if (outer.responseType !== "code" && outer.responseType !== "code id_token") {
    return refuse("response_type_unsupported");
  }
  const asked = parseScopes(outer.scope, rules);
  if (!asked.ok) return asked;
  const scopes = checkScopes(asked.value, ["openid", "iSHARE"]);
  if (!scopes.ok) return scopes;

  const redirectUri = text("redirect_uri", 2000);
  if (!redirectUri.ok) return redirectUri;
  const checkedUri = checkRedirectUri(redirectUri.value, rules);
  if (!checkedUri.ok) return checkedUri;
  const state = text("state", 2000);
  if (!state.ok) return state;
  const nonce = text("nonce", 2000);
  if (!nonce.ok) return nonce;

  const acrValues = optionalText("acr_values", 500);
  if (!acrValues.ok) return acrValues;
  const prompt = parsePrompt(payload.prompt);
  if (!prompt.ok) return prompt;
  const maxAge = payload.max_age;
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && (maxAge as number) >= 0)) {
    return refuse("max_age_malformed");
  }
  const loginHint = optionalText("login_hint", 320);
  if (!loginHint.ok) return loginHint;
  const idTokenHint = optionalText("id_token_hint", 20_000);
  if (!idTokenHint.ok) return idTokenHint;
  const languages = parseLanguages(payload.language, payload.ui_locales);
  if (!languages.ok) return languages;
  const codeChallenge = parseChallenge(payload.code_challenge, payload.code_challenge_method);
  if (!codeChallenge.ok) return codeChallenge;
  const responseMode = payload.response_mode === undefined ? "query" : payload.response_mode;
  if (responseMode !== "query" && responseMode !== "form_post") return refuse("response_mode_unsupported");

  return ok({
    clientId: outer.clientId,
    scopes: scopes.value,
    redirectUri: checkedUri.value,
    state: state.value,
    nonce: nonce.value,
    prompt: prompt.value,
    languages: languages.value,
    responseMode,
    ...(acrValues.value === undefined ? {} : { acrValues: parseAcrValues(acrValues.value) ?? [] }),
    ...(maxAge === undefined ? {} : { maxAge: maxAge as number }),
    ...(loginHint.value === undefined ? {} : { loginHint: loginHint.value }),
    ...(idTokenHint.value === undefined ? {} : { idTokenHint: idTokenHint.value }),
    ...(codeChallenge.value === undefined ? {} : { codeChallenge: codeChallenge.value }),
  });
}

/** OIDC Core §3.1.2.1: `none` stands alone. Unknown values are ignored. */
function parsePrompt(value: unknown): Result<readonly Prompt[]> {
  if (value === undefined) return ok([]);
  if (typeof value !== "string" || value.length > 200) return refuse("prompt_malformed");
  const asked = value.split(" ");
  if (asked.includes("none") && asked.length > 1) return refuse("prompt_malformed");
  return ok(PROMPTS.filter((prompt) => asked.includes(prompt)));
}

/** `language` (iSHARE, two letters) before `ui_locales` (OIDC). An unknown one means the default language, so odd ones are dropped. */
function parseLanguages(language: unknown, uiLocales: unknown): Result<readonly string[]> {
  if (language !== undefined && typeof language !== "string")
    return refuse("request_claim_type", { claim: "language" });
  if (uiLocales !== undefined && typeof uiLocales !== "string") {
    return refuse("request_claim_type", { claim: "ui_locales" });
  }
  const wanted = [language ?? "", ...(uiLocales ?? "").slice(0, 200).split(" ")].map(
    (tag) => tag.split("-")[0] ?? "",
  );
  return ok(wanted.filter((tag) => /^[a-z]{2}$/.test(tag)));
}

/** RFC 7636 §4.3; `plain` (also the default of an absent method) would let whoever sees the request redeem the code. */
function parseChallenge(challenge: unknown, method: unknown): Result<string | undefined> {
  if (challenge === undefined && method === undefined) return ok(undefined);
  if (method !== "S256") return refuse("pkce_method");
  if (typeof challenge !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    return refuse("pkce_challenge");
  return ok(challenge);
}
