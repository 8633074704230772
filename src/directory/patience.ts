/**
 * A database that is asked again when it was busy, or out of reach for a moment. Owns which failures may be tried again: a
 * read always, a write only when it is certain that nothing was written.
 */
import type { Database } from "./human.ts";

export interface Patience {
  /** pauses before the tries after the first, in milliseconds */
  readonly pauses: readonly number[];
  /** did a write that failed with this message write nothing? */
  readonly wroteNothing: (message: string) => boolean;
}

/** For a request: a human is waiting. Production's D1 has no such lock, but lost connections. */
export const BRIEF: Patience = {
  pauses: [10, 40, 160],
  wroteNothing: (message) => message.includes("SQLITE_BUSY"),
};

export function patient(database: Database, patience: Patience): Database {
  const wrap = (statement: D1PreparedStatement, isRead: boolean): Wrapped => {
    const again = <T>(work: () => Promise<T>) => retry(work, isRead, patience);
    return {
      inner: statement,
      isRead,
      bind: (...values: unknown[]) => wrap(statement.bind(...values), isRead),
      first: () => again(() => statement.first()),
      all: () => again(() => statement.all()),
      run: () => again(() => statement.run()),
    };
  };
  return {
    prepare: (sql: string) => wrap(database.prepare(sql), /^\s*SELECT\b/i.test(sql)),
    batch: (statements: readonly Wrapped[]) =>
      retry(
        () => database.batch(statements.map(({ inner }) => inner)),
        statements.every(({ isRead }) => isRead),
        patience,
      ),
  } as unknown as Database;
}

interface Wrapped {
  readonly inner: D1PreparedStatement;
  readonly isRead: boolean;
  bind(...values: unknown[]): Wrapped;
  first(): Promise<unknown>;
  all(): Promise<unknown>;
  run(): Promise<unknown>;
}

async function retry<T>(
  work: () => Promise<T>,
  isRead: boolean,
  { pauses, wroteNothing }: Patience,
): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      if (!isRead && !(error instanceof Error && wroteNothing(error.message))) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return work();
}
