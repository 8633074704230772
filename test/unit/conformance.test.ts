/** The tables of requirements, and what SECURITY.md says of threats, name tests that exist; what is held names one. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const TESTS = join(import.meta.dirname, "..");
const TABLES = join(TESTS, "conformance");
const tables = readdirSync(TABLES).map((name) => readFileSync(join(TABLES, name), "utf8"));
const security = readFileSync(join(TESTS, "..", "SECURITY.md"), "utf8");

const REFERENCE = /`((?:unit|endpoint|store|running|browser)\/[\w/-]+(?:\.test)?\.tsx?)`|"([^"]+)"/g;
/** A title belongs to the file named before it in the same line. */
const referencesIn = (line: string): readonly (readonly [file: string, title: string | undefined])[] => {
  let file = "";
  return [...line.matchAll(REFERENCE)].flatMap(([, path, title]) => {
    if (path !== undefined) file = path;
    return file === "" ? [] : [[file, title] as const];
  });
};
const named = [...tables, security].flatMap((text) => text.split("\n").flatMap(referencesIn));
const titles = named.flatMap(([file, title]) => (title === undefined ? [] : [[file, title] as const]));

const rows = tables.flatMap((text) =>
  text
    .split("\n")
    .filter((line) => /^\| (?!-)/.test(line) && !/\| status +\|$/.test(line))
    .map((line) => [line, line.replace(/ *\|$/, "").split("| ").at(-1) ?? ""] as const),
);

test("the tables are read", () => {
  expect(titles.length).toBeGreaterThan(300);
  expect(rows.length).toBeGreaterThan(150);
});

test.each([...new Set(named.map(([file]) => file))])("there is %s", (file) => {
  expect(readFileSync(join(TESTS, file), "utf8")).toMatch(/^\/\*\*/);
});

test.each(titles)("%s has %j", (file, title) => {
  const source = readFileSync(join(TESTS, file), "utf8");
  expect(source.includes(JSON.stringify(title)), `${file} has no test ${title}`).toBe(true);
});

describe("each row says what is so", () => {
  test.each(rows)("%s", (line, status) => {
    expect(status).toMatch(/^(\*\*held\*\*(: \S.*)?|_(later|partly|not applicable)_(: \S.*)?)$/);
    // What is held, if only in part, is shown; what is not says why.
    if (/held|partly/.test(status))
      expect(referencesIn(line).some(([, title]) => title !== undefined)).toBe(true);
    if (/partly|not applicable/.test(status)) expect(status).toContain(": ");
  });
});
