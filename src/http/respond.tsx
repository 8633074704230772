/**
 * Answers. The only file that turns a Failure into a Response: JSON for machines, our error page for humans, a redirect
 * for an SP whose request is proven. Reason and data go to the log; the wire gets a constant code.
 */
import type { Deps } from "../deps.ts";
import { ErrorPage } from "../pages/error.tsx";
import type { Frame } from "../pages/layout.tsx";
import { PATHS } from "../pages/paths.ts";
import { FormPostPage } from "../pages/returning.tsx";
import { chooseLanguage, type Language } from "../pages/text.ts";
import type { AuthorizationRequest } from "../protocol/authorization-request.ts";
import { encodeBase64 } from "../protocol/encoding.ts";
import { type Failure, type OAuthCode, type PageCode, wireOf } from "../protocol/failure.ts";
import { appendParameters } from "../protocol/redirect-uri.ts";
import { openObject, sealObject } from "../store/handle.ts";
import { pagePolicy } from "./headers.ts";

type Context = Pick<Deps, "config" | "log" | "correlationId" | "handles" | "language">;

const RETRY_AFTER_SECONDS = "30";

export const respondJson = (body: unknown, status = 200, headers: HeadersInit = {}): Response =>
  Response.json(body, { status, headers });

/** What an SP's developer reads. Constant per code; the correlation id in the header leads to the reason. */
const DESCRIPTIONS: Record<OAuthCode, string> = {
  invalid_request: "A parameter is missing, repeated or malformed.",
  invalid_client: "The client assertion does not prove an active iSHARE participant.",
  invalid_grant: "The code is invalid, expired or used, or was issued for another client or redirect_uri.",
  invalid_scope: "The scope is malformed or lacks a required value.",
  unsupported_grant_type: "Supported are authorization_code and client_credentials.",
  invalid_token: "The access token is invalid, expired or revoked.",
  insufficient_scope: "The access token lacks the scope for this.",
  access_denied: "The request was refused.",
  login_required: "The human has to sign in.",
  interaction_required: "The human has to do something.",
  consent_required: "The human has to consent.",
  unmet_authentication_requirements: "The level of assurance that was asked for can't be reached.",
  temporarily_unavailable: "This can't be answered now. Try again later.",
  server_error: "An unexpected error happened.",
};

/** An OAuth error (RFC 6749 §5.2): 400 whatever the code, as iSHARE's conformance test expects; 503 for an outage.
 * @param given a status in place of the failure's own */
export function respondOAuthError(
  failure: Failure,
  context: Pick<Context, "log">,
  endpoint: string,
  given?: number,
): Response {
  const wire = wireOf(failure);
  context.log.info("refused", { endpoint, reason: failure.reason, ...failure.data, answer: wire.oauth });
  const status = given ?? wire.status ?? (wire.oauth === "temporarily_unavailable" ? 503 : 400);
  const { oauth } = wire;
  return respondJson(
    { error: oauth, error_description: DESCRIPTIONS[oauth] },
    status,
    status === 503 || status === 429 ? { "retry-after": RETRY_AFTER_SECONDS } : {},
  );
}

/** A token that is good, but not for this (RFC 6750 §3.1). @param scope what would do */
export function respondInsufficientScope(
  failure: Failure,
  context: Pick<Context, "log">,
  endpoint: string,
  scope: string,
): Response {
  const response = respondOAuthError(failure, context, endpoint);
  response.headers.set("www-authenticate", `Bearer error="insufficient_scope", scope="${scope}"`);
  return response;
}

/** A refusal at a protected resource (RFC 6750 §3.1). A request without a bearer token gets no error code. */
export function respondBearerError(
  failure: Failure,
  context: Pick<Context, "log">,
  endpoint: string,
): Response {
  const missing = failure.reason === "bearer_missing" || failure.reason === "bearer_scheme";
  context.log.info("refused", { endpoint, reason: failure.reason, ...failure.data, answer: "invalid_token" });
  return respondJson({ error: "invalid_token", error_description: DESCRIPTIONS.invalid_token }, 401, {
    "www-authenticate": missing ? "Bearer" : 'Bearer error="invalid_token"',
  });
}

/** 302 to our own error page: before a request is proven, nothing leaves our origin (CVE-2026-41479, -44681). */
export async function redirectToErrorPage(
  failure: Failure,
  context: Context,
  endpoint: string,
): Promise<Response> {
  const { page: code } = wireOf(failure);
  context.log.info("refused", { endpoint, reason: failure.reason, ...failure.data, answer: code });
  const page = new URLSearchParams({ c: code, id: await errorReference(failure, context) });
  return new Response(null, {
    status: 302,
    headers: { location: `${context.config.issuerUrl}/error?${page}` },
  });
}

