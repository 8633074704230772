/**
 * `npm run fuzz -- --seed N --count M`: certificate chains, minted by chance, judged by us and by `openssl verify`. Owns
 * the progress shown and what is kept of the first disagreement; the chains and what counts as one are the tests' own.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Compared, compare, questionOf, ROUND, type Run } from "../test/support/chains/compare.ts";
import { opensslVersion, writeQuestion } from "../test/support/openssl.ts";
import { BadInput, readFlags } from "./directory/input.ts";

const USAGE = `usage: npm run fuzz -- [--seed N] [--from N] [--count N]
  --seed    which chains; one by chance if unset
  --from    number of the first, 0 if unset
  --count   how many; ${ROUND} if unset: every fault, every pair of faults, and sound chains`;

function readRun(args: readonly string[]): Run {
  const flag = { type: "string" } as const;
  const flags = readFlags(args, { seed: flag, from: flag, count: flag });
  const read = (name: keyof typeof flags, otherwise: number): number => {
    const text = flags[name];
    if (text !== undefined && !/^\d{1,9}$/.test(text))
      throw new BadInput(`--${name} is no number.\n${USAGE}`);
    return text === undefined ? otherwise : Number(text);
  };
  return {
    seed: read("seed", Math.floor(Math.random() * 1e9)),
    from: read("from", 0),
    count: read("count", ROUND),
  };
}

function keep(it: Compared, { seed }: Run): string {
  const folder = mkdtempSync(join(tmpdir(), "ishare-idp-fuzz-"));
  const { problem, faults, ours, at, openssl, number } = it;
  const question = writeQuestion(questionOf(it), folder);
  const words = { problem, faults, ours, certificate: at, openssl, seed, number };
  const withdrawn = it.withdrawn.map((der) => Buffer.from(der).toString("base64"));
  writeFileSync(join(folder, "verdicts.json"), JSON.stringify({ ...words, withdrawn }, undefined, 2));
  writeFileSync(join(folder, "ask.sh"), `#!/bin/sh\ncd "$(dirname "$0")" && openssl ${question}\n`);
  return folder;
}

async function fuzz(run: Run): Promise<void> {
  console.log(`${opensslVersion()}; seed ${run.seed}, ${run.count} chains from ${run.from}`);
  const counts = { chains: 0, "accepted by both": 0, "refused by both": 0, "refused by us alone": 0 };
  const started = performance.now();
  let told = started;
  for await (const it of compare(run)) {
    if (it.problem !== undefined) {
      console.error(
        `chain ${it.number} (${it.faults.join(" + ") || "sound"}): ${it.problem}; see ${keep(it, run)}`,
      );
      process.exitCode = 1;
      return;
    }
    const theirs = it.openssl === "accepted";
    const verdict =
      it.ours === "accepted" ? "accepted by both" : theirs ? "refused by us alone" : "refused by both";
    counts.chains++;
    counts[verdict]++;
    if (performance.now() - told < 5000) continue;
    told = performance.now();
    console.log(summary());
  }
  console.log(summary());

  function summary(): string {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    return `${seconds} s: ${Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(", ")}`;
  }
}

try {
  await fuzz(readRun(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
