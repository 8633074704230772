/**
 * What the platform's clock starts, every minute: the registry's answers are made fresh before a sign-in waits for them, and
 * what the audit log was told gets its place in the chain.
 */
import { createDeps } from "./deps.ts";

/** A configuration that is not in order is in the log, and nothing is asked. One thing that fails keeps no other back. */
export async function everyMinute(env: object, context: Pick<ExecutionContext, "waitUntil">): Promise<void> {
  const deps = await createDeps(env, (work) => context.waitUntil(work));
  if (deps === undefined) return;
  const [refreshed] = await Promise.allSettled([deps.registry.refresh(), deps.audit.tick()]);
  if (refreshed.status === "rejected") throw refreshed.reason;
}
