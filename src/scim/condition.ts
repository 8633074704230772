/**
 * Filters and sorting, from a tree to SQL. Owns what each operator means for each kind of column. The SQL is put together
 * from constants of the allow-list alone; all that somebody sent is bound.
 */
import { usernameKey } from "../directory/human.ts";
import type { Condition } from "../directory/provisioned-user.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { type Column, USER, USER_COLUMNS } from "./attributes.ts";
import type { Comparison, Filter, Value } from "./filter.ts";

type Columns = ReadonlyMap<string, Column>;

export function conditionOf(filter: Filter, columns: Columns = USER_COLUMNS): Result<Condition> {
  if ("filters" in filter) {
    const parts: Condition[] = [];
    for (const part of filter.filters) {
      const condition = conditionOf(part, columns);
      if (!condition.ok) return condition;
      parts.push(condition.value);
    }
    const sql = parts.map((part) => `(${part.sql})`).join(filter.op === "and" ? " AND " : " OR ");
    return ok({ sql, values: parts.flatMap(({ values }) => values) });
  }
  if ("filter" in filter) {
    const condition = conditionOf(filter.filter, columns);
    return condition.ok ? ok({ ...condition.value, sql: `NOT (${condition.value.sql})` }) : condition;
  }
  const column = columnOf(filter.path, columns);
  if (column === undefined) return refuse("scim_filter");
  if (!("value" in filter)) return ok({ sql: `${column.sql} IS NOT NULL`, values: [] });
  return compare(column, filter.op, filter.value);
}

/** By a name in any case, with the schema before it or not. */
export function columnOf(path: string, columns: Columns = USER_COLUMNS): Column | undefined {
  const name = path.toLowerCase();
  const prefix = `${USER}:`.toLowerCase();
  return columns.get(name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

export const orderOf = ({ sql, kind }: Column): string => (kind === "text" ? `lower(${sql})` : sql);

const SIGNS: Partial<Record<Comparison, string>> = {
  eq: "=",
  ne: "<>",
  gt: ">",
  ge: ">=",
  lt: "<",
  le: "<=",
};

function compare(column: Column, op: Comparison, value: Value): Result<Condition> {
  const { sql, kind } = column;
  if (value === null) {
    if (op === "eq") return ok({ sql: `${sql} IS NULL`, values: [] });
    return op === "ne" ? ok({ sql: `${sql} IS NOT NULL`, values: [] }) : refuse("scim_filter");
  }
  if (kind === "boolean") {
    const sign = op === "eq" || op === "ne" ? SIGNS[op] : undefined;
    if (sign === undefined || typeof value !== "boolean") return refuse("scim_filter");
    return ok({ sql: `${sql} ${sign} ?`, values: [Number(value)] });
  }
  if (typeof value !== "string") return refuse("scim_filter");
  if (kind === "date") {
    const at = Date.parse(value) / 1000;
    const sign = SIGNS[op];
    if (sign === undefined || Number.isNaN(at)) return refuse("scim_filter");
    return ok({ sql: `${sql} ${sign} ?`, values: [at] });
  }
  const [left, right] = kind === "text" ? [`lower(${sql})`, "lower(?)"] : [sql, "?"];
  return ok(compareText(left, right, op, kind === "key" ? usernameKey(value) : value));
}

/** What is not there is like nothing, and other than everything: never unknown, which NOT would leave unknown. */
function compareText(left: string, right: string, op: Comparison, value: string): Condition {
  const sign = SIGNS[op];
  if (sign !== undefined)
    return { sql: `coalesce(${left} ${sign} ${right}, ${op === "ne" ? 1 : 0})`, values: [value] };
  if (op === "co") return { sql: `coalesce(instr(${left}, ${right}) > 0, 0)`, values: [value] };
  if (op === "sw") return { sql: `coalesce(instr(${left}, ${right}) = 1, 0)`, values: [value] };
  // Of the end as much as there is to compare; of nothing, `substr` would give all.
  const end = `substr(${left}, -length(?))`;
  return { sql: `coalesce(? = '' OR ${end} = ${right}, 0)`, values: [value, value, value] };
}
