/**
 * From the outbox into the chain: each organisation's entries get their order from its object, are written to the log, and
 * only then confirmed. Owns the sequence of these steps. After any of them everything may stop: the next run reads the
 * same state and comes to the same end.
 */
import { listPending, loadPending, writeChained } from "../directory/audit-log.ts";
import type { Database } from "../directory/human.ts";
import type { Log } from "../log.ts";
import type { AuditChains } from "../store/ports.ts";

export interface OutboxDeps {
  readonly directory: Database;
  readonly chains: AuditChains;
  readonly log: Log;
}

/** Entries per step: 60 kB of them, and no object or query is busy for long. */
export const ENTRIES_PER_STEP = 200;
/** per organisation and run: the next minute goes on */
const STEPS_PER_RUN = 50;

/** Empties the outbox. What fails for one organisation is in the log and keeps no other waiting. */
export async function emptyOutbox(deps: OutboxDeps): Promise<void> {
  for (const organisation of await listPending(deps.directory)) {
    try {
      await settle(organisation, deps);
    } catch (error) {
      deps.log.error("audit_not_chained", { organisation, error: String(error).slice(0, 200) });
    }
  }
}

/** Brings one organisation's chain up to date, and what is left of a run that stopped. */
export async function settle(organisation: string, deps: OutboxDeps): Promise<void> {
  for (let step = 0; step < STEPS_PER_RUN; step++) {
    if ((await takeStep(organisation, deps)) < ENTRIES_PER_STEP) return;
  }
}

/** @returns how many entries were read: fewer than a step's when the outbox is empty */
async function takeStep(organisation: string, { directory, chains, log }: OutboxDeps): Promise<number> {
  // In this order: whatever is confirmed after this was asked may still be among what is read now.
  const { confirmed, open } = await chains.state(organisation);
  const records = await loadPending(directory, organisation, ENTRIES_PER_STEP);
  if (records.length === 0 && open === 0) return 0;
  const chained = await chains.append(organisation, confirmed.seq, records);
  // Somebody else was faster; what they left is read again.
  if (chained === undefined) return ENTRIES_PER_STEP;
  const last = chained.at(-1);
  if (last === undefined) return 0;
  if (!(await writeChained(directory, chained))) {
    // The log holds what its chain did not order: it was written by somebody else, or its database was put back.
    log.error("audit_conflict", { organisation, from: chained[0]?.seq ?? 0, to: last.seq });
    return 0;
  }
  await chains.confirm(organisation, last.seq);
  return records.length;
}
