/**
 * Changes of what somebody saw: a batch that is undone whole when the human is no more what was looked at, a name is
 * somebody's by now, or who does it is no administrator any more. Owns how D1 is made to say so: its batches have no
 * condition across statements but a broken constraint.
 */
import type { Database } from "./database.ts";

/** `outdated`: somebody else changed, erased or removed it meanwhile, or it is out of reach by now */
export type Outcome = "done" | "outdated" | "name_taken";

/** Right behind a change: if that found no row, breaks a constraint, and with it the whole transaction. */
export const mustHaveChanged = (database: Database, humanId: string): D1PreparedStatement =>
  database.prepare("UPDATE humans SET version = NULL WHERE id = ? AND changes() = 0").bind(humanId);

/** What must be so of a human, first in a batch. */
const mustBe =
  <Values extends readonly (string | number)[] = []>(condition: string) =>
  (database: Database, humanId: string, ...values: Values): D1PreparedStatement[] => [
    database
      .prepare(`UPDATE humans SET version = version WHERE id = ? AND ${condition}`)
      .bind(humanId, ...values),
    mustHaveChanged(database, humanId),
  ];

/** The human is there, and what it was when somebody looked. Each change counts the version on. */
export const mustBeVersion = mustBe<[version: number]>(
  "version = ? AND deleted_at IS NULL AND erased_at IS NULL",
);

/** Somebody without a role: roles are given by command, and so is what opens the account of who has one. */
export const mustHaveNoRole = mustBe("NOT EXISTS (SELECT 1 FROM human_roles WHERE human_id = humans.id)");

/** Somebody who represents another organisation than this one too: guests' directories count no version of the human. */
export const mustRepresentAnother = mustBe<[organisationId: string]>(
  "EXISTS (SELECT 1 FROM memberships WHERE human_id = humans.id AND organisation_id <> ?)",
);

/** Thrown by a batch of `asAdministrator`, which then did nothing. */
export class NoAdministrator extends Error {
  override readonly name = "NoAdministrator";
}

/**
 * The directory for who is an administrator at the very moment of each batch. Two who deactivate each other at once would
 * else leave none, and what one began before losing the role would come after.
 */
export function asAdministrator(database: Database, humanId: string): Database {
  const guard = [
    `UPDATE humans SET version = version WHERE id = ? AND status = 'active' AND identity_assurance <> 'low' AND EXISTS
       (SELECT 1 FROM human_roles WHERE human_id = humans.id AND role = 'administrator')`,
    // Another column than above: a change may break that one for a reason of its own.
    "UPDATE humans SET status = NULL WHERE id = ? AND changes() = 0",
  ];
  const batch = async <T>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> => {
    try {
      const results = await database.batch<T>([
        ...guard.map((sql) => database.prepare(sql).bind(humanId)),
        ...statements,
      ]);
      return results.slice(guard.length);
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      throw /NOT NULL constraint failed: humans\.status/.test(message) ? new NoAdministrator() : error;
    }
  };
  return { prepare: (sql) => database.prepare(sql), batch };
}

/** Runs a batch. @throws for whatever else goes wrong */
export async function commit(
  database: Database,
  statements: readonly D1PreparedStatement[],
): Promise<Outcome> {
  try {
    await database.batch([...statements]);
    return "done";
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (/NOT NULL constraint failed: humans\.version/.test(message)) return "outdated";
    if (/UNIQUE constraint failed: (humans\.username_key|guests\.)/.test(message)) return "name_taken";
    throw error;
  }
}
