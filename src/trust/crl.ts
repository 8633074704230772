/**
 * Certificate revocation lists (RFC 5280 §5): what does this list say of this certificate? Owns the list's form, whose
 * signature it needs, and which certificates it is about (§6.3.3). A list that holds anything critical that is not
 * evaluated says nothing of anybody: indirect lists, lists of changes, lists about some reasons only.
 */
import { decodeHex } from "../protocol/encoding.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { hasKeyUsage } from "./certificate.ts";
import {
  contentOf,
  context,
  contextOf,
  type Element,
  INTEGER,
  membersOf,
  must,
  onlyElement,
  readElements,
  readInteger,
  readOptional,
  SEQUENCE,
  sameBytes,
} from "./der.ts";
import { readPointName } from "./evidence-sources.ts";
import { type ExtensionList, readExtensionList } from "./extensions.ts";
import { dated, type Evidence, type Link, readReason, type Status, strictly } from "./revocation.ts";
import { isSignedWith, readSigned, type Signed } from "./signature.ts";
import { readTime } from "./validity.ts";

const ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
const DELTA_CRL_INDICATOR = "2.5.29.27";
const REASON_CODE = "2.5.29.21";
const CERTIFICATE_ISSUER = "2.5.29.29";
/** UTCTime and GeneralizedTime */
const TIMES = [0x17, 0x18];

/** Whether the list is still of use is for `conclude`. */
export async function readCrl(der: Uint8Array<ArrayBuffer>, link: Link): Promise<Result<Evidence>> {
  const { issuer } = link;
  const list = strictly(() => ok(readFields(readSigned(onlyElement(der)))));
  if (!list.ok) return list;
  const { extensions, revoked, thisUpdate, nextUpdate } = list.value;
  // Another CA's list, or an indirect one; and not every CA may sign lists (§4.2.1.3).
  if (!sameBytes(list.value.issuer.raw, issuer.subject) || !hasKeyUsage(issuer, "cRLSign"))
    return refuse("revocation_signer");
  const { hash, signature, tbs } = list.value.signed;
  // Before the entries, of which a stranger could send very many.
  if (!(await isSignedWith(issuer.spki, hash, signature, tbs.raw))) return refuse("revocation_signature");
  return strictly(() => {
    const scope = checkScope(extensions, link);
    if (!scope.ok) return scope;
    const status = findStatus(revoked, link);
    return status.ok ? ok(dated(status.value, thisUpdate, nextUpdate)) : status;
  });
}

interface Fields {
  readonly signed: Signed;
  readonly issuer: Element;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly revoked: Element | undefined;
  readonly extensions: ExtensionList | undefined;
}

/**
 * TBSCertList ::= SEQUENCE { version INTEGER (v2), signature, issuer, thisUpdate, nextUpdate OPTIONAL,
 * revokedCertificates SEQUENCE OPTIONAL, crlExtensions [0] OPTIONAL }, §5.1.2
 */
function readFields(signed: Signed): Fields {
  const [version, algorithm, issuer, thisUpdate, ...others] = membersOf(signed.tbs, SEQUENCE);
  must(sameBytes(contentOf(version, INTEGER), Uint8Array.of(1)) && signed.rest.length === 0);
  must(algorithm !== undefined && sameBytes(algorithm.raw, signed.algorithm.raw)); // §5.1.1.2
  must(issuer !== undefined && thisUpdate !== undefined);
  const nextUpdate = TIMES.includes(others[0]?.tag ?? 0) ? others.shift() : undefined;
  const [revoked, extensions] = readOptional(others, [SEQUENCE, contextOf(0)]);
  return {
    signed,
    issuer,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: nextUpdate && readTime(nextUpdate),
    revoked,
    extensions: extensions && readExtensionList(onlyElement(extensions.content)),
  };
}

/**
 * IssuingDistributionPoint ::= SEQUENCE { distributionPoint [0], onlyContainsUserCerts [1], onlyContainsCACerts [2],
 * onlySomeReasons [3], indirectCRL [4], onlyContainsAttributeCerts [5] }, §5.2.5. Lists come over plain http: another
 * list of the same CA must not pass for this one.
 */
function checkScope(extensions: ExtensionList | undefined, { certificate }: Link): Result<void> {
  if (extensions === undefined) return ok(undefined);
  const { values, critical } = extensions;
  const foreign = [...critical].find((oid) => oid !== ISSUING_DISTRIBUTION_POINT);
  if (foreign !== undefined) return refuse("revocation_not_understood", { oid: foreign }); // §5.2
  if (values.has(DELTA_CRL_INDICATOR))
    return refuse("revocation_not_understood", { oid: DELTA_CRL_INDICATOR });
  const point = extensions.read(ISSUING_DISTRIBUTION_POINT, (value) => {
    const tags = [contextOf(0), ...[1, 2, 3, 4, 5].map(context)];
    const [name, users, authorities, reasons, indirect, attributes] = readOptional(
      membersOf(value, SEQUENCE),
      tags,
    );
    return {
      uris: name && readPointName(onlyElement(name.content)),
      reasons,
      ...{ users: isTrue(users), authorities: isTrue(authorities) },
      ...{ indirect: isTrue(indirect), attributes: isTrue(attributes) },
    };
  });
  if (point === undefined) return ok(undefined);
  if (point.indirect || point.reasons !== undefined)
    return refuse("revocation_not_understood", { oid: ISSUING_DISTRIBUTION_POINT });
  const isAbout =
    !(point.attributes || (certificate.isCa ? point.users : point.authorities)) &&
    (point.uris === undefined || point.uris.some((uri) => certificate.crlUris.includes(uri)));
  return isAbout ? ok(undefined) : refuse("revocation_other_certificate");
}

function isTrue(flag: Element | undefined): boolean {
  const [value, ...rest] = flag?.content ?? [0];
  must((value === 0 || value === 0xff) && rest.length === 0);
  return value === 0xff;
}

/**
 * revokedCertificates ::= SEQUENCE OF SEQUENCE { userCertificate, revocationDate, crlEntryExtensions OPTIONAL }, §5.3. All
 * are read: one that is not understood makes the whole list useless.
 */
function findStatus(revoked: Element | undefined, { certificate }: Link): Result<Status> {
  const serial = decodeHex(certificate.serial);
  const entries = revoked === undefined ? [] : readElements(revoked.content, Number.POSITIVE_INFINITY);
  must(serial !== undefined && entries !== undefined);
  let status: Status = { kind: "good" };
  for (const entry of entries) {
    const [number, date, list, ...rest] = membersOf(entry, SEQUENCE);
    must(date !== undefined && rest.length === 0);
    const at = readTime(date);
    const extensions = list && readExtensionList(list);
    const foreign = [...(extensions?.values.keys() ?? [])].find(
      (oid) => oid === CERTIFICATE_ISSUER || (extensions?.critical.has(oid) && oid !== REASON_CODE),
    );
    if (foreign !== undefined) return refuse("revocation_not_understood", { oid: foreign });
    const reason = extensions?.read(REASON_CODE, readReason) ?? "unspecified";
    if (sameBytes(readInteger(number), serial)) status = { kind: "revoked", at, reason };
  }
  return ok(status);
}
