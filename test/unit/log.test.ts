/** The log: one JSON line per event, at its level, with what every line of a request shares. */
import { afterEach, expect, test, vi } from "vitest";
import { createLog } from "../../src/log.ts";

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
