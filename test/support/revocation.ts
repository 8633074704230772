/**
 * Revocation lists and OCSP answers for tests, minted on the spot and as faulty as wanted, and a CA that serves them: a
 * function from Request to Response. Knows RFC 5280 and RFC 6960, and nothing of `src`.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { bytesOf, certificateParts, childrenOf, concat, tlv } from "./der.ts";
import type { Identity } from "./pki.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Hash = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

const ALGORITHMS: Readonly<Record<Hash, string>> = {
  "SHA-1": "300d06092a864886f70d0101050500",
  "SHA-256": "300d06092a864886f70d01010b0500",
  "SHA-384": "300d06092a864886f70d01010c0500",
  "SHA-512": "300d06092a864886f70d01010d0500",
};
const SHA_1 = bytesOf("300906052b0e03021a0500");
const MINUTE = 60_000;

const fieldsOf = ({ der }: Identity): Bytes[] => childrenOf(certificateParts(der)[0]);
const field = (identity: Identity, at: number): Bytes => fieldsOf(identity)[at] ?? new Uint8Array();
/** The INTEGER, whole. */
export const serialOf = (identity: Identity): Bytes => field(identity, 1);
const nameOf = (identity: Identity): Bytes => field(identity, 5);
const keyBitsOf = (identity: Identity): Bytes =>
  (childrenOf(field(identity, 6))[1] ?? new Uint8Array()).slice(5);

export const generalizedTime = (date: Date): Bytes =>
  tlv(0x18, new TextEncoder().encode(`${date.toISOString().replace(/[-:T]|\..*/g, "")}Z`));

/** extnID, critical, extnValue @param oid content, hex */
export const extension = (oid: string, critical: boolean, value: Bytes): Bytes =>
  tlv(0x30, tlv(0x06, bytesOf(oid)), critical ? bytesOf("0101ff") : new Uint8Array(), tlv(0x04, value));

async function sign(tbs: Bytes, keys: CryptoKeyPair, hash: Hash, ...rest: readonly Bytes[]): Promise<Bytes> {
  const scheme = { name: "RSASSA-PKCS1-v1_5", hash };
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", keys.privateKey)) as ArrayBuffer;
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, scheme, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign(scheme, key, tbs));
  return tlv(0x30, tbs, bytesOf(ALGORITHMS[hash]), tlv(0x03, Uint8Array.of(0), signature), ...rest);
}

export interface Revoked {
  /** INTEGER, whole */
  readonly serial: Bytes;
  readonly at?: Date;
  readonly reason?: number;
  /** more entry extensions */
  readonly extensions?: readonly Bytes[];
}

export interface CrlOptions {
  readonly revoked?: readonly Revoked[];
  readonly thisUpdate?: Date;
  /** null: left out */
  readonly nextUpdate?: Date | null;
  readonly extensions?: readonly Bytes[];
  readonly hash?: Hash;
  readonly signedBy?: CryptoKeyPair;
  /** fields of the signed part, changed before it is signed */
  readonly change?: (fields: Bytes[]) => readonly Bytes[];
}

export const AN_HOUR = 60 * MINUTE;
export const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

export async function createCrl(issuer: Identity, options: CrlOptions = {}): Promise<Bytes> {
  const { hash = "SHA-256", revoked = [], nextUpdate = ago(-AN_HOUR) } = options;
  const entries = revoked.map(({ serial, at = ago(AN_HOUR), reason, extensions = [] }) => {
    const all = reason === undefined ? extensions : [reasonCode(reason), ...extensions];
    return tlv(0x30, serial, generalizedTime(at), all.length > 0 ? tlv(0x30, ...all) : new Uint8Array());
  });
  const number = extension("551d14", false, bytesOf("020101"));
  const fields = [
    bytesOf("020101"),
    bytesOf(ALGORITHMS[hash]),
    nameOf(issuer),
    generalizedTime(options.thisUpdate ?? ago(MINUTE)),
    ...(nextUpdate === null ? [] : [generalizedTime(nextUpdate)]),
    ...(entries.length > 0 ? [tlv(0x30, ...entries)] : []),
    tlv(0xa0, tlv(0x30, number, ...(options.extensions ?? []))),
  ];
  const tbs = tlv(0x30, ...(options.change?.(fields) ?? fields));
  return sign(tbs, options.signedBy ?? issuer.keys, hash);
}

const reasonCode = (reason: number): Bytes => extension("551d15", false, tlv(0x0a, Uint8Array.of(reason)));

/** issuingDistributionPoint, critical @param content its members */
export const distributionPoint = (...content: readonly Bytes[]): Bytes =>
  extension("551d1c", true, tlv(0x30, ...content));

export const pointName = (...uris: readonly string[]): Bytes =>
  tlv(0xa0, tlv(0xa0, ...uris.map((uri) => tlv(0x86, new TextEncoder().encode(uri)))));

export const GOOD = bytesOf("8000");
export const UNKNOWN = bytesOf("8200");
export const revokedStatus = (reason?: number, at = ago(AN_HOUR)): Bytes =>
  tlv(
    0xa1,
    generalizedTime(at),
    reason === undefined ? new Uint8Array() : tlv(0xa0, tlv(0x0a, Uint8Array.of(reason))),
  );

export interface OcspOptions {
  readonly status?: Bytes;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  /** a delegated responder, whose certificate goes along */
  readonly responder?: Identity;
  readonly certificates?: readonly Identity[];
  readonly byName?: boolean;
  readonly hash?: Hash;
  readonly signedBy?: CryptoKeyPair;
  readonly serial?: Bytes;
  readonly singleExtensions?: readonly Bytes[];
  readonly extensions?: readonly Bytes[];
  /** single responses before this one's */
  readonly others?: readonly Bytes[];
  readonly change?: (fields: Bytes[]) => readonly Bytes[];
}

