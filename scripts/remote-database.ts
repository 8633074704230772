/**
 * The deployed D1 database, through `wrangler d1 execute --remote`. Takes the same statements as D1 inside a Worker;
 * the command line takes no bound values, so they are written as SQL literals here, in one place. Which environment's
 * database it is says CLOUDFLARE_ENV, as for wrangler itself.
 */
import type { Database } from "../src/directory/human.ts";
import { BadInput } from "./directory/input.ts";
import { complaintOf, runWrangler } from "./setup/wrangler.ts";

type Value = string | number | null;
interface Row {
  readonly [column: string]: unknown;
}

class Statement {
  readonly #sql: string;
  readonly #execute: (sql: string) => Promise<readonly Row[][]>;
  readonly #values: readonly Value[];

  constructor(
    sql: string,
    execute: (sql: string) => Promise<readonly Row[][]>,
    values: readonly Value[] = [],
  ) {
    this.#sql = sql;
    this.#execute = execute;
    this.#values = values;
  }
  bind(...values: Value[]): Statement {
    return new Statement(this.#sql, this.#execute, values);
  }
  async first(): Promise<Row | null> {
    return (await this.#execute(this.text()))[0]?.[0] ?? null;
  }
  async all(): Promise<{ results: readonly Row[] }> {
    return { results: (await this.#execute(this.text()))[0] ?? [] };
  }
  async run(): Promise<{ results: readonly Row[] }> {
    return this.all();
  }
  text(): string {
    let next = 0;
    return this.#sql.replace(/\?(\d*)/g, (_, number: string) =>
      literal(this.#values[number === "" ? next++ : Number(number) - 1] ?? null),
    );
  }
}

/** Quotes doubled is all that SQLite's string literals know; a NUL would end the statement early. */
export function literal(value: Value): string {
  if (value === null) return "NULL";
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error("not a number that SQL knows");
    return String(value);
  }
  if (value.includes("\0")) throw new Error("text with a NUL can't be stored");
  return `'${value.replaceAll("'", "''")}'`;
}

export function openRemoteDatabase(
  config: string,
  binding: string,
): { database: Database; close: () => Promise<void> } {
  const execute = async (sql: string): Promise<readonly Row[][]> => {
    const args = ["d1", "execute", binding, "--remote", "--json", "--yes", "--config", config];
    const { code, stdout, stderr } = await runWrangler([...args, "--command", sql]);
    if (code !== 0) throw new BadInput(`The deployed directory: ${complaintOf({ code, stdout, stderr })}`);
    return (JSON.parse(stdout) as { results: Row[] }[]).map(({ results }) => results);
  };
  const database = {
    prepare: (sql: string) => new Statement(sql, execute),
    // One command, so that all of it is stored or nothing.
    batch: async (statements: readonly Statement[]) =>
      (await execute(statements.map((statement) => statement.text()).join(";\n"))).map((results) => ({
        results,
      })),
  };
  return { database: database as unknown as Database, close: async () => {} };
}
