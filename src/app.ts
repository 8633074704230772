/**
 * Composition root: the one table from path to endpoint, and what holds for every answer (host, configuration, methods,
 * headers, the last resort for bugs). No protocol logic.
 */
import { Hono } from "hono";
import {
  removePasskeyFactor,
  removeTotpFactor,
  renamePasskeyFactor,
  renewRecoveryCodes,
  showFactors,
} from "./account/factors.tsx";
import { saveOrganisation, showOverview } from "./account/overview.tsx";
import { enrolPasskey, showEnrolPasskey } from "./account/passkey.tsx";
import { changePassword, reset, showChangePassword, showReset } from "./account/password.tsx";
import { endSessions, showConsents, showSessions, withdraw } from "./account/sessions.tsx";
import { enrolTotp, showEnrolTotp } from "./account/totp.tsx";
import { CONSOLE } from "./admin/console.ts";
import { createDeps, type Deps } from "./deps.ts";
import { ishareLogo, operatorLogo, script } from "./http/assets.ts";
import { addCommonHeaders, cacheable } from "./http/headers.ts";
import { health, ready, unconfigured } from "./http/health.ts";
import {
  redirectToErrorPage,
  respondErrorPage,
  respondFailurePage,
  respondOAuthError,
} from "./http/respond.tsx";
import { SignerUnavailable } from "./jwt/private-key.ts";
import { chooseAccount } from "./login/account-choice.tsx";
import { callback } from "./login/callback.tsx";
import { chooseOrganisation, consent } from "./login/choices.ts";
import { endSessionEndpoint } from "./login/end-session.tsx";
import { languageOf } from "./login/language.ts";
import { changeForced } from "./login/new-password.tsx";
import { enterPasskey, showPasskey } from "./login/passkey.tsx";
import { login, showLogin } from "./login/password.tsx";
import { enterRecovery, enterTotp, showRecovery, showTotp } from "./login/totp.ts";
import { authorize } from "./oidc/authorize.ts";
import { capabilities } from "./oidc/capabilities.ts";
import { jwks, openidConfiguration } from "./oidc/discovery.ts";
import { token } from "./oidc/token.ts";
import { userinfo } from "./oidc/userinfo.ts";
import { openapi } from "./openapi/document.ts";
import { SCRIPTS } from "./pages/scripts.ts";
import type { Failure } from "./protocol/failure.ts";
import { SCIM_PATH, scim } from "./scim/endpoint.ts";
import { respondScimError } from "./scim/respond.ts";

type Endpoint = (request: Request, deps: Deps) => Response | Promise<Response>;
type Methods = { readonly GET?: Endpoint; readonly POST?: Endpoint };

/** Answers for machines, and pages for humans: the difference is what a refusal looks like. */
const API: Readonly<Record<string, Methods>> = {
  "/.well-known/openid-configuration": { GET: openidConfiguration },
  "/.well-known/jwks.json": { GET: jwks },
  "/capabilities": { GET: capabilities },
  "/connect/authorize": { POST: authorize },
  "/connect/token": { POST: token },
  "/oauth2.0/token": { GET: token, POST: token },
  "/connect/userinfo": { GET: userinfo, POST: userinfo },
  "/openapi.json": { GET: openapi },
  "/health": { GET: health },
  "/health/ready": { GET: ready },
  "/favicon.ico": { GET: () => new Response(null, { status: 204, headers: cacheable(86_400) }) }, // browsers ask
  ...Object.fromEntries(Object.keys(SCRIPTS).map((path) => [path, { GET: script(path) }])),
  "/assets/ishare-logo": { GET: ishareLogo },
  "/assets/logo": { GET: operatorLogo },
};
const PAGES: Readonly<Record<string, Methods>> = {
  "/login": { GET: showLogin, POST: login },
  "/login/totp": { GET: showTotp, POST: enterTotp },
  "/login/recovery": { GET: showRecovery, POST: enterRecovery },
  "/login/passkey": { GET: showPasskey, POST: enterPasskey },
  "/login/account": { POST: chooseAccount },
  "/login/new-password": { POST: changeForced },
  "/connect/authorize/callback": { GET: callback },
  "/connect/endsession": { GET: endSessionEndpoint, POST: endSessionEndpoint },
  "/organisation": { POST: chooseOrganisation },
  "/consent": { POST: consent },
  "/error": { GET: errorPage },
  "/reset": { GET: showReset, POST: reset },
  "/account": { GET: showOverview },
  "/account/organisation": { POST: saveOrganisation },
  "/account/factors": { GET: showFactors },
  "/account/password": { GET: showChangePassword, POST: changePassword },
  "/account/totp": { GET: showEnrolTotp, POST: enrolTotp },
  "/account/totp/remove": { POST: removeTotpFactor },
  "/account/recovery": { POST: renewRecoveryCodes },
  "/account/passkey": { GET: showEnrolPasskey, POST: enrolPasskey },
  "/account/passkey/rename": { POST: renamePasskeyFactor },
  "/account/passkey/remove": { POST: removePasskeyFactor },
  "/account/sessions": { GET: showSessions },
  "/account/sessions/end": { POST: endSessions },
  "/account/consents": { GET: showConsents },
  "/account/consents/withdraw": { POST: withdraw },
  ...CONSOLE,
};

