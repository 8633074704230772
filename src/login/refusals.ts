/**
 * What the audit log is told of refusals: those that are about somebody whom the directory knows, and only so many per
 * human, for strangers make them. Owns that bound. What names nobody is in the log alone.
 */
import type { Deps } from "../deps.ts";
import { findByName } from "../directory/human.ts";

/** More than it takes to lock an account, and no way to fill a database. */
const PER_HUMAN = { limit: 20, windowSeconds: 900, lockSeconds: 0 };

type RefusalDeps = Pick<Deps, "audit" | "loginCounters" | "directory" | "now">;

export interface Refusal {
  readonly humanId: string;
  readonly reason: string;
  /** whose sign-in it was */
  readonly party?: string;
  readonly action?: string;
}

/** After the answer: nobody waits for it, or can tell from the time that it was written. */
export function noteRefusal(refusal: Refusal, deps: RefusalDeps): void {
  deps.audit.note(() => bounded(refusal, deps));
}

/** A name was refused without looking whose it is: locked, or nobody who may sign in. */
export function noteRefusedName(username: string, reason: string, party: string, deps: RefusalDeps): void {
  deps.audit.note(async () => {
    const human = await findByName(deps.directory, username);
    if (human === undefined) return undefined;
    return bounded({ humanId: human.id, reason: human.isActive ? reason : "inactive", party }, deps);
  });
}

async function bounded(
  { humanId, action = "sign-in.refuse", ...why }: Refusal,
  { loginCounters, now }: RefusalDeps,
) {
  const turn = await loginCounters.admit(`refusals:${humanId}`, PER_HUMAN, now());
  return turn.admitted ? { actor: "idp", action, subject: humanId, ...why } : undefined;
}
