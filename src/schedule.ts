/** What the platform's clock starts, every minute: the registry's answers are made fresh before a sign-in waits for them. */
import { createDeps } from "./deps.ts";

/** A configuration that is not in order is in the log, and nothing is asked. */
export async function refreshTrust(env: object, context: Pick<ExecutionContext, "waitUntil">): Promise<void> {
  const deps = await createDeps(env, (work) => context.waitUntil(work));
  await deps?.registry.refresh();
}
