/**
 * D1 migrations only go forward: from each earlier version, with rows in every table, to the newest; every row is still
 * there, with what it held. Rows are made from the schema itself, so that a new table is tested from the day it is there.
 */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { MIGRATIONS, migrate, textOf } from "../support/migrations.ts";

const { DIRECTORY: database } = env as unknown as { DIRECTORY: D1Database };

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
}
type Row = Readonly<Record<string, unknown>>;

const all = async <T>(sql: string, ...values: unknown[]): Promise<readonly T[]> =>
  (
    await database
      .prepare(sql)
      .bind(...values)
      .all<T>()
  ).results;

/** Without those of SQLite and of D1 itself. */
const tablesNow = () =>
  all<{ name: string; sql: string }>(
    `SELECT name, sql FROM sqlite_master WHERE type = 'table'
     AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name NOT LIKE 'd1_%' ORDER BY rowid`,
  );

/** The least that a row must have: what may not be null and has no default. */
async function addRow(table: string, sql: string): Promise<void> {
  const columns = await all<Column>(`SELECT * FROM pragma_table_info(?)`, table);
  const references = await all<{ from: string; to: string; table: string }>(
    `SELECT "from", "to", "table" FROM pragma_foreign_key_list(?)`,
    table,
  );
  const row: Record<string, unknown> = {};
  for (const { name, type, notnull, dflt_value, pk } of columns) {
    const reference = references.find(({ from }) => from === name);
    if (dflt_value !== null || (notnull === 0 && pk === 0)) continue;
    const choice = new RegExp(`${name} IN \\(\\s*('?)(\\w+)`).exec(sql);
    if (reference !== undefined) {
      const [other] = await all<Row>(`SELECT * FROM ${reference.table} LIMIT 1`);
      row[name] = other?.[reference.to] ?? null;
    } else if (choice !== null) row[name] = choice[1] === "" ? Number(choice[2]) : choice[2];
    else row[name] = type === "TEXT" ? `a ${name}` : type === "BLOB" ? new Uint8Array([1]) : 1;
  }
  const names = Object.keys(row);
  await database
    .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`)
    .bind(...Object.values(row))
    .run();
}

test("are numbered without a gap, and none takes anything away", () => {
  expect(MIGRATIONS.length).toBeGreaterThanOrEqual(4);
  // Parallel branches may leave a number out for each other; two with one number would be applied in either order.
  const numbers = MIGRATIONS.map((name) => /^(\d{4})_[a-z_]+\.sql$/.exec(name)?.[1]);
  expect(numbers).not.toContain(undefined);
  expect(new Set(numbers).size).toBe(MIGRATIONS.length);
  for (const name of MIGRATIONS) {
    const sql = textOf(name).replace(/--.*$/gm, "");
    expect(sql, name).not.toMatch(/\bDROP (TABLE|COLUMN)\b|\bDELETE FROM\b|\bRENAME\b/i);
  }
});

describe.each(MIGRATIONS.slice(0, -1).map((name, n) => [name, n + 1] as const))("from %s", (_, version) => {
  test("to the newest: every row is there, with what it held, and belongs to somebody", async () => {
    await reset();
    await migrate(database, MIGRATIONS.slice(0, version));
    const tables = await tablesNow();
    expect(tables.length).toBeGreaterThan(3);
    for (const { name, sql } of tables) await addRow(name, sql);
    const before = new Map<string, Row | undefined>();
    for (const { name } of tables) before.set(name, (await all<Row>(`SELECT * FROM ${name}`))[0]);

    await migrate(database, MIGRATIONS.slice(version));
    for (const { name } of tables) {
      const rows = await all<Row>(`SELECT * FROM ${name}`);
      expect(before.get(name), name).toBeDefined();
      expect(rows, name).toHaveLength(1);
      expect(rows[0], name).toMatchObject(before.get(name) ?? {});
    }
    expect(await all("SELECT * FROM pragma_foreign_key_check")).toEqual([]);
    // And the tables take new rows as in a new database.
    const fresh = (await tablesNow()).map(({ name, sql }) => `${name}: ${sql}`);
    await reset();
    await migrate(database);
    expect(fresh).toEqual((await tablesNow()).map(({ name, sql }) => `${name}: ${sql}`));
  });
});
