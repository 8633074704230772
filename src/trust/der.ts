/**
 * A reader of DER's outer frame (X.690 §8.1, §10.1): tag, definite minimal length, content. Owns what a lenient ASN.1
 * parser forgives and identity can't: one certificate has one encoding, so one fingerprint. Meaning is the library's.
 */

export interface Element {
  readonly tag: number;
  /** tag, length and content */
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly content: Uint8Array<ArrayBuffer>;
}

export const SEQUENCE = 0x30;
export const BIT_STRING = 0x03;

/** The elements that fill `bytes` to the last byte, or undefined. */
export function readElements(bytes: Uint8Array<ArrayBuffer>): readonly Element[] | undefined {
  const elements: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const element = readElement(bytes, at);
    if (element === undefined) return undefined;
    elements.push(element);
    at += element.raw.length;
  }
  return elements;
}

function readElement(bytes: Uint8Array<ArrayBuffer>, start: number): Element | undefined {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined; // no multi-byte tags in X.509
  let length = first;
  let content = start + 2;
  if (first >= 0x80) {
    const count = first - 0x80;
    if (count < 1 || count > 3 || content + count > bytes.length) return undefined; // 0x80 is BER's indefinite form
    length = 0;
    for (const byte of bytes.subarray(content, content + count)) length = length * 256 + byte;
    const minimal = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
    if (minimal !== count) return undefined;
    content += count;
  }
  const end = content + length;
  return end > bytes.length
    ? undefined
    : { tag, raw: bytes.slice(start, end), content: bytes.slice(content, end) };
}

export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);
