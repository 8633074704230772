/** One human's data: nothing of it forgotten when it is told, nothing of it left when it is erased. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { auditStatement } from "../../src/directory/audit-entry.ts";
import { addHuman, type NewHuman, usernameIsTaken } from "../../src/directory/human.ts";
import {
  collectAudit,
  collectPersonalData,
  eraseStatements,
  KEPT,
  KEPT_OF_HUMAN,
} from "../../src/directory/personal-data.ts";
import { pseudonymFor } from "../../src/directory/pseudonym.ts";
import { listHumans } from "../../src/directory/roll.ts";
import { migrate } from "../support/migrations.ts";

const database = (env as unknown as { DIRECTORY: D1Database }).DIRECTORY;
const NOW = 1_800_000_000;
/** in every text of Alice's that says who she is */
const MARK = "zq-alice";
const SECRET = "zq-secret";
const OTHER = "zq-somebody-else";

const person = (username: string, over: Partial<NewHuman> = {}): NewHuman => ({
  ...{ username, givenName: "A", familyName: "B", email: "a@example.com", identityAssurance: "high" },
  organisations: [{ id: "NTRNL-1", name: "One" }],
  ...over,
});

let alice: string;
let bob: string;
beforeEach(async () => {
  await reset();
  await migrate(database);
  const marked = { givenName: `${MARK}-g`, familyName: `${MARK}-f`, email: `${MARK}@example.com` };
  const more = { phone: `${MARK}-1`, gender: "female", locale: "nl", passwordHash: SECRET } as const;
  alice = await addHuman(database, person(MARK, { ...marked, ...more }), NOW);
  bob = await addHuman(database, person("bob"), NOW);
  for (const [id, mark, secret] of [
    [alice, MARK, SECRET],
    [bob, "bob", "of-bob"],
  ] as const) {
    const insert = (table: string, values: string) =>
      database.prepare(`INSERT INTO ${table} VALUES (${values})`);
    await database.batch([
      insert("totp", `'${id}', '${secret}', 'low', 1, 1, 1`),
      insert("recovery_codes", `'${id}', '${secret}-${id}'`),
      insert("passkeys", `'c-${id}', '${id}', '${secret}', 0, '', 'a', 0, 0, 0, 'low', '${mark} key', 1, 1`),
      insert("one_time_codes", `'${secret}-${id}', '${id}', 'reset', 'low', ${NOW + 99}`),
      insert("consents", `'${id}', 'sp', 'NTRNL-1', 'openid', 'SP', 1`),
      insert("sessions", `'${secret}-s-${id}', '${id}', 1, 2, '${mark} browser'`),
      insert("sign_ins", `NULL, '${id}', 'sp', 'SP', 1, 'low', 'pwd'`),
      insert("human_roles", `'${id}', 'administrator', 1`),
      database
        .prepare("UPDATE memberships SET external_subject = ?, external_dataspace = 'd' WHERE human_id = ?")
        .bind(`${mark} there`, id),
      database
        .prepare(
          "INSERT INTO authorisations (id, human_id, organisation_id, policy_sets, registered_by, registered_at) VALUES (?, ?, 'NTRNL-1', '[]', ?, 1)",
        )
        .bind(`authorisation-${id}`, id, OTHER),
      auditStatement(
        database,
        { actor: `command:${OTHER}`, action: "human.add", subject: id, correlationId: "c" },
        NOW,
      ),
      auditStatement(database, { actor: `human:${id}`, action: "session.end", correlationId: "c" }, NOW + 1),
    ]);
    await pseudonymFor(database, id, "sp", NOW);
  }
});

/** Every row of every table, as text, by table. */
async function everything(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { results } = await database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
    .all<{ name: string }>();
  const rows = await Promise.all(
    results.map(async ({ name }) => {
      const found = await database.prepare(`SELECT * FROM ${name}`).all();
      return [name, found.results.map((row) => JSON.stringify(row))] as const;
    }),
  );
  return new Map(rows);
}
const tablesWith = async (text: string) =>
  [...(await everything())]
    .filter(([, rows]) => rows.some((row) => row.includes(text)))
    .map(([name]) => name);

