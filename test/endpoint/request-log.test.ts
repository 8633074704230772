/** One line per request in the log, one data point where the engine is bound: what they say, and what they never do. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Visitor } from "../support/visitor.ts";
import { type Instance, ISSUER, later, newUser, skipHashing, startWorker } from "../support/worker.ts";
import { authorizeForm, codeForm, machineForm, type Sp } from "../support/world.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp } = idp.world);
});
afterEach(() => {
  vi.useRealTimers();
  idp.world.registry.fault = undefined;
});

async function lineOf(request: Request, at: Instance = idp): Promise<Record<string, unknown>> {
  at.log();
  const response = await at.send(request);
  // A warning, such as one about a certificate's revocation, is a line of its own.
  const [line, ...more] = at.log().filter(({ event }) => event !== "revocation_unchecked");
  expect(more).toEqual([]);
  expect(line?.correlationId).toBe(response.headers.get("x-correlation-id"));
  expect(line?.httpStatus).toBe(response.status);
  expect(line?.durationMs).toBeGreaterThanOrEqual(0);
  return line ?? {};
}
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  new Request(ISSUER + path, { headers });
const post = (path: string, form: Readonly<Record<string, string>>) =>
  new Request(ISSUER + path, { method: "POST", body: new URLSearchParams(form) });

describe("the line", () => {
  test("of a plain request", async () => {
    expect(await lineOf(get("/v2.1/capabilities?token=secret"))).toMatchObject({
      ...{ level: "info", event: "request", endpoint: "/capabilities", method: "GET", httpStatus: 200 },
    });
  });

  test("of a token names the party, and where the registry's word came from", async () => {
    const fresh = idp.with({}); // an isolate that holds nothing yet
    const issued = { event: "token_issued", grant: "client_credentials", party: sp.id, method: "POST" };
    expect(await lineOf(post("/connect/token", await machineForm(sp)), fresh)).toMatchObject({
      ...{ ...issued, endpoint: "/connect/token", httpStatus: 200 },
      cache: expect.stringMatching(/^(kv|registry)$/),
    });
    expect(await lineOf(post("/oauth2.0/token", await machineForm(sp)), fresh)).toMatchObject({
      ...{ ...issued, endpoint: "/oauth2.0/token", cache: "memory" },
    });
    expect((await lineOf(post("/connect/token", await machineForm(sp)), idp.with({}))).cache).toBe("kv");
  });

  test("says when the registry's last word was used for want of a newer one", async () => {
    const own = idp.with({});
    later(0);
    await own.send(post("/connect/token", await machineForm(sp)));
    later(400);
    idp.world.registry.fault = "down";
    own.log();
    expect((await own.send(post("/connect/token", await machineForm(sp)))).status).toBe(200);
    expect(own.log().filter(({ event }) => event === "token_issued")).toEqual([
      expect.objectContaining({ cache: "stale" }),
    ]);
  });

  test("of a refusal has its reason", async () => {
    const form = { ...(await machineForm(sp)), client_assertion: "a.b.c" };
    const line = await lineOf(post("/connect/token", form));
    expect(line).toMatchObject({ event: "refused", endpoint: "/connect/token", httpStatus: 400 });
    expect(line.reason).toMatch(/^[a-z_]+$/);
    expect(line).not.toHaveProperty("party");
  });

  test.each([
    ["/nothing/of/mine?code=secret", "other", 404, "not_found"],
    ["/connect/token", "/connect/token", 405, "method_not_allowed"],
  ])("of %s is of %s", async (path, endpoint, httpStatus, reason) => {
    expect(await lineOf(new Request(ISSUER + path, { method: "DELETE" }))).toMatchObject({
      ...{ endpoint, httpStatus, reason, method: "DELETE" },
    });
  });

  test("of another host's request, too", async () => {
    expect(await lineOf(new Request("https://elsewhere.example/login"))).toMatchObject({
      ...{ endpoint: "other", httpStatus: 421, reason: "wrong_host" },
    });
  });

  test("of a method that nobody knows does not name it", async () => {
    expect((await lineOf(new Request(`${ISSUER}/login`, { method: "PROPFIND" }))).method).toBe("other");
  });

  test("is one for each request of a whole sign-in, userinfo included", async () => {
    const visitor = new Visitor(idp, await newUser());
    idp.log();
    const stop = await visitor.visit(sp);
    const lines = idp.log().filter(({ event }) => event !== "revocation_unchecked");
    const ids = lines.map(({ correlationId }) => correlationId);
    expect(ids.length).toBeGreaterThan(3);
    expect(new Set(ids).size).toBe(ids.length);
    const { accessToken } = await visitor.redeem(sp, stop);
    await visitor.userinfo(accessToken);
    expect(idp.log()).toEqual([
      expect.objectContaining({ event: "token_issued", party: sp.id }),
      expect.objectContaining({ event: "userinfo_asked", party: sp.id, endpoint: "/connect/userinfo" }),
    ]);
  });
});

describe("traceparent", () => {
  test("that is valid is in the line, and the correlation id stays ours", async () => {
    const line = await lineOf(get("/health", { traceparent: TRACEPARENT }));
    expect(line.traceId).toBe(TRACE);
    expect(line.correlationId).toMatch(/^[0-9a-f]{8}-/);
  });

  test("that is not is ignored", async () => {
    expect(await lineOf(get("/health", { traceparent: "secret" }))).not.toHaveProperty("traceId");
  });
});

describe("the data point", () => {
  const points: AnalyticsEngineDataPoint[] = [];
  const measured = (writeDataPoint = (point: AnalyticsEngineDataPoint): void => void points.push(point)) =>
    idp.with({ METRICS: { writeDataPoint } } as unknown as Record<string, string>);

  test("is one per request, in columns that stay what they are", async () => {
    const at = measured();
    points.length = 0;
    await at.send(post("/connect/token", await machineForm(sp)));
    await at.send(post("/connect/token", { ...(await machineForm(sp)), scope: "openid" }));
    expect(points).toEqual([
      {
        indexes: ["/connect/token"],
        blobs: ["/connect/token", "POST", "token_issued", "", sp.id, expect.any(String)],
        doubles: [expect.any(Number), 200],
      },
      {
        indexes: ["/connect/token"],
        blobs: ["/connect/token", "POST", "refused", expect.stringMatching(/^[a-z_]+$/), "", ""],
        doubles: [expect.any(Number), 400],
      },
    ]);
  });

  test("that can't be written costs a line and nothing else", async () => {
    const at = measured(() => {
      throw new RangeError("too much");
    });
    at.log();
    expect((await at.send(get("/health"))).status).toBe(200);
    expect(at.log()).toContainEqual(
      expect.objectContaining({ event: "metrics_unwritten", cause: "RangeError" }),
    );
  });

  test("holds nothing of what was sent", async () => {
    const at = measured();
    points.length = 0;
    const secret = "Zq7-secret-Zq7";
    for (const path of ["/login", "/connect/token", `/${secret}`, "/error", "/connect/authorize"]) {
      const form = { code: secret, username: secret, password: secret, request: secret };
      await at.send(post(`${path}?id=${secret}`, form));
      await at.send(get(`${path}?code=${secret}`, { "user-agent": secret, traceparent: secret }));
    }
    await at.send(post("/connect/token", await codeForm(sp, secret)));
    await at.send(post("/connect/authorize", { ...(await authorizeForm(sp)), scope: secret }));
    expect(points).toHaveLength(12);
    expect(JSON.stringify(points)).not.toContain(secret);
  });
});
