/** The query of a list (RFC 7644 §3.4.2): filter, order, page and projection, each within bounds. */
import type { Page } from "../directory/provisioned-user.ts";
import type { Parameters } from "../protocol/form.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { columnOf, conditionOf, orderOf } from "./condition.ts";
import { parseFilter } from "./filter.ts";
import type { Projection } from "./resource.ts";

export const MAX_RESULTS = 100;

export interface ListQuery extends Page {
  /** from 1 */
  readonly startIndex: number;
  readonly projection: Projection;
}

export function parseListQuery(query: Parameters): Result<ListQuery> {
  const where = parseWhere(query);
  if (!where.ok) return where;
  const sortBy = query.get("sortBy");
  const order = sortBy === undefined ? undefined : columnOf(sortBy);
  if (sortBy !== undefined && order === undefined) return refuse("scim_filter");
  const startIndex = parseWhole(query.get("startIndex"), 1);
  const count = parseWhole(query.get("count"), MAX_RESULTS);
  const projection = parseProjection(query);
  if (startIndex === undefined || count === undefined) return refuse("scim_value");
  if (!projection.ok) return projection;
  const first = Math.max(1, startIndex); // RFC 7644 §3.4.2.4: less than 1 is 1, less than 0 is 0
  return ok({
    where: where.value,
    orderBy: order === undefined ? "created_at" : orderOf(order),
    descending: query.get("sortOrder")?.toLowerCase() === "descending",
    limit: Math.min(MAX_RESULTS, Math.max(0, count)),
    offset: first - 1,
    startIndex: first,
    projection: projection.value,
  });
}

function parseWhere(query: Parameters): Result<Page["where"]> {
  const text = query.get("filter");
  if (text === undefined) return ok(undefined);
  const filter = parseFilter(text);
  return filter.ok ? conditionOf(filter.value) : filter;
}

const parseWhole = (text: string | undefined, fallback: number): number | undefined => {
  if (text === undefined) return fallback;
  return /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
};

export function parseProjection(query: Parameters): Result<Projection> {
  const [only, without] = [query.get("attributes"), query.get("excludedAttributes")];
  if (only !== undefined && without !== undefined) return refuse("scim_value"); // RFC 7644 §3.9
  const list = (text: string) => text.split(",").flatMap((it) => (it.trim() === "" ? [] : [it.trim()]));
  if (only !== undefined) return ok({ only: list(only) });
  return ok(without === undefined ? {} : { without: list(without) });
}
