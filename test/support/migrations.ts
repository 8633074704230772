/** The migrations, applied to a D1 database in tests of the `worker` project as a deployment applies them. */

const FILES: Readonly<Record<string, string>> = import.meta.glob("../../migrations/*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Names in the order in which they are applied. */
export const MIGRATIONS: readonly string[] = Object.keys(FILES)
  .map((path) => path.replace(/^.*\//, ""))
  .sort();

export const textOf = (name: string): string => FILES[`../../migrations/${name}`] ?? "";

/** Each in one transaction. @param names all, unless some are named */
export async function migrate(database: D1Database, names: readonly string[] = MIGRATIONS): Promise<void> {
  for (const name of names) {
    const statements = textOf(name)
      .replace(/--.*$/gm, "")
      .split(";")
      .filter((statement) => statement.trim() !== "");
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}
