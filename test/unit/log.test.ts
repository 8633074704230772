/** The log: one JSON line per event outside of requests, one per request, at its level, with what its lines share. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { createLog, createRequestLog } from "../../src/log.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(["info", "warn", "error"] as const)("%s", (level) => {
  const write = vi.spyOn(console, level).mockImplementation(() => undefined);
  createLog({ correlationId: "c-1" })[level]("refused", { reason: "jwt_alg", seconds: 3, cause: undefined });
  expect(write).toHaveBeenCalledTimes(1);
  const [line, ...more] = write.mock.calls[0] ?? [];
  expect(more).toEqual([]);
  expect(line).not.toContain("\n");
  expect(JSON.parse(String(line))).toEqual({
    level,
    event: "refused",
    correlationId: "c-1",
    reason: "jwt_alg",
    seconds: 3,
  });
});

test("a line stays one line, whatever is in it", () => {
  const write = vi.spyOn(console, "info").mockImplementation(() => undefined);
  createLog().info("x", { name: 'a\n{"level":"error"}\r\n' });
  expect(String(write.mock.calls[0]?.[0]).split(/[\r\n]/)).toHaveLength(1);
});

describe("a request", () => {
  const lines: Record<string, unknown>[] = [];
  const begin = () => {
    lines.length = 0;
    for (const level of ["info", "warn", "error"] as const)
      vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
    return createRequestLog({ correlationId: "c-1" });
  };

  test("without an event is one line", () => {
    begin().finish("info", { endpoint: "/health" });
    expect(lines).toEqual([{ level: "info", event: "request", correlationId: "c-1", endpoint: "/health" }]);
  });

  test("with several is one line, by the last, with the data of all; what is said of the request itself wins", () => {
    const log = begin();
    log.info("consent_skipped", { party: "p" });
    log.info("refused", { reason: "r", endpoint: "token" });
    expect(lines).toEqual([]);
    const line = log.finish("warn", { endpoint: "/connect/token" });
    const data = {
      event: "refused",
      party: "p",
      reason: "r",
      endpoint: "/connect/token",
      also: ["consent_skipped"],
    };
    expect(lines).toEqual([{ level: "warn", correlationId: "c-1", ...data }]);
    expect(line).toEqual(data);
  });

  test("does not hold back a warning, nor what comes after its line", () => {
    const log = begin();
    log.warn("registry_look_up_failed");
    log.error("unexpected");
    expect(lines.map(({ event }) => event)).toEqual(["registry_look_up_failed", "unexpected"]);
    log.finish("info", {});
    log.info("later", { correlationId: "c-1" });
    expect(lines.map(({ event }) => event).slice(2)).toEqual(["request", "later"]);
  });
});
