/**
 * Changing users as an organisation's directory says. Owns who may change what: a home human whole, a guest's record here
 * and membership and nothing else. Each change is one transaction with its audit entry; one that began with an older
 * state, or meets a name that was taken meanwhile, is undone whole.
 */
import type { Organisation } from "../protocol/grant.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { overStatements } from "./administration.ts";
import { type AuditEntry, auditStatement } from "./audit-entry.ts";
import { type Database, usernameKey } from "./human.ts";
import { findUser, type ProvisionedUser, type UserState } from "./provisioned-user.ts";

/** Who does it: the entries' common part. */
export type Author = Pick<AuditEntry, "actor" | "correlationId">;

/** `outdated`: somebody else changed it meanwhile */
export type Outcome = "done" | "outdated" | "name_taken";

/** What `humans` and `guests` have in common, in the order of `valuesOf`. */
const COLUMNS = [
  ...["given_name", "family_name", "email", "phone", "locale", "external_id", "attributes", "updated_at"],
] as const;
const valuesOf = (state: UserState, now: EpochSeconds) => [
  ...[state.givenName, state.familyName, state.email, state.phone ?? null, state.locale ?? null],
  ...[state.externalId ?? null, JSON.stringify(state.attributes), now],
];
const MARKS = COLUMNS.map(() => "?").join(", ");
const SETS = COLUMNS.map((column) => `${column} = ?`).join(", ");
/** No other version than this: NULL breaks the table's constraint, and with it the whole transaction. */
const NEXT_VERSION = "version = CASE WHEN version = ? THEN version + 1 END";

/**
 * A new user: a human homed here, or, if the name is somebody's already, a guest.
 * @returns undefined when the name is a user's of this organisation already
 */
export async function addUser(
  database: Database,
  organisation: Organisation,
  state: UserState,
  author: Author,
  now: EpochSeconds,
): Promise<ProvisionedUser | undefined> {
  const id = crypto.randomUUID();
  const key = usernameKey(state.username);
  const audit = auditStatement(database, entryOf("user.add", id, organisation, author), now);
  // The same number of calls either way. A name that is given away between the two is somebody's at the second try.
  for (const _ of [1, 2]) {
    const holder = await database
      .prepare("SELECT id, home_organisation_id AS home FROM humans WHERE username_key = ?")
      .bind(key)
      .first<{ id: string; home: string | null }>();
    if (holder?.home === organisation.id) return undefined;
    const statements =
      holder === null
        ? homeStatements(database, id, organisation, state, now)
        : guestStatements(database, id, holder.id, organisation, state, now);
    const outcome = await commit(database, [...statements, audit]);
    if (outcome === "done") return findUser(database, organisation.id, id);
    if (holder !== null) return undefined;
  }
  return undefined;
}

const homeStatements = (
  database: Database,
  id: string,
  organisation: Organisation,
  state: UserState,
  now: EpochSeconds,
): D1PreparedStatement[] => [
  database
    .prepare(
      `INSERT INTO humans (${COLUMNS.join(", ")}, id, username, username_key, status, home_organisation_id,
         identity_assurance, created_at) VALUES (${MARKS}, ?, ?, ?, ?, ?, 'low', ?)`,
    )
    .bind(
      ...[...valuesOf(state, now), id, state.username, usernameKey(state.username)],
      ...[state.active ? "active" : "inactive", organisation.id, now],
    ),
  ...membershipOf(database, id, organisation, state.member),
];

