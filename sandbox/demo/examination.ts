/**
 * Is what came back genuine? One list of checks per token, each held, failed, or not reached because an earlier one
 * failed. Owns the order and the words; the rules are the iSHARE JWT pipeline's, plus what OpenID Connect has a client
 * compare (OIDC Core §3.1.3.7, §5.3.2).
 */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { verifyJwt } from "../../src/jwt/verify.ts";
import type { JsonObject } from "../../src/protocol/json.ts";
import { refuse } from "../../src/protocol/result.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { checkParty } from "../../src/registry/party.ts";
import { checkPath } from "../../src/trust/chain.ts";
import { paths, SKEW_SECONDS, type Trust } from "./trust.ts";

export type Outcome = "held" | "failed" | "not reached";

export interface Check {
  readonly label: string;
  readonly outcome: Outcome;
  /** why it failed */
  readonly reason?: string;
}

export interface Examination {
  readonly text: string;
  /** as they read, proven or not */
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly checks: readonly Check[];
  readonly genuine: boolean;
}

export interface Expectation {
  readonly audience: string;
  readonly issuer: string;
  readonly trust: Trust;
  readonly now: EpochSeconds;
  /** claims that must be there, which value will do, and what the human reads about each */
  readonly claims: readonly {
    readonly name: string;
    readonly holds: (value: unknown) => boolean;
    readonly label: string;
  }[];
}

/** Checks one after the other; what follows a failure proves nothing and is not tried. */
export class CheckList {
  readonly checks: Check[] = [];

  get allHeld(): boolean {
    return this.checks.every(({ outcome }) => outcome === "held");
  }

  add(label: string, held: boolean, reason: string): void {
    if (!this.allHeld) this.checks.push({ label, outcome: "not reached" });
    else this.checks.push(held ? { label, outcome: "held" } : { label, outcome: "failed", reason });
  }
}

/** The pipeline's order; a reason belongs to the first step whose names it starts with. */
const STEPS = [
  {
    label: "Form: a compact JWT whose header has alg, typ and x5c only",
    reasons: /^jwt_(too|not_compact|header|alg|typ|x5c|payload)/,
  },
  {
    label: "Chain: every certificate holds, up to a CA on the trusted list",
    reasons: /^(chain|certificate|leaf)_/,
  },
  { label: "Signature: made with the key of the first certificate", reasons: /^jwt_signature$/ },
  {
    label: "Audience and life: meant for this Service Provider, issued now, good for 30 seconds",
    reasons: /./,
  },
] as const;

export async function examine(text: string, expected: Expectation): Promise<Examination> {
  const { trust, now } = expected;
  const jwt = await verifyJwt(text, {
    audience: [expected.audience],
    algorithms: trust.algorithms,
    now,
    skew: SKEW_SECONDS,
    checkLife: true,
    paths,
    anchor: (path) => checkPath(path, trust.anchors, now),
  });
  const list = new CheckList();
  const reason = jwt.ok ? "" : jwt.failure.reason;
  const failed = jwt.ok ? STEPS.length : STEPS.findIndex((step) => step.reasons.test(reason));
  for (const [position, { label }] of STEPS.entries()) list.add(label, position < failed, reason);

  const issuer = jwt.ok ? jwt.value.claims.iss : undefined;
  list.add("Issuer: iss is the Identity Provider", issuer === expected.issuer, "iss is somebody else");
  const party = jwt.ok ? checkParty(trust.idp, jwt.value.chain.leaf, now) : refuse("jwt_signature");
  list.add(
    "Participant: the registry lists the Identity Provider as active, with this certificate",
    party.ok,
    party.ok ? "" : party.failure.reason,
  );
  for (const { name, holds, label } of expected.claims) {
    const value = jwt.ok ? jwt.value.payload[name] : undefined;
    list.add(label, value !== undefined && holds(value), `${name} is another, or missing`);
  }
  return { text, ...read(text), checks: list.checks, genuine: list.allHeld };
}

/** For display alone. */
function read(text: string): { header: JsonObject; payload: JsonObject } {
  try {
    return { header: decodeProtectedHeader(text) as JsonObject, payload: decodeJwt(text) };
  } catch {
    return { header: {}, payload: {} };
  }
}
