/**
 * `export-audit`: the audit log as JSON Lines on standard output, for who has no bucket bound. Each chain's entries in
 * order, then its checkpoints as `{"checkpoint":"JWT"}`.
 */
import { lineOf } from "../../src/audit/export.ts";
import { listChains, loadChain, loadCheckpoints } from "../../src/directory/audit-log.ts";
import { onDirectory, PLACE } from "./database.ts";
import { BadInput, readFlags } from "./input.ts";

export const USAGE =
  "export-audit (--state DIR | --remote) [--organisation ID | --own] [--after SEQ] [--checkpoints-only]";

const PAGE = 1000;

export async function exportAudit(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    organisation: { type: "string" },
    own: { type: "boolean", default: false },
    after: { type: "string", default: "0" },
    "checkpoints-only": { type: "boolean", default: false },
  });
  if (flags.own && flags.organisation !== undefined)
    throw new BadInput("Give either --organisation ID or --own.");
  if (!/^\d{1,12}$/.test(flags.after)) throw new BadInput("--after must be a whole number.");
  const onlyCheckpoints = flags["checkpoints-only"];
  await onDirectory(flags, async (database) => {
    const wanted = flags.own ? "" : flags.organisation;
    const chains = wanted === undefined ? await listChains(database) : [wanted];
    for (const organisation of chains) {
      for (let after = Number(flags.after); !onlyCheckpoints; ) {
        const page = await loadChain(database, organisation, after, PAGE);
        const last = page.at(-1);
        if (last === undefined) break;
        for (const record of page) console.log(lineOf(record));
        after = last.seq;
      }
      for (const { jwt } of await loadCheckpoints(database, organisation, Number(flags.after)))
        console.log(onlyCheckpoints ? jwt : JSON.stringify({ checkpoint: jwt }));
    }
  });
}
