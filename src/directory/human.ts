/** Humans and the organisations they may represent: records and their queries. Passwords: see `password`. */
import type { Level } from "../protocol/assurance.ts";
import type { Organisation } from "../protocol/grant.ts";
import { type EpochSeconds, isOver } from "../protocol/time.ts";
import type { Attributes } from "../protocol/userinfo.ts";
import { type AuditEntry, auditStatement } from "./audit-entry.ts";
import { setPasswordsStatement } from "./credentials.ts";
import type { Database } from "./database.ts";

export type { Database };

export interface Human extends Attributes {
  readonly id: string;
  readonly username: string;
  /** how well the identity was proven at registration */
  readonly identityAssurance: Level;
  /** when all that they had begun was ended, by a deactivation or a password set for them */
  readonly endedAt?: EpochSeconds;
}

export interface NewHuman extends Omit<Human, "id" | "emailVerified" | "endedAt"> {
  /** without one: made here */
  readonly id?: string;
  /** without one: no password until a reset link or an enrolment code is used */
  readonly passwordHash?: string;
  /** what the password counts for; without one: substantial, since an administrator gave it */
  readonly passwordLevel?: Level;
  /** the password has to be changed at the first sign-in */
  readonly mustChangePassword?: boolean;
  /** at least one; the first is offered first, and is the human's home: its token may change the record */
  readonly organisations: readonly Organisation[];
  /** without one: active */
  readonly status?: Status;
}

export type Status = "active" | "inactive";

/** One spelling per name, so that nobody registers a look-alike by case or composition. */
export const usernameKey = (username: string): string => username.normalize("NFKC").trim().toLowerCase();

/**
 * Adds a human, password and memberships together.
 * @param audit entries that are stored with it, or not at all
 * @throws when the username is taken (unique constraint)
 */
export async function addHuman(
  database: Database,
  human: NewHuman,
  now: EpochSeconds,
  audit: readonly AuditEntry[] = [],
): Promise<string> {
  const id = human.id ?? crypto.randomUUID();
  await database.batch([
    ...addHumansStatements(database, [{ ...human, id }], now),
    ...audit.map((entry) => auditStatement(database, entry, now)),
  ]);
  return id;
}

/**
 * Statements that add any number of humans: one per table, each with all rows as one JSON value, since D1 binds no more
 * than 100 values per statement. A value holds 2 MB.
 */
export function addHumansStatements(
  database: Database,
  humans: readonly (NewHuman & { readonly id: string })[],
  now: EpochSeconds,
): D1PreparedStatement[] {
  const rows = humans.map(({ organisations, passwordHash: _, ...human }) => ({
    ...human,
    home: organisations[0]?.id,
    key: usernameKey(human.username),
    status: human.status ?? "active",
    suspendedAt: human.status === "inactive" ? now : null, // by who adds them: no directory makes them active
  }));
  const passwords = humans.flatMap(({ id, passwordHash, passwordLevel, mustChangePassword = false }) =>
    passwordHash === undefined
      ? []
      : [
          {
            ...{ humanId: id, hash: passwordHash, level: passwordLevel ?? "substantial" },
            mustChange: mustChangePassword,
          },
        ],
  );
  const memberships = humans.flatMap(({ id, organisations }) =>
    organisations.map((organisation, position) => ({ human: id, ...organisation, position })),
  );
  const insert = (table: string, columns: Readonly<Record<string, string>>, values: readonly unknown[]) =>
    database
      .prepare(
        `INSERT INTO ${table} (${Object.keys(columns).join(", ")})
         SELECT ${Object.values(columns)
           .map((member) => `value ->> '${member}'`)
           .join(", ")} FROM json_each(?)`,
      )
      .bind(JSON.stringify(values));
  return [
    insert(
      "humans",
      {
        ...{ id: "id", username: "username", username_key: "key", given_name: "givenName" },
        ...{ family_name: "familyName", email: "email", phone: "phone", gender: "gender", locale: "locale" },
        ...{ identity_assurance: "identityAssurance", status: "status", created_at: "now" },
        ...{ home_organisation_id: "home", suspended_at: "suspendedAt" },
      },
      rows.map((row) => ({ ...row, now })),
    ),
    setPasswordsStatement(database, passwords, now),
    insert(
      "memberships",
      { human_id: "human", organisation_id: "id", organisation_name: "name", position: "position" },
      memberships,
    ),
  ];
}

