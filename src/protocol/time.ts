/** Time as the protocol counts it. Nothing here reads a clock: `now` is always an argument. */

/** Whole seconds since 1970-01-01T00:00:00Z (RFC 7519 NumericDate, integers only). */
export type EpochSeconds = number;

/** Seconds from an RFC 3339 or ISO 8601 timestamp as registries write it, or undefined. */
export function parseTimestamp(value: unknown): EpochSeconds | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value)) return undefined;
  const text = value.trim().replace(" ", "T");
  // A timestamp without zone is UTC (wire document §11), not the machine's zone.
  const hasZone = !text.includes("T") || /(Z|[+-]\d{2}:?\d{2})$/i.test(text);
  const milliseconds = Date.parse(hasZone ? text : `${text}Z`);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}
