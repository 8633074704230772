/** Paths as PATCH and path-less values name attributes (RFC 7644 §3.5.2): schema, attribute, element, sub-attribute. */
import { ok, type Result, refuse } from "../protocol/result.ts";
import { ENTERPRISE_USER, USER } from "./attributes.ts";
import { type Filter, parseFilter } from "./filter.ts";

export interface Path {
  /** `other`: of a schema that is not known here */
  readonly schema: "core" | "enterprise" | "other";
  /** in lower case; "" for the extension as a whole */
  readonly attribute: string;
  readonly sub?: string;
  /** which elements: what `[…]` says that they equal, by sub-attribute */
  readonly element?: ReadonlyMap<string, string | boolean>;
}

const MAX_LENGTH = 400;
const PATTERN = /^([a-z$][\w$-]*)(?:\[(.*)\])?(?:\.([a-z$][\w$-]*))?$/is;

export function parsePath(text: string): Result<Path> {
  if (text.length > MAX_LENGTH) return refuse("scim_path");
  const name = text.toLowerCase();
  if (name === ENTERPRISE_USER.toLowerCase()) return ok({ schema: "enterprise", attribute: "" });
  for (const [schema, urn] of [["core", USER] as const, ["enterprise", ENTERPRISE_USER] as const]) {
    const prefix = `${urn}:`.toLowerCase();
    if (name.startsWith(prefix)) return parseRest(schema, text.slice(prefix.length));
  }
  return name.startsWith("urn:") ? ok({ schema: "other", attribute: name }) : parseRest("core", text);
}

function parseRest(schema: "core" | "enterprise", text: string): Result<Path> {
  const match = PATTERN.exec(text);
  if (match === null) return refuse("scim_path");
  const [, attribute = "", inside, sub] = match;
  const element = inside === undefined ? undefined : elementOf(parseFilter(inside));
  if (inside !== undefined && element === undefined) return refuse("scim_path");
  return ok({
    ...{ schema, attribute: attribute.toLowerCase() },
    ...(sub === undefined ? {} : { sub: sub.toLowerCase() }),
    ...(element === undefined ? {} : { element }),
  });
}

/** Of the filters only those that say what an element is: directories send no others. */
function elementOf(filter: Result<Filter>): ReadonlyMap<string, string | boolean> | undefined {
  if (!filter.ok) return undefined;
  const parts = filter.value.op === "and" ? filter.value.filters : [filter.value];
  const element = new Map<string, string | boolean>();
  for (const part of parts) {
    if (part.op !== "eq" || (typeof part.value !== "string" && typeof part.value !== "boolean"))
      return undefined;
    element.set(part.path, part.value);
  }
  return element;
}