export async function usernameIsTaken(database: Database, username: string): Promise<boolean> {
  const row = await database
    .prepare("SELECT 1 FROM humans WHERE username_key = ?")
    .bind(usernameKey(username))
    .first();
  return row !== null;
}

export interface PasswordLogin {
  readonly humanId: string;
  readonly passwordHash: string;
  readonly passwordLevel: Level;
  /** when it was set */
  readonly passwordSince: EpochSeconds;
}

/** What a password login needs. Inactive humans are not found: they are as unknown as anybody. */
export async function findLogin(database: Database, username: string): Promise<PasswordLogin | undefined> {
  const row = await database
    .prepare(
      `SELECT humans.id AS humanId, passwords.hash AS passwordHash, passwords.level AS passwordLevel,
         passwords.changed_at AS passwordSince
       FROM humans JOIN passwords ON passwords.human_id = humans.id WHERE username_key = ? AND status = 'active'`,
    )
    .bind(usernameKey(username))
    .first<PasswordLogin>();
  return row ?? undefined;
}

/** Whoever has that name, active or not. */
export async function findByName(
  database: Database,
  username: string,
): Promise<{ readonly id: string; readonly isActive: boolean } | undefined> {
  const row = await database
    .prepare("SELECT id, status FROM humans WHERE username_key = ?")
    .bind(usernameKey(username))
    .first<{ id: string; status: string }>();
  return row === null ? undefined : { id: row.id, isActive: row.status === "active" };
}

interface HumanRow {
  readonly id: string;
  readonly username: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly email: string;
  readonly email_verified: number;
  readonly phone: string | null;
  readonly gender: "male" | "female" | null;
  readonly locale: string | null;
  readonly identity_assurance: Level;
  readonly ended_at: number | null;
}

/**
 * An active human, or undefined.
 * @param begunAt when the session or grant began that names the human: one from before that was ended finds nobody
 * @param organisationId as the membership spells it: who does not represent it any more is not found either
 */
export async function findHuman(
  database: Database,
  id: string,
  begunAt?: EpochSeconds,
  organisationId?: string,
): Promise<Human | undefined> {
  const row = await database
    .prepare(
      `SELECT * FROM humans WHERE id = ?1 AND status = 'active' AND (?2 IS NULL OR EXISTS
         (SELECT 1 FROM memberships WHERE human_id = humans.id AND organisation_id = ?2))`,
    )
    .bind(id, organisationId ?? null)
    .first<HumanRow>();
  if (row === null) return undefined;
  const endedAt = row.ended_at ?? undefined;
  if (begunAt !== undefined && isOver(begunAt, endedAt)) return undefined;
  return {
    id: row.id,
    username: row.username,
    givenName: row.given_name,
    familyName: row.family_name,
    email: row.email,
    emailVerified: row.email_verified === 1,
    identityAssurance: row.identity_assurance,
    ...(row.phone === null ? {} : { phone: row.phone }),
    ...(row.gender === null ? {} : { gender: row.gender }),
    ...(row.locale === null ? {} : { locale: row.locale }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

/** Organisations that a human may represent, in order, as the directory spells them. */
export async function listOrganisations(
  database: Database,
  humanId: string,
): Promise<readonly Organisation[]> {
  const { results } = await database
    .prepare(
      "SELECT organisation_id AS id, organisation_name AS name FROM memberships WHERE human_id = ? ORDER BY position",
    )
    .bind(humanId)
    .all<Organisation>();
  return results;
}
