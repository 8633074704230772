/**
 * The authorization grant: what one sign-in is, and every step it may take, as pure transitions of plain data.
 * Owns: the binding to one browser, the order of steps, the single use of the callback. What becomes of its code is
 * `redemption`'s. Leaves storage and atomicity to `store/grant`, which runs each transition in one piece.
 */
import type { Level, UsedFactor } from "./assurance.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import { ok, type Result, refuse } from "./result.ts";
import { type EpochSeconds, isOver } from "./time.ts";

/** Who signed in, how and when. */
export interface Authentication {
  readonly humanId: string;
  readonly authTime: EpochSeconds;
  readonly level: Level;
  /** RFC 8176 */
  readonly amr: readonly string[];
  /** the session that it was done in, or made */
  readonly sessionId?: string;
}

/** What the human proved in this sign-in. No session yet: a first factor alone opens nothing that wants two. */
export interface Proof {
  readonly humanId: string;
  readonly factors: readonly UsedFactor[];
  /** when the last of them was proven */
  readonly at: EpochSeconds;
}

/** The organisation that the human acts for: its registry id, or else the identifier that the directory validated. */
export interface Organisation {
  readonly id: string;
  readonly name: string;
}

export interface GrantRecord {
  readonly request: AuthorizationRequest;
  /** canonical registry id and registered name of the SP */
  readonly party: { readonly id: string; readonly name: string };
  /** end of the pending login */
  readonly expiresAt: EpochSeconds;
  /** SHA-256 of the cookie of the one browser that may go on; `arrival`: bound in the authorize answer */
  readonly browser?: { readonly hash: string; readonly arrival: boolean };
  /** the arrival cookie that was handed over: good again until something is proven, since an answer may get lost */
  readonly arrivedHash?: string;
  /** for a passkey; replaced when used, so that no assertion works twice */
  readonly challenge?: string;
  readonly proof?: Proof;
  /** what the human chose on a page of this sign-in: above what the SP asked for */
  readonly language?: string;
  readonly selected?: true;
  readonly authentication?: Authentication;
  readonly organisation?: Organisation;
  /** the organisation as the directory spells it, which may be otherwise than its registry id */
  readonly membership?: string;
  readonly consented?: true;
  /** the callback was used: a code was issued or the SP was told no */
  readonly finished?: true;
  readonly code?: {
    readonly hash: string;
    readonly expiresAt: EpochSeconds;
    /** the pseudonym of the human at this SP */
    readonly subject: string;
    readonly redeemed: boolean;
  };
  readonly token?: {
    readonly hash: string;
    readonly expiresAt: EpochSeconds;
    /** the identifier that the SP used when it redeemed the code */
    readonly clientId: string;
    readonly revoked: boolean;
  };
}

/** What a browser shows for itself: hashes of its cookies. */
export interface Browser {
  /** the lasting cookie that all tabs share */
  readonly hash: string;
  /** the cookie that the authorize answer set for this grant */
  readonly arrivalHash?: string;
}

/** One step of the human part. */
export type Step =
  /** @property bind the login page: where a grant that nobody owns finds its browser */
  | { readonly step: "look"; readonly bind?: boolean }
  | { readonly step: "speak"; readonly language: string }
  /** the human goes on as who is signed in (OIDC Core §3.1.2.1 select_account) */
  | { readonly step: "select" }
  | {
      readonly step: "prove";
      readonly humanId: string;
      readonly factor: UsedFactor;
      /** the challenge that a passkey answered, and the one after it */
      readonly challenge?: { readonly used: string; readonly next: string };
    }
  | { readonly step: "authenticate"; readonly authentication: Authentication }
  /** @property humanId whose choice it is: somebody else may have signed in since */
  | {
      readonly step: "represent";
      readonly humanId: string;
      readonly organisation: Organisation;
      readonly membership?: string;
    }
  | { readonly step: "consent"; readonly humanId: string; readonly organisationId: string };

/** Moves a pending grant one step on, for the browser it belongs to. Another browser changes nothing. */
export function advance(
  grant: GrantRecord,
  browser: Browser,
  step: Step,
  now: EpochSeconds,
): Result<GrantRecord> {
  if (grant.finished) return over("grant_finished", grant, browser);
  if (now >= grant.expiresAt) return over("grant_expired", grant, browser);
  const bound = bind(grant, browser, step.step === "look" && step.bind === true);
  if (!bound.ok) return bound;
  switch (step.step) {
    case "look":
      return bound;
    case "select":
      return ok({ ...bound.value, selected: true });
    case "speak":
      return ok({ ...bound.value, language: step.language });
    case "prove":
      return prove(bound.value, step, now);
    case "authenticate":
      return authenticate(bound.value, step.authentication);
    case "represent": {
      if (grant.authentication?.humanId !== step.humanId) return refuse("grant_not_ready");
      const { consented, ...rest } = bound.value;
      const { membership } = step;
      return ok({
        ...rest,
        organisation: step.organisation,
        ...(membership === undefined ? {} : { membership }),
      });
    }
    case "consent":
      // Consent is to what the page showed: a stale page in another tab consents to nothing.
      if (grant.authentication?.humanId !== step.humanId) return refuse("grant_not_ready");
      if (grant.organisation?.id !== step.organisationId) return refuse("grant_not_ready");
      return ok({ ...bound.value, consented: true });
  }
}

/** Steps one after the other: all of them, or none. */
export const advanceBy = (
  grant: GrantRecord,
  browser: Browser,
  steps: readonly Step[],
  now: EpochSeconds,
): Result<GrantRecord> =>
  steps.reduce<Result<GrantRecord>>(
    (reached, step) => (reached.ok ? advance(reached.value, browser, step, now) : reached),
    ok(grant),
  );

