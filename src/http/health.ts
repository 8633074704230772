/**
 * `/health`: this code runs and its settings are sound. `/health/ready`: sign-ins would work. Owns what is looked at, for how
 * long, and how often strangers can have it looked at: anybody may ask, and asking costs a database query at most once in
 * a few seconds per isolate. Says names and yes or no; why is in the log.
 */
import type { Deps } from "../deps.ts";
import { endingSets, signingSet } from "../jwt/key-sets.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { CHECKS, type Checks, type Verdict } from "../watch/readiness.ts";
import { respondJson } from "./respond.tsx";

/** And which certificates of ours end within sixty days: whoever sees a token of ours can read as much on it. */
export function health(_request: Request, { config, now }: Pick<Deps, "config" | "now">): Response {
  const ends = endingSets(config.keySets, now());
  const ending = ends.map(({ set, until, days }) => ({ keys: set, until: toIso(until), days }));
  return respondJson({ status: "ok", ...(ending.length === 0 ? {} : { certificates_ending: ending }) });
}
const toIso = (at: EpochSeconds): string => new Date(at * 1000).toISOString();

/** Two seconds in all, whatever is out. */
export const CHECK_MS = 2000;
/** A verdict is handed out for so long. */
export const REUSED_SECONDS = 5;

const STANDING = { fresh: "ok", stale: "stale", unavailable: "failed" } as const;

type ReadyDeps = Pick<Deps, "config" | "registry" | "directory" | "now" | "log" | "readiness">;

export async function ready(_request: Request, deps: ReadyDeps): Promise<Response> {
  const checks = await currentChecks(deps);
  const failed = CHECKS.filter((name) => checks[name] === "failed");
  if (failed.length > 0) deps.log.info("not_ready", { failed });
  return respondReadiness(failed.length === 0, checks);
}

/** A sick configuration has no checks but itself. */
export const unconfigured = (): Response => respondReadiness(false, { configuration: "failed" });

const respondReadiness = (isReady: boolean, checks: Readonly<Record<string, Verdict>>): Response =>
  respondJson(
    { status: isReady ? "ready" : "not_ready", checks },
    isReady ? 200 : 503,
    isReady ? {} : { "retry-after": String(REUSED_SECONDS) },
  );

async function currentChecks(deps: ReadyDeps): Promise<Checks> {
  const { readiness, now } = deps;
  const isYoung = () => readiness.checkedAt !== undefined && now() - readiness.checkedAt < REUSED_SECONDS;
  const isUnderWay = () =>
    readiness.begunAt !== undefined && now() - readiness.begunAt <= Math.ceil(CHECK_MS / 1000);
  // Beside a check under way none is begun: a flood at a new isolate costs no more than one request.
  for (let waited = 0; !isYoung() && isUnderWay() && waited < CHECK_MS; waited += 50) await pause(50);
  if (isYoung() && readiness.checks !== undefined) return readiness.checks;
  readiness.begunAt = now();
  const [registry, directory] = await Promise.all([
    inTime(async () => STANDING[await deps.registry.standing()]),
    inTime(async () => {
      await deps.directory.prepare("SELECT 1").first();
      return "ok";
    }),
  ]);
  const at = now();
  const certificate = signingSet(deps.config.keySets, at) === undefined ? "failed" : "ok";
  readiness.checks = { registry, directory, certificate };
  readiness.checkedAt = at;
  readiness.begunAt = undefined;
  return readiness.checks;
}

async function inTime(check: () => Promise<Verdict>): Promise<Verdict> {
  const failed = () => "failed" as const;
  return Promise.race([check().catch(failed), pause(CHECK_MS).then(failed)]);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
