/**
 * Answered requests as OpenTelemetry's server spans and its histogram of durations, by the HTTP semantic conventions. The
 * only importer of the OTLP serialiser. Loaded when something is to be delivered, not before.
 */
import { JsonMetricsSerializer, JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { Answered, Call } from "./answered.ts";

type Span = Parameters<typeof JsonTraceSerializer.serializeRequest>[0][number];
type ResourceMetrics = Parameters<typeof JsonMetricsSerializer.serializeRequest>[0];
type Attributes = Readonly<Record<string, string | number>>;

const SCOPE = { name: "ishare-idp" };
const KIND = { server: 1, client: 2 } as const;
const SAMPLED = 1;
const STATUS = { unset: 0, error: 2 } as const;
const DELTA = 0;
const HISTOGRAM = 0;
const DOUBLE = 1;
/** seconds, as the conventions advise for `http.server.request.duration` */
export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export function encodeSpans(batch: readonly Answered[], service: Attributes): Uint8Array {
  const resource = resourceOf(service);
  return must(JsonTraceSerializer.serializeRequest(batch.flatMap((it) => spansOf(it, resource))));
}

/**
 * What this isolate saw since its last delivery: delta temporality, so that whoever adds them up has the whole, and no
 * count of one isolate passes for that of all.
 * @param now milliseconds since 1970
 */
export function encodeMetrics(batch: readonly Answered[], service: Attributes, now: number): Uint8Array {
  const startedAt = batch.reduce((first, it) => Math.min(first, it.startedAt), now);
  const groups = Map.groupBy(batch, (it) => JSON.stringify(measured(it)));
  const dataPoints = [...groups].map(([attributes, members]) => ({
    startTime: hrTime(startedAt),
    endTime: hrTime(now),
    attributes: JSON.parse(attributes) as Attributes,
    value: histogramOf(members.map(({ duration }) => duration / 1000)),
  }));
  const metric = {
    descriptor: {
      name: "http.server.request.duration",
      description: "Duration of HTTP server requests.",
      unit: "s",
      valueType: DOUBLE,
    },
    aggregationTemporality: DELTA,
    dataPointType: HISTOGRAM,
    dataPoints,
  };
  const metrics = { resource: resourceOf(service), scopeMetrics: [{ scope: SCOPE, metrics: [metric] }] };
  return must(JsonMetricsSerializer.serializeRequest(metrics as unknown as ResourceMetrics));
}

/** The request as a server span, and below it a client span for each call to somebody else. */
function spansOf(answered: Answered, resource: Span["resource"]): Span[] {
  const { correlationId, parentId, endpoint, method, status, party, event } = answered;
  // Sixteen random bytes, as a trace's id is: who has one has the other.
  const traceId = answered.traceId ?? correlationId.replaceAll("-", "");
  const context = (spanId: string, isRemote: boolean) => ({ traceId, spanId, traceFlags: SAMPLED, isRemote });
  const build = (
    name: string,
    kind: number,
    own: ReturnType<typeof context>,
    parent: ReturnType<typeof context> | undefined,
    { startedAt, duration }: Call | Answered,
    attributes: Attributes,
    code: number = STATUS.unset,
  ): Span => {
    const span = {
      ...{ name, kind, attributes, resource, status: { code }, instrumentationScope: SCOPE },
      ...{ spanContext: () => own, ...(parent === undefined ? {} : { parentSpanContext: parent }) },
      ...{ startTime: hrTime(startedAt), endTime: hrTime(startedAt + duration), ended: true },
      ...{ links: [], events: [], droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
    };
    return span as unknown as Span;
  };
  const own = context(hex(8), false);
  const caller = parentId === undefined ? undefined : context(parentId, true);
  const attributes = {
    ...measured(answered),
    ...{ "ishare.correlation_id": correlationId, "ishare.event": event },
    ...(party === undefined ? {} : { "ishare.party": party }),
  };
  const code = status >= 500 ? STATUS.error : STATUS.unset;
  return [
    build(`${method} ${endpoint}`, KIND.server, own, caller, answered, attributes, code),
    ...answered.calls.map((call) => build(call.name, KIND.client, context(hex(8), false), own, call, {})),
  ];
}

/** Of few values each, so that they may tell series of a metric apart. */
function measured({ method, endpoint, status, reason, cache }: Answered): Attributes {
  return {
    "http.request.method": method === "other" ? "_OTHER" : method,
    "http.route": endpoint,
    "http.response.status_code": status,
    ...(reason === undefined ? {} : { "ishare.reason": reason }),
    ...(cache === undefined ? {} : { "ishare.cache": cache }),
    ...(status >= 500 ? { "error.type": String(status) } : {}),
  };
}

function histogramOf(values: readonly number[]) {
  const counts = Array<number>(BOUNDS.length + 1).fill(0);
  for (const value of values) {
    const above = BOUNDS.findIndex((bound) => value <= bound);
    const bucket = above < 0 ? BOUNDS.length : above;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const sum = values.reduce((total, value) => total + value, 0);
  return { buckets: { boundaries: BOUNDS, counts }, count: values.length, sum, min, max };
}

const resourceOf = (attributes: Attributes) => ({ attributes }) as unknown as Span["resource"];

const hrTime = (ms: number): [number, number] => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];

const hex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (it) => it.toString(16).padStart(2, "0")).join(
    "",
  );

function must(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error("the serialiser gave nothing");
  return bytes;
}
