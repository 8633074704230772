/**
 * A public key infrastructure as iSHARE's is: root → sub CA → issuing CA → eSEAL leaves. Owns what the certificates
 * look like (RFC 5280 profile, subject names, lives); leaves to its callers who gets one and where it is kept.
 * Runs on Node, at first start and in tests; never in a Worker.
 */
import "reflect-metadata"; // the X.509 library's injection container throws without it
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

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

export interface Pki {
  /** PEM */
  readonly root: string;
  issue(subject: SealSubject): Promise<Seal>;
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

export async function createPki(now: Date): Promise<Pki> {
  const [rootKeys, subKeys, issuingKeys] = await Promise.all([createKeys(), createKeys(), createKeys()]);
  const root = await createAuthority("Sandbox Root CA", rootKeys, 20, 2, now);
  const sub = await createAuthority("Sandbox Sub CA", subKeys, 15, 1, now, {
    certificate: root,
    keys: rootKeys,
  });
  const issuing = await createAuthority("Sandbox Issuing CA", issuingKeys, 10, 0, now, {
    certificate: sub,
    keys: subKeys,
  });
  return {
    root: toPem(root),
    async issue(subject) {
      const keys = await createKeys();
      const leaf = await createLeaf(subject, keys, now, { certificate: issuing, keys: issuingKeys });
      return { key: await exportKey(keys), chain: [leaf, issuing, sub, root].map(toPem).join("") };
    },
  };
}

interface Issuer {
  readonly certificate: X509Certificate;
  readonly keys: CryptoKeyPair;
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
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
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
