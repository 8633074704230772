/**
 * Composition root: the one table from path to endpoint, and what holds for every answer (host, configuration, methods,
 * headers, the last resort for bugs). No protocol logic.
 */
import { type Context, Hono } from "hono";
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
const READY = "/health/ready";
const HOSTLESS: readonly string[] = ["/health", READY];

type AppEnv = { Bindings: object };

export function createApp(): Hono<AppEnv> {
  // `/v2.1/connect/token` reaches what `/connect/token` does (wire document §11).
  const app = new Hono<AppEnv>({ getPath: ({ url }) => withoutVersion(URL.parse(url)?.pathname ?? "/") });
  const mount = (table: Readonly<Record<string, Methods>>, respondFailure: RespondFailure) => {
    for (const [path, methods] of Object.entries(table)) {
      const allowed = Object.keys(methods).join(", ");
      app.all(
        path,
        around(path, respondFailure, async (request, deps) => {
          const endpoint = endpointFor(path, request.method, methods, deps);
          if (endpoint !== undefined) return endpoint(request, deps);
          const refused = await respondFailure({ reason: "method_not_allowed" }, deps, "method");
          refused.headers.set("allow", allowed);
          return refused;
        }),
      );
    }
  };
  // Its answers are always redirects (wire document §5), but to a wrong method.
  const { [AUTHORIZE]: authorizeMethods = {}, ...api } = API;
  mount(api, respondOAuthError);
  mount(PAGES, respondFailurePage);
  mount({ [AUTHORIZE]: authorizeMethods }, (failure, deps, endpoint) =>
    failure.reason === "method_not_allowed"
      ? respondOAuthError(failure, deps, endpoint)
      : redirectToErrorPage(failure, deps, endpoint),
  );
  app.all(`${SCIM_PATH}/*`, around("scim", respondScimError, scim));
  app.notFound(
    around("other", respondFailurePage, (_, deps) =>
      respondFailurePage({ reason: "not_found" }, deps, "path"),
    ),
  );
  return app;
}
const AUTHORIZE = "/connect/authorize";

/** What a refusal looks like here. */
type RespondFailure = (failure: Failure, deps: Deps, endpoint: string) => Response | Promise<Response>;

/** What holds for every answer, around the one who makes it. @param name for who watches: never a path that strangers chose */
const around =
  (name: string, respondFailure: RespondFailure, endpoint: Endpoint) =>
  async ({ req, env, executionCtx }: Context<AppEnv>): Promise<Response> => {
    const request = req.raw;
    const deps = await createDeps(env, (work) => executionCtx.waitUntil(work), request);
    if (deps === undefined)
      return addCommonHeaders(name === READY ? unconfigured() : misconfigured(), { secure: true });
    const { config, correlationId, watch } = deps;
    const url = URL.parse(request.url); // null for a Host that is none
    const isOurs = url !== null && url.host === config.host && url.username === "";
    const answers = isOurs || HOSTLESS.includes(name);
    const response = answers
      ? await answer(
          name,
          endpoint,
          request,
          { ...deps, language: () => languageOf(request, config) },
          respondFailure,
        )
      : respondOAuthError({ reason: "wrong_host" }, deps, "host");
    watch.finish(answers ? name : "other", request.method, response.status);
    return addCommonHeaders(response, config, correlationId);
  };

/** What is thrown is a bug or an outage, and becomes an answer here. */
async function answer(
  name: string,
  endpoint: Endpoint,
  request: Request,
  deps: Deps,
  respondFailure: RespondFailure,
): Promise<Response> {
  try {
    return await endpoint(request, deps);
  } catch (error) {
    const failure = failureOf(error);
    const { name: kind, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined };
    if (failure.reason === "unexpected") deps.log.error("unexpected", { path: name, error: kind, stack });
    else deps.log.error(failure.reason, { path: name, ...failure.data });
    return respondFailure(failure, deps, failure.reason);
  }
}

/** What was thrown: an outage of our own key has its reason, everything else is a bug. */
const failureOf = (error: unknown): Failure =>
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
