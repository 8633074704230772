/**
 * A strict reader of DER (X.690 §8.1, §10.1): tag, definite minimal length, content, and the few simple types that
 * certificates and what revokes them are made of; and the writing of an element. Owns the rule that one value has one
 * encoding: one certificate, one fingerprint. What the values mean is for the files beside this one.
 *
 * `readElements` answers undefined; everything else throws `Malformed`, which the parsers turn into a refusal.
 */
import { concat } from "../protocol/encoding.ts";

export interface Element {
  readonly tag: number;
  /** tag, length and content */
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly content: Uint8Array<ArrayBuffer>;
}

type Bytes = Element["content"];

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OID = 0x06;
export const ENUMERATED = 0x0a;
export const SEQUENCE = 0x30;
export const SET = 0x31;
/** `[number]`, primitive: a value tagged IMPLICIT */
export const context = (number: number): number => 0x80 + number;
/** `[number]`, constructed: around a value (EXPLICIT), or in the place of a SEQUENCE's tag (IMPLICIT) */
export const contextOf = (number: number): number => 0xa0 + number;

/** No list in a certificate is longer, so what a stranger's certificate costs is bounded before it is spent. */
export const MAX_ELEMENTS = 40;
/** Longer than any OID in use; a shorter bound on what gets into the log. */
const MAX_OID_BYTES = 32;

/** The elements that fill `bytes` to the last byte; undefined when they don't, or are more than `most`. */
export function readElements(
  bytes: Uint8Array<ArrayBuffer>,
  most = MAX_ELEMENTS,
): readonly Element[] | undefined {
  const elements: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const element = readElement(bytes, at);
    if (element === undefined || elements.length === most) return undefined;
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
    : { tag, raw: bytes.subarray(start, end), content: bytes.subarray(content, end) };
}

export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

export class Malformed extends Error {}

export function must(condition: boolean): asserts condition {
  if (!condition) throw new Malformed();
}

/** The content of an element that must have this tag. */
export function contentOf(element: Element | undefined, tag: number): Bytes {
  must(element?.tag === tag);
  return element.content;
}

/** The elements in an element that must have this tag. */
export function membersOf(element: Element | undefined, tag: number): readonly Element[] {
  const members = readElements(contentOf(element, tag));
  must(members !== undefined);
  return members;
}

/** The same, for a list that may not be empty: SIZE (1..MAX). */
export function listOf(element: Element | undefined, tag: number): readonly Element[] {
  const members = membersOf(element, tag);
  must(members.length > 0);
  return members;
}

/** Members that may be absent, each in its place of the order. */
export function readOptional(
  members: readonly Element[],
  tags: readonly number[],
): readonly (Element | undefined)[] {
  const left = [...members];
  const found = tags.map((tag) => (left[0]?.tag === tag ? left.shift() : undefined));
  must(left.length === 0);
  return found;
}

/** The one element that fills `bytes`. */
export function onlyElement(bytes: Bytes): Element {
  const elements = readElements(bytes);
  must(elements?.length === 1 && elements[0] !== undefined);
  return elements[0];
}

/** @returns the number of an ENUMERATED that has so few values that they fit in seven bits */
export function readEnumerated(element: Element | undefined): number {
  const [value, ...rest] = contentOf(element, ENUMERATED);
  must(value !== undefined && value < 0x80 && rest.length === 0);
  return value;
}

/** @returns content of an INTEGER: never empty, no superfluous first byte (X.690 §8.3.2) */
export function readInteger(element: Element | undefined, tag = INTEGER): Bytes {
  const content = contentOf(element, tag);
  const [first, second = 0] = content;
  must(first !== undefined);
  must(content.length === 1 || !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)));
  return content;
}

/** `BOOLEAN DEFAULT FALSE`. DER leaves FALSE out (X.690 §11.5); many CAs write it down, and it can't be mistaken. */
export function readFlag(element: Element): boolean {
  const [value, ...rest] = contentOf(element, BOOLEAN);
  must((value === 0 || value === 0xff) && rest.length === 0); // X.690 §11.1
  return value === 0xff;
}

/**
 * A named bit list of at most 16 bits, one of them set. DER leaves out zeros at the end (X.690 §11.2.2); CAs do write
 * them, openssl reads them, and the bytes are signed.
 * @returns the first bit as 1, the second as 2, the third as 4, …
 */
export function readBits(element: Element, tag = BIT_STRING): number {
  const [unused, ...bytes] = contentOf(element, tag);
  const last = bytes.at(-1);
  must(unused !== undefined && unused < 8 && bytes.length <= 2 && last !== undefined);
  must((last & ((1 << unused) - 1)) === 0 && bytes.some((byte) => byte !== 0));
  let bits = 0;
  for (const [at, byte] of bytes.entries())
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) bits |= 1 << (at * 8 + bit);
  return bits;
}

/** @returns dotted, and never longer than some 130 characters */
export function readOid(element: Element | undefined, tag = OID): string {
  const content = contentOf(element, tag);
  must(content.length > 0 && content.length <= MAX_OID_BYTES);
  const arcs: bigint[] = [];
  let arc: bigint | undefined; // undefined: at the start of an arc
  for (const byte of content) {
    must(arc !== undefined || byte !== 0x80); // no leading zeros, X.690 §8.19.2
    const value: bigint = (arc ?? 0n) * 128n + BigInt(byte & 0x7f);
    if (byte < 0x80) arcs.push(value);
    arc = byte < 0x80 ? undefined : value;
  }
  must(arc === undefined);
  const [first = 0n, ...rest] = arcs;
  const top = first < 80n ? first / 40n : 2n; // §8.19.4: the first two share one
  return [top, first - top * 40n, ...rest].join(".");
}

/** Tag, minimal length, content. */
export function writeElement(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  const header = [tag, ...(length < 0x80 ? [length] : [0x80 + digits.length, ...digits])];
  return concat([Uint8Array.from(header), ...content]);
}
