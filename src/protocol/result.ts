/**
 * Result: how every expected refusal travels. Owns the shape only; what a refusal means is in `failure`.
 * Exceptions are left for bugs and outages.
 */
import type { Failure, FailureData, Reason } from "./failure.ts";

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** A refusal with its one reason. `data` goes to the log, never to the wire. */
export const refuse = (
  reason: Reason,
  data?: FailureData,
): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: data === undefined ? { reason } : { reason, data },
});
