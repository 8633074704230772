/**
 * The Online Certificate Status Protocol (RFC 6960): the question about one certificate, and what the answer says of it.
 * Owns the answer's form and who may sign it: the issuer itself, or whom it certified for just that (§4.2.2.2). A nonce
 * is neither sent nor asked for: answers are made ahead and kept (RFC 5019).
 */
import { decodeHex } from "../protocol/encoding.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Certificate } from "./certificate.ts";
import { checkPath, verifyPath } from "./chain.ts";
import {
  BIT_STRING,
  contentOf,
  context,
  contextOf,
  type Element,
  INTEGER,
  listOf,
  membersOf,
  must,
  NULL,
  OCTET_STRING,
  OID,
  onlyElement,
  readEnumerated,
  readInteger,
  readOid,
  readOptional,
  SEQUENCE,
  sameBytes,
  writeElement,
} from "./der.ts";
import { readExtensionList } from "./extensions.ts";
import { dated, type Evidence, type Link, readReason, type Status, strictly } from "./revocation.ts";
import { isSignedWith, readSigned, type Signed } from "./signature.ts";
import { readGeneralizedTime } from "./validity.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const BASIC = "1.3.6.1.5.5.7.48.1.1"; // id-pkix-ocsp-basic
const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"; // id-kp-OCSPSigning
const SHA_1 = "1.3.14.3.2.26";
const SHA_1_DER = Uint8Array.of(0x2b, 0x0e, 0x03, 0x02, 0x1a);
/** Answers carry the signer's certificate, and sometimes what is above it. */
const MAX_CERTIFICATES = 6;

/** By which names a certificate goes in OCSP. SHA-1 names it, it vouches for nothing (RFC 6960 §4.3). */
interface CertId {
  readonly nameHash: Bytes;
  readonly keyHash: Bytes;
  readonly serial: Bytes;
}

async function certIdOf({ certificate, issuer }: Link): Promise<CertId> {
  return {
    nameHash: await sha1(issuer.subject),
    keyHash: await keyHashOf(issuer),
    serial: decodeHex(certificate.serial) ?? new Uint8Array(),
  };
}

const sha1 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));

/** Of the public key's bits, without tag, length and unused bits. */
function keyHashOf({ spki }: Certificate): Promise<Bytes> {
  const [, key] = membersOf(onlyElement(spki), SEQUENCE);
  return sha1(contentOf(key, BIT_STRING).slice(1));
}

/** @returns an OCSPRequest of one CertID, §4.1.1 */
export async function buildOcspRequest(link: Link): Promise<Bytes> {
  const { nameHash, keyHash, serial } = await certIdOf(link);
  const sequence = (...content: readonly Bytes[]) => writeElement(SEQUENCE, ...content);
  const certId = sequence(
    sequence(writeElement(OID, SHA_1_DER), writeElement(NULL)),
    writeElement(OCTET_STRING, nameHash),
    writeElement(OCTET_STRING, keyHash),
    writeElement(INTEGER, serial),
  );
  return sequence(sequence(sequence(sequence(certId))));
}

/**
 * Whether the answer is still of use is for `conclude`; that a delegated signer's certificate is valid now is checked here.
 * Whether that one was revoked is not asked, with or without id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1).
 */
export async function readOcsp(der: Bytes, link: Link, now: EpochSeconds): Promise<Result<Evidence>> {
  const response = strictly(() => readResponse(onlyElement(der)));
  if (!response.ok) return response;
  const { signed, data, certificates } = response.value;
  const signer = await findSigner(data.responder, certificates, link.issuer, now);
  if (signer === undefined) return refuse("revocation_signer");
  if (!(await isSignedWith(signer.spki, signed.hash, signed.signature, signed.tbs.raw)))
    return refuse("revocation_signature");
  if (data.isCritical) return refuse("revocation_not_understood");
  const id = await certIdOf(link);
  return strictly(() => {
    const [single, ...others] = data.responses.map(readSingle).filter((it) => isAbout(it.id, id));
    if (single === undefined || others.length > 0) return refuse("revocation_other_certificate");
    if (single.isCritical) return refuse("revocation_not_understood");
    return ok(dated(single.status, single.thisUpdate, single.nextUpdate));
  });
}

/** OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] { responseType, response } OPTIONAL } */
function readResponse(element: Element) {
  const [status, bytes, ...rest] = membersOf(element, SEQUENCE);
  const code = readEnumerated(status);
  if (code !== 0) return refuse("revocation_status", { responder: code }); // not signed: an answer, but no evidence
  const [type, response, ...more] = membersOf(onlyElement(contentOf(bytes, contextOf(0))), SEQUENCE);
  must(rest.length === 0 && more.length === 0 && readOid(type) === BASIC);
  const signed = readSigned(onlyElement(contentOf(response, OCTET_STRING)));
  return ok({ signed, data: readData(signed), certificates: readCertificates(signed) });
}

