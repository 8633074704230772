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
import { createProgress, type Progress } from "./progress.ts";
import { openRefusedRows, type RefusedRows } from "./refused-rows.ts";

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
  const progress = createProgress();
  const refused = await openRefusedRows(flags.refused, progress);
  const limits = flags.remote ? LIMITS.remote : LIMITS.local;
  try {
    await onDirectory(flags, async (database) => {
      const rows = readRows(resolve(process.env.INIT_CWD ?? ROOT, file), file, format);
      const run = createRun(database, auditor, onExisting, { refused, progress }, flags["dry-run"]);
      for await (const batch of batches(rows, limits, refused.add)) await run.store(batch);
      run.end();
    });
  } finally {
    await refused.close();
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
/** Rows that are right, by the batch; of two with one name the first is. */
export async function* batches(
  rows: AsyncIterable<Row>,
  limits: { readonly humans: number; readonly bytes: number },
  refuse: RefusedRows["add"],
): AsyncGenerator<readonly Accepted[]> {
  const seen = new Set<string>();
  let batch: Accepted[] = [];
  let bytes = 0;
  for await (const { number, input, refusal } of rows) {
    const read = input === undefined ? undefined : readNewHuman(withoutTheRest(input));
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

/** What `export` writes beside what is imported: rights and roles are given by their own commands, ids are made here. */
const NOT_IMPORTED = ["id", "createdAt", "roles", "authorisations"];
const withoutTheRest = (input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(input).filter(([name]) => !NOT_IMPORTED.includes(name)));

/** A password that nobody here saw being chosen counts for low, unless the file vouches for more. */
const withLowPassword = (human: NewHuman): NewHuman =>
  human.passwordHash === undefined ? human : { ...human, passwordLevel: human.passwordLevel ?? "low" };

function createRun(
  database: Database,
  auditor: Auditor,
  onExisting: OnExisting,
  { refused, progress }: { readonly refused: RefusedRows; readonly progress: Progress },
  isRehearsal: boolean,
) {
  const counts: Record<Exclude<Outcome, "taken">, number> = {
    ...{ added: 0, changed: 0, unchanged: 0, skipped: 0 },
  };
  const total = () => Object.values(counts).reduce((sum, one) => sum + one, refused.count());
  return {
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
          await refused.add(batch[n]?.number ?? 0, [{ field: "username", problem: "taken" }]);
        else counts[outcome]++;
      }
      progress.show(total());
    },
    end: (): void => {
      progress.end();
      const { added, changed, unchanged, skipped } = counts;
      const what = isRehearsal ? "Would be: " : "";
      console.log(
        `${what}${added} added, ${changed} changed, ${unchanged} unchanged, ${skipped} skipped, ${refused.count()} refused, of ${total()} rows.`,
      );
      if (refused.count() > 0) process.exitCode = 1;
    },
  };
}
