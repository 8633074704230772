/**
 * `/login/totp` and `/login/recovery`: a time-based code, or a recovery code in place of a lost factor. Owns reading the
 * forms, the limit on guesses and the single use; what a code is worth is in `protocol/assurance`.
 */
import type { Deps } from "../deps.ts";
import { useRecoveryCode } from "../directory/recovery.ts";
import { findTotp, resealTotp, useTotpStep } from "../directory/totp.ts";
import { hashCode } from "../factors/recovery.ts";
import { checkTotp } from "../factors/totp.ts";
import type { UsedFactor } from "../protocol/assurance.ts";
import { factorPage } from "./factor-page.tsx";
import { noteRefusal } from "./refusals.ts";
import { consider, type SignIn, type SignInDeps } from "./sign-in.ts";
import { goOn, openPage, openPost, refuseStep } from "./step.ts";

type CodeDeps = SignInDeps & Pick<Deps, "vault">;
type Kind = "totp" | "recovery";

const show =
  (kind: Kind) =>
  async (request: Request, deps: CodeDeps): Promise<Response> => {
    const signIn = await openPage(request, deps);
    if (!signIn.ok) return refuseStep(signIn.failure, deps, kind);
    const { situation, next } = await consider(signIn.value, deps);
    // Only while a factor is asked for; otherwise the callback knows better.
    if (situation === undefined || !("show" in next) || next.show !== "factor") return goOn(signIn.value);
    return factorPage(signIn.value, next.ways, situation, deps, kind);
  };

export const showTotp = show("totp");
export const showRecovery = show("recovery");

const enter =
  (kind: Kind) =>
  async (request: Request, deps: CodeDeps): Promise<Response> => {
    const posted = await openPost(request, deps);
    if (!posted.ok) return refuseStep(posted.failure, deps, kind);
    const { form, signIn } = posted.value;
    const { situation, next } = await consider(signIn, deps);
    if (situation === undefined || !("show" in next) || next.show !== "factor") return goOn(signIn);

    // Six digits are soon guessed: a strict counter of its own, taken before the code is looked at.
    const { loginCounters, now, config } = deps;
    const counter = `code:${situation.humanId}`;
    const rule = { limit: config.loginMaxFailures, windowSeconds: 900, lockSeconds: 900 };
    const refused = { humanId: situation.humanId, party: signIn.grant.party.id };
    const turn = await loginCounters.admit(counter, rule, now());
    if (!turn.admitted) {
      deps.log.info("refused", { endpoint: kind, reason: "account_locked" });
      noteRefusal({ ...refused, reason: "account_locked" }, deps);
      const minutes = Math.ceil(turn.retryAfter / 60);
      const page = await factorPage(signIn, next.ways, situation, deps, kind, { kind: "locked", minutes });
      page.headers.set("retry-after", String(turn.retryAfter));
      return page;
    }
    const factor = await CHECKS[kind](situation.humanId, form.get("code") ?? "", deps);
    if (factor === undefined) {
      deps.log.info("refused", { endpoint: kind, reason: "factor_refused" });
      noteRefusal({ ...refused, reason: `factor_refused ${kind}` }, deps);
      return factorPage(signIn, next.ways, situation, deps, kind, { kind: "wrong" });
    }
    await loginCounters.reset(counter);
    return proveAndGoOn(signIn, situation.humanId, factor, deps);
  };

export const enterTotp = enter("totp");
export const enterRecovery = enter("recovery");

const CHECKS: Record<
  Kind,
  (humanId: string, code: string, deps: CodeDeps) => Promise<UsedFactor | undefined>
> = {
  async totp(humanId, code, deps) {
    const totp = await findTotp(deps.directory, humanId);
    const seed = totp?.confirmed ? await deps.vault.open(totp.seed, humanId) : undefined;
    if (totp === undefined || seed === undefined) return undefined;
    const step = checkTotp(seed, code.replace(/\s/g, ""), deps.now());
    // A step works once, whoever else saw the code (RFC 6238 §5.2).
    const fresh = step !== undefined && (await useTotpStep(deps.directory, humanId, step));
    if (!fresh) return undefined;
    if (!deps.vault.isCurrent(totp.seed)) await reseal(humanId, totp.seed, seed, deps);
    return { kind: "otp", level: totp.level };
  },
  async recovery(humanId, code, deps) {
    const used = await useRecoveryCode(deps.directory, humanId, await hashCode(code));
    return used ? { kind: "recovery", level: "low" } : undefined;
  },
};

/** While DATA_KEY is rolled, each seed moves to the new key when it is used. Nobody's sign-in hangs on it. */
async function reseal(humanId: string, from: string, seed: string, deps: CodeDeps): Promise<void> {
  try {
    await resealTotp(deps.directory, humanId, from, await deps.vault.seal(seed, humanId));
    deps.log.info("seed_resealed");
  } catch {
    deps.log.warn("seed_not_resealed");
  }
}

async function proveAndGoOn(
  signIn: SignIn,
  humanId: string,
  factor: UsedFactor,
  deps: CodeDeps,
): Promise<Response> {
  const { pending, browser } = signIn;
  const proven = await deps.grants.advance(
    pending.id,
    browser,
    [{ step: "prove", humanId, factor }],
    deps.now(),
  );
  return proven.ok ? goOn(signIn) : refuseStep(proven.failure, deps, "factor");
}
