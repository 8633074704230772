/**
 * `import-authorisations`: what humans may do, from the JSON Lines that `export` writes. Owns which of them are there already, so
 * that a run which was stopped may be run again; each is judged as `add-authorisation` judges its file. Humans come by `import`.
 */
import { resolve } from "node:path";
import { type Registration, readRegistration } from "../../src/delegation/policy.ts";
import { findHumanId } from "../../src/directory/administration.ts";
import {
  addAuthorisation,
  listAuthorisations,
  type RegisteredAuthorisation,
} from "../../src/directory/authorisation.ts";
import { type Database, findHuman, listOrganisations } from "../../src/directory/human.ts";
import { isJsonObject } from "../../src/protocol/json.ts";
import { ROOT } from "../runtime.ts";
import { isTooLarge } from "./add-authorisation.ts";
import { BY, createAuditor } from "./audit.ts";
import { onDirectory, PLACE } from "./database.ts";
import { readRows } from "./import-rows.ts";
import { BadInput, line, readFlags } from "./input.ts";
import { createProgress } from "./progress.ts";
import { openRefusedRows, type Problem } from "./refused-rows.ts";

export const USAGE =
  "import-authorisations (--state DIR | --remote) --file FILE.jsonl [--refused FILE] [--dry-run] [--by NAME]";

export async function importAuthorisations(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    file: { type: "string" },
    refused: { type: "string" },
    "dry-run": { type: "boolean", default: false },
  });
  const file = line(flags.file, "--file", 1000);
  if (!/\.(jsonl|ndjson)$/i.test(file)) throw new BadInput("--file must end in .jsonl, as export writes it.");
  const auditor = createAuditor(flags.by);
  const progress = createProgress();
  const refused = await openRefusedRows(flags.refused, progress);
  let [rows, added, present] = [0, 0, 0];
  try {
    await onDirectory(flags, async (database) => {
      for await (const row of readRows(resolve(process.env.INIT_CWD ?? ROOT, file), file, "jsonl")) {
        rows++;
        const { input, refusal } = row;
        const read =
          input === undefined
            ? refuse(refusal?.field, refusal?.problem)
            : await readRow(database, input, flags.remote);
        if (read.problems.length > 0) await refused.add(row.number, read.problems);
        present += read.present;
        for (const registration of flags["dry-run"] ? [] : read.missing) {
          const { policyIssuer, ...authorisation } = registration;
          const record = { ...authorisation, humanId: read.humanId, organisationId: policyIssuer };
          await addAuthorisation(
            database,
            { ...record, registeredBy: auditor.name },
            auditor.now,
            (reason) => [
              auditor.entry({
                ...{ action: "authorisation.add", subject: read.humanId },
                ...{ organisation: policyIssuer, reason },
              }),
            ],
          );
        }
        added += read.missing.length;
        progress.show(rows);
      }
    });
  } finally {
    progress.end();
    await refused.close();
  }
  const what = flags["dry-run"] ? "Would be: " : "";
  console.log(`${what}${added} added, ${present} there already; ${refused.count()} of ${rows} rows refused.`);
  if (refused.count() > 0) process.exitCode = 1;
}

interface ReadRow {
  readonly humanId: string;
  readonly missing: readonly Registration[];
  /** how many are there already */
  readonly present: number;
  readonly problems: readonly Problem[];
}

const NOTHING: ReadRow = { humanId: "", missing: [], present: 0, problems: [] };

const refuse = (field = "row", problem = "not_readable"): ReadRow => ({
  ...NOTHING,
  problems: [{ field, problem }],
});

/** All of a human's authorisations, or, where one of them is wrong, none: half of what somebody may do is something else. */
async function readRow(
  database: Database,
  { username, email, authorisations = [] }: Readonly<Record<string, unknown>>,
  remote: boolean,
): Promise<ReadRow> {
  if (!Array.isArray(authorisations)) return refuse("authorisations", "not_a_list");
  if (authorisations.length === 0) return NOTHING;
  const humanId = typeof username === "string" ? await findHumanId(database, username) : undefined;
  const human = humanId === undefined ? undefined : await findHuman(database, humanId);
  if (human === undefined) return refuse("username", "not_active");
  // One name may be somebody's here and another's where the file is from.
  if (email !== human.email) return refuse("email", "another_than_here");
  const own = (await listOrganisations(database, human.id)).map(({ id }) => id);
  const namesOf = (wanted: string, registered: readonly RegisteredAuthorisation[]) =>
    new Set(
      registered
        .filter(({ status }) => status === wanted)
        .map(({ organisationId: policyIssuer, ...it }) => nameOf({ policyIssuer, ...it })),
    );
  const registered = await listAuthorisations(database, human.id);
  const [active, revoked] = [namesOf("active", registered), namesOf("revoked", registered)];
  const missing = new Map<string, Registration>();
  const problems: Problem[] = [];
  let present = 0;
  for (const [at, json] of authorisations.entries()) {
    const field = `authorisations[${at}]`;
    if (isJsonObject(json) && json.externalSubject !== undefined) {
      problems.push({ field, problem: "kept_in_another_registry" });
      continue;
    }
    const read = readRegistration(json);
    const name = read.ok ? nameOf(read.value) : "";
    if (!read.ok)
      problems.push({ field: read.place === "" ? field : `${field}.${read.place}`, problem: read.problem });
    else if (isTooLarge(JSON.stringify(json), remote)) problems.push({ field, problem: "too_large" });
    else if (!own.includes(read.value.policyIssuer))
      problems.push({ field: `${field}.policyIssuer`, problem: "none_of_the_human's_organisations" });
    else if (active.has(name)) present++;
    else if (revoked.has(name)) problems.push({ field, problem: "revoked_here" });
    else missing.set(name, read.value);
  }
  return { humanId: human.id, missing: problems.length > 0 ? [] : [...missing.values()], present, problems };
}

/** Two that say the same are one. */
const nameOf = (it: {
  readonly policyIssuer: string;
  readonly policySets: unknown;
  readonly notBefore?: number | null | undefined;
  readonly notOnOrAfter?: number | null | undefined;
}): string => JSON.stringify([it.policyIssuer, it.policySets, it.notBefore ?? null, it.notOnOrAfter ?? null]);
