/**
 * Many humans at once: decides for each whether it is new, changed or refused, and stores what is in one transaction with
 * one audit entry per human. So an import that was stopped has done whole batches, and running it again does the rest.
 */
import type { Organisation } from "../protocol/grant.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import {
  activateStatement,
  CHANGEABLE,
  type Changeable,
  type Changes,
  changeStatement,
  deactivateStatements,
  endStatements,
} from "./administration.ts";
import { type AuditEntry, auditStatements } from "./audit-entry.ts";
import { type PasswordRecord, setPasswordsStatement } from "./credentials.ts";
import { addHumansStatements, type Database, type NewHuman, type Status, usernameKey } from "./human.ts";
import { addMembershipsStatement } from "./membership.ts";

/** What becomes of a row whose username is there already. */
export const ON_EXISTING = ["skip", "update", "refuse"] as const;
export type OnExisting = (typeof ON_EXISTING)[number];

export type Outcome = "added" | "changed" | "unchanged" | "skipped" | "taken";

export interface ImportOptions {
  readonly onExisting: OnExisting;
  readonly now: EpochSeconds;
  /** decides and stores nothing */
  readonly isRehearsal?: boolean;
  /** @param what what happened to whom */
  readonly audit: (what: Pick<AuditEntry, "action" | "subject" | "reason">) => AuditEntry;
}

/**
 * Imports humans, each name once.
 * @returns what became of each, in order
 * @throws when somebody else keeps adding the same names at the same time
 */
export async function importHumans(
  database: Database,
  humans: readonly NewHuman[],
  options: ImportOptions,
): Promise<readonly Outcome[]> {
  for (let tries = 3; ; tries--) {
    try {
      return await importOnce(database, humans, options);
    } catch (error) {
      // Somebody was added between the look and the change: nothing is stored, look again.
      const isTaken = error instanceof Error && /UNIQUE constraint failed: humans/.test(error.message);
      if (!isTaken || tries === 0) throw error;
    }
  }
}

async function importOnce(
  database: Database,
  humans: readonly NewHuman[],
  options: ImportOptions,
): Promise<readonly Outcome[]> {
  const { now, audit, onExisting } = options;
  const existing = await findExisting(database, humans);
  const added: (NewHuman & { readonly id: string })[] = [];
  const changed: Change[] = [];
  const entries: AuditEntry[] = [];
  const outcomes = humans.map((human): Outcome => {
    const known = existing.get(usernameKey(human.username));
    if (known === undefined) {
      const id = crypto.randomUUID();
      added.push({ ...human, id });
      entries.push(audit({ action: "human.add", subject: id, reason: "import" }));
      return "added";
    }
    if (onExisting === "refuse") return "taken";
    if (onExisting === "skip") return "skipped";
    const change = planChange(known, human);
    if (change.fields.length === 0) return "unchanged";
    changed.push(change);
    entries.push(audit({ action: "human.change", subject: known.id, reason: change.fields.join(",") }));
    return "changed";
  });
  if (entries.length > 0 && !options.isRehearsal) {
    await database.batch([
      ...(added.length > 0 ? addHumansStatements(database, added, now) : []),
      ...(changed.length > 0 ? changeStatements(database, changed, now) : []),
      auditStatements(database, entries, now),
    ]);
  }
  return outcomes;
}

interface Existing extends Readonly<Record<Changeable, string | null>> {
  readonly id: string;
  readonly key: string;
  readonly status: Status;
  readonly organisations: ReadonlyMap<string, string>;
  readonly passwordHash: string | null;
  readonly passwordLevel: string | null;
}

async function findExisting(
  database: Database,
  humans: readonly NewHuman[],
): Promise<ReadonlyMap<string, Existing>> {
  const { results } = await database
    .prepare(
      `SELECT id, username_key AS key, given_name AS givenName, family_name AS familyName, email, phone, gender, locale,
         identity_assurance AS identityAssurance, status, hash AS passwordHash, level AS passwordLevel,
         (SELECT json_group_object(organisation_id, organisation_name) FROM memberships
            WHERE human_id = humans.id) AS organisations
       FROM humans LEFT JOIN passwords ON passwords.human_id = humans.id
       WHERE username_key IN (SELECT value FROM json_each(?))`,
    )
    .bind(JSON.stringify(humans.map(({ username }) => usernameKey(username))))
    .all<Omit<Existing, "organisations"> & { readonly organisations: string }>();
  return new Map(
    results.map((row) => {
      const organisations = new Map(Object.entries<string>(JSON.parse(row.organisations)));
      return [row.key, { ...row, organisations }];
    }),
  );
}

interface Change {
  readonly id: string;
  /** names of what is changed */
  readonly fields: readonly string[];
  readonly changes: Changes;
  readonly joined: readonly Organisation[];
  readonly password: PasswordRecord | undefined;
  readonly status: Status | undefined;
}

/**
 * What a row changes: what it says, and nothing that it does not. It takes no organisation away, since rights and consents
 * would go along; that has its own command.
 */
function planChange(known: Existing, human: NewHuman): Change {
  const wanted = human as Readonly<Record<Changeable, string | undefined>>;
  const changed = CHANGEABLE.filter((field) => wanted[field] !== undefined && wanted[field] !== known[field]);
  const joined = human.organisations.filter(({ id, name }) => known.organisations.get(id) !== name);
  const { passwordHash: hash, passwordLevel: level = "low" } = human;
  const password = hash === undefined || hash === known.passwordHash ? undefined : { hash, level };
  const status = human.status === known.status ? undefined : human.status;
  return {
    id: known.id,
    fields: [
      ...changed,
      ...(joined.length > 0 ? ["organisations"] : []),
      ...(password === undefined ? [] : ["password"]),
      ...(status === undefined ? [] : ["status"]),
    ],
    changes: Object.fromEntries(changed.map((field) => [field, wanted[field]])),
    joined,
    password,
    status,
  };
}

/** A statement per table, however many humans. */
function changeStatements(
  database: Database,
  changed: readonly Change[],
  now: EpochSeconds,
): D1PreparedStatement[] {
  const idsOf = (status: Status) => changed.filter((it) => it.status === status).map(({ id }) => id);
  const memberships = changed.flatMap(({ id, joined }) => joined.map((it) => ({ ...it, humanId: id })));
  const passwords = changed.flatMap(({ id, password }) =>
    password === undefined ? [] : [{ ...password, humanId: id, mustChange: false }],
  );
  return [
    changeStatement(database, changed, now),
    addMembershipsStatement(database, memberships),
    setPasswordsStatement(database, passwords, now),
    ...endStatements(
      database,
      passwords.map(({ humanId }) => humanId),
      now,
    ),
    activateStatement(database, idsOf("active"), now),
    ...deactivateStatements(database, idsOf("inactive"), now),
  ];
}
