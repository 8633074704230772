/**
 * Certificates for tests, minted on the spot and as faulty as wanted: a PKI as iSHARE's is (root → sub CA → issuing CA →
 * eSEAL leaves). Runs in Node and in workerd alike.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

export interface Identity {
  readonly subject: string;
  readonly keys: CryptoKeyPair;
  readonly der: Uint8Array<ArrayBuffer>;
  readonly certificate: x509.X509Certificate;
  /** undefined: self-signed */
  readonly issuer: Identity | undefined;
}

export interface MintOptions {
  /** printed name, e.g. `CN=Test, O=Test, C=NL` */
  readonly subject?: string;
  readonly keys?: CryptoKeyPair;
  readonly bits?: number;
  /** of the issuer's signature */
  readonly hash?: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** the extensions in place of the usual ones */
  readonly extensions?: readonly x509.Extension[];
  /** added to the usual ones */
  readonly more?: readonly x509.Extension[];
  /** key that signs instead of the issuer's: a forgery under a genuine name */
  readonly signedBy?: CryptoKeyPair;
}

const DAY = 86_400_000;

/** RSA keys cost the most: tests that do not care which key they have share a few. */
const pool: Promise<CryptoKeyPair>[] = [];
let taken = 0;
const POOL_SIZE = 6;

export async function generateKeys(bits = 2048, hash = "SHA-256"): Promise<CryptoKeyPair> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash,
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: bits,
  };
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

function pooledKeys(): Promise<CryptoKeyPair> {
  const position = taken++ % POOL_SIZE;
  pool[position] ??= generateKeys();
  return pool[position];
}

/** One certificate. Without `issuer` it signs itself. */
export async function mint(issuer: Identity | undefined, options: MintOptions = {}): Promise<Identity> {
  const subject = options.subject ?? "CN=Test, O=Test, C=NL";
  const keys =
    options.keys ?? (options.bits === undefined ? await pooledKeys() : await generateKeys(options.bits));
  const signer = options.signedBy ?? issuer?.keys ?? keys;
  const hash = options.hash ?? "SHA-256";
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: crypto.randomUUID().replaceAll("-", "").slice(0, 18).replace(/^./, "1"),
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: options.notBefore ?? new Date(Date.now() - DAY),
    notAfter: options.notAfter ?? new Date(Date.now() + 365 * DAY),
    publicKey: keys.publicKey,
    signingKey: await withHash(signer.privateKey, hash),
    signingAlgorithm: { name: "RSASSA-PKCS1-v1_5", hash },
    extensions: [
      ...(options.extensions ?? leafExtensions()),
      ...(options.more ?? []),
      ...(options.extensions === undefined ? await keyIdentifiers(keys, issuer?.keys ?? keys) : []),
    ],
  });
  return { subject, keys, der: new Uint8Array(certificate.rawData), certificate, issuer };
}

/** WebCrypto ties a key to a hash; certificates here are signed with any. */
async function withHash(key: CryptoKey, hash: string): Promise<CryptoKey> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
  return crypto.subtle.importKey("pkcs8", pkcs8 as ArrayBuffer, { name: "RSASSA-PKCS1-v1_5", hash }, true, [
    "sign",
  ]);
}

export async function keyIdentifiers(own: CryptoKeyPair, issuer: CryptoKeyPair): Promise<x509.Extension[]> {
  return [
    await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
}

/** As current eSEALs are: nonRepudiation only. */
export const leafExtensions = (usage: number = x509.KeyUsageFlags.nonRepudiation): x509.Extension[] => [
  new x509.KeyUsagesExtension(usage, true),
  new x509.ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36"]),
];

export const caExtensions = (pathLength?: number, usage?: number): x509.Extension[] => [
  new x509.BasicConstraintsExtension(true, pathLength, true),
  new x509.KeyUsagesExtension(usage ?? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
];

/** A CA with key identifiers, unless `extensions` says otherwise. */
export async function mintCa(
  issuer: Identity | undefined,
  options: MintOptions & { readonly pathLength?: number } = {},
): Promise<Identity> {
  const keys = options.keys ?? (await pooledKeys());
  return mint(issuer, {
    ...options,
    keys,
    extensions: options.extensions ?? [
      ...caExtensions(options.pathLength),
      ...(await keyIdentifiers(keys, issuer?.keys ?? keys)),
    ],
  });
}

export interface Pki {
  readonly root: Identity;
  readonly sub: Identity;
  readonly issuing: Identity;
}

export async function createPki(name = "Test"): Promise<Pki> {
  const root = await mintCa(undefined, { subject: `CN=${name} Root, O=${name}, C=NL` });
  const sub = await mintCa(root, { subject: `CN=${name} Sub CA, O=${name}, C=NL`, pathLength: 1 });
  const issuing = await mintCa(sub, { subject: `CN=${name} Issuing CA, O=${name}, C=NL`, pathLength: 0 });
  return { root, sub, issuing };
}

/** An eSEAL leaf. @param organisation e.g. `NTRNL-10000001` */
export const mintLeaf = (pki: Pki, organisation: string, options: MintOptions = {}): Promise<Identity> =>
  mint(pki.issuing, { subject: `CN=${organisation}, O=Test, 2.5.4.97=${organisation}, C=NL`, ...options });

/** Leaf first, root last. */
export function chainOf(identity: Identity): readonly Identity[] {
  return identity.issuer === undefined ? [identity] : [identity, ...chainOf(identity.issuer)];
}

export const dersOf = (identity: Identity): readonly Uint8Array<ArrayBuffer>[] =>
  chainOf(identity).map(({ der }) => der);

export const x5cOf = (identity: Identity): string[] =>
  dersOf(identity).map((der) => btoa(String.fromCharCode(...der)));

export async function fingerprintOf({ der }: Pick<Identity, "der">): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const chainPem = (identity: Identity): string =>
  chainOf(identity)
    .map(({ certificate }) => certificate.toString("pem"))
    .join("\n");

export async function keyPem({ keys }: Identity): Promise<string> {
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey("pkcs8", keys.privateKey)) as ArrayBuffer);
  const body = btoa(String.fromCharCode(...pkcs8)).replace(/.{64}/g, "$&\n");
  return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
}
