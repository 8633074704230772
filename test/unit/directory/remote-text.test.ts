/** Statements written out for wrangler's command line: each value in its place, and nothing of it read as SQL. */
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { withValues } from "../../../scripts/remote-database.ts";

const sqlite = new DatabaseSync(":memory:");

test.each<[string, readonly (string | number | null)[]]>([
  ["SELECT ? AS a, ? AS b, ? AS c", ["it's", 1, null]],
  ["SELECT ?1 AS a, ?2 AS b, ?1 AS c", ["?1 ?2 ?", "'; DROP TABLE x; --"]],
  ["SELECT ?2 AS a, ?10 AS b, ?1 AS c", [1, 2, 3, 4, 5, 6, 7, 8, 9, "ten"]],
])("%s", (sql, values) => {
  expect(sqlite.prepare(withValues(sql, values)).get()).toEqual(sqlite.prepare(sql).get(...values));
});

test("a statement that lacks a value, or has one that is none, is not sent", () => {
  expect(() => withValues("SELECT ?, ?", [1])).toThrow("lacks");
  expect(() => withValues("SELECT ?2", [1])).toThrow("lacks");
  expect(() => withValues("SELECT ?", [Number.NaN])).toThrow("not a number");
  expect(() => withValues("SELECT ?", ["a\0b"])).toThrow("NUL");
});
