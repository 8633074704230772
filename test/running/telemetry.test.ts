/** Spans and metrics as a collector gets them from a running instance; and what a collector that errs costs: nothing. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Running, serveFunction, startRunning } from "../support/running.ts";
import { IDP_ID, machineForm } from "../support/world.ts";

interface Attribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number;
    readonly doubleValue?: number;
  };
}
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number };
}
interface Point {
  readonly attributes: readonly Attribute[];
  readonly count: number;
  readonly sum: number;
  readonly bucketCounts: readonly number[];
  readonly explicitBounds: readonly number[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}
interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

const received: Received[] = [];
let answer: () => Promise<Response>;
let collector: Server;
let idp: Running;
beforeAll(async () => {
  const started = await serveFunction(async (request) => {
    const { pathname } = new URL(request.url);
    received.push({ path: pathname, headers: request.headers, body: await request.text() });
    return answer();
  });
  collector = started.server;
  idp = await startRunning({
    OTLP_ENDPOINT: `${started.url}/collect/`,
    OTLP_HEADERS: "authorization=Basic%20c2VjcmV0, x-tenant=ours",
  });
});
afterAll(async () => {
  await idp?.stop();
  collector?.closeAllConnections();
  collector?.close();
});
beforeEach(() => {
  answer = async () => Response.json({});
});

const token = async (headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${idp.url}/connect/token`, {
    method: "POST",
    headers,
    body: new URLSearchParams(await machineForm(idp.world.sp)),
  });
const bodies = (path: string) =>
  received.filter((it) => it.path === path).map(({ body }) => JSON.parse(body));
const spans = (): Span[] =>
  bodies("/collect/v1/traces").flatMap(({ resourceSpans }) => resourceSpans[0].scopeSpans[0].spans);
const points = (): Point[] =>
  bodies("/collect/v1/metrics").flatMap(
    ({ resourceMetrics }) => resourceMetrics[0].scopeMetrics[0].metrics[0].histogram.dataPoints,
  );
const ofToken = ({ attributes }: { readonly attributes: readonly Attribute[] }) =>
  valuesOf(attributes)["http.route"] === "/connect/token";

test("a request is a server span: in its caller's trace, with ids and constants only", async () => {
  const before = Date.now();
  const answered = await token({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
  expect(answered.status).toBe(200);
  await expect.poll(() => spans().filter(ofToken).length, { timeout: 15_000 }).toBe(1);
  const [span] = spans().filter(ofToken);
  const calls = spans().filter(({ parentSpanId }) => parentSpanId === span?.spanId);
  expect(calls.map(({ name, kind }) => [name, kind])).toEqual([
    ["registry trusted_list", 3], // SPAN_KIND_CLIENT
    ["registry party", 3],
  ]);
  for (const call of calls) {
    expect(call.traceId).toBe(TRACE);
    expect(BigInt(call.startTimeUnixNano) >= BigInt(span?.startTimeUnixNano ?? 0)).toBe(true);
    expect(BigInt(call.endTimeUnixNano) <= BigInt(span?.endTimeUnixNano ?? 0)).toBe(true);
  }
  expect(span).toMatchObject({
    traceId: TRACE,
    parentSpanId: "00f067aa0ba902b7",
    name: "POST /connect/token",
  });
  expect(span?.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(span?.kind).toBe(2); // SPAN_KIND_SERVER
  expect(span?.status.code).toBe(0);
  const [start, end] = [BigInt(span?.startTimeUnixNano ?? 0), BigInt(span?.endTimeUnixNano ?? 0)];
  expect(start >= BigInt(before - 1) * 1_000_000n && start <= end).toBe(true);
  expect(valuesOf(span?.attributes ?? [])).toEqual({
    "http.request.method": "POST",
    "http.route": "/connect/token",
    "http.response.status_code": 200,
    "ishare.event": "token_issued",
    "ishare.party": idp.world.sp.id,
    "ishare.cache": "registry",
    "ishare.correlation_id": answered.headers.get("x-correlation-id"),
  });
  const [{ resourceSpans }] = bodies("/collect/v1/traces");
  expect(valuesOf(resourceSpans[0].resource.attributes)).toMatchObject({
    "service.name": "ishare-idp",
    "ishare.idp": IDP_ID,
  });
  const headers = received[0]?.headers;
  expect(headers?.get("content-type")).toBe("application/json");
  expect(headers?.get("authorization")).toBe("Basic c2VjcmV0");
  expect(headers?.get("x-tenant")).toBe("ours");
});

test("without a caller's trace it begins one, which its correlation id names", async () => {
  received.length = 0;
  const id = (await token()).headers.get("x-correlation-id") ?? "";
  await expect.poll(() => spans().filter(ofToken).length, { timeout: 15_000 }).toBe(1);
  const [span] = spans().filter(ofToken);
  expect(span?.traceId).toBe(id.replaceAll("-", ""));
  expect(span).not.toHaveProperty("parentSpanId");
});

test("fifty requests are a delivery a second, and a histogram of what happened since the last", async () => {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  received.length = 0;
  const begun = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => (n % 5 === 0 ? fetch(`${idp.url}/connect/token`) : token())),
  );
  expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200, 405]));
  const counted = (status: number) =>
    points()
      .filter(({ attributes }) => valuesOf(attributes)["http.response.status_code"] === status)
      .reduce((sum, { count }) => sum + count, 0);
  const seconds = (performance.now() - begun) / 1000; // of which each has a delivery of both kinds at most
  await expect
    .poll(() => [counted(200), counted(405), spans().length], { timeout: 15_000 })
    .toEqual([40, 10, 50]);
  expect(received.length).toBeLessThanOrEqual(2 * (seconds + 3));
  for (const point of points()) {
    expect(point.bucketCounts).toHaveLength(point.explicitBounds.length + 1);
    expect(point.bucketCounts.reduce((sum, it) => sum + it, 0)).toBe(point.count);
    expect(BigInt(point.startTimeUnixNano) <= BigInt(point.timeUnixNano)).toBe(true);
    expect(valuesOf(point.attributes)).not.toHaveProperty("ishare.party"); // one series per party is too many
  }
  const [{ resourceMetrics }] = bodies("/collect/v1/metrics");
  const [metric] = resourceMetrics[0].scopeMetrics[0].metrics;
  expect([metric.name, metric.unit]).toEqual(["http.server.request.duration", "s"]);
  expect(metric.histogram.aggregationTemporality).toBe(1); // AGGREGATION_TEMPORALITY_DELTA
});

test("nothing that was sent to us is sent on", async () => {
  received.length = 0;
  const secret = "Zq7-secret-Zq7";
  await fetch(`${idp.url}/connect/token?code=${secret}`, {
    method: "POST",
    headers: { traceparent: secret, "user-agent": secret, authorization: `Bearer ${secret}` },
    body: new URLSearchParams({ code: secret, client_assertion: secret, client_id: secret }),
  });
  await fetch(`${idp.url}/${secret}`);
  await expect.poll(() => spans().length, { timeout: 15_000 }).toBe(2);
  expect(JSON.stringify(received.map(({ body }) => body))).not.toContain(secret);
});

test("a collector that refuses, hangs or redirects slows no request and fails none: one line says what is lost", async () => {
  const elsewhere = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  let led = 0;
  elsewhere.on("request", () => led++);
  const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
  const faults = [
    async () => new Response("no", { status: 503 }),
    async () => new Response(null, { status: 307, headers: { location } }),
    () => new Promise<Response>(() => undefined),
  ];
  for (const fault of faults) {
    answer = fault;
    const begun = performance.now();
    expect((await token()).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(1000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  const said = () =>
    idp
      .log()
      .split("\n")
      .filter((line) => line.includes('"telemetry_lost"'));
  await expect.poll(said, { timeout: 15_000 }).toHaveLength(1);
  expect(said()[0]).toContain('"cause":"status 503"');
  expect(said()[0]).not.toContain("c2VjcmV0");
  expect(led).toBe(0);
  elsewhere.close();
});