/** What BasicOCSPResponse has behind the signature: certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL */
function readCertificates({ rest }: Signed): readonly Bytes[] {
  const [certificates] = readOptional(rest, [contextOf(0)]);
  if (certificates === undefined) return [];
  return membersOf(onlyElement(certificates.content), SEQUENCE).map(({ raw }) => raw);
}

/** ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash } */
type Responder = { readonly name: Bytes } | { readonly keyHash: Bytes };

/**
 * ResponseData ::= SEQUENCE { version [0] DEFAULT v1, responderID, producedAt, responses SEQUENCE OF SingleResponse,
 * responseExtensions [1] OPTIONAL }. The one version is the default, so DER leaves it out.
 */
function readData({ tbs }: Signed) {
  const [responder, producedAt, responses, ...others] = membersOf(tbs, SEQUENCE);
  const [extensions] = readOptional(others, [contextOf(1)]);
  must(responder !== undefined);
  readGeneralizedTime(producedAt);
  return {
    responder: readResponder(responder),
    responses: listOf(responses, SEQUENCE),
    isCritical: holdsCritical(extensions),
  };
}

function readResponder(element: Element): Responder {
  const inner = onlyElement(element.content);
  if (element.tag === contextOf(1)) return { name: inner.raw };
  must(element.tag === contextOf(2));
  return { keyHash: contentOf(inner, OCTET_STRING) };
}

/** None is evaluated: a nonce that we did not send, where archives end, and the like. */
const holdsCritical = (field: Element | undefined): boolean =>
  field !== undefined && readExtensionList(onlyElement(field.content)).critical.size > 0;

/** SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] OPTIONAL, singleExtensions [1] OPTIONAL } */
function readSingle(element: Element) {
  const [id, status, thisUpdate, ...others] = membersOf(element, SEQUENCE);
  const [nextUpdate, extensions] = readOptional(others, [contextOf(0), contextOf(1)]);
  must(status !== undefined);
  return {
    id: membersOf(id, SEQUENCE),
    status: readStatus(status),
    thisUpdate: readGeneralizedTime(thisUpdate),
    nextUpdate: nextUpdate && readGeneralizedTime(onlyElement(nextUpdate.content)),
    isCritical: holdsCritical(extensions),
  };
}

/** CertStatus ::= CHOICE { good [0] NULL, revoked [1] { revocationTime, revocationReason [0] OPTIONAL }, unknown [2] NULL } */
function readStatus(status: Element): Status {
  if (status.tag === contextOf(1)) {
    const [time, ...others] = membersOf(status, contextOf(1));
    const [reason] = readOptional(others, [contextOf(0)]);
    const at = readGeneralizedTime(time);
    return { kind: "revoked", at, reason: reason ? readReason(onlyElement(reason.content)) : "unspecified" };
  }
  must((status.tag === context(0) || status.tag === context(2)) && status.content.length === 0);
  return { kind: status.tag === context(0) ? "good" : "unknown" };
}

/** CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }: as it was asked, §4.2.2.3 */
function isAbout([algorithm, name, key, serial, ...rest]: readonly Element[], id: CertId): boolean {
  const [hash, parameters, ...more] = membersOf(algorithm, SEQUENCE);
  must(rest.length === 0 && more.length === 0);
  must(parameters === undefined || contentOf(parameters, NULL).length === 0);
  return (
    readOid(hash) === SHA_1 &&
    sameBytes(contentOf(name, OCTET_STRING), id.nameHash) &&
    sameBytes(contentOf(key, OCTET_STRING), id.keyHash) &&
    sameBytes(readInteger(serial), id.serial)
  );
}

async function findSigner(
  responder: Responder,
  certificates: readonly Bytes[],
  issuer: Certificate,
  now: EpochSeconds,
): Promise<Certificate | undefined> {
  const is = async (certificate: Certificate): Promise<boolean> =>
    "name" in responder
      ? sameBytes(responder.name, certificate.subject)
      : sameBytes(responder.keyHash, await keyHashOf(certificate));
  if (await is(issuer)) return issuer;
  for (const der of certificates.slice(0, MAX_CERTIFICATES)) {
    // Issued by this very CA, directly, and for this; every rule of a chain holds, as its anchor the issuer alone counts.
    const path = await verifyPath([der, issuer.der]);
    if (!path.ok || !path.value.leaf.extendedKeyUsages.includes(OCSP_SIGNING)) continue;
    const anchors = { granted: new Set([issuer.fingerprint]), withdrawn: new Set<string>() };
    if (checkPath(path.value, anchors, now).ok && (await is(path.value.leaf))) return path.value.leaf;
  }
  return undefined;
}
