/**
 * Where a certificate says that its issuer tells what it has revoked: lists (cRLDistributionPoints, RFC 5280 §4.2.1.13)
 * and OCSP responders (authorityInfoAccess, §4.2.2.1). Owns the form of both and which entries are of use; whether an
 * address may be called is for `registry/public-url`.
 */
import { encodeHex } from "../protocol/encoding.ts";
import {
  context,
  contextOf,
  type Element,
  listOf,
  membersOf,
  onlyElement,
  readBits,
  readElements,
  readOptional,
  SEQUENCE,
} from "./der.ts";
import { readGeneralNames, readRelativeName } from "./name.ts";

/** id-ad-ocsp, 1.3.6.1.5.5.7.48.1: the whole element */
const OCSP = "06082b06010505073001";
const URI = context(6);
/** Longer than any in use. */
const MAX_URI_BYTES = 1000;

/**
 * DistributionPoint ::= SEQUENCE { distributionPoint [0], reasons [1], cRLIssuer [2] }, all optional
 * @returns URIs of lists about every reason, from the issuer itself: others are not evaluated
 */
export function readDistributionPoints(value: Element): readonly string[] {
  return listOf(value, SEQUENCE).flatMap((point) => {
    const tags = [contextOf(0), context(1), contextOf(2)];
    const [name, reasons, issuer] = readOptional(membersOf(point, SEQUENCE), tags);
    const uris = name === undefined ? [] : readPointName(onlyElement(name.content));
    if (reasons !== undefined) readBits(reasons, context(1));
    if (issuer !== undefined) readGeneralNames(issuer, contextOf(2));
    return reasons === undefined && issuer === undefined ? uris : [];
  });
}

/**
 * DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }
 * @returns URIs of a full name
 */
export function readPointName(name: Element): readonly string[] {
  if (name.tag !== contextOf(1)) return readGeneralNames(name, contextOf(0)).flatMap(uriOf);
  readRelativeName(name, contextOf(1));
  return [];
}

/**
 * AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { accessMethod OID, accessLocation GeneralName }. Nothing depends on
 * its form but where to ask, so what can't be read names nobody, and refuses no certificate.
 * @param value what the extension holds
 */
export function readResponders(value: Element["content"] | undefined): readonly string[] {
  const [syntax, ...others] = readElements(value ?? new Uint8Array()) ?? [];
  if (syntax?.tag !== SEQUENCE || others.length > 0) return [];
  return (readElements(syntax.content) ?? []).flatMap((description) => {
    const [method, location, ...rest] = readElements(description.content) ?? [];
    const isOcsp = method !== undefined && encodeHex(method.raw) === OCSP && rest.length === 0;
    return isOcsp && location !== undefined ? uriOf(location) : [];
  });
}

const uriOf = ({ tag, content }: Element): readonly string[] =>
  tag === URI && content.length <= MAX_URI_BYTES ? [String.fromCharCode(...content)] : [];