/** The human whose sign-in it was reads where to start again; to another browser it is just over. */
function over(reason: "grant_finished" | "grant_expired", grant: GrantRecord, browser: Browser) {
  if (!bind(grant, browser, false).ok) return refuse(reason);
  const back = URL.parse(grant.request.redirectUri)?.origin;
  return refuse(reason, { serviceProvider: grant.party.name, ...(back === undefined ? {} : { back }) });
}

/** Signs in. Steps may come late: somebody may have proven something since they were named. */
function authenticate(grant: GrantRecord, authentication: Authentication): Result<GrantRecord> {
  const { humanId, authTime, sessionId } = authentication;
  const { proof, authentication: before } = grant;
  if (proof !== undefined && (proof.humanId !== humanId || proof.at > authTime))
    return refuse("grant_not_ready");
  if (before?.humanId === humanId && before.authTime === authTime && before.sessionId === sessionId)
    return ok(grant);
  // A second sign-in starts over: choices made as somebody else do not carry on.
  const { organisation, consented, ...rest } = grant;
  return ok({ ...rest, authentication });
}

/** Adds a proof. One by somebody else starts over: nothing of the one before carries on. */
function prove(
  grant: GrantRecord,
  step: Extract<Step, { step: "prove" }>,
  now: EpochSeconds,
): Result<GrantRecord> {
  if (step.challenge !== undefined && step.challenge.used !== grant.challenge)
    return refuse("challenge_used");
  const { authentication, organisation, consented, proof, ...rest } = grant;
  const earlier = proof?.humanId === step.humanId ? proof.factors : [];
  const factors = [...earlier.filter(({ kind }) => kind !== step.factor.kind), { ...step.factor, at: now }];
  return ok({
    ...rest,
    proof: { humanId: step.humanId, factors, at: now },
    ...(step.challenge === undefined ? {} : { challenge: step.challenge.next }),
  });
}

/**
 * What is left of a sign-in that was under way when all that its human had begun was ended: proofs given since, and who
 * signed in since. A factor from before does not count beside one from after it.
 */
export function withoutWhatIsOver(grant: GrantRecord, humanId: string, endedAt: EpochSeconds): GrantRecord {
  const { proof, authentication, organisation, consented, ...rest } = grant;
  const factors = proof?.factors.filter(({ at = 0 }) => !isOver(at, endedAt)) ?? [];
  const left = proof?.humanId === humanId ? { ...proof, factors } : proof;
  const stands =
    authentication?.humanId !== humanId || !isOver(authentication.authTime, endedAt)
      ? authentication
      : undefined;
  return {
    ...rest,
    ...(left === undefined || left.factors.length === 0 ? {} : { proof: left }),
    ...(stands === undefined ? {} : { authentication: stands }),
    ...(stands === undefined || organisation === undefined ? {} : { organisation }),
    ...(stands === undefined || consented === undefined ? {} : { consented }),
  };
}

/**
 * Login CSRF, session fixation: a grant belongs to the first browser that shows up with it. An arrival cookie hands
 * over to the lasting one at first sight, so that sign-ins side by side in tabs do not disturb each other.
 */
function bind(grant: GrantRecord, browser: Browser, mayBind: boolean): Result<GrantRecord> {
  const lasting = { hash: browser.hash, arrival: false };
  if (grant.browser === undefined)
    return mayBind ? ok({ ...grant, browser: lasting }) : refuse("grant_unbound");
  if (grant.browser.arrival) {
    if (grant.browser.hash !== browser.arrivalHash) return refuse("other_browser");
    return ok({ ...grant, browser: lasting, arrivedHash: grant.browser.hash });
  }
  if (grant.browser.hash === browser.hash) return ok(grant);
  const cameBack = grant.arrivedHash !== undefined && grant.arrivedHash === browser.arrivalHash;
  const untouched = grant.proof === undefined && grant.authentication === undefined;
  return cameBack && untouched ? ok({ ...grant, browser: lasting }) : refuse("other_browser");
}

export type Ending =
  /** `subject`: the pseudonym of `humanId` */
  | {
      readonly ending: "code";
      readonly humanId: string;
      readonly code: { readonly hash: string; readonly expiresAt: EpochSeconds; readonly subject: string };
    }
  | { readonly ending: "refused" };

/** Consumes the callback: exactly one ending per grant. */
export function finish(
  grant: GrantRecord,
  browser: Browser,
  ending: Ending,
  now: EpochSeconds,
): Result<GrantRecord> {
  const current = advance(grant, browser, { step: "look" }, now);
  if (!current.ok) return current;
  if (ending.ending === "refused") return ok({ ...current.value, finished: true });
  if (grant.authentication?.humanId !== ending.humanId) return refuse("grant_not_ready");
  if (!grant.organisation || !grant.consented) return refuse("grant_not_ready");
  return ok({ ...current.value, finished: true, code: { ...ending.code, redeemed: false } });
}

/** Ends a grant for good: nothing of it goes on, has a code, or a token. What was answered already is answered. */
export const revoke = (grant: GrantRecord): GrantRecord => ({
  ...grant,
  finished: true,
  ...(grant.code && { code: { ...grant.code, redeemed: true } }),
  ...(grant.token && { token: { ...grant.token, revoked: true } }),
});

/** When nothing of the grant is needed any more; a minute is left for late repeats to get their true answer. */
export const wipeAt = (grant: GrantRecord): EpochSeconds =>
  Math.max(grant.expiresAt, grant.code?.expiresAt ?? 0, grant.token?.expiresAt ?? 0) + 60;
