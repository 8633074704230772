/**
 * The `traceparent` header (W3C Trace Context, Level 1 §3.2): which trace a request says it belongs to. Pure. It comes from
 * strangers: it joins lines and spans of one sign-in, and decides nothing.
 */

export interface TraceContext {
  /** 32 hex digits, lower case, not all zero */
  readonly traceId: string;
  /** the caller's span: 16 hex digits */
  readonly parentId: string;
}

// version "-" trace-id "-" parent-id "-" trace-flags; a later version may say more behind another dash (§4.3)
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x21-\x7e]*)?$/;
const MAX_LENGTH = 256;

/** @returns undefined for what is not valid, a header that came twice included: it is ignored then (§3.2.2) */
export function parseTraceparent(header: string | null): TraceContext | undefined {
  if (header === null || header.length > MAX_LENGTH) return undefined;
  const [, version, traceId = "", parentId = "", more] = TRACEPARENT.exec(header) ?? [];
  if (version === undefined || version === "ff") return undefined;
  if (version === "00" && more !== undefined) return undefined;
  if (more?.includes(",")) return undefined; // two headers, joined
  return /[^0]/.test(traceId) && /[^0]/.test(parentId) ? { traceId, parentId } : undefined;
}
