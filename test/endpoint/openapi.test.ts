/** `/openapi.json` describes the paths there are, each with the methods it takes; what it leaves out is listed here. */
import { beforeAll, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { type Instance, ISSUER, startWorker } from "../support/worker.ts";

/** Only our own pages lead there: no interface, and they may change. */
const LEFT_OUT = [
  /^\/(account|admin)(\/|$)/,
  /^\/assets\//,
  /^\/login\/(totp|recovery|passkey|account|new-password)$/,
  /^\/(organisation|consent|reset|favicon\.ico)$/,
  /^\/scim\/v2\//, // describes itself: /Schemas, /ResourceTypes, /ServiceProviderConfig (RFC 7644 §4)
];

let idp: Instance;
let paths: Readonly<Record<string, object>>;
beforeAll(async () => {
  idp = await startWorker();
  const response = await idp.send(new Request(`${ISSUER}/openapi.json`));
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("public, max-age=3600");
  expect(response.headers.get("content-type")).toBe("application/json");
  const document = (await response.json()) as { paths: typeof paths; servers: unknown };
  expect(document.servers).toEqual([{ url: ISSUER }]);
  ({ paths } = document);
});

test("every path is described, or left out on purpose", () => {
  const all = [...new Set(createApp().routes.map(({ path }) => path))].filter((path) => path !== "/*");
  const leftOut = all.filter((path) => LEFT_OUT.some((it) => it.test(path)));
  expect(all.filter((path) => !leftOut.includes(path)).sort()).toEqual(Object.keys(paths).sort());
  expect(leftOut.length).toBeGreaterThan(15);
});

test("with the methods that it takes", async () => {
  for (const [path, methods] of Object.entries(paths)) {
    const response = await idp.send(new Request(ISSUER + path, { method: "PUT" }));
    expect(response.status).toBe(405);
    const allowed = response.headers.get("allow")?.toLowerCase().split(", ");
    expect([path, Object.keys(methods).sort()]).toEqual([path, allowed?.sort()]);
  }
});
