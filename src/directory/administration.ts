/**
 * What only an administrator asks of the directory: a human by name, changes of what is known of them, and whether they may
 * sign in. Changes are statements, for the batch that holds their audit entry too.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import { type Database, type Status, usernameKey } from "./human.ts";

/** @returns the id of an active human, with or without a password */
export async function findHumanId(database: Database, username: string): Promise<string | undefined> {
  const row = await database
    .prepare("SELECT id FROM humans WHERE username_key = ? AND status = 'active'")
    .bind(usernameKey(username))
    .first<{ id: string }>();
  return row?.id;
}

/** Anybody who is there, active or not; erased ones have no name any more. */
export async function findAnyHuman(
  database: Database,
  username: string,
): Promise<{ readonly id: string; readonly status: Status } | undefined> {
  const row = await database
    .prepare("SELECT id, status FROM humans WHERE username_key = ?")
    .bind(usernameKey(username))
    .first<{ id: string; status: Status }>();
  return row ?? undefined;
}

/** The human has to choose another password at the next sign-in. */
export async function requirePasswordChange(database: Database, humanId: string): Promise<void> {
  await database.prepare("UPDATE passwords SET must_change = 1 WHERE human_id = ?").bind(humanId).run();
}

/** Columns by the names that the rest of the code has for them. */
const COLUMNS = {
  givenName: "given_name",
  familyName: "family_name",
  email: "email",
  phone: "phone",
  gender: "gender",
  locale: "locale",
  identityAssurance: "identity_assurance",
} as const;
export type Changeable = keyof typeof COLUMNS;
export const CHANGEABLE = Object.keys(COLUMNS) as readonly Changeable[];

/** What becomes of each field; null takes an optional one away. */
export type Changes = { readonly [field in Changeable]?: string | null };

/** An organisation's directory sees that it is not what it was (RFC 7644 §3.14). */
const CHANGED = "version = version + 1, updated_at = ?";

/**
 * Changes of any number of humans, as one statement with all of them in one value: fields that are not named stay. An
 * address that was changed is no verified one.
 */
export function changeStatement(
  database: Database,
  humans: readonly { readonly id: string; readonly changes: Changes }[],
  now: EpochSeconds,
): D1PreparedStatement {
  const sets = CHANGEABLE.map(
    (field) =>
      `${COLUMNS[field]} = CASE WHEN json_type(row.value, '$.changes.${field}') IS NULL THEN ${COLUMNS[field]}
         ELSE row.value ->> '$.changes.${field}' END`,
  );
  return database
    .prepare(
      `UPDATE humans SET ${CHANGED}, ${sets.join(", ")}, email_verified = CASE
         WHEN json_type(row.value, '$.changes.email') IS NULL THEN email_verified ELSE 0 END
       FROM (SELECT value FROM json_each(?)) AS row WHERE humans.id = row.value ->> 'id'`,
    )
    .bind(now, JSON.stringify(humans.map(({ id, changes }) => ({ id, changes }))));
}

/**
 * Statements after which nothing that these humans began stands: sessions, pending sign-ins and access tokens are refused
 * where they next ask for the human, at once and for good. One-time codes go, since they would open the door again.
 */
export const endStatements = (
  database: Database,
  humanIds: readonly string[],
  now: EpochSeconds,
): D1PreparedStatement[] => {
  const ids = JSON.stringify(humanIds);
  return [
    ...overStatements(database, humanIds, now),
    database.prepare(`DELETE FROM sessions WHERE human_id ${AMONG}`).bind(ids),
  ];
};
const AMONG = "IN (SELECT value FROM json_each(?))";

/** The same, for who goes on to end the sessions themselves, and still has to find them. */
export const overStatements = (
  database: Database,
  humanIds: readonly string[],
  now: EpochSeconds,
): D1PreparedStatement[] => {
  const ids = JSON.stringify(humanIds);
  return [
    // A command began a while ago, and its machine's clock may be behind: what began until now is over.
    database.prepare(`UPDATE humans SET ended_at = max(?, unixepoch()) WHERE id ${AMONG}`).bind(now, ids),
    database.prepare(`DELETE FROM one_time_codes WHERE human_id ${AMONG}`).bind(ids),
  ];
};

/** Ends all, and lets nothing begin until `activateStatement`, whatever the home organisation's directory says. */
export const deactivateStatements = (
  database: Database,
  humanIds: readonly string[],
  now: EpochSeconds,
): D1PreparedStatement[] => [
  closeStatement(database, humanIds, now),
  ...endStatements(database, humanIds, now),
];

/** Lets nothing begin, whatever the human's own organisation says. What has begun: `endStatements`, or `overStatements`. */
export const closeStatement = (
  database: Database,
  humanIds: readonly string[],
  now: EpochSeconds,
): D1PreparedStatement =>
  database
    .prepare(`UPDATE humans SET status = 'inactive', suspended_at = ?, ${CHANGED} WHERE id ${AMONG}`)
    .bind(now, now, JSON.stringify(humanIds));

/**
 * May sign in again; what ended stays ended. Who was erased, or removed by the own organisation, may not, and is in no row
 * of the answer.
 */
export const activateStatement = (
  database: Database,
  humanIds: readonly string[],
  now: EpochSeconds,
): D1PreparedStatement =>
  database
    .prepare(
      `UPDATE humans SET status = 'active', suspended_at = NULL, ${CHANGED}
       WHERE erased_at IS NULL AND deleted_at IS NULL AND id ${AMONG} RETURNING id`,
    )
    .bind(now, JSON.stringify(humanIds));
