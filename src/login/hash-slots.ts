/**
 * Hash slots: how many passwords one isolate hashes at once (threat: resource exhaustion; each takes 16 MiB and some
 * 150 ms). Owns the waiting, and its end: who waits too long is told to come again, and has not guessed.
 *
 * Requests may not wait for each other's promises, so those in line look again and again. A request that its client
 * left is never heard of again, not even in `finally`: a slot is therefore a lease.
 */
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";

const SLOTS = 2;
const WAIT_MS = 2000;
const POLL_MS = 20;
const LEASE_SECONDS = 5; // many times what a hash takes
const RETRY_AFTER_SECONDS = 5;

export interface HashSlots {
  /** Does the work in a slot, or refuses when none was free for too long. */
  run<T>(work: () => Promise<T>, now: () => EpochSeconds): Promise<Result<T>>;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export function createHashSlots(slots = SLOTS, waitMs = WAIT_MS): HashSlots {
  const leases = new Set<{ readonly until: EpochSeconds }>();
  const isFree = (now: EpochSeconds): boolean => {
    for (const lease of leases) if (now >= lease.until) leases.delete(lease);
    return leases.size < slots;
  };
  return {
    run: async (work, now) => {
      let late = false;
      const patience = setTimeout(() => {
        late = true;
      }, waitMs);
      try {
        while (!isFree(now())) {
          if (late) return refuse("busy", { retryAfter: RETRY_AFTER_SECONDS });
          await pause(POLL_MS);
        }
        const lease = { until: now() + LEASE_SECONDS };
        leases.add(lease);
        try {
          // The hash blocks the isolate. One turn before it, or nobody would ever see that the slot is taken, and
          // requests would line up behind it unseen and without end.
          await pause(0);
          return ok(await work());
        } finally {
          leases.delete(lease);
        }
      } finally {
        clearTimeout(patience);
      }
    },
  };
}

/** Those of this isolate: every hash of a password goes through here. */
export const hashSlots: HashSlots = createHashSlots();
