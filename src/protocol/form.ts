/**
 * `application/x-www-form-urlencoded` parameters, from a body or a query. Owns: one value per name (RFC 6749 §3.1,
 * §3.2), valid UTF-8 and percent-encoding. Unknown names pass (wire document §11); meaning is the caller's.
 */
import { ok, type Result, refuse } from "./result.ts";

export type Parameters = ReadonlyMap<string, string>;

/** A parameter sent without a value counts as omitted (RFC 6749 §3.1). */
export function parseParameters(text: string): Result<Parameters> {
  const parameters = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) return refuse("form_malformed");
    if (parameters.has(name)) return refuse("parameter_repeated", { parameter: known(name) });
    parameters.set(name, value);
  }
  for (const [name, value] of parameters) if (value === "") parameters.delete(name);
  return ok(parameters);
}

/** `URLSearchParams` would replace what is malformed by U+FFFD; two readers must not see two values. */
function decode(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text; // a JWT is long, and has neither
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Parameter names come from strangers: only plain ones go to the log. */
const known = (name: string): string => (/^[a-z_]{1,40}$/.test(name) ? name : "other");

export function required(parameters: Parameters, name: string): Result<string> {
  const value = parameters.get(name);
  return value === undefined ? refuse("parameter_missing", { parameter: name }) : ok(value);
}