test("the list of what is kept is that of the schema: every table that names a human, every column", async () => {
  const tables = [...(await everything()).keys()];
  const results = (
    await Promise.all(
      tables.map(async (table) => {
        const info = await database.prepare(`PRAGMA table_info(${table})`).all<{ name: string }>();
        return info.results.map(({ name }) => ({ table, column: name }));
      }),
    )
  ).flat();
  const columns = (table: string) => results.filter((it) => it.table === table).map((it) => it.column);
  const naming = results.filter(({ column }) => column === "human_id").map(({ table }) => table);
  expect(Object.keys(KEPT).sort()).toEqual(naming.sort());
  for (const [table, { told, withheld = [] }] of Object.entries(KEPT))
    expect(["human_id", ...told, ...withheld].sort(), table).toEqual(columns(table).sort());
  // What search and erasure need is no news to the human.
  const NOT_TOLD = ["username_key", "wanted_username_key", "version", "deleted_at", "erased_at"]; // keys and bookkeeping
  expect([...KEPT_OF_HUMAN, ...NOT_TOLD].sort()).toEqual(columns("humans").sort());
});

describe("a copy of one's data", () => {
  test("holds all of it, of oneself alone, and no secrets", async () => {
    const data = {
      ...(await collectPersonalData(database, alice)),
      audit: await collectAudit(database, alice),
    };
    const text = JSON.stringify(data);
    for (const said of ["-g", "-f", "@example.com", "-1", " key", " browser", " there"])
      expect(text).toContain(MARK + said);
    expect(data).toMatchObject({
      human: { id: alice, gender: "female" },
      recoveryCodes: 1,
      pseudonyms: [{ partyId: "sp" }],
      authorisations: [{ organisationId: "NTRNL-1", policySets: [] }],
      audit: [{ action: "human.add" }, { action: "session.end" }],
    });
    for (const kept of [SECRET, OTHER, bob, "bob"]) expect(text).not.toContain(kept);
  });
});

describe("erasure", () => {
  const erase = () => database.batch(eraseStatements(database, alice, "test", NOW + 5));

  test("leaves the id and nothing else, in those tables alone that need it", async () => {
    const before = await everything();
    expect(await tablesWith(MARK)).not.toEqual([]);
    await erase();
    expect(await tablesWith(MARK)).toEqual([]);
    expect(await tablesWith(SECRET)).toEqual([]);
    expect((await tablesWith(alice)).sort()).toEqual([
      ...["audit_pending", "authorisations", "humans", "pseudonyms"],
    ]);
    // Nobody else lost anything.
    for (const [table, rows] of before) {
      const others = rows.filter((row) => row.includes(bob));
      expect((await everything()).get(table), table).toEqual(expect.arrayContaining(others));
    }
  });

  test("a column that came later is emptied too", async () => {
    await database.prepare("ALTER TABLE humans ADD COLUMN nickname TEXT").run();
    await database.prepare("UPDATE humans SET nickname = ? WHERE id = ?").bind(`${MARK} nick`, alice).run();
    await erase();
    expect(await tablesWith(MARK)).toEqual([]);
  });

  test("keeps the pseudonym from ever being another's, and ends the rights", async () => {
    const pseudonym = await pseudonymFor(database, alice, "sp", NOW);
    await erase();
    const again = database.prepare("INSERT INTO pseudonyms VALUES (?, 'sp-2', ?, 0)").bind(bob, pseudonym);
    await expect(again.run()).rejects.toThrow("UNIQUE");
    const row = await database
      .prepare("SELECT status, revoked_at FROM authorisations WHERE human_id = ?")
      .bind(alice)
      .first();
    expect(row).toEqual({ status: "revoked", revoked_at: NOW + 5 });
  });

  test("frees the name for another human, with another id and another pseudonym", async () => {
    const pseudonym = await pseudonymFor(database, alice, "sp", NOW);
    await erase();
    expect(await usernameIsTaken(database, MARK)).toBe(false);
    const next = await addHuman(database, person(MARK), NOW);
    expect(next).not.toBe(alice);
    expect(await pseudonymFor(database, next, "sp", NOW)).not.toBe(pseudonym);
  });

  test("an erased human is in no list, and no name can be typed for one", async () => {
    await erase();
    expect((await listHumans(database, { limit: 10 })).map(({ username }) => username)).toEqual(["bob"]);
    for (const name of ["", `ERASED ${alice}`, `erased ${alice}`])
      expect(await usernameIsTaken(database, name)).toBe(false);
  });
});
