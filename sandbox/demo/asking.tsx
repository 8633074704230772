/**
 * Asks the Identity Provider what the human may do, and brings the answer as far as a page may rely on it. Owns the
 * order: a session, an answer, the registry's word on who gave it, the checks; and what is shown when one is missing.
 */
import type { Context } from "hono";
import { type ForeignEvidence, readForeignEvidence } from "../../src/delegation/policy.ts";
import { evidenceClaims } from "./claims.ts";
import { type Examination, examine } from "./examination.ts";
import { fetchEvidence, IdpRefusal } from "./idp.ts";
import { PLACES, type Place } from "./layout.tsx";
import { EVERYTHING, type Question } from "./question.ts";
import { type Demo, now } from "./service-provider.ts";
import { forgetSession, type Session } from "./session.ts";
import { NO_TRUST, type Trouble, TroublePage } from "./trouble.tsx";
import { fetchTrust } from "./trust.ts";

export interface Answer {
  readonly examination: Examination;
  /** absent when the answer did not hold */
  readonly evidence?: ForeignEvidence;
}

type Html = Parameters<Context["html"]>[0];

/** @param show what to draw of an answer, believed or not */
export async function ask(
  c: Context<Demo>,
  session: Session,
  question: Question,
  show: (answer: Answer) => Html,
): Promise<Response> {
  const sp = c.get("sp");
  try {
    const text = await fetchEvidence(sp, session.accessToken, question);
    const trust = await fetchTrust(sp, c.env, now());
    if (!trust.ok) {
      const detail = trust.failure.reason;
      return refuse(c, { ...NO_TRUST, detail, to: [again(question)] }, 502);
    }
    const examination = await examine(text, {
      audience: sp.partyId,
      issuer: sp.idp.partyId,
      trust: trust.value,
      now: now(),
      claims: evidenceClaims(session, question, now()),
    });
    const evidence = readForeignEvidence(examination.payload.delegationEvidence);
    return examination.genuine && evidence.ok
      ? c.html(show({ examination, evidence: evidence.value }))
      : c.html(show({ examination }), 502);
  } catch (failure) {
    if (failure instanceof IdpRefusal) return explain(c, failure, session, question);
    throw failure;
  }
}

export const refuseStranger = (c: Context<Demo>) => refuse(c, NO_SESSION, 403);

const refuse = (c: Context<Demo>, trouble: Trouble, status: 403 | 502 | 503) =>
  c.html(<TroublePage sp={c.get("sp")} trouble={trouble} />, status);

const again = (question: Question): Place => ({
  href: question === EVERYTHING ? PLACES.authorisations.href : PLACES.release.href,
  label: "Try again",
});

/** What the Identity Provider's refusal means for the human. */
function explain(
  c: Context<Demo>,
  { status, code, message: detail }: IdpRefusal,
  session: Session,
  question: Question,
) {
  if (status === 401) {
    forgetSession(c);
    return refuse(c, { ...ENDED, detail }, 403);
  }
  if (status === 403) return refuse(c, { ...NO_SCOPE, detail }, 403);
  if (status === 400 && question === EVERYTHING) {
    const text = `The Identity Provider says that ${session.organisationName} ${ELSEWHERE}`;
    return refuse(c, { title: "There is no list", text, detail, to: [PLACES.release] }, 502);
  }
  const to = [again(question)];
  if (status === 503 && code === "temporarily_unavailable")
    return refuse(c, { ...UNAVAILABLE, detail, to }, 503);
  return refuse(c, { ...NO_ANSWER, detail, to }, 502);
}

const NO_SESSION: Trouble = {
  title: "Please sign in first",
  text: "Nobody is signed in at this service in this browser, or the session has ended. What you may do can be asked only once it is known who you are.",
};
const ENDED: Trouble = {
  title: "Your session has ended",
  text: "The Identity Provider no longer answers questions of this service about you. Sign in again to go on.",
};
const NO_SCOPE: Trouble = {
  title: "This service may not ask that",
  text: "When you signed in, you were not asked whether this service may see all that you may do. Sign in again, and it asks for that.",
};
const ELSEWHERE =
  "keeps its authorisations in an Authorisation Registry. That answers one question at a time, so what you may do can't be listed; but you can ask about a container.";
const UNAVAILABLE: Trouble = {
  title: "There is no answer at the moment",
  text: "The Identity Provider could not ask your organisation's Authorisation Registry, or the Participant Registry. That says nothing about what you may do. Try again in a moment.",
};
const NO_ANSWER: Trouble = {
  title: "There is no answer",
  text: "The Identity Provider did not answer the question of this service. That says nothing about what you may do.",
};
