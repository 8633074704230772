/** `POST /login/account`: "is it you?" where an SP asks for that (OIDC Core §3.1.2.1 select_account). */
import { showLoginPage } from "./password.tsx";
import type { SignInDeps } from "./sign-in.ts";
import { goOn, openPost, refuseStep } from "./step.ts";

const ENDPOINT = "account_choice";

export async function chooseAccount(request: Request, deps: SignInDeps): Promise<Response> {
  const posted = await openPost(request, deps);
  if (!posted.ok) return refuseStep(posted.failure, deps, ENDPOINT);
  const { form, signIn } = posted.value;
  if (form.get("decision") !== "continue") return showLoginPage(signIn, deps, { username: "" });
  const { pending, browser } = signIn;
  const chosen = await deps.grants.advance(pending.id, browser, [{ step: "select" }], deps.now());
  return chosen.ok ? goOn(signIn) : refuseStep(chosen.failure, deps, ENDPOINT);
}
