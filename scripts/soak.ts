/**
 * `npm run soak [-- --seconds 60]`: mixed traffic against a running instance, at 80 % of what it can do, with the registry
 * out for the middle third. Counts wrong answers; leaves the result in `bench/soak.json`. Run by hand.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRunning } from "../test/support/running.ts";
import { createTraffic, type Kind, type Outcome } from "../test/support/traffic.ts";
import { ROOT } from "./runtime.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const seconds = Math.max(6, Number(values.seconds) || 60);
const MEASURE_SECONDS = 10;
const PARALLEL = 8;
/** short, so that the registry is asked, and found out, again and again */
const FRESH_SECONDS = 3;

const idp = await startRunning({ TRUST_FRESH_SECONDS: String(FRESH_SECONDS) });
const traffic = await createTraffic(idp);
const outcomes: Outcome[] = [];

console.log(`Measuring for ${MEASURE_SECONDS} s how much it can do …`);
const until = performance.now() + MEASURE_SECONDS * 1000;
let done = 0;
const loop = async () => {
  while (performance.now() < until) {
    outcomes.push(await traffic.next());
    done++;
  }
};
await Promise.all(Array.from({ length: PARALLEL }, loop));
const capacity = done / MEASURE_SECONDS;
const rate = capacity * 0.8;
console.log(`${capacity.toFixed(1)} operations/s; going on with ${rate.toFixed(1)} for ${seconds} s.`);

outcomes.length = 0;
const begun = performance.now();
const pending = new Set<Promise<void>>();
let fault = "none";
for (let count = 0; count < rate * seconds; count++) {
  const due = begun + (count / rate) * 1000;
  const wait = due - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  const third = (performance.now() - begun) / 1000 / (seconds / 3);
  const now = third >= 1 && third < 2 ? "down" : "none";
  if (now !== fault) {
    fault = now;
    idp.registry.fault = now === "down" ? "down" : undefined;
    console.log(
      `${((performance.now() - begun) / 1000).toFixed(0)} s: the registry is ${now === "down" ? "out" : "back"}`,
    );
  }
  const one: Promise<void> = traffic.next().then((outcome) => {
    outcomes.push(outcome);
    pending.delete(one);
  });
  pending.add(one);
}
await Promise.all(pending);
await idp.stop();

const kinds = [...new Set(outcomes.map(({ kind }) => kind))].sort();
const table = Object.fromEntries(kinds.map((kind) => [kind, summarise(kind)]));
const wrong = outcomes.filter((it) => it.wrong !== undefined);
const errors = outcomes.filter(({ statuses }) => statuses.some((status) => status >= 500));
console.table(table);
console.log(
  `${outcomes.length} operations, ${wrong.length} wrong answers, ${errors.length} with a status of 500 or more`,
);
for (const { kind, wrong: what } of wrong.slice(0, 10)) console.log(`  ${kind}: ${what}`);

const result = {
  at: new Date().toISOString(),
  conditions: {
    processors: cpus().length,
    node: process.version,
    registry: "in the load process, out for the middle third",
    seconds,
    freshSeconds: FRESH_SECONDS,
  },
  capacityPerSecond: Number(capacity.toFixed(1)),
  ratePerSecond: Number(rate.toFixed(1)),
  operations: outcomes.length,
  wrongAnswers: wrong.length,
  serverErrors: errors.length,
  kinds: table,
};
await mkdir(join(ROOT, "bench"), { recursive: true });
await writeFile(join(ROOT, "bench", "soak.json"), `${JSON.stringify(result, null, 2)}\n`);
process.exitCode = wrong.length + errors.length > 0 ? 1 : 0;

function summarise(kind: Kind) {
  const times = outcomes.filter((it) => it.kind === kind).map(({ milliseconds }) => milliseconds);
  times.sort((one, other) => one - other);
  const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0);
  return { operations: times.length, p50ms: at(0.5), p99ms: at(0.99) };
}
