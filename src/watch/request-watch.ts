/**
 * What is said of one request when it is answered: its line in the log, its data point, its span, and if it was refused,
 * what the console shows. Owns which members they share and that each holds ids and constants only. Where they go is for the
 * files beside it; none of them can slow or fail the request.
 *
 * Durations: the platform stops the clock between one wait for I/O and the next, so in production they tell how long a
 * request waited, and next to nothing of what it computed. The local runtime's clock runs on.
 */

import { createRequestLog, type Log, type LogData } from "../log.ts";
import { type Answered, CACHE_OUTCOMES, type CacheOutcome, type Call } from "./answered.ts";
import { writeDataPoint } from "./data-point.ts";
import type { Telemetry } from "./otlp.ts";
import { type Refusals, refusalOf } from "./refusals.ts";
import { parseTraceparent } from "./trace-context.ts";

export interface RequestWatch {
  readonly log: Log;
  /** a look-up in the registry's cache */
  noteCache(outcome: CacheOutcome): void;
  /** Makes a call that the request waits for, and notes how long it took. @param name a constant */
  time<T>(name: string, call: () => Promise<T>): Promise<T>;
  /** Once, when the answer is there. */
  finish(endpoint: string, method: string, status: number): void;
}

export interface WatchOptions {
  readonly correlationId: string;
  readonly traceparent: string | null;
  /** milliseconds since 1970 */
  readonly clock: () => number;
  readonly dataset: AnalyticsEngineDataset | undefined;
  readonly telemetry: Telemetry | undefined;
  readonly refusals: Refusals;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

// Any token may be a method: only these are names.
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

export function watchRequest(options: WatchOptions): RequestWatch {
  const { correlationId, clock, dataset, telemetry } = options;
  const startedAt = clock();
  const trace = parseTraceparent(options.traceparent);
  const traceId = trace?.traceId;
  const log = createRequestLog(traceId === undefined ? { correlationId } : { correlationId, traceId });
  let cache: CacheOutcome | undefined;
  const calls: Call[] = [];
  return {
    log,
    noteCache: (outcome) => {
      if (CACHE_OUTCOMES.indexOf(outcome) > (cache === undefined ? -1 : CACHE_OUTCOMES.indexOf(cache)))
        cache = outcome;
    },
    time: async (name, call) => {
      const begunAt = clock();
      try {
        return await call();
      } finally {
        calls.push({ name, startedAt: begunAt, duration: Math.max(0, clock() - begunAt) });
      }
    },
    finish: (endpoint, given, status) => {
      const duration = Math.max(0, clock() - startedAt);
      const method = METHODS.includes(given) ? given : "other";
      const line = log.finish(status >= 500 ? "warn" : "info", {
        ...{ endpoint, method, httpStatus: status, durationMs: duration, cache },
      });
      const reason = text(line, "reason");
      if (reason === undefined && dataset === undefined && telemetry === undefined) return;
      const answered: Answered = {
        ...{ correlationId, traceId, parentId: trace?.parentId },
        ...{ endpoint, method, status, startedAt, duration, cache, calls: [...calls] },
        ...{ event: text(line, "event") ?? "", reason, party: text(line, "party") },
      };
      if (reason !== undefined)
        options.refusals.add(refusalOf(reason, line, answered), log, options.waitUntil);
      if (dataset !== undefined) writeDataPoint(dataset, answered, log);
      telemetry?.add(answered, log, options.waitUntil);
    },
  };
}

function text(line: LogData, name: string): string | undefined {
  const value = line[name];
  return typeof value === "string" ? value : undefined;
}
