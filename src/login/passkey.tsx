/**
 * `/login/passkey`: signing in with a passkey, with or without a name first. Owns reading the answer of the browser and
 * the single use of the challenge; the cryptography is in `factors/passkey`.
 */
import { findPasskey, usePasskey } from "../directory/passkey.ts";
import { verifyAuthentication } from "../factors/passkey.ts";
import type { UsedFactor } from "../protocol/assurance.ts";
import { parseJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { newSecret } from "./browser.ts";
import { factorPage } from "./factor-page.tsx";
import { showLoginPage } from "./password.tsx";
import { noteRefusal } from "./refusals.ts";
import { consider, isListed, type SignIn, type SignInDeps } from "./sign-in.ts";
import { goOn, openPage, openPost, refuseStep } from "./step.ts";

const ENDPOINT = "passkey";

export async function showPasskey(request: Request, deps: SignInDeps): Promise<Response> {
  const signIn = await openPage(request, deps);
  if (!signIn.ok) return refuseStep(signIn.failure, deps, ENDPOINT);
  const { situation, next } = await consider(signIn.value, deps);
  if (situation === undefined || !("show" in next) || next.show !== "factor") return goOn(signIn.value);
  return factorPage(signIn.value, next.ways, situation, deps, "passkey");
}

/** Not counted against an account: a passkey can't be guessed, and must get in while a password is locked. */
export async function enterPasskey(request: Request, deps: SignInDeps): Promise<Response> {
  const posted = await openPost(request, deps);
  if (!posted.ok) return refuseStep(posted.failure, deps, ENDPOINT);
  const { form, signIn } = posted.value;
  const proof = await checkPasskey(form.get("credential") ?? "", signIn, deps);
  if (!proof.ok) return showAgain(signIn, proof.failure.reason, deps);
  const { humanId, factor } = proof.value;
  const challenge = { used: signIn.grant.challenge ?? "", next: newSecret() };
  const step = { step: "prove", humanId, factor, challenge } as const;
  const proven = await deps.grants.advance(signIn.pending.id, signIn.browser, [step], deps.now());
  return proven.ok ? goOn(signIn) : refuseStep(proven.failure, deps, ENDPOINT);
}

async function checkPasskey(
  credential: string,
  { grant }: SignIn,
  deps: SignInDeps,
): Promise<Result<{ humanId: string; factor: UsedFactor }>> {
  const { directory, config, now } = deps;
  const response = parseJsonObject(credential);
  const id = response?.id;
  const passkey = typeof id === "string" ? await findPasskey(directory, id.slice(0, 1500)) : undefined;
  if (passkey === undefined || grant.challenge === undefined) return refuse("passkey_unknown");
  const refused = { humanId: passkey.humanId, party: grant.party.id };
  const verified = await verifyAuthentication({
    response,
    challenge: grant.challenge,
    ...config.relyingParty,
    credential: passkey,
  });
  if (!verified.ok) {
    noteRefusal({ ...refused, reason: verified.failure.reason }, deps);
    return verified;
  }
  const { newCounter, backedUp } = verified.value;
  // A counter that does not go forward: the key may have been copied (WebAuthn §6.1.1).
  if (!(await usePasskey(directory, passkey.credentialId, newCounter, backedUp, now()))) {
    noteRefusal({ ...refused, reason: "passkey_counter" }, deps);
    return refuse("passkey_counter");
  }
  const { humanId, level, aaguid } = passkey;
  const hardware = passkey.hardware && isListed(config)(aaguid);
  return ok({ humanId, factor: { kind: "passkey", level, hardware: hardware && !backedUp } });
}

async function showAgain(signIn: SignIn, reason: string, deps: SignInDeps): Promise<Response> {
  deps.log.info("refused", { endpoint: ENDPOINT, reason });
  const { situation, next } = await consider(signIn, deps);
  if (situation !== undefined && "show" in next && next.show === "factor") {
    return factorPage(signIn, next.ways, situation, deps, "passkey", { kind: "passkey" });
  }
  return showLoginPage(signIn, deps, { username: "", alert: { kind: "passkey" } });
}
