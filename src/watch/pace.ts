/**
 * Work in the background that an isolate does at most once per pause, however many requests want it: a pause after the first
 * of them, for all that came until then.
 */
import type { Log } from "../log.ts";

export type WaitUntil = (work: Promise<unknown>) => void;
/** Sees to it that the work is done. */
export type Pace = (log: Log, waitUntil: WaitUntil) => void;

/** Work that its request did not live to do: the next request does it. */
const OVERDUE_MS = 10_000;

/**
 * @param clock milliseconds since 1970
 * @param work must not throw: nobody waits for it
 */
export function createPace(pauseMs: number, clock: () => number, work: (log: Log) => Promise<void>): Pace {
  let dueSince: number | undefined;
  const run = async (log: Log): Promise<void> => {
    await scheduler.wait(pauseMs);
    dueSince = undefined;
    await work(log);
  };
  return (log, waitUntil) => {
    if (dueSince !== undefined && clock() - dueSince < pauseMs + OVERDUE_MS) return;
    dueSince = clock();
    waitUntil(run(log));
  };
}
