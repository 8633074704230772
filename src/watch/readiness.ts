/** What is known of one isolate's readiness: plain data, since no request may wait for the I/O of another. */

export const CHECKS = ["registry", "directory", "certificate"] as const;
/** `stale`: the registry is out of reach, and its last word still counts (`TRUST_STALE_SECONDS`) */
export type Verdict = "ok" | "stale" | "failed";
export type Checks = Readonly<Record<(typeof CHECKS)[number], Verdict>>;

/** Times are seconds since 1970. */
export interface LatestReadiness {
  checks?: Checks;
  checkedAt?: number;
  /** a check that began then is under way, or its request did not live to end it */
  begunAt?: number | undefined;
}
