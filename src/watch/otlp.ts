/**
 * Spans and metrics over OTLP/HTTP (JSON), where `OTLP_ENDPOINT` is set. Owns the isolate's buffer: at most one delivery
 * per second and isolate, tried once. What does not fit, or is not taken, is lost and said in the log:
 * telemetry costs a sign-in nothing. How a request looks as a span is `otlp-encode`'s, loaded when it is first needed.
 */
import type { Log } from "../log.ts";
import type { Answered } from "./answered.ts";
import { createPace, type WaitUntil } from "./pace.ts";

export interface OtlpTarget {
  /** base URL without a slash at its end: `/v1/traces` and `/v1/metrics` are below it (OTLP specification, OTLP/HTTP) */
  readonly url: string;
  /** secret */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Telemetry {
  add(answered: Answered, log: Log, waitUntil: WaitUntil): void;
}

const PAUSE_MS = 1000;
const TIMEOUT_MS = 5000;
/** About a second of one busy isolate. */
export const BUFFERED = 1000;
/** Encoding is work that other requests of the isolate wait for: some milliseconds at once. */
const SPANS_AT_ONCE = 200;
const SAID_EVERY_MS = 60_000;

/**
 * @param partyId of this Identity Provider
 * @param clock milliseconds since 1970
 */
export function createTelemetry(target: OtlpTarget, partyId: string, clock: () => number): Telemetry {
  const service = {
    "service.name": "ishare-idp",
    "service.instance.id": crypto.randomUUID(), // an isolate; it begins with the first request
    "ishare.idp": partyId,
  };
  let buffer: Answered[] = [];
  let lost = 0;
  let saidAt = Number.NEGATIVE_INFINITY;

  const deliver = createPace(PAUSE_MS, clock, async (log) => {
    const batch = buffer;
    buffer = [];
    let cause = await send(batch, target, service, clock);
    if (cause === undefined && lost === 0) return;
    cause ??= "buffer_full";
    lost += cause === "buffer_full" ? 0 : batch.length;
    if (clock() - saidAt < SAID_EVERY_MS) return;
    saidAt = clock();
    log.warn("telemetry_lost", { cause, requests: lost });
    lost = 0;
  });

  return {
    add: (answered, log, waitUntil) => {
      if (buffer.length < BUFFERED) buffer.push(answered);
      else lost++;
      deliver(log, waitUntil);
    },
  };
}

/** @returns why it was not taken, or undefined */
async function send(
  batch: readonly Answered[],
  target: OtlpTarget,
  service: Readonly<Record<string, string>>,
  clock: () => number,
): Promise<string | undefined> {
  if (batch.length === 0) return undefined;
  try {
    const { encodeMetrics, encodeSpans } = await import("./otlp-encode.ts");
    let cause = await post("/v1/metrics", encodeMetrics(batch, service, clock()), target);
    for (let from = 0; from < batch.length; from += SPANS_AT_ONCE) {
      const spans = encodeSpans(batch.slice(from, from + SPANS_AT_ONCE), service);
      cause = (await post("/v1/traces", spans, target)) ?? cause;
    }
    return cause;
  } catch (error) {
    return error instanceof Error ? error.name : "unknown";
  }
}

async function post(
  path: string,
  body: Uint8Array,
  { url, headers }: OtlpTarget,
): Promise<string | undefined> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: body as Uint8Array<ArrayBuffer>,
    redirect: "manual", // the headers are a secret of that collector's
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.ok ? undefined : `status ${response.status}`;
}
