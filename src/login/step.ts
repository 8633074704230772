/**
 * How every page and every form of a sign-in begins: the form is from our own page, the sign-in is ours, the browser is
 * its own. Owns those first checks and the way on; each factor has its file.
 */
import { checkSameSite, readForm, readQuery } from "../http/request.ts";
import { respondFailurePage } from "../http/respond.tsx";
import type { Failure } from "../protocol/failure.ts";
import type { Parameters } from "../protocol/form.ts";
import { ok, type Result } from "../protocol/result.ts";
import { setCookies } from "./browser.ts";
import { callbackUrl, openReturnUrl } from "./return-url.ts";
import { lookAt, type SignIn, type SignInDeps } from "./sign-in.ts";

/** GET of a page with `returnUrl` in the query. */
export async function openPage(request: Request, deps: SignInDeps): Promise<Result<SignIn>> {
  const query = readQuery(request);
  const pending = await openReturnUrl(query.ok ? query.value.get("returnUrl") : undefined, deps.handles);
  return pending.ok ? lookAt(request, pending.value, deps, { bind: true }) : pending;
}

export interface PostedStep {
  readonly form: Parameters;
  readonly signIn: SignIn;
}

/** POST of a form with `returnUrl` in it, or in the query as simple clients send it. */
export async function openPost(request: Request, deps: SignInDeps): Promise<Result<PostedStep>> {
  const site = checkSameSite(request, deps.config.issuerUrl);
  if (!site.ok) return site;
  const form = await readForm(request);
  if (!form.ok) return form;
  const query = readQuery(request);
  const returnUrl = form.value.get("returnUrl") ?? (query.ok ? query.value.get("returnUrl") : undefined);
  const pending = await openReturnUrl(returnUrl, deps.handles);
  if (!pending.ok) return pending;
  // Whose sign-in is this? Asked before any work: another browser must not even cost us that.
  const signIn = await lookAt(request, pending.value, deps, { bind: true });
  return signIn.ok ? ok({ form: form.value, signIn: signIn.value }) : signIn;
}

export const refuseStep = (failure: Failure, deps: SignInDeps, endpoint: string): Response =>
  respondFailurePage(failure, deps, endpoint);

/** A step was taken: what comes next is the callback's to say. */
export const goOn = ({ pending, cookies }: SignIn, more: readonly string[] = []): Response =>
  setCookies(new Response(null, { status: 302, headers: { location: callbackUrl(pending.authzId) } }), [
    ...cookies,
    ...more,
  ]);