const guestStatements = (
  database: Database,
  id: string,
  humanId: string,
  organisation: Organisation,
  state: UserState,
  now: EpochSeconds,
): D1PreparedStatement[] => [
  database
    .prepare(
      `INSERT INTO guests (${COLUMNS.join(", ")}, id, organisation_id, human_id, username, username_key, active, member,
         created_at) VALUES (${MARKS}, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .bind(
      ...[...valuesOf(state, now), id, organisation.id, humanId, state.username, usernameKey(state.username)],
      ...[Number(state.active), Number(state.member), now],
    ),
  ...membershipOfGuest(database, humanId, organisation),
];

export interface Change {
  readonly user: ProvisionedUser;
  readonly state: UserState;
}

/** Changes users, all or none. What is so already is no change, and in no log. */
export function changeUsers(
  database: Database,
  changes: readonly Change[],
  organisation: Organisation,
  author: Author,
  now: EpochSeconds,
): Promise<Outcome> {
  const statements = changes.flatMap(({ user, state }) => {
    const change = user.kind === "home" ? changeOfHome : changeOfGuest;
    const reason = changedNames(user, state).join(" ");
    if (reason === "") return [];
    const entry = { ...entryOf("user.change", user.id, organisation, author), reason };
    return [...change(database, user, organisation, state, now), auditStatement(database, entry, now)];
  });
  return statements.length === 0 ? Promise.resolve("done") : commit(database, statements);
}

/** A name that is somebody else's is what this directory reads from now on; the human goes on signing in as before. */
const IS_TAKEN =
  "EXISTS (SELECT 1 FROM humans AS other WHERE other.username_key = ? AND other.id <> humans.id)";

const changeOfHome = (
  database: Database,
  user: ProvisionedUser,
  organisation: Organisation,
  state: UserState,
  now: EpochSeconds,
): D1PreparedStatement[] => {
  const key = usernameKey(state.username);
  return [
    database
      .prepare(
        // What a directory writes is proven by nobody: an address is not verified any more, and somebody of another name is
        // not who was identified.
        `UPDATE humans SET ${SETS}, ${NEXT_VERSION}, status = ?,
           email_verified = CASE WHEN email = ? THEN email_verified ELSE 0 END,
           identity_assurance = CASE WHEN given_name = ? AND family_name = ? THEN identity_assurance ELSE 'low' END
         WHERE id = ?`,
      )
      .bind(
        ...[...valuesOf(state, now), user.version, state.active ? "active" : "inactive"],
        ...[state.email, state.givenName, state.familyName, user.id],
      ),
    ...(state.username === user.username
      ? []
      : [
          database
            .prepare(
              `UPDATE humans SET username = CASE WHEN ${IS_TAKEN} THEN username ELSE ? END,
                 username_key = CASE WHEN ${IS_TAKEN} THEN username_key ELSE ? END,
                 wanted_username = CASE WHEN ${IS_TAKEN} THEN ? END,
                 wanted_username_key = CASE WHEN ${IS_TAKEN} THEN ? END WHERE id = ?`,
            )
            .bind(key, state.username, key, key, key, state.username, key, key, user.id),
        ]),
    ...membershipOf(database, user.id, organisation, state.member),
    ...(user.active && !state.active ? overStatements(database, [user.id], now) : []),
  ];
};

const changeOfGuest = (
  database: Database,
  user: ProvisionedUser,
  organisation: Organisation,
  state: UserState,
  now: EpochSeconds,
): D1PreparedStatement[] => [
  database
    .prepare(
      `UPDATE guests SET ${SETS}, ${NEXT_VERSION}, username = ?, username_key = ?, active = ?, member = ? WHERE id = ?`,
    )
    .bind(
      ...[...valuesOf(state, now), user.version, state.username, usernameKey(state.username)],
      ...[Number(state.active), Number(state.member), user.id],
    ),
  ...membershipOfGuest(database, user.humanId, organisation),
];

/**
 * Removes a user. A home human is inactive for good and the name is free: who gets it next is another human, with other
 * pseudonyms and none of the authorisations.
 */
export function removeUser(
  database: Database,
  user: ProvisionedUser,
  organisation: Organisation,
  author: Author,
  now: EpochSeconds,
): Promise<Outcome> {
  const removal =
    user.kind === "home"
      ? [
          database
            .prepare(
              `UPDATE humans SET status = 'inactive', deleted_at = ?, updated_at = ?, ${NEXT_VERSION},
                 username = 'deleted:' || id, username_key = 'deleted:' || id, wanted_username = NULL,
                 wanted_username_key = NULL, external_id = NULL WHERE id = ?`,
            )
            .bind(now, now, user.version, user.id),
          ...membershipOf(database, user.id, organisation, false),
          ...overStatements(database, [user.id], now),
        ]
      : [
          database
            .prepare(
              `UPDATE guests SET active = 0, member = 0, deleted_at = ?, updated_at = ?, ${NEXT_VERSION} WHERE id = ?`,
            )
            .bind(now, now, user.version, user.id),
          ...membershipOfGuest(database, user.humanId, organisation),
        ];
  return commit(database, [
    ...removal,
    database
      .prepare(
        `UPDATE authorisations SET status = 'revoked', revoked_by = ?, revoked_at = ?
         WHERE human_id = ? AND organisation_id = ? AND status = 'active' AND NOT EXISTS (SELECT 1 FROM memberships
           WHERE human_id = authorisations.human_id AND organisation_id = authorisations.organisation_id)`,
      )
      .bind(author.actor, now, user.humanId, organisation.id),
    auditStatement(database, entryOf("user.remove", user.id, organisation, author), now),
  ]);
}

const JOIN = `INSERT INTO memberships (human_id, organisation_id, organisation_name, position)
  SELECT humans.id, ?, ?, (SELECT coalesce(max(position) + 1, 0) FROM memberships WHERE human_id = humans.id)
  FROM humans WHERE humans.id = ?`;
const ONCE = "ON CONFLICT (human_id, organisation_id) DO NOTHING";
const LEAVE = "DELETE FROM memberships WHERE human_id = ? AND organisation_id = ?";

const membershipOf = (
  database: Database,
  humanId: string,
  { id, name }: Organisation,
  member: boolean,
): D1PreparedStatement[] => [
  member
    ? database.prepare(`${JOIN} ${ONCE}`).bind(id, name, humanId)
    : database.prepare(LEAVE).bind(humanId, id),
];

/** Two records may be one human's, who was renamed in one of them: the membership is there while either says so. */
const SAYS_SO = `EXISTS (SELECT 1 FROM guests WHERE human_id = ? AND organisation_id = ? AND active = 1 AND member = 1
  AND deleted_at IS NULL)`;

const membershipOfGuest = (
  database: Database,
  humanId: string,
  { id, name }: Organisation,
): D1PreparedStatement[] => [
  database.prepare(`${LEAVE} AND NOT ${SAYS_SO}`).bind(humanId, id, humanId, id),
  database.prepare(`${JOIN} AND ${SAYS_SO} ${ONCE}`).bind(id, name, humanId, humanId, id),
];

async function commit(database: Database, statements: readonly D1PreparedStatement[]): Promise<Outcome> {
  try {
    await database.batch([...statements]);
    return "done";
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (/NOT NULL constraint failed: (humans|guests)\.version/.test(message)) return "outdated";
    if (/UNIQUE constraint failed: (humans\.username_key|guests\.)/.test(message)) return "name_taken";
    throw error;
  }
}

const entryOf = (action: string, id: string, organisation: Organisation, author: Author): AuditEntry => ({
  ...author,
  action,
  subject: id,
  organisation: organisation.id,
});

/** Names of what is different, for the audit log: never values. */
function changedNames(before: UserState, after: UserState): string[] {
  const names = Object.keys(after) as (keyof UserState)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
