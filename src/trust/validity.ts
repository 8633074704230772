/**
 * From when until when a certificate is valid (RFC 5280 §4.1.2.5). Owns the two ways to write a time in X.509, and no others:
 * a time that can't be read is refused, for compared with a clock it would be neither past nor future.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import { type Element, membersOf, must, SEQUENCE } from "./der.ts";

export interface Validity {
  readonly notBefore: EpochSeconds;
  readonly notAfter: EpochSeconds;
}

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

export function readValidity(element: Element): Validity {
  const [notBefore, notAfter, ...rest] = membersOf(element, SEQUENCE);
  must(notBefore !== undefined && notAfter !== undefined && rest.length === 0);
  return { notBefore: readTime(notBefore), notAfter: readTime(notAfter) };
}

/** RFC 6960 §4.2.1 knows this one way only. */
export function readGeneralizedTime(element: Element | undefined): EpochSeconds {
  must(element?.tag === GENERALIZED_TIME);
  return readTime(element);
}

export function readTime({ tag, content }: Element): EpochSeconds {
  const text = String.fromCharCode(...content.subarray(0, 16));
  must(tag === UTC_TIME || tag === GENERALIZED_TIME);
  const century = tag === GENERALIZED_TIME ? "" : text < "50" ? "20" : "19";
  const iso = `${century}${text}`.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  const milliseconds = Date.parse(iso);
  // Date reads more than this one form, the 30th of February as the 2nd of March, and hour 24 as the next day.
  must(!Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === iso);
  return milliseconds / 1000;
}
