/**
 * What the platform's clock starts, every minute: the registry's answers are made fresh before a sign-in waits for them, and
 * what the audit log was told gets its place in the chain; and once a day, whose certificates of ours end soon.
 */
import { createDeps } from "./deps.ts";
import { warnOfEnds } from "./jwt/key-sets.ts";

/**
 * A configuration that is not in order is in the log, and nothing is asked. One thing that fails keeps no other back.
 * @param at milliseconds: the minute it is about
 */
export async function everyMinute(
  env: object,
  context: Pick<ExecutionContext, "waitUntil">,
  at: number,
): Promise<void> {
  const deps = await createDeps(env, (work) => context.waitUntil(work));
  if (deps === undefined) return;
  if (Math.floor(at / 60_000) % (24 * 60) === 0) warnOfEnds(deps.config.keySets, deps.now(), deps.log);
  const [refreshed] = await Promise.allSettled([deps.registry.refresh(), deps.audit.tick()]);
  if (refreshed.status === "rejected") throw refreshed.reason;
}
