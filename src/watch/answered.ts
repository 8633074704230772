/** One answered request, as the log, the metrics and the spans share it: ids and constants, nothing that was sent. */

/** Where the registry's answers came from; the slowest of a request counts. `stale`: it was asked in vain. */
export const CACHE_OUTCOMES = ["memory", "kv", "registry", "stale"] as const;
export type CacheOutcome = (typeof CACHE_OUTCOMES)[number];

/** A call to somebody else while the request waited. Milliseconds since 1970, and milliseconds. */
export interface Call {
  /** a constant */
  readonly name: string;
  readonly startedAt: number;
  readonly duration: number;
}

/** One answered request. Milliseconds since 1970, and milliseconds. */
export interface Answered {
  readonly correlationId: string;
  /** the caller's, if it sent one */
  readonly traceId: string | undefined;
  readonly parentId: string | undefined;
  /** the path of the route, never what was asked for; `other` for no route */
  readonly endpoint: string;
  readonly method: string;
  readonly status: number;
  readonly startedAt: number;
  readonly duration: number;
  readonly event: string;
  readonly reason: string | undefined;
  /** its id; in a refusal what it said, with a certificate of the scheme and a signature to match */
  readonly party: string | undefined;
  readonly cache: CacheOutcome | undefined;
  readonly calls: readonly Call[];
}
