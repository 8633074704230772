/**
 * Changes of what somebody saw: a batch that is undone whole when the human is no more what was looked at, or a name is
 * somebody's by now. Owns how D1 is made to say so: its batches have no condition across statements but a broken constraint.
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

/**
 * Who does it is an administrator at this very moment. Two who deactivate each other at once would else leave
 * none, and what one began before losing the role would come after.
 */
export const mustBeAdministrator = mustBe(
  `status = 'active' AND identity_assurance <> 'low' AND EXISTS
     (SELECT 1 FROM human_roles WHERE human_id = humans.id AND role = 'administrator')`,
);

/** Somebody without a role: roles are given by command, and so is what opens the account of who has one. */
export const mustHaveNoRole = mustBe("NOT EXISTS (SELECT 1 FROM human_roles WHERE human_id = humans.id)");

/** Somebody who represents another organisation than this one too: guests' directories count no version of the human. */
export const mustRepresentAnother = mustBe<[organisationId: string]>(
  "EXISTS (SELECT 1 FROM memberships WHERE human_id = humans.id AND organisation_id <> ?)",
);

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
