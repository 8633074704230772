/** Time as the protocol counts it. Nothing here reads a clock: `now` is always an argument. */

/** Whole seconds since 1970-01-01T00:00:00Z (RFC 7519 NumericDate, integers only). */
export type EpochSeconds = number;

/** Seconds from an RFC 3339 or ISO 8601 timestamp as registries write it, or undefined. */
export function parseTimestamp(value: unknown): EpochSeconds | undefined {
  if (typeof value !== "string") return undefined;
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
    value.trim(),
  );
  if (parts === null) return undefined; // `Date.parse` reads more, and not the same everywhere
  const [, date, time = "00:00", zone = "Z"] = parts; // without zone it is UTC (wire document §11)
  const offset = zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2").toUpperCase();
  const milliseconds = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/**
 * Did a session or grant begin before all that the human had begun was ended? Then it is over, whatever its own object says: a
 * command reaches the directory only, and one who is active again must not find a thief's session alive.
 */
export const isOver = (begunAt: EpochSeconds, endedAt: EpochSeconds | undefined): boolean =>
  endedAt !== undefined && begunAt <= endedAt;
