/** `POST /organisation` and `POST /consent`: what the human chose. Owns reading one choice; the callback goes on. */
import { chooseOrganisation as rememberOrganisation } from "../directory/credentials.ts";
import { listOrganisations } from "../directory/human.ts";
import { checkSameSite, readForm } from "../http/request.ts";
import { respondFailurePage } from "../http/respond.tsx";
import type { GrantRecord } from "../protocol/grant.ts";
import { type Result, refuse } from "../protocol/result.ts";
import { conclude } from "./callback.tsx";
import { openAuthzId } from "./return-url.ts";
import { lookAt, type SignIn, type SignInDeps } from "./sign-in.ts";
import { goOn } from "./step.ts";
import { consentTo, representing } from "./steps.ts";

type Apply = (
  choice: { readonly organisation: string; readonly humanId: string; readonly signIn: SignIn },
  deps: SignInDeps,
) => Promise<Result<GrantRecord>>;

export const chooseOrganisation = (request: Request, deps: SignInDeps): Promise<Response> =>
  choose("organisation", request, deps, async ({ organisation, humanId, signIn }) => {
    // Only one's own: the form is the browser's word.
    const own = await listOrganisations(deps.directory, humanId);
    const chosen = own.find(({ id }) => id === organisation);
    if (chosen === undefined) return refuse("choice_malformed");
    const step = await representing(humanId, chosen, deps);
    if (!step.ok) return step;
    const { pending, browser } = signIn;
    const represented = await deps.grants.advance(pending.id, browser, [step.value], deps.now());
    if (represented.ok) await rememberOrganisation(deps.directory, humanId, chosen.id, deps.now());
    return represented;
  });

export const consent = (request: Request, deps: SignInDeps): Promise<Response> =>
  choose("consent", request, deps, ({ organisation, humanId, signIn }) =>
    consentTo(signIn, humanId, organisation, deps),
  );

async function choose(endpoint: string, request: Request, deps: SignInDeps, apply: Apply): Promise<Response> {
  const site = checkSameSite(request, deps.config.issuerUrl);
  if (!site.ok) return respondFailurePage(site.failure, deps, endpoint);
  const form = await readForm(request);
  if (!form.ok) return respondFailurePage(form.failure, deps, endpoint);
  const pending = await openAuthzId(form.value.get("authzId"), deps.handles);
  if (!pending.ok) return respondFailurePage(pending.failure, deps, endpoint);
  const signIn = await lookAt(request, pending.value, deps);
  if (!signIn.ok) return respondFailurePage(signIn.failure, deps, endpoint);

  const decision = form.value.get("decision");
  if (decision === "deny") return conclude(signIn.value, "human_declined", deps);
  const organisation = form.value.get("organisation");
  if (decision !== "allow" || organisation === undefined) {
    return respondFailurePage({ reason: "choice_malformed" }, deps, endpoint);
  }
  const humanId = signIn.value.grant.authentication?.humanId;
  if (humanId === undefined) return respondFailurePage({ reason: "grant_not_ready" }, deps, endpoint);
  const applied = await apply({ organisation, humanId, signIn: signIn.value }, deps);
  return applied.ok ? goOn(signIn.value) : respondFailurePage(applied.failure, deps, endpoint);
}
