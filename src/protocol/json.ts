/**
 * Strict JSON: one reading only. Owns the refusal of what parsers disagree about: duplicate member names,
 * `__proto__`, and depth beyond need (RFC 8725 §3.1; RFC 8259 §4). Shapes are the caller's.
 */

export type JsonObject = { readonly [name: string]: unknown };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @returns the value, or undefined when `text` is not JSON, nests deeper than `maxDepth`, or names a member twice. */
export function parseJson(text: string, maxDepth = 16): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return hasOneReading(text, maxDepth) ? value : undefined;
}

/** @returns the object, or undefined when `text` is anything but one JSON object with one reading. */
export function parseJsonObject(text: string, maxDepth = 16): JsonObject | undefined {
  const value = parseJson(text, maxDepth);
  return isJsonObject(value) ? value : undefined;
}

/** Walks text that is known to be valid JSON; strings and brackets are all that matters then. */
function hasOneReading(text: string, maxDepth: number): boolean {
  const open: (Set<string> | undefined)[] = []; // names seen in each open object; undefined for an array
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === "{" || letter === "[") {
      if (open.push(letter === "{" ? new Set() : undefined) > maxDepth) return false;
    } else if (letter === "}" || letter === "]") {
      open.pop();
    } else if (letter === '"') {
      const start = at++;
      while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      const names = open.at(-1);
      if (names === undefined || nextLetter(text, at + 1) !== ":") continue;
      const name: string = JSON.parse(text.slice(start, at + 1));
      if (names.has(name) || name === "__proto__") return false;
      names.add(name);
    }
  }
  return true;
}

function nextLetter(text: string, from: number): string | undefined {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return text[at];
}
