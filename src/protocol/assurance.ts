/**
 * Levels of assurance (wire document §5): names, order, and which level answers `acr_values`.
 * low = one factor; substantial = multi-factor; high = multi-factor with a key in tamper-resistant hardware.
 */

const PREFIX = "urn:http://eidas.europa.eu/LoA/NotNotified/";
export const LEVELS = ["low", "substantial", "high"] as const;
export type Level = (typeof LEVELS)[number];

export const acrOf = (level: Level): string => PREFIX + level;

/** The lower of two levels: a strong key in the hands of someone weakly identified is weak. */
export const lower = (one: Level, other: Level): Level =>
  LEVELS.indexOf(one) < LEVELS.indexOf(other) ? one : other;

export const reaches = (level: Level, wanted: Level): boolean =>
  LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);

export const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text);

/** `acr_values` in order of preference; unknown values are skipped. Undefined: the SP asked for nothing. */
export function parseAcrValues(text: string | undefined): readonly Level[] | undefined {
  if (text === undefined) return undefined;
  return text
    .split(" ")
    .filter((value) => value.startsWith(PREFIX))
    .map((value) => value.slice(PREFIX.length))
    .filter(isLevel);
}

/** The first wanted level that can be reached; undefined when none can. No wish is met by `reachable`. */
export function chooseLevel(wanted: readonly Level[] | undefined, reachable: Level): Level | undefined {
  return wanted === undefined ? reachable : wanted.find((level) => reaches(reachable, level));
}
