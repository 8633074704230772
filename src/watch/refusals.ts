/**
 * What requests were refused for, on its way to the console. Owns what of a request's line that is, and the isolate's part: a
 * bounded buffer in memory, delivered in the background, seconds apart, tried once. Strangers are refused by the
 * thousand, so no refusal is written by itself; what has no room, or is not taken, is counted.
 */
import type { Log, LogData } from "../log.ts";
import { putRefusal, type Refusal, type Room, type Shares } from "../protocol/refusal.ts";
import type { Answered } from "./answered.ts";
import { createPace, type WaitUntil } from "./pace.ts";

export interface Refusals {
  add(refusal: Refusal, log: Log, waitUntil: WaitUntil): void;
}

const PAUSE_MS = 5000;
/** Between two deliveries. */
export const ROOM_BETWEEN: Room = { total: 100, share: 25 };
const SAID_EVERY_MS = 60_000;
/** The platform ends work in the background after half a minute, and tells nobody. */
const PATIENCE_MS = 10_000;

function inTime(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DOMException("not taken in time", "TimeoutError");
    timer = setTimeout(() => reject(error), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * @param keep takes a batch, and how many more there were
 * @param clock milliseconds since 1970
 */
export function createRefusals(
  keep: (batch: readonly Refusal[], dropped: number) => Promise<void>,
  clock: () => number,
): Refusals {
  let buffer: Shares<Refusal> = new Map();
  let dropped = 0;
  let saidAt = Number.NEGATIVE_INFINITY;

  const deliver = createPace(PAUSE_MS, clock, async (log) => {
    const batch = [...buffer.values()].flat().sort((one, other) => one.at - other.at);
    const more = dropped;
    buffer = new Map();
    dropped = 0;
    try {
      await inTime(keep(batch, more));
    } catch (error) {
      dropped += batch.length + more;
      if (clock() - saidAt < SAID_EVERY_MS) return;
      saidAt = clock();
      const cause = error instanceof Error ? error.name : "unknown";
      log.warn("refusals_not_kept", { cause, refusals: dropped });
    }
  });

  return {
    add: (refusal, log, waitUntil) => {
      if (putRefusal(buffer, refusal, ROOM_BETWEEN) !== undefined) dropped++;
      deliver(log, waitUntil);
    },
  };
}

/** Members of a line that say more about its reason. Each is a number, or a name from a list of ours. */
const DETAILS = ["claim", "parameter", "scope", "certificate", "cause", "seconds"] as const;
/** Names a parameter as it was sent. */
const REPEATED = "parameter_repeated";

/** @param reason of that line */
export function refusalOf(reason: string, line: LogData, answered: Omit<Answered, "reason">): Refusal {
  const { correlationId, traceId, endpoint, method, status, startedAt, duration, party } = answered;
  const details = reason === REPEATED ? [] : DETAILS.filter((name) => line[name] !== undefined);
  const detail = details.map((name) => `${name} ${line[name]}`).join(", ");
  return {
    ...{ at: Math.floor((startedAt + duration) / 1000), correlationId, endpoint, method, status, reason },
    ...(traceId === undefined ? {} : { traceId }),
    ...(typeof line.answer === "string" ? { answer: line.answer } : {}),
    ...(detail === "" ? {} : { detail: detail.slice(0, 200) }),
    ...(party === undefined ? {} : { party: { id: party, proven: line.partyProven !== false } }),
  };
}
