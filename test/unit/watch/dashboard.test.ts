/**
 * The dashboard: each panel's query is read by a real SQL parser, and asks for columns that the Worker writes with functions
 * that the Analytics Engine has. The parser is PostgreSQL's grammar, of which the engine's dialect is no subset: what both
 * read is what is used here. That the engine itself takes them was not tried.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { astVisitor, parseFirst, type SelectFromStatement } from "pgsql-ast-parser";
import { describe, expect, test } from "vitest";
import { BLOBS, DOUBLES } from "../../../src/watch/data-point.ts";

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly query: string; readonly format: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}
const file = join(import.meta.dirname, "..", "..", "..", "docs", "dashboard.json");
const dashboard = JSON.parse(readFileSync(file, "utf8")) as Dashboard;

/** As the Grafana plugin replaces them (Altinity plugin for ClickHouse). */
const MACROS: readonly [string, string][] = [
  ["$timeSeries", "(intDiv(toUInt32(timestamp), 60) * 60) * 1000"],
  ["$timeFilter", "timestamp >= toDateTime(1790000000) AND timestamp <= toDateTime(1790003600)"],
  ["$dataset", "ishare_idp"],
];
/** Of the engine's SQL reference; names are compared without case. */
const FUNCTIONS = ["sum", "sumif", "quantileweighted", "intdiv", "touint32", "todatetime"];
const COLUMNS = [
  ...["timestamp", "_sample_interval", "index1"],
  ...BLOBS.map((_, n) => `blob${n + 1}`),
  ...DOUBLES.map((_, n) => `double${n + 1}`),
];

const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ query, format }) => [title, query, format] as const),
);
const expand = (query: string): string =>
  MACROS.reduce((text, [macro, sql]) => text.replaceAll(macro, sql), query);

function read(query: string) {
  const statement = parseFirst(expand(query)) as SelectFromStatement;
  const columns = new Set<string>();
  const functions = new Set<string>();
  const tables = new Set<string>();
  const visitor = astVisitor((walk) => ({
    ref: ({ name }) => void columns.add(name),
    call: (call) => {
      functions.add(call.function.name);
      walk.super().call(call);
    },
    tableRef: ({ name }) => void tables.add(name),
  }));
  visitor.statement(statement);
  return { statement, columns, functions, tables };
}

test("has panels, each with its own id, and asks which dataset", () => {
  expect(queries.length).toBeGreaterThanOrEqual(8);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "dataset"]);
});

describe.each(queries)("%s", (_, query, format) => {
  const { statement, columns, functions, tables } = read(query);
  const aliases = (statement.columns ?? []).map(
    ({ alias, expr }) => alias?.name ?? (expr as { name: string }).name,
  );

  test("asks one dataset, within the dashboard's time", () => {
    expect(statement.type).toBe("select");
    expect([...tables]).toEqual(["ishare_idp"]);
    expect(query).toContain("$timeFilter");
    expect(expand(query)).not.toContain("$");
  });

  test("names columns that are written, and functions that there are", () => {
    for (const name of columns) expect([...COLUMNS, ...aliases]).toContain(name);
    for (const name of functions) expect(FUNCTIONS).toContain(name);
    expect(columns).toContain("_sample_interval"); // else it would count samples, not requests
  });

  test("groups by what it does not add up", () => {
    const groups = (statement.groupBy ?? []).map((it) => (it as { readonly name: string }).name);
    const plain = (statement.columns ?? []).flatMap(({ expr, alias }) =>
      /"name":"(sum|sumif|quantileweighted)"/.test(JSON.stringify(expr)) ? [] : [alias?.name],
    );
    expect(groups).toEqual(plain);
    if (format === "time_series") expect(groups[0]).toBe("t");
  });
});

test("a query with a slip would be noticed", () => {
  expect(() => read("SELECT sum(_sample_interval FROM $dataset")).toThrow();
  expect(() => read("SELECT blob1 AS endpoint, FROM $dataset WHERE $timeFilter")).toThrow();
  expect(read("SELECT blob21 FROM $dataset WHERE $timeFilter").columns).toContain("blob21");
  expect(COLUMNS).not.toContain("blob21");
});
