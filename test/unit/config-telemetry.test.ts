/** Where telemetry goes: off by default, to https only, with headers that no problem and no log ever shows. */
import { beforeAll, describe, expect, test } from "vitest";
import { createSettings, type Settings } from "../support/settings.ts";

let configOf: Settings["configOf"];
let problemsOf: Settings["problemsOf"];
beforeAll(async () => {
  ({ configOf, problemsOf } = await createSettings());
});

test("nowhere, unless it is said", async () => {
  expect((await configOf()).otlp).toBeUndefined();
  expect((await configOf({ OTLP_HEADERS: "authorization=x" })).otlp).toBeUndefined();
});

test("to a base URL, with headers spelled as OpenTelemetry does", async () => {
  const { otlp } = await configOf({
    OTLP_ENDPOINT: "https://otlp.example/collect/",
    OTLP_HEADERS: "Authorization=Basic%20YTpi, x-tenant = a%2Cb=c,",
  });
  expect(otlp).toEqual({
    url: "https://otlp.example/collect",
    headers: { authorization: "Basic YTpi", "x-tenant": "a,b=c" },
  });
});

test.each(["http://otlp.example", "otlp.example", "https://a:b@otlp.example", "https://otlp.example?x=1"])(
  "not to %s",
  async (OTLP_ENDPOINT) => {
    expect(await problemsOf({ OTLP_ENDPOINT })).toEqual([
      "OTLP_ENDPOINT must be an https URL (http only to this machine)",
    ]);
  },
);

describe("a header", () => {
  test.each([
    "secret",
    "=secret",
    "a b=secret",
    "x-a=",
    "x-a=secret%",
    "x-a=secret%0d%0ax-b=1",
    "x-a=secret%00",
    "x-a=s\u00e9cret",
    "content-type=secret",
    "Host=secret",
  ])("%j is refused by its place, not by its value", async (text) => {
    const problems = await problemsOf({
      OTLP_ENDPOINT: "https://otlp.example",
      OTLP_HEADERS: `x-ok=1,${text}`,
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^OTLP_HEADERS: entry 2 is not /);
    expect(problems[0]).not.toContain("secret");
  });
});
