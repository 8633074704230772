/**
 * `npm test [-- VITEST ARGS]`: the checks, then every test. Owns the order, and the counts it leaves in
 * `coverage/results.json` for whoever wants to read them by machine.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "./check.ts";
import { ROOT } from "./runtime.ts";

const folder = join(ROOT, "coverage");
const report = join(folder, "vitest.json");
const results = join(folder, "results.json");

mkdirSync(folder, { recursive: true });
rmSync(report, { force: true });
rmSync(results, { force: true });

console.log("Checks");
const checks = check();
const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
// Of a part of the tests it would say nothing.
const measure = process.argv.length > 2 ? [] : ["--coverage"];
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", ...measure, ...reporters, ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: "inherit",
  },
);

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}
const tests = JSON.parse(readFileSync(report, "utf8")) as Report;
// A file that could not even be loaded has no tests to fail: it counts as one.
const broken = tests.testResults.filter(
  (it) => it.status === "failed" && it.assertionResults.length === 0,
).length;
const passed = checks.passed + tests.numPassedTests;
let failed = checks.failed + tests.numFailedTests + broken;
if (status !== 0 && failed === 0) failed = 1; // such as an error outside any test
writeFileSync(results, JSON.stringify({ passed, failed }));
if (checks.failed > 0) console.log(`${checks.failed} of the checks failed: see the top.`);
process.exitCode = failed > 0 ? 1 : 0;
