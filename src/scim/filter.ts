/**
 * Filters (RFC 7644 §3.4.2.2), from text to a tree. Owns the grammar and its bounds; nothing is looked up here. A value is
 * JSON as the RFC says, so `"A\\b"` is one backslash. Why this is our own: decision 0016.
 */
import { parseJson } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";

export type Comparison = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";
export type Value = string | number | boolean | null;

export type Filter =
  | { readonly op: "and" | "or"; readonly filters: readonly Filter[] }
  | { readonly op: "not"; readonly filter: Filter }
  /** @property path in lower case, with that of a value path before it: `emails[type eq "x"]` names `emails.type` */
  | { readonly op: "pr"; readonly path: string }
  | { readonly op: Comparison; readonly path: string; readonly value: Value };

const MAX_LENGTH = 1000;
const MAX_COMPARISONS = 20;
const MAX_DEPTH = 10;
const TOKEN = /\s*(?:("(?:[^"\\\p{Cc}]|\\.)*")|([()[\]])|(\.?[a-z$][\w$:.-]*)|(-?\d+(?:\.\d+)?)|$)/iuy;
const COMPARISONS: ReadonlySet<string> = new Set(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);

class Malformed extends Error {}

export function parseFilter(source: string): Result<Filter> {
  if (source.length > MAX_LENGTH) return refuse("scim_filter");
  try {
    const reader = new Reader(tokensOf(source));
    const filter = reader.either("", 0);
    return reader.next() === "" ? ok(filter) : refuse("scim_filter");
  } catch (error) {
    if (error instanceof Malformed) return refuse("scim_filter");
    throw error;
  }
}

function tokensOf(source: string): string[] {
  const tokens: string[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < source.length) {
    const match = pattern.exec(source);
    if (match === null) throw new Malformed();
    const token = match[0].trim();
    if (token !== "") tokens.push(token);
    else if (match[0] === "") break;
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  #comparisons = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** @returns "" at the end */
  next(): string {
    return this.#tokens[this.#at++] ?? "";
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) throw new Malformed();
  }

  /** `and` binds closer than `or`. @param prefix path of the value path that this stands in */
  either(prefix: string, depth: number): Filter {
    if (depth > MAX_DEPTH) throw new Malformed();
    const filters = [this.#both(prefix, depth)];
    while (this.#take("or")) filters.push(this.#both(prefix, depth));
    return joined("or", filters);
  }

  #both(prefix: string, depth: number): Filter {
    const filters = [this.#one(prefix, depth)];
    while (this.#take("and")) filters.push(this.#one(prefix, depth));
    return joined("and", filters);
  }

  #one(prefix: string, depth: number): Filter {
    const negated = this.#take("not");
    if (negated || this.#tokens[this.#at] === "(") {
      this.#expect("(");
      const filter = this.either(prefix, depth + 1);
      this.#expect(")");
      return negated ? { op: "not", filter } : filter;
    }
    const name = this.next();
    if (!/^[a-z$]/i.test(name)) throw new Malformed();
    const path = (prefix === "" ? name : `${prefix}.${name}`).toLowerCase();
    if (!this.#take("[")) return this.#comparison(path);
    if (prefix !== "") throw new Malformed();
    const inside = this.either(path, depth + 1);
    this.#expect("]");
    const sub = this.#tokens[this.#at] ?? "";
    if (!/^\.[a-z$]/i.test(sub)) return inside;
    this.#at++;
    return joined("and", [inside, this.#comparison(path + sub.toLowerCase())]);
  }

  #comparison(path: string): Filter {
    if (++this.#comparisons > MAX_COMPARISONS) throw new Malformed();
    const op = this.next().toLowerCase();
    if (op === "pr") return { op, path };
    if (!COMPARISONS.has(op)) throw new Malformed();
    return { op: op as Comparison, path, value: literalOf(this.next()) };
  }
}

const joined = (op: "and" | "or", filters: readonly [Filter, ...Filter[]] | Filter[]): Filter => {
  const [first, ...others] = filters;
  if (first === undefined) throw new Malformed();
  return others.length === 0 ? first : { op, filters };
};

function literalOf(token: string): Value {
  const literal = token.toLowerCase();
  if (literal === "null") return null;
  if (literal === "true" || literal === "false") return literal === "true";
  const value = /^["\d-]/.test(token) ? parseJson(token) : undefined;
  if (typeof value !== "string" && typeof value !== "number") throw new Malformed();
  return value;
}
