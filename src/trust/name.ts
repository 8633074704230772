/**
 * Names in certificates: distinguished names (RFC 5280 §4.1.2.4) and the general names of extensions (§4.2.1.6). Owns
 * their exact form. Which name has to equal which is for `chain`.
 */
import {
  context,
  contextOf,
  type Element,
  listOf,
  MAX_ELEMENTS,
  Malformed,
  membersOf,
  must,
  OCTET_STRING,
  onlyElement,
  readOid,
  SEQUENCE,
  SET,
} from "./der.ts";

/** The types of X.690 that names are written in: their tag, and how to read them. */
const STRINGS: Readonly<Record<number, (content: Uint8Array) => string>> = {
  3: noText, // BIT STRING: x500UniqueIdentifier (2.5.4.45) alone
  12: (content) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content), // UTF8String
  18: latin, // NumericString
  19: latin, // PrintableString
  20: latin, // TeletexString: in practice Latin-1
  22: latin, // IA5String
  28: (content) => wide(content, 4), // UniversalString
  30: (content) => wide(content, 2), // BMPString
};

function noText([unused]: Uint8Array): string {
  must(unused !== undefined && unused < 8);
  return "";
}

function latin(content: Uint8Array): string {
  let text = "";
  for (const byte of content) text += String.fromCharCode(byte);
  return text;
}

function wide(content: Uint8Array, size: 2 | 4): string {
  must(content.length % size === 0);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  let text = "";
  for (let at = 0; at < content.length; at += size)
    text += size === 2 ? String.fromCharCode(view.getUint16(at)) : String.fromCodePoint(view.getUint32(at));
  return text;
}

function readString({ tag, content }: Element): string {
  const read = STRINGS[tag];
  if (read === undefined) throw new Malformed();
  return read(content);
}

/** @returns attributes by OID, the first of each; a name without any is no name */
export function readName(element: Element): ReadonlyMap<string, string> {
  const attributes = listOf(element, SEQUENCE).flatMap((set) => readRelativeName(set, SET));
  must(attributes.length <= MAX_ELEMENTS);
  return new Map(attributes.reverse()); // the last to be set stays
}

type Attribute = readonly [oid: string, text: string];

/** RelativeDistinguishedName ::= SET SIZE (1..MAX) OF SEQUENCE { type, value } */
export function readRelativeName(element: Element, tag: number): readonly Attribute[] {
  return listOf(element, tag).map((attribute) => {
    const [type, value, ...rest] = membersOf(attribute, SEQUENCE);
    must(value !== undefined && rest.length === 0);
    return [readOid(type), readString(value)];
  });
}

const OTHER_NAME = contextOf(0);
const MAIL = context(1);
const DNS = context(2);
const DIRECTORY_NAME = contextOf(4);
const URI = context(6);
const IP = context(7);
const REGISTERED_ID = context(8);

/** GeneralNames, whichever tag they go by; x400Address and ediPartyName are out of use, and refused. */
export function readGeneralNames(element: Element | undefined, tag = SEQUENCE): readonly Element[] {
  const names = listOf(element, tag);
  for (const name of names) readGeneralName(name);
  return names;
}

function readGeneralName(name: Element): void {
  if (name.tag === MAIL || name.tag === DNS || name.tag === URI)
    must(name.content.every((byte) => byte < 0x80));
  else if (name.tag === IP) must(name.content.length === 4 || name.content.length === 16);
  else if (name.tag === REGISTERED_ID) readOid(name, REGISTERED_ID);
  else if (name.tag === DIRECTORY_NAME) readName(onlyElement(name.content));
  else readOtherName(name);
}

function readOtherName(name: Element): void {
  const [type, boxed, ...rest] = membersOf(name, OTHER_NAME);
  readOid(type);
  const [value, ...more] = membersOf(boxed, contextOf(0));
  must(value !== undefined && more.length === 0 && rest.length === 0);
  if (value.tag !== OCTET_STRING && value.tag !== SEQUENCE) readString(value);
}

/** The first distinguished name among them, DER. */
export const directoryName = (names: readonly Element[]): Element["raw"] | undefined =>
  names.find(({ tag }) => tag === DIRECTORY_NAME)?.content;
