/**
 * `npm run mutate [-- FOLDER…]`: changes the pure folders in thousands of small ways and looks whether a test of that
 * folder notices. Run by hand; the tester is installed below `test/mutation` at first use. Owns the runs and the summary;
 * what survived is judged in `test/mutation/README.md`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./runtime.ts";

const FOLDERS = ["delegation", "jwt", "trust", "protocol"];
const LEAST = 85;

const place = join(ROOT, "test", "mutation");
const stryker = join(place, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
const config = join("test", "mutation", "stryker.config.json");
const report = join(ROOT, "coverage", "mutation.json");

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}
interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !FOLDERS.includes(name));
if (unknown !== undefined) {
  console.error(`There is no folder ${unknown}: ${FOLDERS.join(", ")}.`);
  process.exit(1);
}
install();
const table: Record<string, { killed: number; survived: number; score: number }> = {};
for (const folder of asked.length > 0 ? asked : FOLDERS) table[folder] = mutate(folder);
console.table(table);
process.exitCode = Object.values(table).every(({ score }) => score >= LEAST) ? 0 : 1;

function install(): void {
  if (existsSync(stryker)) return;
  console.log("Installing the mutation tester …");
  const args = [
    "ci",
    "--legacy-peer-deps",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  if (spawnSync("npm", args, { cwd: place, stdio: "inherit" }).status !== 0) process.exit(1);
}

function mutate(folder: string) {
  const env = { ...process.env, MUTATED_FOLDER: folder };
  const args = [stryker, "run", config, "--mutate", `src/${folder}/**/*.ts`];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit", env });
  if (status !== 0) process.exit(1);
  const { files } = JSON.parse(readFileSync(report, "utf8")) as Report;
  let killed = 0;
  let survived = 0;
  for (const [file, { mutants }] of Object.entries(files)) {
    for (const mutant of mutants) {
      if (mutant.status === "Killed" || mutant.status === "Timeout") killed++;
      if (mutant.status !== "Survived" && mutant.status !== "NoCoverage") continue;
      survived++;
      const { location, mutatorName, replacement = "" } = mutant;
      console.log(
        `${mutant.status} ${file}:${location.start.line} ${mutatorName} ${JSON.stringify(replacement)}`,
      );
    }
  }
  return { killed, survived, score: Number(((100 * killed) / (killed + survived)).toFixed(1)) };
}
