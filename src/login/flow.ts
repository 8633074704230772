/**
 * The dispatcher of the human part: given what is known of a sign-in, what comes next? Pure, and the one place where
 * that is decided; steps never call each other, each returns here through the callback.
 */
import type { Situation } from "../directory/situation.ts";
import {
  amrOf,
  type Level,
  levelOf,
  reachableLevel,
  reaches,
  targetLevel,
  type UsedFactor,
  waysTo,
} from "../protocol/assurance.ts";
import type { GrantRecord, Organisation } from "../protocol/grant.ts";
import { isRecent, type SessionRecord } from "../protocol/session.ts";
import type { EpochSeconds } from "../protocol/time.ts";

/** Who the human is, as far as proven, and when. */
export interface Candidate {
  readonly humanId: string;
  readonly factors: readonly UsedFactor[];
  readonly authTime: EpochSeconds;
  /** something was proven in this sign-in */
  readonly isFresh: boolean;
  /** and the session, if there is one, does not hold it yet */
  readonly isNew: boolean;
}

/** What this browser has proven: in this sign-in, and in its session as far as the SP lets an earlier proof count. */
export function candidateOf(
  grant: GrantRecord,
  session: SessionRecord | undefined,
  now: EpochSeconds,
): Candidate | undefined {
  const { prompt, maxAge } = grant.request;
  const { proof } = grant;
  const mayReuse = !prompt.includes("login");
  const usable = session !== undefined && mayReuse && isRecent(session, maxAge, now) ? session : undefined;
  if (proof === undefined) {
    if (usable === undefined) return undefined;
    return {
      humanId: usable.humanId,
      factors: usable.factors,
      authTime: usable.authTime,
      isFresh: false,
      isNew: false,
    };
  }
  const earlier = usable?.humanId === proof.humanId ? usable.factors : [];
  const kinds = new Set(proof.factors.map(({ kind }) => kind));
  return {
    humanId: proof.humanId,
    factors: [...earlier.filter(({ kind }) => !kinds.has(kind)), ...proof.factors],
    authTime: proof.at,
    isFresh: true,
    isNew: grant.authentication === undefined,
  };
}

export type Next =
  | { readonly show: "login" }
  /** somebody is signed in, and the SP wants the human to say whether it is them */
  | { readonly show: "select-account" }
  | { readonly show: "factor"; readonly ways: readonly ("pwd" | "otp" | "passkey")[] }
  | { readonly show: "change-password" }
  | { readonly show: "organisation" }
  | { readonly show: "consent"; readonly organisation: Organisation }
  | { readonly take: "authentication"; readonly level: Level; readonly amr: readonly string[] }
  /** nothing to choose: this is the organisation, as the directory spells it */
  | { readonly take: "organisation"; readonly organisation: Organisation }
  /** given before, or the party is exempt (CONSENT_EXEMPT_PARTIES, for the conformance test) */
  | { readonly take: "consent"; readonly organisation: Organisation; readonly exempt: boolean }
  | { readonly refuse: Refusal }
  | { readonly done: true };

export type Refusal =
  | "login_required"
  | "interaction_required"
  | "consent_required"
  | "assurance_unreachable"
  | "human_gone"
  | "no_organisation";

export interface Facts {
  readonly grant: GrantRecord;
  readonly candidate: Candidate | undefined;
  /** of the candidate; undefined: not there any more */
  readonly situation: Situation | undefined;
  /** MINIMUM_ASSURANCE */
  readonly floor: Level;
  /** the SP's humans are asked neither organisation nor consent */
  readonly exempt: boolean;
  /** the sign-in is to our own account pages: nobody to share anything with */
  readonly own: boolean;
  /** whom the SP expects (id_token_hint), by the pseudonym it knows */
  readonly expectedSubject?: string;
}

export function nextStep(facts: Facts): Next {
  const { grant, candidate, situation } = facts;
  const silent = grant.request.prompt.includes("none");
  /** With `prompt=none` no page may be shown (OIDC Core §3.1.2.1). */
  const ask = (next: Next, refusal: Refusal): Next => (silent ? { refuse: refusal } : next);

  if (candidate === undefined) return ask({ show: "login" }, "login_required");
  if (situation === undefined) {
    // A session of somebody who is gone stands for nobody; who proved it just now was there a moment ago.
    return candidate.isFresh ? { refuse: "human_gone" } : ask({ show: "login" }, "login_required");
  }
  // A password that was reset or changed since it was proven here proves nothing: whoever had the old one is out.
  const since = grant.proof?.factors.find(({ kind }) => kind === "pwd")?.since;
  if (since !== undefined && since !== situation.passwordSince)
    return ask({ show: "login" }, "login_required");
  if (facts.expectedSubject !== undefined && facts.expectedSubject !== situation.pseudonym) {
    // Somebody else is signed in than the SP means; one who has just signed in as somebody else won't do it again.
    return candidate.isFresh ? { refuse: "login_required" } : ask({ show: "login" }, "login_required");
  }

  if (grant.request.prompt.includes("select_account") && !candidate.isFresh && !grant.selected) {
    return { show: "select-account" };
  }

  const { enrolled, identityAssurance } = situation;
  // Who had to use a recovery code has lost the stronger factor: this sign-in reaches low, if the SP takes that.
  const recovered = grant.proof?.factors.some(({ kind }) => kind === "recovery") ?? false;
  const reachable = recovered ? "low" : reachableLevel(enrolled, identityAssurance);
  const target = targetLevel(grant.request.acrValues, facts.floor, reachable);
  if (target === undefined) return { refuse: "assurance_unreachable" };
  const level = levelOf(candidate.factors, identityAssurance);
  if (!reaches(level, target)) {
    const ways = waysTo(target, enrolled, candidate.factors, identityAssurance);
    if (ways.length === 0) return { refuse: "assurance_unreachable" };
    return ask({ show: "factor", ways }, "login_required");
  }
  if (situation.mustChangePassword && candidate.factors.some(({ kind }) => kind === "pwd")) {
    return ask({ show: "change-password" }, "interaction_required");
  }
  if (grant.authentication === undefined)
    return { take: "authentication", level, amr: amrOf(candidate.factors) };
  return facts.own ? { done: true } : nextQuestion(facts, situation, ask);
}

/** Signed in. For whom, and may it be shared? */
function nextQuestion(facts: Facts, situation: Situation, ask: (next: Next, refusal: Refusal) => Next): Next {
  const { grant, exempt } = facts;
  const { prompt, scopes } = grant.request;
  if (grant.organisation === undefined) {
    const [first, ...others] = situation.organisations;
    if (first === undefined) return { refuse: "no_organisation" };
    // For whom one acts is asked each time, the last choice first; where nothing may be asked, that choice holds.
    const silent = prompt.includes("none");
    const settled = others.length === 0 || exempt || (silent && situation.hasChosen);
    return settled
      ? { take: "organisation", organisation: first }
      : ask({ show: "organisation" }, "interaction_required");
  }
  if (grant.consented) return { done: true };
  const { organisation } = grant;
  const given = situation.consents.get(organisation.id) ?? [];
  const covered = given.length > 0 && scopes.every((scope) => given.includes(scope));
  if (exempt || (covered && !prompt.includes("consent"))) return { take: "consent", organisation, exempt };
  return ask({ show: "consent", organisation }, "consent_required");
}
