/** Humans and the organisations they may represent: records and their queries. Passwords: see `password`. */
import type { Level } from "../protocol/assurance.ts";
import type { Organisation } from "../protocol/grant.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Attributes } from "../protocol/userinfo.ts";

/** What of D1 is used: so that commands outside a Worker can bring their own. */
export type Database = Pick<D1Database, "prepare" | "batch">;

export interface Human extends Attributes {
  readonly id: string;
  readonly username: string;
  /** how well the identity was proven at registration */
  readonly identityAssurance: Level;
}

export interface NewHuman extends Omit<Human, "id" | "emailVerified"> {
  readonly passwordHash: string;
  /** at least one; the first is offered first, and is the human's home: its token may change the record */
  readonly organisations: readonly Organisation[];
}

/** One spelling per name, so that nobody registers a look-alike by case or composition. */
export const usernameKey = (username: string): string => username.normalize("NFKC").trim().toLowerCase();

/** Adds a human, password and memberships together. @throws when the username is taken (unique constraint) */
export async function addHuman(database: Database, human: NewHuman, now: EpochSeconds): Promise<string> {
  const id = crypto.randomUUID();
  await database.batch([
    database
      .prepare(
        `INSERT INTO humans (id, username, username_key, given_name, family_name, email, phone, gender, locale,
           identity_assurance, created_at, home_organisation_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .bind(
        ...[id, human.username, usernameKey(human.username), human.givenName, human.familyName, human.email],
        ...[human.phone ?? null, human.gender ?? null, human.locale ?? null, human.identityAssurance, now],
        human.organisations[0]?.id ?? null,
      ),
    database
      .prepare("INSERT INTO passwords (human_id, hash, changed_at) VALUES (?, ?, ?)")
      .bind(id, human.passwordHash, now),
    ...human.organisations.map((organisation, position) =>
      database
        .prepare(
          "INSERT INTO memberships (human_id, organisation_id, organisation_name, position) VALUES (?, ?, ?, ?)",
        )
        .bind(id, organisation.id, organisation.name, position),
    ),
  ]);
  return id;
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
}

/** An active human, or undefined. */
export async function findHuman(database: Database, id: string): Promise<Human | undefined> {
  const row = await database
    .prepare("SELECT * FROM humans WHERE id = ? AND status = 'active'")
    .bind(id)
    .first<HumanRow>();
  if (row === null) return undefined;
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
