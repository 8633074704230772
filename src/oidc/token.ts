/**
 * `POST /connect/token`, and `GET|POST /oauth2.0/token` for interoperability (wire document §7). Owns the common part:
 * parameters → client → grant type; each grant type has its file.
 */
import type { Deps } from "../deps.ts";
import { readForm, readQuery } from "../http/request.ts";
import { respondJson, respondOAuthError } from "../http/respond.tsx";
import type { Result } from "../protocol/result.ts";
import { ACCESS_TOKEN_SECONDS, parseTokenRequest, type TokenAnswer } from "../protocol/token-request.ts";
import { checkClientAssertion, type PartyDeps, proveParty } from "./client-auth.ts";
import { grantByClientCredentials } from "./grant-client.ts";
import { grantByCode } from "./grant-code.ts";

const ENDPOINT = "token";

type TokenDeps = PartyDeps & Pick<Deps, "grants" | "handles" | "signer" | "sessions" | "log">;

export async function token(request: Request, deps: TokenDeps): Promise<Response> {
  const answer = await grant(request, deps);
  if (!answer.ok) {
    // Any invalid request is 400 here, another content type too (wire document §7).
    const status = answer.failure.reason === "unsupported_media_type" ? 400 : undefined;
    return respondOAuthError(answer.failure, deps, ENDPOINT, status);
  }
  return respondJson({ ...answer.value, token_type: "Bearer", expires_in: ACCESS_TOKEN_SECONDS });
}

async function grant(request: Request, deps: TokenDeps): Promise<Result<TokenAnswer>> {
  const parameters = request.method === "GET" ? readQuery(request) : await readForm(request);
  if (!parameters.ok) return parameters;
  const parsed = parseTokenRequest(parameters.value, {
    lowercaseIshare: deps.config.compat.has("lowercase-scope"),
  });
  if (!parsed.ok) return parsed;
  const { client } = parsed.value;
  const proven = await proveParty(ENDPOINT, client.assertion, checkClientAssertion(client.clientId), deps);
  if (!proven.ok) return proven;
  const { party } = proven.value;
  return parsed.value.grantType === "authorization_code"
    ? grantByCode(parsed.value, party, deps)
    : grantByClientCredentials(client.clientId, party, deps);
}
