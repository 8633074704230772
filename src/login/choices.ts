/** `POST /organisation` and `POST /consent`: what the human chose. Owns reading one choice; the callback goes on. */
import { listOrganisations } from "../directory/human.ts";
import { checkSameSite, readForm } from "../http/request.ts";
import { respondFailurePage } from "../http/respond.tsx";
import type { Browser, GrantRecord } from "../protocol/grant.ts";
import { type Result, refuse } from "../protocol/result.ts";
import { recognise, setCookies } from "./browser.ts";
import { type CallbackDeps, conclude, represent } from "./callback.tsx";
import { callbackUrl, openAuthzId, type PendingSignIn } from "./return-url.ts";

type Apply = (
  choice: { readonly organisation: string; readonly pending: PendingSignIn; readonly browser: Browser },
  deps: CallbackDeps,
) => Promise<Result<GrantRecord>>;

export const chooseOrganisation = (request: Request, deps: CallbackDeps): Promise<Response> =>
  choose("organisation", request, deps, async ({ organisation, pending, browser }) => {
    const grant = await deps.grants.advance(pending.id, browser, { step: "look" }, deps.now());
    if (!grant.ok) return grant;
    if (grant.value.authentication === undefined) return refuse("grant_not_ready");
    // Only one's own: the form is the browser's word.
    const own = await listOrganisations(deps.directory, grant.value.authentication.humanId);
    const chosen = own.find(({ id }) => id === organisation);
    return chosen === undefined ? refuse("choice_malformed") : represent(pending, browser, chosen, deps);
  });

export const consent = (request: Request, deps: CallbackDeps): Promise<Response> =>
  choose("consent", request, deps, ({ organisation, pending, browser }) =>
    deps.grants.advance(pending.id, browser, { step: "consent", organisationId: organisation }, deps.now()),
  );

async function choose(
  endpoint: string,
  request: Request,
  deps: CallbackDeps,
  apply: Apply,
): Promise<Response> {
  const site = checkSameSite(request, deps.config.issuerUrl);
  if (!site.ok) return respondFailurePage(site.failure, deps, endpoint);
  const form = await readForm(request);
  if (!form.ok) return respondFailurePage(form.failure, deps, endpoint);
  const pending = await openAuthzId(form.value.get("authzId"), deps.handles);
  if (!pending.ok) return respondFailurePage(pending.failure, deps, endpoint);
  const { browser, cookies } = await recognise(request, pending.value.id, deps.config);

  const decision = form.value.get("decision");
  if (decision === "deny") {
    return setCookies(await conclude(pending.value, browser, "human_declined", deps), cookies);
  }
  const organisation = form.value.get("organisation");
  if (decision !== "allow" || organisation === undefined) {
    return respondFailurePage({ reason: "choice_malformed" }, deps, endpoint);
  }
  const applied = await apply({ organisation, pending: pending.value, browser }, deps);
  if (!applied.ok) return respondFailurePage(applied.failure, deps, endpoint);
  const location = callbackUrl(pending.value.authzId);
  return setCookies(new Response(null, { status: 302, headers: { location } }), cookies);
}
