/** The table of requirements names tests that exist. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const TESTS = join(import.meta.dirname, "..");
const table = readFileSync(join(TESTS, "conformance", "README.md"), "utf8");

const named = table.split("\n").flatMap((line) => {
  let file = "";
  return [...line.matchAll(/`([\w/-]+\.test\.tsx?)`|"([^"]+)"/g)].flatMap(([, path, title]) => {
    if (path !== undefined) file = path;
    return title === undefined || file === "" ? [] : [[file, title] as const];
  });
});

test("the table is read", () => {
  expect(named.length).toBeGreaterThan(50);
});

test.each(named)("%s has %j", (file, title) => {
  const source = readFileSync(join(TESTS, file), "utf8");
  expect(source.includes(JSON.stringify(title)), `${file} has no test ${title}`).toBe(true);
});
