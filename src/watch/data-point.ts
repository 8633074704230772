/**
 * One data point per request for Workers Analytics Engine, where it is bound as `METRICS`. Owns which column holds what:
 * `docs/dashboard.json` asks for them by these numbers, so none is ever given another meaning.
 */
import type { Log } from "../log.ts";
import type { Answered } from "./answered.ts";

/** `blob1` and so on, in this order; an absent value is an empty string. */
export const BLOBS = ["endpoint", "method", "event", "reason", "party", "cache"] as const;
/** `double1`: milliseconds; `double2`: the HTTP status */
export const DOUBLES = ["duration", "status"] as const;

/** The platform takes an index of at most 96 bytes; party ids are the longest of the rest. */
const MAX_LENGTH = 96;

/** The engine samples each index by itself, so a busy endpoint does not hide a quiet one. */
export function writeDataPoint(dataset: AnalyticsEngineDataset, answered: Answered, log: Log): void {
  try {
    dataset.writeDataPoint({
      indexes: [answered.endpoint.slice(0, MAX_LENGTH)],
      blobs: BLOBS.map((name) => (answered[name] ?? "").slice(0, MAX_LENGTH)),
      doubles: DOUBLES.map((name) => answered[name]),
    });
  } catch (error) {
    log.warn("metrics_unwritten", { cause: error instanceof Error ? error.name : "unknown" });
  }
}
