/** Files of humans, CSV and JSON Lines: every row with its number, and nothing of a bad one repeated. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Format, type Row, readRows } from "../../../scripts/directory/import-rows.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ishare-idp-test-"));
});

async function rowsOf(content: string | Uint8Array, format: Format): Promise<readonly Row[]> {
  const path = join(folder, `${crypto.randomUUID()}.${format}`);
  await writeFile(path, content);
  return collect(path, format);
}
async function collect(path: string, format: Format): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(path, "FILE", format)) rows.push(row);
  return rows;
}
const HEADER = "username,email,organisation,organisationName";

describe("CSV", () => {
  test("RFC 4180: quotes, commas, line ends and line feeds inside; a mark at the beginning", async () => {
    const rows = await rowsOf(
      `\ufeff${HEADER}\r\n"a ""b"", c",e@x,NTRNL-1,"One\nTwo"\r\n\r\nd,,NTRNL-2,Three\r\n`,
      "csv",
    );
    expect(rows).toEqual([
      {
        number: 1,
        input: {
          ...{ username: 'a "b", c', email: "e@x" },
          organisations: [{ id: "NTRNL-1", name: "One\nTwo" }],
        },
      },
      { number: 2, input: { username: "d", organisations: [{ id: "NTRNL-2", name: "Three" }] } },
    ]);
  });

  test("several organisations, in the order of their numbers, gaps left out", async () => {
    const header = "organisation10,organisation10Name,organisation2Name,organisation2,organisation";
    const [row] = await rowsOf(`${header}\nJ,Ten,Two,B,\n`, "csv");
    expect(row?.input).toEqual({
      organisations: [
        { name: "Two", id: "B" },
        { id: "J", name: "Ten" },
      ],
    });
  });

  test("a row with too many or too few columns is refused, the next one read", async () => {
    const rows = await rowsOf(`${HEADER}\na,b,c\na,b,c,d,e\na,b,c,d\n`, "csv");
    const refusal = { field: "row", problem: "wrong_number_of_columns" };
    expect(rows.map((row) => row.refusal)).toEqual([refusal, refusal, undefined]);
  });

  test.each([
    ["", "is empty"],
    ["username,zq-secret\n", "column 2 has no name that is known"],
    ["username,organisation1\n", "column 2"],
    ["username,__proto__\n", "column 2"],
    ["username, username\n", "twice"],
    [`${HEADER}\na,b,c,d\nzq-secret"x,b,c,d\n`, "not CSV after row 1 (INVALID_OPENING_QUOTE)"],
    [`${HEADER}\n"zq-secret,b,c,d\n`, "not CSV after row 0 (CSV_QUOTE_NOT_CLOSED)"],
  ])("%j → %s", async (content, message) => {
    const reading = rowsOf(content, "csv");
    await expect(reading).rejects.toThrow(`FILE`);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.not.toThrow("zq-secret");
  });
});

describe("JSON Lines", () => {
  test("one object per line, whatever else may end a line inside a text", async () => {
    const rows = await rowsOf('{"username":"a\u2028b"}\r\n\n  {"username":"c"}', "jsonl");
    expect(rows).toEqual([
      { number: 1, input: { username: "a\u2028b" } },
      { number: 2, input: { username: "c" } },
    ]);
  });

  test.each(['{"username":"a","username":"b"}', "[]", '"zq"', "{", "null", '{"__proto__":1}', "x".repeat(9)])(
    "%s is refused, the next one read",
    async (line) => {
      const [row, next] = await rowsOf(`${line}\n{"username":"a"}\n`, "jsonl");
      expect(row).toEqual({
        ...{ number: 1, input: undefined },
        refusal: { field: "row", problem: "not_one_json_object" },
      });
      expect(next?.input).toEqual({ username: "a" });
    },
  );

  test("texts that fall apart between two reads come together again", async () => {
    const long = "é".repeat(400_000); // two bytes each, over the boundary of what is read at once
    const rows = await rowsOf(`{"username":"${long}"}\n{"username":"b"}\n`, "jsonl");
    expect(rows.map((row) => String(row.input?.username).length)).toEqual([400_000, 1]);
  });

  test("a line without end does not fill the memory", async () => {
    await expect(rowsOf("x".repeat(4_100_000), "jsonl")).rejects.toThrow("row 1 is longer");
  });
});

test.each(["csv", "jsonl"] as const)("%s that is not UTF-8, or is not there, is refused", async (format) => {
  await expect(rowsOf(new Uint8Array([0x61, 0xff, 0x0a]), format)).rejects.toThrow("not text in UTF-8");
  await expect(collect(join(folder, "none"), format)).rejects.toThrow("FILE can't be read (ENOENT)");
});
