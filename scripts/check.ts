/**
 * `npm run check`: format, lint, types, dependency rules, and a dry deployment within the bundle budget. Owns the list;
 * runs every step whatever the others say, so that one run shows all there is to mend.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { ROOT } from "./runtime.ts";

export const BUNDLE_BUDGET_KIB = 250;

interface Step {
  readonly name: string;
  /** what is wrong, or nothing */
  run(): string;
}

const bin = (name: string): string => join(ROOT, "node_modules", ".bin", name);

function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}` || `${command} ended with ${status}`;
}

const STEPS: readonly Step[] = [
  { name: "format and lint", run: () => run(bin("biome"), "ci", "--colors=off", "--error-on-warnings", ".") },
  { name: "types", run: () => run(bin("tsc"), "-p", ".") },
  {
    name: "dependency rules",
    run: () => run(bin("depcruise"), "--config", ".dependency-cruiser.mjs", "src", "sandbox", "scripts"),
  },
  { name: `deployment, at most ${BUNDLE_BUDGET_KIB} KiB`, run: dryDeployment },
];

function dryDeployment(): string {
  const out = mkdtempSync(join(tmpdir(), "ishare-idp-"));
  try {
    const problem = run(bin("wrangler"), "deploy", "--dry-run", "--minify", "--outdir", out);
    if (problem !== "") return problem;
    const kib = gzipSync(readFileSync(join(out, "index.js"))).length / 1024;
    console.log(`        ${kib.toFixed(1)} KiB gzip`);
    return kib <= BUNDLE_BUDGET_KIB ? "" : `The bundle has ${kib.toFixed(1)} KiB gzip.`;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** @returns how many steps passed and failed */
export function check(): { passed: number; failed: number } {
  let failed = 0;
  for (const { name, run: runStep } of STEPS) {
    const started = performance.now();
    const problem = runStep();
    if (problem !== "") failed++;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${problem === "" ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
    if (problem !== "") console.log(problem);
  }
  return { passed: STEPS.length - failed, failed };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.exitCode = check().failed > 0 ? 1 : 0;