const sha1 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));

const certIdOf = async (serial: Bytes, issuer: Identity): Promise<Bytes> =>
  tlv(0x30, SHA_1, tlv(0x04, await sha1(nameOf(issuer))), tlv(0x04, await sha1(keyBitsOf(issuer))), serial);

export async function singleResponse(
  serial: Bytes,
  issuer: Identity,
  options: OcspOptions = {},
): Promise<Bytes> {
  const { nextUpdate = ago(-AN_HOUR), singleExtensions = [] } = options;
  return tlv(
    0x30,
    await certIdOf(options.serial ?? serial, issuer),
    options.status ?? GOOD,
    generalizedTime(options.thisUpdate ?? ago(MINUTE)),
    ...(nextUpdate === null ? [] : [tlv(0xa0, generalizedTime(nextUpdate))]),
    ...(singleExtensions.length > 0 ? [tlv(0xa1, tlv(0x30, ...singleExtensions))] : []),
  );
}

/** @param about the certificate, with its issuer; or a serial and an issuer */
export async function createOcsp(serial: Bytes, issuer: Identity, options: OcspOptions = {}): Promise<Bytes> {
  const { hash = "SHA-256", responder, extensions = [] } = options;
  const signer = responder ?? issuer;
  const certificates = options.certificates ?? (responder === undefined ? [] : [responder]);
  const fields = [
    options.byName ? tlv(0xa1, nameOf(signer)) : tlv(0xa2, tlv(0x04, await sha1(keyBitsOf(signer)))),
    generalizedTime(new Date()),
    tlv(0x30, ...(options.others ?? []), await singleResponse(serial, issuer, options)),
    ...(extensions.length > 0 ? [tlv(0xa1, tlv(0x30, ...extensions))] : []),
  ];
  const basic = await sign(
    tlv(0x30, ...(options.change?.(fields) ?? fields)),
    options.signedBy ?? signer.keys,
    hash,
    ...(certificates.length > 0 ? [tlv(0xa0, tlv(0x30, ...certificates.map(({ der }) => der)))] : []),
  );
  return wrapOcsp(basic);
}

export const wrapOcsp = (basic: Bytes): Bytes =>
  tlv(
    0x30,
    bytesOf("0a0100"),
    tlv(0xa0, tlv(0x30, tlv(0x06, bytesOf("2b0601050507300101")), tlv(0x04, basic))),
  );

/** Where evidence is to be had, as extensions of a certificate. */
export const evidenceAt = (places: { readonly crl?: string; readonly ocsp?: string }): x509.Extension[] => [
  ...(places.crl === undefined ? [] : [new x509.CRLDistributionPointsExtension([places.crl])]),
  ...(places.ocsp === undefined
    ? []
    : [new x509.AuthorityInfoAccessExtension({ ocsp: [new x509.GeneralName("url", places.ocsp)] })]),
];

export interface FakeAuthority {
  /** the path, and for OCSP the serial asked for */
  readonly calls: string[];
  /** serials, hex of the whole INTEGER */
  readonly revoked: Map<string, number>;
  crl: CrlOptions;
  ocsp: OcspOptions;
  /** instead of the answer to what would go into `calls` like this; undefined: an honest one after all */
  fault: ((call: string) => Response | Promise<Response> | undefined) | undefined;
  handle(request: Request): Promise<Response>;
}

const hex = (bytes: Bytes): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Serves `/crl` and `/ocsp` of one issuer, on whatever host. */
export function createFakeAuthority(issuer: Identity): FakeAuthority {
  const authority: FakeAuthority = {
    calls: [],
    revoked: new Map(),
    crl: {},
    ocsp: {},
    fault: undefined,
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      const serial =
        request.method === "POST"
          ? serialAskedFor(new Uint8Array(await request.clone().arrayBuffer()))
          : concat();
      authority.calls.push(`${pathname} ${hex(serial)}`.trim());
      const faulty = authority.fault?.(authority.calls.at(-1) ?? "");
      if (faulty !== undefined) return faulty;
      if (pathname === "/crl") {
        const revoked = [...authority.revoked].map(([serial, reason]) => ({
          serial: bytesOf(serial),
          reason,
        }));
        return new Response(await createCrl(issuer, { revoked, ...authority.crl }));
      }
      if (pathname !== "/ocsp" || request.method !== "POST") return new Response(null, { status: 404 });
      const reason = authority.revoked.get(hex(serial));
      const status = reason === undefined ? GOOD : revokedStatus(reason);
      return new Response(await createOcsp(serial, issuer, { status, ...authority.ocsp }));
    },
  };
  return authority;
}

export const revoke = (authority: FakeAuthority, identity: Identity, reason = 1): void =>
  void authority.revoked.set(hex(serialOf(identity)), reason);

/** How often it was asked about one certificate. */
export const asked = ({ calls }: FakeAuthority, identity: Identity): number =>
  calls.filter((call) => isAbout(call, identity)).length;

export const isAbout = (call: string, identity: Identity): boolean => call.endsWith(hex(serialOf(identity)));

/** OCSPRequest → tbsRequest → requestList → Request → CertID → serial */
function serialAskedFor(request: Bytes): Bytes {
  let at = request;
  for (let level = 0; level < 4; level++) at = childrenOf(at)[0] ?? concat();
  return childrenOf(at)[3] ?? concat();
}
