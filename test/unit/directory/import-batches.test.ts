/** Batches of an import: small enough for D1 and, written out as SQL, for one argument of a command. */
import { describe, expect, test } from "vitest";
import { batches, LIMITS } from "../../../scripts/directory/import.ts";
import type { Row } from "../../../scripts/directory/import-rows.ts";
import { withValues } from "../../../scripts/remote-database.ts";
import { type Database, usernameKey } from "../../../src/directory/human.ts";
import { importHumans, type OnExisting } from "../../../src/directory/import.ts";
import { hashPassword } from "../../../src/directory/password.ts";

/** One argument of a command in Linux (MAX_ARG_STRLEN), and D1's longest statement. */
const MAX_ARGUMENT = 131_072;
const MAX_STATEMENT = 100_000;

const HASH = await hashPassword("a password");
const human = (n: number, size: "usual" | "greatest") => {
  const text = (length: number) => (size === "usual" ? `Name ${n}` : "'".repeat(length));
  return {
    ...{ username: `${n}-${text(190)}`, givenName: text(200), familyName: text(200), phone: text(40) },
    ...{ email: size === "usual" ? `${n}@example.com` : `${"'".repeat(300)}@x`, passwordHash: HASH },
    organisations: Array.from({ length: size === "usual" ? 1 : 12 }, (_, at) => ({
      id: `did:ishare:EU.NL.NTRNL-${10_000_000 + at}`,
      name: text(200),
    })),
  };
};

async function* rowsOf(inputs: readonly Record<string, unknown>[]): AsyncGenerator<Row> {
  for (const [at, input] of inputs.entries()) yield { number: at + 1, input };
}

/** Takes nothing in; remembers what it would have sent. */
function fakeDatabase(known: readonly string[]) {
  const sent: string[][] = [];
  const statement = (sql: string, values: readonly (string | number)[] = []) => ({
    bind: (...bound: (string | number)[]) => statement(sql, bound),
    text: () => withValues(sql, values),
    all: async () => ({
      results: known.map((username) => ({
        id: crypto.randomUUID(),
        key: usernameKey(username),
        organisations: "{}",
      })),
    }),
  });
  const database = {
    prepare: (sql: string) => statement(sql),
    batch: async (statements: readonly { text(): string }[]) => {
      sent.push(statements.map((it) => it.text()));
      return [];
    },
  };
  return { database: database as unknown as Database, sent };
}

describe.each(["usual", "greatest"] as const)("humans of the %s size", (size) => {
  test.each(["refuse", "update"] as const)(
    "fit in a command, with --on-existing %s",
    async (onExisting: OnExisting) => {
      const inputs = Array.from({ length: 300 }, (_, n) => human(n, size));
      const refused: number[] = [];
      const refuse = async (row: number) => void refused.push(row);
      let count = 0;
      for await (const batch of batches(rowsOf(inputs), LIMITS.remote, refuse)) {
        const humans = batch.map((it) => it.human);
        count += humans.length;
        const known = onExisting === "update" ? humans.map(({ username }) => username) : [];
        const { database, sent } = fakeDatabase(known);
        const audit = (what: object) => ({
          actor: `command:${"n".repeat(40)}`,
          ...what,
          correlationId: crypto.randomUUID(),
        });
        await importHumans(database, humans, { onExisting, now: 1_800_000_000, audit: audit as never });
        expect(sent).toHaveLength(1);
        const [statements = []] = sent;
        expect(Buffer.byteLength(statements.join(";\n"))).toBeLessThan(MAX_ARGUMENT);
        for (const text of statements) expect(Buffer.byteLength(text)).toBeLessThan(MAX_STATEMENT);
        expect(statements.length).toBeLessThan(100);
        if (size === "usual" && humans.length < 80 && count < inputs.length)
          expect.fail("batches are too small");
      }
      expect(refused).toEqual([]);
      expect(count).toBe(inputs.length);
    },
  );
});

test("of two rows with one name the first is taken, however it is spelled", async () => {
  const refused: unknown[] = [];
  const rows = rowsOf([human(1, "usual"), { ...human(2, "usual"), username: "1-NAME 1" }]);
  const taken: number[] = [];
  for await (const batch of batches(rows, LIMITS.local, async (...it) => void refused.push(it)))
    taken.push(...batch.map(({ number }) => number));
  expect(taken).toEqual([1]);
  expect(refused).toEqual([[2, [{ field: "username", problem: "twice_in_file" }]]]);
});

test("what an export says of ids, rights and roles is left out: no file makes an administrator", async () => {
  const human = { username: "a", givenName: "A", familyName: "B", email: "a@example.com" };
  const organisations = [{ id: "NTRNL-1", name: "One" }];
  const rest = { id: "x", createdAt: 1, roles: ["administrator"], authorisations: [{}] };
  const rows = async function* () {
    yield { number: 1, input: { ...human, organisations, ...rest } };
    yield { number: 2, input: { ...human, username: "b", organisations, role: "administrator" } };
  };
  const refused: unknown[] = [];
  const taken: object[] = [];
  for await (const batch of batches(rows(), LIMITS.local, async (...it) => void refused.push(it)))
    taken.push(...batch.map((it) => it.human));
  expect(taken).toHaveLength(1);
  expect(taken[0]).toMatchObject({ username: "a" });
  for (const name of Object.keys(rest)) expect(taken[0]).not.toHaveProperty(name);
  expect(refused).toMatchObject([[2, [{ problem: expect.any(String) }]]]);
});
