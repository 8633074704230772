/**
 * Rows of a file about humans, CSV (RFC 4180) or JSON Lines, one at a time: memory does not grow with the file. Owns the two
 * forms; what a row may say is for `directory/attributes`. What is wrong is told by its place, never by its text.
 */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import type { Refusal } from "../../src/directory/attributes.ts";
import { parseJsonObject } from "../../src/protocol/json.ts";
import { BadInput } from "./input.ts";

export type Format = "csv" | "jsonl";

export interface Row {
  /** from 1; the header of a CSV file is none */
  readonly number: number;
  /** undefined: not readable at all */
  readonly input: Readonly<Record<string, unknown>> | undefined;
  readonly refusal?: Refusal | { readonly field: "row"; readonly problem: RowProblem };
}
/** `not_one_json_object`: also when it names a member twice, which parsers read differently */
export type RowProblem = "not_one_json_object" | "wrong_number_of_columns";

/** An export carries authorisations, of 2 MB at the most each. */
const MAX_ROW_LENGTH = 4_000_000;
/** That of a file of policies, and room for the row around it. */
const MAX_DEPTH = 40;

/** @throws BadInput when the file as a whole can't be read */
export async function* readRows(path: string, shown: string, format: Format): AsyncGenerator<Row> {
  const texts = decode(path, shown);
  yield* format === "csv" ? readCsv(texts, shown) : readJsonLines(texts, shown);
}

async function* decode(path: string, shown: string): AsyncGenerator<string> {
  // Letters that are lost would make other humans.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const chunks = createReadStream(path, { highWaterMark: 256 * 1024 })[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error) => {
      throw new BadInput(`${shown} can't be read (${error.code}).`);
    });
    try {
      yield next.done ? decoder.decode() : decoder.decode(next.value as Buffer, { stream: true });
    } catch {
      throw new BadInput(`${shown} is not text in UTF-8.`);
    }
    if (next.done) return;
  }
}

async function* readJsonLines(texts: AsyncGenerator<string>, shown: string): AsyncGenerator<Row> {
  let number = 0;
  let rest = "";
  const read = (line: string): Row | undefined => (line.trim() === "" ? undefined : readJson(line, ++number));
  for await (const text of texts) {
    // By line feeds only: JSON may hold every other character that ends a line somewhere.
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_ROW_LENGTH)
      throw new BadInput(`${shown}: row ${number + lines.length + 1} is longer than ${MAX_ROW_LENGTH}.`);
    for (const line of lines) {
      const row = read(line);
      if (row !== undefined) yield row;
    }
  }
  const row = read(rest);
  if (row !== undefined) yield row;
}

function readJson(line: string, number: number): Row {
  const object = parseJsonObject(line, MAX_DEPTH);
  if (object === undefined)
    return { number, input: undefined, refusal: { field: "row", problem: "not_one_json_object" } };
  return { number, input: object };
}

const ORGANISATION_COLUMN = /^organisation([2-9]|[1-9]\d)?(Name)?$/;
const CSV_COLUMNS = [
  ...["username", "givenName", "familyName", "email", "phone", "gender", "locale", "identityAssurance"],
  ...["status", "passwordHash", "passwordLevel"],
];

async function* readCsv(texts: AsyncGenerator<string>, shown: string): AsyncGenerator<Row> {
  const parser = Readable.from(texts, { objectMode: false }).compose(
    parse({ bom: true, relax_column_count: true, skip_empty_lines: true, max_record_size: MAX_ROW_LENGTH }),
  );
  let header: readonly string[] | undefined;
  let number = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (header === undefined) header = readHeader(cells, shown);
      else yield readRecord(cells, header, ++number);
    }
  } catch (error) {
    // Its words quote the file.
    if (!(error instanceof CsvError)) throw error;
    throw new BadInput(`${shown}: not CSV after row ${number} (${error.code}).`);
  }
  if (header === undefined) throw new BadInput(`${shown} is empty.`);
}

/** A column that is not known, or is there twice, would be data lost on all rows. */
function readHeader(cells: readonly string[], shown: string): readonly string[] {
  const header = cells.map((cell) => cell.trim());
  const unknown = header.findIndex((name) => !CSV_COLUMNS.includes(name) && !ORGANISATION_COLUMN.test(name));
  if (unknown >= 0) throw new BadInput(`${shown}: column ${unknown + 1} has no name that is known.`);
  if (new Set(header).size < header.length) throw new BadInput(`${shown}: a column is there twice.`);
  return header;
}

function readRecord(cells: readonly string[], header: readonly string[], number: number): Row {
  if (cells.length !== header.length)
    return { number, input: undefined, refusal: { field: "row", problem: "wrong_number_of_columns" } };
  const input: Record<string, unknown> = {};
  const organisations = new Map<string, { id?: string; name?: string }>();
  for (const [position, name] of header.entries()) {
    const cell = cells[position] ?? "";
    const [match, which = "1", isName] = ORGANISATION_COLUMN.exec(name) ?? [];
    if (cell.trim() === "") continue;
    if (match === undefined) input[name] = cell;
    else
      organisations.set(which, {
        ...organisations.get(which),
        ...(isName === undefined ? { id: cell.trim() } : { name: cell }),
      });
  }
  const byNumber = [...organisations].sort(([one], [other]) => Number(one) - Number(other));
  return { number, input: { ...input, organisations: byNumber.map(([, organisation]) => organisation) } };
}
