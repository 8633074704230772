/**
 * When a list of a stored policy covers what is asked, and when a rule touches it (wire document §10). Owns the rules of
 * `*` and of empty lists; which lists there are is `evaluation`'s.
 */

/** Values asked for in one list of a mask. */
export interface Asked {
  readonly values: readonly string[];
  /** asked for as a whole, by `*` or by naming no value: an SP that reads an empty list as "all" must not be misled */
  readonly whole: boolean;
}

export const askFor = (values: readonly string[]): Asked => ({
  values,
  whole: values.length === 0 || values.includes("*"),
});

export type Stored = ReadonlySet<string>;

/** Is every value asked among those stored? The whole is covered by `*`, or if nothing was asked by nothing stored. */
export function covers(stored: Stored, asked: Asked): boolean {
  if (stored.has("*")) return true;
  if (asked.whole) return asked.values.length === 0 && stored.size === 0;
  return asked.values.every((value) => stored.has(value));
}

/** Is any value asked among those stored? @param stored undefined: not narrowed, so all */
export const overlaps = (stored: Stored | undefined, asked: Asked): boolean =>
  stored === undefined || stored.has("*") || asked.whole || asked.values.some((value) => stored.has(value));
