/** Rules of the house that the dependency checker can't see: file sizes, headers, and Deps as a type only. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const filesBelow = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));

describe.each([
  ["src", 300],
  ["sandbox", 300],
  ["scripts", 300],
  ["test", 400],
] as const)("%s", (folder, limit) => {
  test.each(filesBelow(folder))("%s is short and says what it is for", (file) => {
    const source = readFileSync(join(ROOT, file), "utf8");
    expect(source.split("\n").length).toBeLessThanOrEqual(limit + 1);
    expect(source).toMatch(/^\/\*\*/);
  });
});

test.each(["oidc", "login", "http", "scim"].flatMap((folder) => filesBelow(`src/${folder}`)))(
  "%s sees Deps and Config as types only",
  (file) => {
    const imports =
      readFileSync(join(ROOT, file), "utf8").match(/^import [^;]*from "\.\.\/(deps|config)\.ts";/gm) ?? [];
    for (const line of imports) expect(line).toMatch(/^import type /);
  },
);

test("time is read in one place and in alarms", () => {
  const inTheWorker = filesBelow("src").filter((file) => !file.startsWith("src/pages/")); // those scripts run in browsers
  const readers = inTheWorker.filter((file) =>
    /Date\.now\(\)|new Date\(\)/.test(readFileSync(join(ROOT, file), "utf8")),
  );
  const alarms = ["grant", "login-counter", "recent-refusals", "refresh-gate", "replay-marks", "session"];
  expect(readers.sort()).toEqual(["src/deps.ts", ...alarms.map((name) => `src/store/${name}.ts`)]);
});

test("the project names nothing of the machine it was made on", () => {
  const all = ["src", "sandbox", "scripts", "test", "docs"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(tsx?|mjs|md|toml|sql)$/.test(name))
      .map((name) => join(folder, name)),
  );
  for (const file of all) {
    expect(readFileSync(join(ROOT, file), "utf8"), file).not.toMatch(new RegExp(["/wo", "rk/"].join("")));
  }
});
