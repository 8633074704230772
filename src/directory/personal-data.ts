/**
 * What is kept of one human, table by table: the one list from which a human's own copy is made (GDPR article 15) and by
 * which they are erased (article 17). A test holds it against the schema, so that no table or column is forgotten.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import type { Database } from "./human.ts";

interface Kept {
  /** columns that the human is told */
  readonly told: readonly string[];
  /** what would open a door, or names somebody else */
  readonly withheld?: readonly string[];
  /** rows stay when the human is erased, since they name the id only */
  readonly outlives?: true;
}

/** By table; rows belong to `human_id`. */
export const KEPT: Readonly<Record<string, Kept>> = {
  passwords: { told: ["level", "must_change", "changed_at"], withheld: ["hash"] },
  totp: { told: ["level", "created_at", "confirmed_at"], withheld: ["seed", "last_step"] },
  recovery_codes: { told: [], withheld: ["hash"] },
  passkeys: {
    told: [
      ...["credential_id", "name", "level", "aaguid", "transports", "device_bound", "hardware", "backed_up"],
      ...["counter", "created_at", "last_used_at"],
    ],
    withheld: ["public_key"],
  },
  one_time_codes: { told: ["purpose", "level", "expires_at"], withheld: ["hash"] },
  memberships: {
    told: [
      ...["organisation_id", "organisation_name", "position", "chosen_at"],
      ...["external_subject", "external_dataspace"],
    ],
  },
  human_roles: { told: ["role", "granted_at"] },
  authorisations: {
    told: [
      ...["id", "organisation_id", "policy_sets", "not_before", "not_on_or_after", "status"],
      ...["registered_at", "revoked_at"],
    ],
    withheld: ["registered_by", "revoked_by"],
    outlives: true,
  },
  authorisation_proposals: {
    told: [
      ...["id", "organisation_id", "policy_sets", "not_before", "not_on_or_after", "proposed_at"],
      ...["decision", "decided_at"],
    ],
    withheld: ["proposed_by", "decided_by"],
  },
  consents: { told: ["party_id", "party_name", "organisation_id", "scopes", "given_at"] },
  sessions: { told: ["created_at", "expires_at", "agent"], withheld: ["object_id"] },
  sign_ins: { told: ["party_id", "party_name", "at", "level", "amr"], withheld: ["id"] },
  // what another organisation's directory wrote of them
  guests: {
    told: [
      ...["organisation_id", "username", "given_name", "family_name", "email", "phone", "locale"],
      ...["external_id", "attributes", "active", "member", "created_at", "updated_at"],
    ],
    withheld: ["id", "username_key", "version", "deleted_at", "withheld"],
  },
  grants: { told: [], withheld: ["organisation_id", "object_id", "expires_at"] },
  pseudonyms: { told: ["party_id", "pseudonym", "created_at"], outlives: true },
};

export const KEPT_OF_HUMAN: readonly string[] = [
  ...["id", "username", "given_name", "family_name", "email", "email_verified", "phone", "gender", "locale"],
  ...["identity_assurance", "status", "created_at", "ended_at", "updated_at", "suspended_at"],
  ...["home_organisation_id", "external_id", "wanted_username", "attributes"],
];

type Row = Readonly<Record<string, unknown>>;

/**
 * All that the directory keeps of a human, without secrets. A table of which all is withheld is told as a number of rows.
 * @returns members named as in the tables, in camel case
 */
export async function collectPersonalData(database: Database, humanId: string): Promise<Row> {
  const tables = Object.entries(KEPT);
  const results = await database.batch<Row>([
    database.prepare(`SELECT ${KEPT_OF_HUMAN.join(", ")} FROM humans WHERE id = ?`).bind(humanId),
    ...tables.map(([table, { told }]) =>
      database
        .prepare(
          told.length === 0
            ? `SELECT count(*) AS count FROM ${table} WHERE human_id = ?`
            : `SELECT ${told.join(", ")} FROM ${table} WHERE human_id = ? ORDER BY rowid`,
        )
        .bind(humanId),
    ),
  ]);
  const [human, ...rest] = results.map((result) => result.results.map(inWords));
  return {
    human: human?.[0],
    ...Object.fromEntries(
      tables.map(([table, { told }], n) => [
        camelCase(table),
        told.length === 0 ? rest[n]?.[0]?.count : rest[n],
      ]),
    ),
  };
}

/**
 * What the audit log says of a human, by whatever id an organisation's directory knows them, or of what they did themselves; who else acted is not theirs to know. Entries that
 * are waiting, and those in the log where there is one.
 */
export async function collectAudit(database: Database, humanId: string): Promise<readonly Row[]> {
  const { results: tables } = await database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('audit', 'audit_pending')")
    .all<{ name: string }>();
  const entries = await Promise.all(
    tables.map(({ name }) =>
      database
        .prepare(
          `SELECT at, entry ->> 'action' AS action, entry ->> 'party' AS party,
             entry ->> 'organisation' AS organisation, entry ->> 'reason' AS reason FROM ${name}
           WHERE entry ->> 'subject' = ? OR entry ->> 'actor' = ?
             OR entry ->> 'subject' IN (SELECT id FROM guests WHERE human_id = ?)`,
        )
        .bind(humanId, `human:${humanId}`, humanId)
        .all<Row>(),
    ),
  );
  return entries
    .flatMap(({ results }) => results)
    .sort((one, other) => Number(one.at) - Number(other.at))
    .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
}

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function inWords(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      camelCase(column),
      column === "policy_sets" ? JSON.parse(String(value)) : value,
    ]),
  );
}

/**
 * Statements after which nothing but the id is left of a human. The row of `humans` is replaced, not updated, so that
 * columns it does not name are empty, those too that did not exist when this was written. The name is free again:
 * whatever names a human hangs on the id, which nobody gets again. The version counts on, so that a change that began
 * before finds another one.
 * @param by who revokes the authorisations that are in force
 */
export function eraseStatements(
  database: Database,
  humanId: string,
  by: string,
  now: EpochSeconds,
): D1PreparedStatement[] {
  return [
    database
      .prepare(
        `UPDATE authorisations SET status = 'revoked', revoked_by = ?, revoked_at = ?
         WHERE human_id = ? AND status = 'active'`,
      )
      .bind(by, now, humanId),
    ...Object.entries(KEPT)
      .filter(([, { outlives }]) => !outlives)
      .map(([table]) => database.prepare(`DELETE FROM ${table} WHERE human_id = ?`).bind(humanId)),
    database
      .prepare(
        `INSERT OR REPLACE INTO humans (id, username, username_key, given_name, family_name, email,
           identity_assurance, status, created_at, ended_at, erased_at, version)
         SELECT id, '', ?, '', '', '', 'low', 'inactive', ?, ?, ?, version + 1 FROM humans WHERE id = ?`,
      )
      .bind(erasedKey(humanId), now, now, now, humanId),
  ];
}

/** No name that anybody could type: keys of names are in lower case. */
const erasedKey = (humanId: string): string => `ERASED ${humanId}`;
