/**
 * `POST /login/new-password`: the change that an administrator demanded, in the middle of a sign-in, for who has proven
 * the old one in it. Owns also what any new password must be.
 */
import { findPassword, setPassword } from "../directory/credentials.ts";
import { findHuman, type Human } from "../directory/human.ts";
import { hashPassword, verifyPassword } from "../directory/password.ts";
import { checkPassword } from "../factors/password-strength.ts";
import { respondPage } from "../http/respond.tsx";
import { ForcedChangePage, type PasswordAlert } from "../pages/account/password.tsx";
import type { Parameters } from "../protocol/form.ts";
import { setCookies } from "./browser.ts";
import { hashSlots } from "./hash-slots.ts";
import { callbackUrl } from "./return-url.ts";
import { consider, isOwn, type SignIn, type SignInDeps } from "./sign-in.ts";
import { goOn, openPost, refuseStep } from "./step.ts";

const ENDPOINT = "new_password";

/** @returns the new password of a form, or what is wrong with it */
export function readNewPassword(
  form: Parameters,
  human: Pick<Human, "username" | "givenName" | "familyName" | "email"> | undefined,
): { readonly password: string } | { readonly alert: PasswordAlert } {
  const password = form.get("password") ?? "";
  if (password !== (form.get("repeat") ?? "")) return { alert: "mismatch" };
  const personal = human && [human.username, human.givenName, human.familyName, human.email];
  const problem = checkPassword(password, personal ?? []);
  return problem === undefined ? { password } : { alert: problem };
}

export async function changeForced(request: Request, deps: SignInDeps): Promise<Response> {
  const posted = await openPost(request, deps);
  if (!posted.ok) return refuseStep(posted.failure, deps, ENDPOINT);
  const { form, signIn } = posted.value;
  const { candidate, next } = await consider(signIn, deps);
  if (candidate === undefined || !("show" in next) || next.show !== "change-password") return goOn(signIn);
  const human = await findHuman(deps.directory, candidate.humanId);
  if (human === undefined) return goOn(signIn);
  const read = readNewPassword(form, human);
  if ("alert" in read) return forcedChangePage(signIn, human.username, deps, read.alert);
  const { directory, grants, now } = deps;
  const current = await findPassword(directory, human.id);
  const same = await hashSlots.run(() => verifyPassword(read.password, current?.hash), now);
  const hash = await hashSlots.run(() => hashPassword(read.password), now);
  if (!same.ok || !hash.ok) return forcedChangePage(signIn, human.username, deps, "busy");
  if (same.value) return forcedChangePage(signIn, human.username, deps, "same");
  const level = current?.level ?? "low";
  const since = now();
  const told = { actor: `human:${human.id}`, action: "password.change", subject: human.id };
  await setPassword(directory, human.id, { hash: hash.value, level }, since, [
    deps.audit.always({ ...told, reason: "demanded" }),
  ]);
  // The old one proves nothing any more; the new one was just typed.
  const step = { step: "prove", humanId: human.id, factor: { kind: "pwd", level, since } } as const;
  const proven = await grants.advance(signIn.pending.id, signIn.browser, [step], now());
  return proven.ok ? goOn(signIn) : refuseStep(proven.failure, deps, ENDPOINT);
}

export function forcedChangePage(
  { pending, grant, language, here, cookies }: SignIn,
  username: string,
  { config }: Pick<SignInDeps, "config">,
  alert?: PasswordAlert,
): Response {
  const props = {
    returnUrl: callbackUrl(pending.authzId),
    username,
    ...(isOwn(grant, config) ? {} : { sp: grant.party }),
    ...(alert === undefined ? {} : { alert }),
  };
  const status = alert === undefined ? 200 : alert === "busy" ? 503 : 400;
  const page = respondPage(
    (frame) => <ForcedChangePage frame={frame} {...props} />,
    { config },
    { language, here, status },
  );
  return setCookies(page, cookies);
}
