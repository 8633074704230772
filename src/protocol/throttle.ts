/**
 * Throttle: the rule that limits tries at signing in. Owns how a counter changes with each try, and when it is over;
 * where counters live is the store's, whose they are is `login/throttle`'s.
 *
 * A try counts as failed from the moment it is admitted, so that tries that are under way at the same time count too:
 * however many come at once, no span of `windowSeconds` sees more than `limit` of them admitted, other than those
 * that proved right.
 */
import type { EpochSeconds } from "./time.ts";

export interface ThrottleRule {
  readonly limit: number;
  readonly windowSeconds: number;
  /** the last try that the limit allows shuts the counter for this long; 0: it admits again as old tries pass */
  readonly lockSeconds: number;
}

export interface Counter {
  /** when each try that counts was taken, oldest first; never more than the limit */
  readonly tries: readonly EpochSeconds[];
  /** 0 when it is not locked */
  readonly lockedUntil: EpochSeconds;
  /** from when on it says no more than an empty one */
  readonly overAt: EpochSeconds;
}

export type Admission =
  | { readonly admitted: true }
  /** @property retryAfter seconds to wait, at least 1 */
  | { readonly admitted: false; readonly retryAfter: number };

/** Takes one try. A refused one changes nothing: knocking on a locked door does not keep it locked. */
export function admit(
  counter: Counter | undefined,
  rule: ThrottleRule,
  now: EpochSeconds,
): { readonly admission: Admission; readonly next: Counter | undefined } {
  const refused = (until: EpochSeconds) => ({
    admission: { admitted: false, retryAfter: Math.max(1, until - now) } as const,
    next: counter,
  });
  const { tries = [], lockedUntil = 0 } = counter ?? {};
  if (now < lockedUntil) return refused(lockedUntil);
  // Who has sat a lock out begins anew, even where the lock is shorter than the window.
  const counting = lockedUntil > 0 ? [] : tries.filter((at) => now < at + rule.windowSeconds);
  // The one whose passing makes room. More than one may have to pass after the limit was lowered.
  const inTheWay = counting[counting.length - rule.limit];
  if (inTheWay !== undefined) return refused(inTheWay + rule.windowSeconds);
  const next = [...counting, now];
  const locks = rule.lockSeconds > 0 && next.length >= rule.limit;
  return {
    admission: { admitted: true },
    next: {
      tries: next,
      lockedUntil: locks ? now + rule.lockSeconds : 0,
      overAt: now + Math.max(rule.windowSeconds, locks ? rule.lockSeconds : 0),
    },
  };
}

/** Takes one admitted try back: it was right, or nothing was tried after all. With it goes the lock it helped to set. */
export function giveBack(counter: Counter | undefined, takenAt: EpochSeconds): Counter | undefined {
  const position = counter?.tries.indexOf(takenAt) ?? -1;
  if (counter === undefined || position < 0) return counter; // it counts no more anyway
  const tries = counter.tries.toSpliced(position, 1);
  return tries.length === 0 ? undefined : { ...counter, tries, lockedUntil: 0 };
}
