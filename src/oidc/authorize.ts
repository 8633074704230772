/**
 * `POST /connect/authorize` (wire document §5): from a stranger's signed request to a pending sign-in. Every answer is
 * a redirect: to the login page, to our own error page, or, once the request is proven, to the SP.
 */
import type { Deps } from "../deps.ts";
import { buildCookie } from "../http/cookies.ts";
import { readForm, readQuery } from "../http/request.ts";
import { redirectToErrorPage, respondOAuthError } from "../http/respond.tsx";
import { servingSets } from "../jwt/key-sets.ts";
import { openRequestObject } from "../jwt/request-object.ts";
import { arrivalCookie, arrive, newSecret } from "../login/browser.ts";
import { callbackUrl } from "../login/return-url.ts";
import {
  type AuthorizationRequest,
  parseAuthorizationRequest,
  parseOuterRequest,
} from "../protocol/authorization-request.ts";
import { wireOf } from "../protocol/failure.ts";
import type { Parameters } from "../protocol/form.ts";
import { ok, type Result } from "../protocol/result.ts";
import type { Party } from "../registry/party.ts";
import { sealGrantHandle } from "../store/handle.ts";
import { checkRequestObject, type PartyDeps, proveParty } from "./client-auth.ts";

const ENDPOINT = "authorize";

type AuthorizeDeps = PartyDeps & Pick<Deps, "grants" | "handles" | "log" | "correlationId">;

export async function authorize(request: Request, deps: AuthorizeDeps): Promise<Response> {
  const parameters = request.method === "GET" ? readQuery(request) : await readForm(request);
  if (!parameters.ok && wireOf(parameters.failure).status !== undefined) {
    return respondOAuthError(parameters.failure, deps, ENDPOINT); // 413 and 415: nobody to show a page to
  }
  const proven = parameters.ok ? await proveRequest(parameters.value, deps) : parameters;
  if (!proven.ok) return redirectToErrorPage(proven.failure, deps, ENDPOINT);

  return beginSignIn(request, proven.value, deps);
}

interface ProvenRequest {
  readonly party: Party;
  readonly authorization: AuthorizationRequest;
}

async function proveRequest(parameters: Parameters, deps: AuthorizeDeps): Promise<Result<ProvenRequest>> {
  const { config } = deps;
  const outer = parseOuterRequest(parameters);
  if (!outer.ok) return outer;
  const token = await openRequestObject(
    outer.value.request,
    servingSets(config.keySets, deps.now()),
    config.requestEncryption,
  );
  if (!token.ok) return token;
  const rules = {
    allowLoopback: config.allowLoopbackRedirects,
    lowercaseIshare: config.compat.has("lowercase-scope"),
  };
  const checkKind = checkRequestObject(outer.value.clientId);
  const proven = await proveParty(
    ENDPOINT,
    token.value,
    (jwt) => {
      const kind = checkKind(jwt);
      return kind.ok ? parseAuthorizationRequest(outer.value, jwt.payload, rules) : kind;
    },
    deps,
  );
  return proven.ok ? ok({ party: proven.value.party, authorization: proven.value.value }) : proven;
}

async function beginSignIn(
  request: Request,
  { party, authorization }: ProvenRequest,
  deps: AuthorizeDeps,
): Promise<Response> {
  const { config, grants, handles, now, log } = deps;
  const arrival = await arrive(request, config);
  const id = await grants.open({
    request: authorization,
    party: { id: party.id, name: party.name },
    expiresAt: now() + config.loginSeconds,
    challenge: newSecret(),
    ...(arrival === undefined ? {} : { browser: arrival.browser }),
  });
  const { handle } = await sealGrantHandle(handles, "authzId", id);
  log.info("sign_in_begun", { party: party.id });
  // Absolute: an SP may have called from its server and hand the Location to the browser.
  const login = `${config.issuerUrl}/login?returnUrl=${encodeURIComponent(callbackUrl(handle))}`;
  const response = new Response(null, { status: 302, headers: { location: login } });
  if (arrival?.secret !== undefined) {
    const cookie = buildCookie(await arrivalCookie(id), arrival.secret, config, config.loginSeconds);
    response.headers.append("set-cookie", cookie);
  }
  return response;
}
