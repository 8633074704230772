/**
 * `import`: many humans from CSV or JSON Lines. Owns the batches, the progress and the report of refused rows; a row is
 * judged as `add-user` judges its flags. Stopped at any moment, it may be run again: whole batches are there or not.
 */
import { resolve } from "node:path";
import { readNewHuman } from "../../src/directory/attributes.ts";
import { type Database, type NewHuman, usernameKey } from "../../src/directory/human.ts";
import { importHumans, ON_EXISTING, type OnExisting, type Outcome } from "../../src/directory/import.ts";
import { ROOT } from "../runtime.ts";
import { type Auditor, BY, createAuditor } from "./audit.ts";
import { onDirectory, PLACE } from "./database.ts";
import { type Format, type Row, readRows } from "./import-rows.ts";
import { BadInput, line, readFlags } from "./input.ts";
import { type Output, openOutput } from "./output-file.ts";
import { createProgress } from "./progress.ts";

export const USAGE =
  "import (--state DIR | --remote) --file FILE.csv|FILE.jsonl [--on-existing refuse|skip|update] [--refused FILE] [--dry-run] [--by NAME]";

/**
 * Per batch, which is one transaction. Bytes: a value bound in D1 holds 2 MB; on the way to a deployed one all of a batch is
 * one argument of a command, of 128 KiB at the most, and a statement of 100 kB.
 */
export const LIMITS = {
  local: { humans: 500, bytes: 400_000 },
  remote: { humans: 500, bytes: 90_000 },
} as const;

/** What a human takes in a batch: their own data with quotes doubled as SQL has them, ids, and the audit entry. */
const sizeOf = (human: NewHuman): number =>
  Buffer.byteLength(JSON.stringify(human).replaceAll("'", "''")) + 550 + 80 * human.organisations.length;

export async function importFile(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    file: { type: "string" },
    "on-existing": { type: "string", default: "refuse" },
    refused: { type: "string" },
    "dry-run": { type: "boolean", default: false },
  });
  const file = line(flags.file, "--file", 1000);
  const format = formatOf(file);
  const onExisting = flags["on-existing"] as OnExisting;
  if (!ON_EXISTING.includes(onExisting)) throw new BadInput("--on-existing must be refuse, skip or update.");
  const auditor = createAuditor(flags.by);
  const refused = flags.refused === undefined ? undefined : await openOutput(flags.refused);
  const limits = flags.remote ? LIMITS.remote : LIMITS.local;
  try {
    await onDirectory(flags, async (database) => {
      const rows = readRows(resolve(process.env.INIT_CWD ?? ROOT, file), file, format);
      const run = createRun(database, auditor, onExisting, refused, flags["dry-run"]);
      for await (const batch of batches(rows, limits, run.refuse)) await run.store(batch);
      run.end();
    });
  } finally {
    await refused?.close();
  }
}

function formatOf(file: string): Format {
  if (/\.csv$/i.test(file)) return "csv";
  if (/\.(jsonl|ndjson)$/i.test(file)) return "jsonl";
  throw new BadInput("--file must end in .csv or .jsonl, which says how it is read.");
}

interface Accepted {
  readonly number: number;
  readonly human: NewHuman;
}
type Refuse = (
  row: number,
  refusals: readonly { readonly field: string; readonly problem: string }[],
) => Promise<void>;

/** Rows that are right, by the batch; of two with one name the first is. */
export async function* batches(
  rows: AsyncIterable<Row>,
  limits: { readonly humans: number; readonly bytes: number },
  refuse: Refuse,
): AsyncGenerator<readonly Accepted[]> {
  const seen = new Set<string>();
  let batch: Accepted[] = [];
  let bytes = 0;
  for await (const { number, input, refusal } of rows) {
    const read = input === undefined ? undefined : readNewHuman(input);
    if (read === undefined || !read.ok) {
      await refuse(number, read?.refusals ?? (refusal === undefined ? [] : [refusal]));
      continue;
    }
    const key = usernameKey(read.value.username);
    if (seen.has(key)) {
      await refuse(number, [{ field: "username", problem: "twice_in_file" }]);
      continue;
    }
    seen.add(key);
    const size = sizeOf(read.value);
    if (batch.length > 0 && (batch.length === limits.humans || bytes + size > limits.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ number, human: withLowPassword(read.value) });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** A password that nobody here saw being chosen counts for low, unless the file vouches for more. */
const withLowPassword = (human: NewHuman): NewHuman =>
  human.passwordHash === undefined ? human : { ...human, passwordLevel: human.passwordLevel ?? "low" };

function createRun(
  database: Database,
  auditor: Auditor,
  onExisting: OnExisting,
  refused: Output | undefined,
  isRehearsal: boolean,
) {
  const counts: Record<Exclude<Outcome, "taken"> | "refused", number> = {
    ...{ added: 0, changed: 0, unchanged: 0, skipped: 0, refused: 0 },
  };
  const progress = createProgress();
  const total = () => Object.values(counts).reduce((sum, one) => sum + one, 0);
  const refuse: Refuse = async (row, problems) => {
    counts.refused++;
    const report = `${JSON.stringify({ row, problems })}\n`;
    if (refused !== undefined) await refused.write(report);
    else progress.say(report);
  };
  return {
    refuse,
    store: async (batch: readonly Accepted[]): Promise<void> => {
      const outcomes = await importHumans(
        database,
        batch.map(({ human }) => human),
        {
          ...{ onExisting, isRehearsal, now: auditor.now },
          audit: (what) => auditor.entry(what),
        },
      );
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome === "taken")
          await refuse(batch[n]?.number ?? 0, [{ field: "username", problem: "taken" }]);
        else counts[outcome]++;
      }
      progress.show(total());
    },
    end: (): void => {
      progress.end();
      const { added, changed, unchanged, skipped } = counts;
      const what = isRehearsal ? "Would be: " : "";
      console.log(
        `${what}${added} added, ${changed} changed, ${unchanged} unchanged, ${skipped} skipped, ${counts.refused} refused, of ${total()} rows.`,
      );
      if (counts.refused > 0) process.exitCode = 1;
    },
  };
}
