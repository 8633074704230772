/**
 * Is this certificate revoked? (RFC 5280 §5, RFC 6960.) Owns what evidence says and for how long: evidence and time →
 * verdict. How evidence is read is for `crl` and `ocsp`, where it comes from for `registry/revocation`.
 */
import { type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Certificate } from "./certificate.ts";
import { type Element, must, readEnumerated } from "./der.ts";

/** A certificate and the one that proved to be its issuer: both from a chain that reached an anchor. */
export interface Link {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

export type Status =
  | { readonly kind: "good" }
  | { readonly kind: "revoked"; readonly at: EpochSeconds; readonly reason: RevocationReason }
  /** the responder knows nothing of this certificate: not good */
  | { readonly kind: "unknown" };

/** What an issuer, or who may speak for it, has signed about one certificate. */
export interface Evidence {
  readonly status: Status;
  readonly thisUpdate: EpochSeconds;
  /** when something newer will be there, at the latest */
  readonly nextUpdate: EpochSeconds;
}

export type Verdict = Status | { readonly kind: "unavailable" };

/** CRLReason, RFC 5280 §5.3.1, in the order of their numbers. */
const REASONS = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  undefined, // 7 is not used
  undefined, // removeFromCRL: for lists of changes, which are not read
  "privilegeWithdrawn",
  "aACompromise",
] as const;
export type RevocationReason = NonNullable<(typeof REASONS)[number]>;

/** Evidence that does not say when it ends holds for so long: it claims to be of this moment (RFC 6960 §2.4). */
const UNDATED_SECONDS = 600;

/** @param nextUpdate undefined when the evidence does not say */
export function dated(status: Status, thisUpdate: EpochSeconds, nextUpdate?: EpochSeconds): Evidence {
  const end = nextUpdate ?? thisUpdate + UNDATED_SECONDS;
  must(end >= thisUpdate);
  return { status, thisUpdate, nextUpdate: end };
}

/**
 * A hold counts as revoked. What was revoked once stays so until something newer says otherwise, or else whoever keeps
 * an issuer silent for long enough could bring a revoked certificate back.
 */
export function conclude(evidence: Evidence | undefined, now: EpochSeconds, skew: number): Verdict {
  if (evidence === undefined || isAhead(evidence, now, skew)) return { kind: "unavailable" };
  if (evidence.status.kind === "revoked") return evidence.status;
  return now < evidence.nextUpdate + skew ? evidence.status : { kind: "unavailable" };
}

export const isAhead = ({ thisUpdate }: Evidence, now: EpochSeconds, skew: number): boolean =>
  thisUpdate > now + skew;

/** The later word counts; of two of the same time, the one that revokes. */
export function isNewer(one: Evidence, other: Evidence | undefined): boolean {
  if (other === undefined || one.thisUpdate !== other.thisUpdate)
    return other === undefined || one.thisUpdate > other.thisUpdate;
  return (
    other.status.kind !== "revoked" && (one.status.kind === "revoked" || one.nextUpdate > other.nextUpdate)
  );
}

export function readReason(element: Element | undefined): RevocationReason {
  const reason = REASONS[readEnumerated(element)];
  must(reason !== undefined);
  return reason;
}

/** Runs a reader of evidence: what it can't read is no evidence, a string that is none included. */
export function strictly<T>(read: () => Result<T>): Result<T> {
  try {
    return read();
  } catch {
    return refuse("revocation_malformed");
  }
}
