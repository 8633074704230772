/**
 * A public key infrastructure as iSHARE's is: root → sub CA → issuing CA → eSEAL leaves. Owns what the certificates
 * look like (RFC 5280 profile, subject names, lives); leaves to its callers who gets one and where it is kept.
 * Runs on Node, when keys are made or the port has changed, and in tests; never in a Worker.
 */
import "reflect-metadata"; // the X.509 library's injection container throws without it
import { createPublicKey } from "node:crypto";
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  GeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type AuthorityName, evidencePlaces } from "./authorities.ts";

/** An eSEAL: a private key and the chain that speaks for it. */
export interface Seal {
  /** PKCS#8 PEM */
  readonly key: string;
  /** PEM, leaf first, root last */
  readonly chain: string;
}

export interface SealSubject {
  /** legal name: subject CN and O */
  readonly name: string;
  /** ETSI EN 319 412-1 §5.1.4, e.g. `NTRNL-10000001` */
  readonly organizationIdentifier: string;
}

/** What lasts, wherever the authorities answer: their keys, and the root that others know by its fingerprint. */
export interface KeptAuthorities {
  /** PEM */
  readonly root: string;
  /** PKCS#8 PEM */
  readonly keys: Readonly<Record<AuthorityName, string>>;
}

export interface Pki {
  /** @param key PKCS#8 PEM of the subject's key, if it has one already */
  issue(subject: SealSubject, key?: string): Promise<Seal>;
}

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const ORGANIZATION_IDENTIFIER = "2.5.4.97";
const EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
const DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"; // RFC 9336
/** `notBefore` lies a little back, for machines whose clock does. */
const HOUR_MS = 3_600_000;
const YEAR_MS = 365.25 * 24 * HOUR_MS;

const OPERATOR = "iSHARE Sandbox";

export async function createAuthorities(now: Date): Promise<KeptAuthorities> {
  const [root, sub, issuing] = await Promise.all([createKeys(), createKeys(), createKeys()]);
  return {
    root: toPem(await createAuthority("Sandbox Root CA", root, 20, 2, now)),
    keys: { root: await exportKey(root), sub: await exportKey(sub), issuing: await exportKey(issuing) },
  };
}

/** @param origin where the authorities will tell what they have revoked */
export async function openPki(kept: KeptAuthorities, origin: string, now: Date): Promise<Pki> {
  const issuer = (name: AuthorityName, keys: CryptoKeyPair, certificate: X509Certificate): Issuer => ({
    ...{ keys, certificate },
    ...evidencePlaces(origin, name),
  });
  const { keys } = kept;
  const [rootKeys, subKeys, issuingKeys] = await Promise.all([
    importKeys(keys.root),
    importKeys(keys.sub),
    importKeys(keys.issuing),
  ]);
  const root = issuer("root", rootKeys, new X509Certificate(kept.root));
  const sub = issuer("sub", subKeys, await createAuthority("Sandbox Sub CA", subKeys, 15, 1, now, root));
  const issuingCa = await createAuthority("Sandbox Issuing CA", issuingKeys, 10, 0, now, sub);
  const issuing = issuer("issuing", issuingKeys, issuingCa);
  const above = [issuing, sub, root].map(({ certificate }) => toPem(certificate));
  return {
    async issue(subject, key) {
      const keys = key === undefined ? await createKeys() : await importKeys(key);
      const leaf = await createLeaf(subject, keys, now, issuing);
      return { key: key ?? (await exportKey(keys)), chain: [toPem(leaf), ...above].join("") };
    },
  };
}

interface Issuer {
  readonly certificate: X509Certificate;
  readonly keys: CryptoKeyPair;
  /** where it tells what it has revoked */
  readonly crl: string;
  readonly ocsp: string;
}

async function createAuthority(
  name: string,
  keys: CryptoKeyPair,
  years: number,
  pathLength: number,
  now: Date,
  issuer?: Issuer,
): Promise<X509Certificate> {
  const subject = [{ C: ["NL"] }, { O: [OPERATOR] }, { CN: [name] }];
  return createCertificate(subject, keys, years, now, issuer, [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]);
}

async function createLeaf(subject: SealSubject, keys: CryptoKeyPair, now: Date, issuer: Issuer) {
  const name = [
    { C: ["NL"] },
    { O: [subject.name] },
    { [ORGANIZATION_IDENTIFIER]: [subject.organizationIdentifier] },
    { CN: [subject.name] },
  ];
  return createCertificate(name, keys, 2, now, issuer, [
    // A seal vouches for documents: nonRepudiation alone, as on iSHARE's own test certificates.
    new KeyUsagesExtension(KeyUsageFlags.nonRepudiation, true),
    new ExtendedKeyUsageExtension([EMAIL_PROTECTION, DOCUMENT_SIGNING]),
  ]);
}

async function createCertificate(
  subject: Record<string, string[]>[],
  keys: CryptoKeyPair,
  years: number,
  now: Date,
  issuer: Issuer | undefined,
  extensions: readonly Extension[],
): Promise<X509Certificate> {
  const signer = issuer?.keys ?? keys;
  return X509CertificateGenerator.create({
    serialNumber: createSerialNumber(),
    subject,
    issuer: issuer?.certificate.subjectName ?? subject,
    notBefore: wholeSeconds(now.getTime() - HOUR_MS),
    notAfter: wholeSeconds(now.getTime() + years * YEAR_MS),
    signingAlgorithm: RSA,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    extensions: [
      ...extensions,
      ...(issuer === undefined ? [] : revocationExtensions(issuer)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
}

const revocationExtensions = ({ crl, ocsp }: Issuer): readonly Extension[] => [
  new CRLDistributionPointsExtension([crl]),
  new AuthorityInfoAccessExtension({ ocsp: [new GeneralName("url", ocsp)] }),
];

async function importKeys(key: string): Promise<CryptoKeyPair> {
  const der = Buffer.from(key.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    privateKey: await crypto.subtle.importKey("pkcs8", der, RSA, true, ["sign"]),
    publicKey: await crypto.subtle.importKey("spki", Uint8Array.from(spki), RSA, true, ["verify"]),
  };
}

const createKeys = async () =>
  (await crypto.subtle.generateKey(RSA, true, ["sign", "verify"])) as CryptoKeyPair;

/** RFC 5280 §4.1.2.2: positive, at most 20 octets, unique per issuer. */
function createSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

/** Certificates count in seconds. */
const wholeSeconds = (milliseconds: number): Date => new Date(Math.floor(milliseconds / 1000) * 1000);

const toPem = (certificate: X509Certificate): string => pem("CERTIFICATE", certificate.rawData);

const exportKey = async ({ privateKey }: CryptoKeyPair): Promise<string> =>
  pem("PRIVATE KEY", (await crypto.subtle.exportKey("pkcs8", privateKey)) as ArrayBuffer);

/** RFC 7468 */
function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
