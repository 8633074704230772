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

/** What wrangler says of a statement, as D1 says it inside a Worker. */
interface Answer {
  readonly results: readonly Row[];
  readonly meta: { readonly changes?: number };
}
type Execute = (sql: string) => Promise<readonly Answer[]>;

class Statement {
  readonly #sql: string;
  readonly #execute: Execute;
  readonly #values: readonly Value[];

  constructor(sql: string, execute: Execute, values: readonly Value[] = []) {
    this.#sql = sql;
    this.#execute = execute;
    this.#values = values;
  }
  bind(...values: Value[]): Statement {
    return new Statement(this.#sql, this.#execute, values);
  }
  async first(): Promise<Row | null> {
    return (await this.all()).results[0] ?? null;
  }
  async all(): Promise<Answer> {
    const [answer] = await this.#execute(this.text());
    if (answer === undefined) throw new Error("a statement has no answer");
    return answer;
  }
  async run(): Promise<Answer> {
    return this.all();
  }
  text(): string {
    return withValues(this.#sql, this.#values);
  }
}

/** @param sql with `?`, each for the next value, or `?1`, `?2` … */
export function withValues(sql: string, values: readonly Value[]): string {
  let next = 0;
  return sql.replaceAll(/\?(\d*)/g, (_, number: string) => {
    const value = values[number === "" ? next++ : Number(number) - 1];
    if (value === undefined) throw new Error("a statement lacks a value");
    return literal(value);
  });
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
  const execute: Execute = async (sql) => {
    const args = ["d1", "execute", binding, "--remote", "--json", "--yes", "--config", config];
    const { code, stdout, stderr } = await runWrangler([...args, "--command", sql]);
    if (code !== 0) throw new BadInput(`The deployed directory: ${complaintOf({ code, stdout, stderr })}`);
    return JSON.parse(stdout) as Answer[];
  };
  const database = {
    prepare: (sql: string) => new Statement(sql, execute),
    // One command, so that all of it is stored or nothing.
    batch: (statements: readonly Statement[]) =>
      execute(statements.map((statement) => statement.text()).join(";\n")),
  };
  return { database: database as unknown as Database, close: async () => {} };
}
