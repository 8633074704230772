/**
 * The audit log as the rest of the house sees it: telling it something, with a change or beside it, and what the
 * platform's clock does for it. Owns which failure stops what: a change is stopped by its own transaction, a sign-in never.
 */
import { type AuditEntry, auditStatement } from "../directory/audit-entry.ts";
import { removeBefore } from "../directory/audit-log.ts";
import { auditIfChanged } from "../directory/audited.ts";
import type { Signer } from "../jwt/sign.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { signCheckpoints } from "./checkpoint.ts";
import { type Bucket, exportChains } from "./export.ts";
import { emptyOutbox, type OutboxDeps } from "./outbox.ts";

export type Told = Omit<AuditEntry, "correlationId">;

export interface Audit {
  /** For the batch of a change that has no condition. */
  always(told: Told): D1PreparedStatement;
  /** For the batch of a change, right behind its statement: nothing is told when that changed nothing. */
  ifChanged(told: Told): D1PreparedStatement;
  /**
   * What is no change of an administrator's: after the answer, tried again while the directory is out. Never throws.
   * @param told or how to find out, after the answer too; undefined: nothing is told
   */
  note(told: Told | (() => Promise<Told | undefined>)): void;
  /**
   * Runs this; what fails is tried again after the answer. Never throws.
   * @param work may run several times
   * @param told what it tells: for the log, if that never comes about
   */
  persist(work: () => Promise<unknown>, told: Told): Promise<void>;
  /** Orders what waits in the outbox, after the answer. The clock does it too. */
  settle(): void;
  /** What the clock does every minute. */
  tick(): Promise<void>;
}

export interface AuditDeps extends OutboxDeps {
  readonly signer: Signer;
  readonly now: () => EpochSeconds;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly correlationId: string;
  readonly bucket: Bucket | undefined;
  /** 0: all is kept */
  readonly retentionDays: number;
}

/** In milliseconds. The platform lets work go on for half a minute after an answer. */
const PAUSES = [100, 1000, 5000, 15_000];
const HOUR = 3600;
const DAY = 86_400;

export function createAudit(deps: AuditDeps): Audit {
  const { directory, now, waitUntil, correlationId, bucket, log } = deps;
  const persist = async (work: () => Promise<unknown>, told: Told): Promise<void> => {
    try {
      await work();
    } catch {
      waitUntil(tryAgain(work, told, deps));
    }
  };
  const always = (told: Told) => auditStatement(directory, { ...told, correlationId }, now());
  return {
    always,
    ifChanged: (told) => auditIfChanged(directory, { ...told, correlationId }, now()),
    persist,
    note(told) {
      const work = async () => {
        const found = typeof told === "function" ? await told() : told;
        if (found === undefined) return;
        const statement = always(found); // one id, however often it is tried
        await persist(() => statement.run(), found);
      };
      waitUntil(work().catch((error) => tell(error, deps)));
    },
    settle: () => waitUntil(emptyOutbox(deps).catch((error) => tell(error, deps))),
    async tick() {
      try {
        await emptyOutbox(deps);
        await signCheckpoints(deps, now());
        if (bucket !== undefined) await exportChains(bucket, deps);
        // Once an hour is often enough for days.
        if (deps.retentionDays > 0 && now() % HOUR < 60) {
          const before = now() - deps.retentionDays * DAY;
          const chains = await removeBefore(directory, before, bucket !== undefined);
          if (chains > 0) log.info("audit_shortened", { chains });
        }
      } catch (error) {
        tell(error, deps);
      }
    },
  };
}

async function tryAgain(work: () => Promise<unknown>, told: Told, deps: AuditDeps): Promise<void> {
  for (const pause of PAUSES) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      await work();
      return;
    } catch (error) {
      // An answer was lost, and the entry is there.
      if (/UNIQUE constraint failed: audit_pending\.id/.test(String(error))) return;
    }
  }
  // Not who, at which SP: the log must not join what pseudonyms keep apart. The line has the correlation id.
  deps.log.error("audit_entry_lost", { action: told.action });
}

const tell = (error: unknown, { log }: AuditDeps): void =>
  log.error("audit_failed", { error: String(error).slice(0, 200) });
