/** Headers of every answer: safe by default, and an answer's own are kept. */
import { describe, expect, test } from "vitest";
import { addCommonHeaders, cacheable, pagePolicy } from "../../../src/http/headers.ts";

const add = (headers: HeadersInit = {}, secure = true) =>
  addCommonHeaders(new Response("x", { headers }), { secure }, "correlation-1");
const all = (response: Response) => Object.fromEntries(response.headers);

describe("common headers", () => {
  test("to the letter", () => {
    expect(all(addCommonHeaders(new Response(null), { secure: true }, "correlation-1"))).toEqual({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      "cache-control": "no-store",
      pragma: "no-cache",
      "x-correlation-id": "correlation-1",
    });
  });

  test("over http there is no HSTS, and nothing else is missing", () => {
    const { "strict-transport-security": _, ...rest } = all(add());
    expect(all(add({}, false))).toEqual(rest);
  });

  test("without a correlation id there is none", () => {
    expect(addCommonHeaders(new Response(null), { secure: true }).headers.has("x-correlation-id")).toBe(
      false,
    );
  });

  test.each([
    ["content-security-policy", "default-src 'self'"],
    ["referrer-policy", "same-origin"],
    ["x-frame-options", "SAMEORIGIN"],
    ["x-content-type-options", "other"],
  ])("an answer's own %s is kept", (name, value) => {
    expect(add({ [name]: value }).headers.get(name)).toBe(value);
  });

  test("what may be kept is not told not to be", () => {
    const kept = add(cacheable(300));
    expect(kept.headers.get("cache-control")).toBe("public, max-age=300");
    expect(kept.headers.has("pragma")).toBe(false);
  });

  test("status, body and every cookie stay", async () => {
    const response = new Response("body", { status: 418 });
    response.headers.append("set-cookie", "a=1; Path=/");
    response.headers.append("set-cookie", "b=2; Path=/");
    const added = addCommonHeaders(response, { secure: true });
    expect(added.status).toBe(418);
    expect(added.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2; Path=/"]);
    expect(await added.text()).toBe("body");
  });

  test("a redirect stays one", () => {
    const redirect = new Response(null, { status: 302, headers: { location: "https://sp.example/cb" } });
    const added = addCommonHeaders(redirect, { secure: true });
    expect([added.status, added.headers.get("location")]).toEqual([302, "https://sp.example/cb"]);
    expect(added.headers.get("cache-control")).toBe("no-store");
  });
});

describe("the policy of a page", () => {
  const directives = (allowLoopback: boolean) =>
    Object.fromEntries(
      pagePolicy("bm9uY2U=", allowLoopback)
        .split("; ")
        .map((it) => [it.slice(0, it.indexOf(" ")), it.slice(it.indexOf(" ") + 1)]),
    );

  test("nothing runs, loads or frames but what is ours", () => {
    expect(directives(false)).toEqual({
      "default-src": "'none'",
      "script-src": "'nonce-bm9uY2U='",
      "style-src": "'nonce-bm9uY2U='",
      "img-src": "'self'",
      "form-action": "'self' https:",
      "frame-ancestors": "'none'",
      "base-uri": "'none'",
    });
  });

  test("forms may end at this machine only where that is allowed", () => {
    expect(directives(true)["form-action"]).toMatch(/^'self' https: http:\/\/localhost:\*/);
    expect({ ...directives(true), "form-action": "" }).toEqual({ ...directives(false), "form-action": "" });
  });

  test("never unsafe", () => {
    for (const allowLoopback of [true, false])
      expect(pagePolicy("x", allowLoopback)).not.toMatch(/unsafe|data:|blob:| \*(;| |$)/);
  });
});
