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
  return findSecondReading(text, maxDepth) === undefined ? value : undefined;
}

/** @returns the object, or undefined when `text` is anything but one JSON object with one reading. */
export function parseJsonObject(text: string, maxDepth = 16): JsonObject | undefined {
  const value = parseJson(text, maxDepth);
  return isJsonObject(value) ? value : undefined;
}

/** Where parsers would disagree: names and positions from the outermost in, and what is wrong there. */
export interface SecondReading {
  readonly path: readonly (string | number)[];
  readonly problem: "twice" | "depth" | "__proto__";
}

/** What is wrong, behind the place where it is: for whoever wrote the text. */
export function describeProblem(problem: SecondReading["problem"], maxDepth: number): string {
  if (problem === "depth") return `nests deeper than ${maxDepth}`;
  // No table by name: in an object literal `__proto__` is no member.
  return problem === "twice" ? "is there twice" : "is no name for a member";
}

/** An object or array that is open at some point of the text. */
interface Open {
  /** seen so far; undefined for an array */
  readonly names: Set<string> | undefined;
  /** of the member or item that is being read */
  key: string | number;
}

/** Walks text that is known to be valid JSON; strings, brackets and commas are all that matters then. */
export function findSecondReading(text: string, maxDepth: number): SecondReading | undefined {
  const open: Open[] = [];
  const here = (problem: SecondReading["problem"]): SecondReading => ({
    path: open.map(({ key }) => key),
    problem,
  });
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    const current = open.at(-1);
    if (letter === "{" || letter === "[") {
      if (open.length === maxDepth) return here("depth");
      open.push(letter === "{" ? { names: new Set(), key: "" } : { names: undefined, key: 0 });
    } else if (letter === "}" || letter === "]") {
      open.pop();
    } else if (letter === "," && typeof current?.key === "number") {
      current.key++;
    } else if (letter === '"') {
      const start = at;
      at = endOfString(text, start);
      if (current?.names === undefined || nextLetter(text, at + 1) !== ":") continue;
      const name: string = JSON.parse(text.slice(start, at + 1));
      current.key = name;
      if (name === "__proto__") return here("__proto__");
      if (current.names.has(name)) return here("twice");
      current.names.add(name);
    }
  }
  return undefined;
}

/** Strings are most of a JWT's header (certificates), so they are searched and not walked. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at;
}

/** Behind an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

function nextLetter(text: string, from: number): string | undefined {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return text[at];
}
