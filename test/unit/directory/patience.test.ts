/** What is asked again when the database was busy or away, and what never is. */
import { describe, expect, test } from "vitest";
import type { Database } from "../../../src/directory/human.ts";
import { type Patience, patient } from "../../../src/directory/patience.ts";

const PATIENCE: Patience = { pauses: [0, 0], wroteNothing: (message) => message.includes("BUSY") };

/** Fails as often as told, with one message; notes what reached it. */
function createDatabase(failures: number, message: string) {
  const calls: string[] = [];
  let left = failures;
  const answer = async (call: string) => {
    calls.push(call);
    if (left-- > 0) throw new Error(message);
    return call;
  };
  const statement = (sql: string): object => ({
    sql,
    bind: (...values: unknown[]) => statement(`${sql} ${values.join()}`),
    first: () => answer(`first ${sql}`),
    all: () => answer(`all ${sql}`),
    run: () => answer(`run ${sql}`),
  });
  const database = {
    prepare: statement,
    batch: (statements: { sql: string }[]) => answer(statements.map(({ sql }) => sql).join("; ")),
  };
  return { calls, database: patient(database as unknown as Database, PATIENCE) };
}

const READ = "SELECT 1";
const WRITE = "UPDATE x SET y = 1";

describe("one statement", () => {
  test.each([
    ["a read, whatever the reason", READ, "connection lost", 2, 3, true],
    ["a read, not for ever", READ, "connection lost", 3, 3, false],
    ["a write that found the database busy", WRITE, "SQLITE_BUSY", 2, 3, true],
    ["a write that may have happened, never", WRITE, "connection lost", 1, 1, false],
  ])("%s", async (_, sql, message, failures, tries, succeeds) => {
    for (const method of ["first", "all", "run"] as const) {
      const { calls, database } = createDatabase(failures, message);
      const asked = database.prepare(sql).bind(7)[method]();
      if (succeeds) expect(await asked).toBe(`${method} ${sql} 7`);
      else await expect(asked).rejects.toThrow(message);
      expect(calls).toHaveLength(tries);
    }
  });
});

describe("a batch", () => {
  test.each([
    ["of reads is asked again", [READ, READ], 3],
    ["with a write is not", [READ, WRITE], 1],
  ])("%s", async (_, sqls, tries) => {
    const { calls, database } = createDatabase(9, "connection lost");
    const batch = database.batch(sqls.map((sql) => database.prepare(sql)));
    await expect(batch).rejects.toThrow("connection lost");
    expect(calls).toEqual(Array(tries).fill(sqls.join("; ")));
  });
});
