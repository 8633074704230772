/**
 * What the sandbox's authorities sign about certificates: revocation lists (RFC 5280 §5) and OCSP answers (RFC 6960
 * §4.2). Owns their form and their life, which is a minute: whoever tries things out does not want to wait.
 */
import { readPemChain } from "../../src/jwt/keys.ts";
import { decodeHex } from "../../src/protocol/encoding.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { type Certificate, parseCertificate } from "../../src/trust/certificate.ts";
import {
  BIT_STRING,
  contentOf,
  context,
  contextOf,
  ENUMERATED,
  INTEGER,
  listOf,
  membersOf,
  OCTET_STRING,
  OID,
  onlyElement,
  readInteger,
  SEQUENCE,
  writeElement,
} from "../../src/trust/der.ts";
import type { AuthorityName, AuthoritySettings } from "../authorities.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const LIFE_SECONDS = 60;
/** A hold, for it alone can be taken back (RFC 5280 §5.3.1). */
const CERTIFICATE_HOLD = 6;

const hex = (text: string): Bytes => decodeHex(text) ?? new Uint8Array();
const sequence = (...content: readonly Bytes[]): Bytes => writeElement(SEQUENCE, ...content);
const SHA_256_WITH_RSA = hex("300d06092a864886f70d01010b0500");
const BASIC_RESPONSE = writeElement(OID, hex("2b0601050507300101"));
const REASON = writeElement(ENUMERATED, Uint8Array.of(CERTIFICATE_HOLD));

export interface Authority {
  readonly name: AuthorityName;
  readonly certificate: Certificate;
  readonly key: CryptoKey;
}

/** A certificate that an authority issued, by its INTEGER, and since when it is revoked. */
export interface Issued {
  readonly serial: Bytes;
  readonly revokedAt: EpochSeconds | undefined;
}

export async function openAuthority({ name, key, certificate }: AuthoritySettings): Promise<Authority> {
  const [der = new Uint8Array()] = readPemChain(certificate) ?? [];
  const parsed = await parseCertificate(der);
  if (!parsed.ok) throw new Error(`the certificate of authority ${name} can't be read`);
  const body = Uint8Array.from(atob(key.replace(/-----[A-Z ]+-----|\s/g, "")), (it) => it.charCodeAt(0));
  const scheme = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const signing = await crypto.subtle.importKey("pkcs8", body, scheme, false, ["sign"]);
  return { name, certificate: parsed.value, key: signing };
}

export async function signCrl(
  { certificate, key }: Authority,
  issued: readonly Issued[],
  now: EpochSeconds,
): Promise<Bytes> {
  const reason = sequence(extension("551d15", REASON));
  const entries = issued.flatMap(({ serial, revokedAt }) =>
    revokedAt === undefined ? [] : [sequence(writeElement(INTEGER, serial), utcTime(revokedAt), reason)],
  );
  const keyId = writeElement(context(0), hex(certificate.subjectKeyId ?? ""));
  const tbs = sequence(
    writeElement(INTEGER, Uint8Array.of(1)),
    SHA_256_WITH_RSA,
    certificate.subject,
    utcTime(now),
    utcTime(now + LIFE_SECONDS),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    writeElement(
      contextOf(0),
      // authorityKeyIdentifier, cRLNumber
      sequence(extension("551d23", sequence(keyId)), extension("551d14", writeElement(INTEGER, number(now)))),
    ),
  );
  return sign(tbs, key);
}

/** @throws Malformed for what is no OCSP request */
export async function signOcsp(
  request: Bytes,
  { certificate, key }: Authority,
  issued: readonly Issued[],
  now: EpochSeconds,
): Promise<Bytes> {
  const [tbsRequest] = membersOf(onlyElement(request), SEQUENCE);
  // Version and requestor's name are optional, and tagged; the list is the SEQUENCE.
  const list = membersOf(tbsRequest, SEQUENCE).find(({ tag }) => tag === SEQUENCE);
  const responses = listOf(list, SEQUENCE).map((single) => {
    const [certId] = membersOf(single, SEQUENCE);
    const serial = readInteger(membersOf(certId, SEQUENCE)[3]);
    const found = issued.find((it) => it.serial.join() === serial.join());
    const life = [time(now), writeElement(contextOf(0), time(now + LIFE_SECONDS))];
    return sequence(certId?.raw ?? new Uint8Array(), statusOf(found), ...life);
  });
  const [, bits] = membersOf(onlyElement(certificate.spki), SEQUENCE);
  const keyHash = await crypto.subtle.digest("SHA-1", contentOf(bits, BIT_STRING).slice(1));
  const responder = writeElement(contextOf(2), writeElement(OCTET_STRING, new Uint8Array(keyHash)));
  const basic = await sign(sequence(responder, time(now), sequence(...responses)), key);
  return sequence(
    writeElement(ENUMERATED, Uint8Array.of(0)),
    writeElement(contextOf(0), sequence(BASIC_RESPONSE, writeElement(OCTET_STRING, basic))),
  );
}

function statusOf(issued: Issued | undefined): Bytes {
  if (issued === undefined) return writeElement(context(2));
  if (issued.revokedAt === undefined) return writeElement(context(0));
  return writeElement(contextOf(1), time(issued.revokedAt), writeElement(contextOf(0), REASON));
}

async function sign(tbs: Bytes, key: CryptoKey): Promise<Bytes> {
  const signature = new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, tbs));
  return sequence(tbs, SHA_256_WITH_RSA, writeElement(BIT_STRING, Uint8Array.of(0), signature));
}

/** @param oid content, hex */
const extension = (oid: string, value: Bytes): Bytes =>
  sequence(writeElement(OID, hex(oid)), writeElement(OCTET_STRING, value));

/** A time of this century as an INTEGER: its first byte is never zero, and never negative. */
const number = (now: EpochSeconds): Bytes =>
  hex(now.toString(16).padStart(10, "0")).slice(now < 0x80000000 ? 1 : 0);

const digits = (at: EpochSeconds): string =>
  `${new Date(at * 1000).toISOString().replace(/[-:T]|\..*/g, "")}Z`;
const ascii = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const time = (at: EpochSeconds): Bytes => writeElement(0x18, ascii(digits(at)));
/** RFC 5280 §5.1.2.4: until 2049 */
const utcTime = (at: EpochSeconds): Bytes => writeElement(0x17, ascii(digits(at).slice(2)));