/** Whoever watches may know us by an address only. */
const HOSTLESS: readonly string[] = ["/health", "/health/ready"];

type AppEnv = { Bindings: object; Variables: { deps: Deps; endpoint?: string } };

export function createApp(): Hono<AppEnv> {
  // `/v2.1/connect/token` reaches what `/connect/token` does (wire document §11).
  const app = new Hono<AppEnv>({ getPath: ({ url }) => withoutVersion(URL.parse(url)?.pathname ?? "/") });

  app.use(async (c, next) => {
    const deps = await createDeps(c.env, (work) => c.executionCtx.waitUntil(work), c.req.raw);
    if (deps === undefined) {
      const refused = c.req.path === "/health/ready" ? unconfigured() : misconfigured();
      c.res = addCommonHeaders(refused, { secure: true });
      return;
    }
    const { config, correlationId } = deps;
    const url = URL.parse(c.req.url); // null for a Host that is none
    const isOurs = url !== null && url.host === config.host && url.username === "";
    c.set("deps", isOurs ? { ...deps, language: languageOf(c.req.raw, config) } : deps);
    if (isOurs || HOSTLESS.includes(c.req.path)) await next();
    else c.res = respondOAuthError({ reason: "wrong_host" }, deps, "host");
    c.res = addCommonHeaders(c.res, config, correlationId);
    deps.watch.finish(c.get("endpoint") ?? "other", c.req.method, c.res.status);
  });

  const mount = (table: Readonly<Record<string, Methods>>, refuseMethod: Endpoint) => {
    for (const [path, methods] of Object.entries(table)) {
      const allowed = Object.keys(methods).join(", ");
      app.all(path, async ({ req, var: { deps }, set }) => {
        set("endpoint", path);
        const endpoint = endpointFor(path, req.method, methods, deps);
        if (endpoint !== undefined) return endpoint(req.raw, deps);
        const refused = await refuseMethod(req.raw, deps);
        refused.headers.set("allow", allowed);
        return refused;
      });
    }
  };
  mount(API, (_, deps) => respondOAuthError({ reason: "method_not_allowed" }, deps, "method"));
  mount(PAGES, (_, deps) => respondFailurePage({ reason: "method_not_allowed" }, deps, "method"));

  app.all(`${SCIM_PATH}/*`, ({ req, var: { deps } }) => scim(req.raw, deps));

  app.notFound(({ var: { deps } }) => respondFailurePage({ reason: "not_found" }, deps, "path"));
  app.onError((error, { var: { deps }, req }) => {
    const failure = failureOf(error);
    if (failure.reason === "unexpected")
      deps.log.error("unexpected", { path: req.path, error: error.name, stack: error.stack });
    else deps.log.error(failure.reason, { path: req.path, ...failure.data });
    if (req.path.startsWith(`${SCIM_PATH}/`)) return respondScimError(failure, deps);
    // Its answers are always redirects (wire document §5).
    if (req.path === "/connect/authorize") return redirectToErrorPage(failure, deps, failure.reason);
    return req.path in PAGES
      ? respondFailurePage(failure, deps, failure.reason)
      : respondOAuthError(failure, deps, failure.reason);
  });
  return app;
}

/** What was thrown: an outage of our own key has its reason, everything else is a bug. */
const failureOf = (error: Error): Failure =>
  error instanceof SignerUnavailable
    ? { reason: "signer_unavailable", data: { cause: error.reason } }
    : { reason: "unexpected" };

function endpointFor(path: string, method: string, methods: Methods, { config }: Deps): Endpoint | undefined {
  if (method === "POST") return methods.POST;
  // Some SPs send the browser with GET: only where the operator turned that on.
  if (path === "/connect/authorize" && method === "GET" && config.compat.has("authorize-get"))
    return methods.POST;
  return method === "GET" || method === "HEAD" ? methods.GET : undefined;
}

function errorPage(request: Request, deps: Deps): Promise<Response> {
  const { searchParams } = new URL(request.url);
  return respondErrorPage(searchParams.get("c") ?? "", searchParams.get("id") ?? "", deps);
}

const withoutVersion = (path: string): string => path.replace(/^\/v[\d.]+(?=\/)/, "");

/** Nothing works without a sound configuration, and nothing of it is told to strangers. */
function misconfigured(): Response {
  return Response.json(
    { error: "temporarily_unavailable" },
    { status: 503, headers: { "retry-after": "60" } },
  );
}
