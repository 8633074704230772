/** Who runs a command, as the audit log names them: one correlation id per run, so that its entries are found together. */
import { type AuditEntry, auditStatement } from "../../src/directory/audit-entry.ts";
import type { Database } from "../../src/directory/human.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { actor } from "./input.ts";

/** The flag of every command that changes something. */
export const BY = { by: { type: "string" } } as const;

export interface Auditor {
  /** the flag `--by`, or the user of this machine */
  readonly name: string;
  readonly now: EpochSeconds;
  entry(what: Omit<AuditEntry, "actor" | "correlationId">): AuditEntry;
  /** Stores a change and what the log says of it, together or not at all. */
  store(
    database: Database,
    change: readonly D1PreparedStatement[],
    ...what: readonly Omit<AuditEntry, "actor" | "correlationId">[]
  ): Promise<void>;
}

export function createAuditor(by: string | undefined): Auditor {
  const name = actor(by);
  const correlationId = crypto.randomUUID();
  const now = () => Math.floor(Date.now() / 1000); // a password is typed meanwhile, or an hour of rows is read
  const entry: Auditor["entry"] = (what) => ({ actor: `command:${name}`, ...what, correlationId });
  return {
    name,
    get now() {
      return now();
    },
    entry,
    store: async (database, change, ...what) => {
      const audit = what.map((it) => auditStatement(database, entry(it), now()));
      await database.batch([...change, ...audit]);
    },
  };
}