/** The correlation id, and behind a dot, sealed, the registered name of a proven SP to go back to. */
async function errorReference({ data }: Failure, { correlationId, handles }: Context): Promise<string> {
  const name = data?.serviceProvider;
  if (typeof name !== "string") return correlationId;
  return `${correlationId}.${await sealObject(handles, "error_reference", { name: name.slice(0, 200) })}`;
}

/** The page behind `/error?c=…&id=…`. What is not ours in them is not shown. */
export async function respondErrorPage(code: string, reference: string, context: Context): Promise<Response> {
  const [id = "", sealed = ""] = reference.split(".");
  const sp = sealed === "" ? undefined : (await openObject(context.handles, "error_reference", sealed))?.name;
  const shown = /^[0-9a-f-]{36}$/.test(id) ? id : context.correlationId;
  const known = (Object.keys(STATUS) as PageCode[]).find((it) => it === code) ?? "invalid_request";
  const way = typeof sp === "string" ? { name: sp } : undefined;
  return errorPage(known, shown, way, STATUS[known], context);
}

const STATUS: Record<PageCode, number> = {
  invalid_request: 400,
  untrusted_party: 400,
  already_used: 400,
  expired: 400,
  other_browser: 400,
  forbidden: 400,
  not_found: 400,
  too_many_attempts: 429,
  temporarily_unavailable: 503,
  server_error: 400,
};

/** The error page at once, where there is nothing to redirect: a refused form, a stale page. */
export function respondFailurePage(failure: Failure, context: Context, endpoint: string): Response {
  const { page, status = STATUS[page] } = wireOf(failure);
  context.log.info("refused", { endpoint, reason: failure.reason, ...failure.data, answer: page });
  const { serviceProvider: name, back, retryAfter } = failure.data ?? {};
  const way = back === context.config.issuerUrl ? back + PATHS.account : back; // a sign-in to the account here
  const sp =
    typeof name === "string" ? { name, ...(typeof way === "string" ? { back: way } : {}) } : undefined;
  const wait = retryAfter === undefined ? undefined : String(retryAfter);
  return errorPage(page, context.correlationId, sp, status, context, wait);
}

function errorPage(
  code: PageCode,
  reference: string,
  sp: { readonly name: string; readonly back?: string } | undefined,
  status: number,
  context: Context,
  retryAfter = RETRY_AFTER_SECONDS,
) {
  const headers = status === 503 || status === 429 ? { "retry-after": retryAfter } : {};
  return respondPage(
    (frame) => <ErrorPage frame={frame} code={code} reference={reference} sp={sp?.name} back={sp?.back} />,
    context,
    {
      language: context.language?.() ?? chooseLanguage([]),
      status,
      headers: { ...headers, "referrer-policy": "no-referrer" },
    },
  );
}

export interface PageOptions {
  readonly language: Language;
  /** path and query of the page, for its language links; undefined: it can't be shown twice */
  readonly here?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page, with its CSP nonce. Pages with forms need a true `Origin`, so the referrer stays within our own origin. */
export function respondPage(
  render: (frame: Frame) => { toString(): string },
  context: Pick<Context, "config">,
  { language, here, status = 200, headers = {} }: PageOptions,
): Response {
  const nonce = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  const { partyName, allowLoopbackRedirects, logos } = context.config;
  const frame: Frame = {
    ...{ language, nonce, here, idpName: partyName },
    operatorLogo: logos.operator !== undefined,
    ishareLogo: logos.ishare !== undefined,
  };
  return new Response(`<!DOCTYPE html>${render(frame).toString()}`, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": pagePolicy(nonce, allowLoopbackRedirects),
      "referrer-policy": "same-origin",
      ...headers,
    },
  });
}

/** Back to the SP, by its proven `redirect_uri` (RFC 6749 §4.1.2; `iss`: RFC 9207 §2, against mix-up). */
export function respondToServiceProvider(
  request: AuthorizationRequest,
  answer: { readonly code: string } | { readonly failure: Failure },
  context: Pick<Context, "config" | "log">,
  language = chooseLanguage(request.languages),
): Response {
  const { redirectUri, state, responseMode } = request;
  if ("failure" in answer) {
    const { reason, data } = answer.failure;
    context.log.info("refused_to_sp", { reason, ...data, answer: wireOf(answer.failure).oauth });
  }
  const fields = {
    ...("code" in answer ? { code: answer.code } : { error: wireOf(answer.failure).oauth }),
    state,
    iss: context.config.partyId,
  };
  if (responseMode === "form_post") {
    return respondPage(
      (frame) => <FormPostPage frame={frame} action={redirectUri} fields={fields} />,
      context,
      { language },
    );
  }
  return new Response(null, { status: 302, headers: { location: appendParameters(redirectUri, fields) } });
}
