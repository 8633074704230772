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
import { membershipOf, membershipOfGuest } from "./provisioned-membership.ts";
import { findUser, type ProvisionedUser, type UserState } from "./provisioned-user.ts";
import { commit, mustHaveChanged, type Outcome } from "./versioned.ts";

/** Who does it: the entries' common part. */
export type Author = Pick<AuditEntry, "actor" | "correlationId">;

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
const NEXT_VERSION = "version = version + 1";
const IS_THIS_VERSION = "id = ? AND organisation_id = ? AND version = ? AND deleted_at IS NULL";
const IS_THIS_HOME_VERSION =
  "id = ? AND home_organisation_id = ? AND version = ? AND deleted_at IS NULL AND erased_at IS NULL";

/**
 * A new user: a human homed here, or, if the name is somebody's already, a guest.
 * @param namesAreOwn nobody else may give such names. A human who has one all the same and is homed elsewhere is not who
 *   is meant: whoever gave the name first would act for this organisation
 * @returns undefined when the name is a user's of this organisation already
 */
export async function addUser(
  database: Database,
  organisation: Organisation,
  state: UserState,
  author: Author,
  now: EpochSeconds,
  namesAreOwn = false,
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
        : guestStatements(database, id, holder.id, organisation, state, now, namesAreOwn);
    const outcome = await commit(database, [...statements, audit]);
    if (outcome === "done") return findUser(database, organisation.id, id);
    if (outcome === "name_taken" && holder !== null) return undefined;
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
  isWithheld: boolean,
): D1PreparedStatement[] => [
  database
    .prepare(
      // Who was renamed or erased meanwhile is not who is named.
      `INSERT INTO guests (${COLUMNS.join(", ")}, id, organisation_id, human_id, username, username_key, active, member,
         withheld, created_at) SELECT ${MARKS}, ?, ?, id, ?, ?, ?, ?, ?, ? FROM humans WHERE id = ? AND username_key = ?`,
    )
    .bind(
      ...[...valuesOf(state, now), id, organisation.id, state.username, usernameKey(state.username)],
      ...[Number(state.active), Number(state.member), Number(isWithheld), now],
      ...[humanId, usernameKey(state.username)],
    ),
  mustHaveChanged(database, humanId),
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
  const statements = changes.flatMap(({ user, state: wanted }) => {
    // Whom the operator suspended, only the operator makes active again.
    const state = user.isSuspended ? { ...wanted, active: false } : wanted;
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
        `UPDATE humans SET ${SETS}, ${NEXT_VERSION}, status = CASE WHEN suspended_at IS NULL THEN ? ELSE 'inactive' END,
           email_verified = CASE WHEN email = ? THEN email_verified ELSE 0 END,
           identity_assurance = CASE WHEN given_name = ? AND family_name = ? THEN identity_assurance ELSE 'low' END
         WHERE ${IS_THIS_HOME_VERSION}`,
      )
      .bind(
        ...[...valuesOf(state, now), state.active ? "active" : "inactive"],
        ...[state.email, state.givenName, state.familyName, user.id, organisation.id, user.version],
      ),
    mustHaveChanged(database, user.humanId),
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
      `UPDATE guests SET ${SETS}, ${NEXT_VERSION}, username = ?, username_key = ?, active = ?, member = ?
       WHERE ${IS_THIS_VERSION}`,
    )
    .bind(
      ...[...valuesOf(state, now), state.username, usernameKey(state.username)],
      ...[Number(state.active), Number(state.member), user.id, organisation.id, user.version],
    ),
  mustHaveChanged(database, user.humanId),
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
                 wanted_username_key = NULL, external_id = NULL WHERE ${IS_THIS_HOME_VERSION}`,
            )
            .bind(now, now, user.id, organisation.id, user.version),
          mustHaveChanged(database, user.humanId),
          ...membershipOf(database, user.id, organisation, false),
          ...overStatements(database, [user.id], now),
        ]
      : [
          database
            .prepare(
              `UPDATE guests SET active = 0, member = 0, deleted_at = ?, updated_at = ?, ${NEXT_VERSION}
               WHERE ${IS_THIS_VERSION}`,
            )
            .bind(now, now, user.id, organisation.id, user.version),
          mustHaveChanged(database, user.humanId),
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
