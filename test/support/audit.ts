/** The audit log as tests look at it: its chains, and whether they hold. For tests of the `worker` project. */
import { expect } from "vitest";
import type { AuditEntry } from "../../src/directory/audit-entry.ts";
import { listChains, loadChain } from "../../src/directory/audit-log.ts";
import type { Database } from "../../src/directory/human.ts";
import { type ChainedRecord, GENESIS, hashOf } from "../../src/protocol/audit-chain.ts";

/** All of a chain, which must be one: from 1, without gaps or doubles, each hash right and following the one before. */
export async function wholeChain(
  database: Database,
  organisation: string,
): Promise<readonly ChainedRecord[]> {
  const records = await loadChain(database, organisation, 0, 10_000);
  let head = GENESIS;
  for (const record of records) {
    expect(record).toMatchObject({ seq: head.seq + 1, previous: head.hash, organisation });
    expect(await hashOf(record)).toBe(record.hash);
    head = { seq: record.seq, hash: record.hash };
  }
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  return records;
}

/** What is waiting and what is chained, oldest first. */
export async function entriesOf(database: Database): Promise<readonly AuditEntry[]> {
  const entries: string[] = [];
  for (const organisation of await listChains(database))
    entries.push(...(await wholeChain(database, organisation)).map(({ entry }) => entry));
  const { results } = await database
    .prepare("SELECT entry FROM audit_pending ORDER BY rowid")
    .all<{ entry: string }>();
  return [...entries, ...results.map(({ entry }) => entry)].map((entry) => JSON.parse(entry));
}

/** A database whose next statements about a table fail. What they would do is not done. */
export function failing(
  directory: D1Database,
  table: string,
  times: number,
): { readonly database: D1Database; readonly failed: () => number } {
  let failed = 0;
  const check = (sql: readonly string[]): void => {
    if (failed >= times || !sql.some((it) => it.includes(`INSERT INTO ${table}`))) return;
    failed++;
    throw new Error("Network connection lost.");
  };
  const inner = new WeakMap<object, { readonly statement: D1PreparedStatement; readonly sql: string }>();
  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const run =
      <K extends "first" | "all" | "run">(method: K) =>
      async () => {
        check([sql]);
        return statement[method]();
      };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), sql),
      ...{ first: run("first"), all: run("all"), run: run("run") },
    } as unknown as D1PreparedStatement;
    inner.set(wrapped, { statement, sql });
    return wrapped;
  };
  const database = {
    prepare: (sql: string) => wrap(directory.prepare(sql), sql),
    batch: async (statements: readonly D1PreparedStatement[]) => {
      const known = statements.flatMap((it) => inner.get(it) ?? []);
      check(known.map(({ sql }) => sql));
      return directory.batch(known.map(({ statement }) => statement));
    },
  };
  return { database: database as unknown as D1Database, failed: () => failed };
}
