/** What the chain cases are made of: one sound PKI, an attacker's keys, and names for what is changed. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { Reason } from "../../../src/protocol/failure.ts";
import { bytesOf, resign, tlv } from "../../support/der.ts";
import {
  chainOf,
  createPki,
  generateKeys,
  type Identity,
  keyIdentifiers,
  type MintOptions,
  mint,
  mintCa,
  mintLeaf,
  type Pki,
} from "../../support/pki.ts";

type Der = Uint8Array<ArrayBuffer>;

export interface World {
  readonly pki: Pki;
  readonly leaf: Identity;
  /** keys that no genuine certificate has */
  readonly attacker: CryptoKeyPair;
  readonly now: number;
}

export async function createWorld(): Promise<World> {
  const attacker = generateKeys();
  const pki = await createPki();
  const now = Math.floor(Date.now() / 1000);
  return { pki, leaf: await mintLeaf(pki, "NTRNL-10000020"), attacker: await attacker, now };
}

/** A chain to judge: identities or DER, leaf first. */
export interface Chain {
  readonly chain: readonly (Identity | Der)[];
  /** listed and trusted; unset: the last certificate */
  readonly granted?: readonly Identity[];
  readonly withdrawn?: readonly Identity[];
}

export const derOf = (it: Identity | Der): Der => (it instanceof Uint8Array ? it : it.der);

export interface SoundCase {
  readonly name: string;
  readonly build: (world: World) => Chain | Promise<Chain>;
}

export interface FaultyCase {
  readonly name: string;
  readonly reason: Reason;
  /** which certificate, 0 is the leaf; unset: the chain as a whole */
  readonly at?: number;
  /** true where the rule is ours alone, or about an order that openssl does not look at */
  readonly oursAlone?: true;
  /** openssl refuses it only when asked to be strict */
  readonly strict?: true;
  readonly build: (world: World) => Chain | Promise<Chain>;
}

/** The certificate and its issuers, up to its root. */
export const whole = (leaf: Identity): Chain => ({ chain: chainOf(leaf) });

export const yesterday = new Date(Date.now() - 86_400_000);
export const tomorrow = new Date(Date.now() + 86_400_000);
export const lastYear = new Date(Date.now() - 365 * 86_400_000);
export const nextYear = new Date(Date.now() + 366 * 86_400_000);

export const unknownCritical = new x509.Extension("1.2.3.4", true, Uint8Array.of(5, 0));
export const nameConstraints = (critical: boolean): x509.Extension =>
  new x509.Extension("2.5.29.30", critical, Uint8Array.of(0x30, 0));

/** A leaf with exactly these extensions, and the key identifiers that openssl wants. */
export async function leafWith(
  { pki, leaf }: World,
  ...extensions: readonly x509.Extension[]
): Promise<Identity> {
  const identifiers = await keyIdentifiers(leaf.keys, pki.issuing.keys);
  return mint(pki.issuing, { keys: leaf.keys, extensions: [...extensions, ...identifiers] });
}

export const keyUsage = (...names: (keyof typeof x509.KeyUsageFlags)[]): x509.Extension =>
  new x509.KeyUsagesExtension(
    names.reduce((bits, name) => bits | x509.KeyUsageFlags[name], 0),
    true,
  );

/** A leaf whose RSA modulus has so many bytes; nobody has the key to it. */
export async function leafWithModulus({ leaf, pki }: World, bytes: number): Promise<Chain> {
  const modulus = tlv(0x02, Uint8Array.of(0), new Uint8Array(bytes).fill(0xff));
  const key = tlv(0x03, Uint8Array.of(0), tlv(0x30, modulus, bytesOf("0203010001")));
  const spki = tlv(0x30, bytesOf("300d06092a864886f70d0101010500"), key);
  const der = await resign(leaf, (fields) => fields.map((field, at) => (at === 6 ? spki : field)));
  return { chain: [der, pki.issuing, pki.sub, pki.root] };
}

/** A leaf under a CA that differs in one thing from a sound one under the root. */
export async function underCa(
  { pki }: World,
  options: MintOptions & { readonly pathLength?: number },
): Promise<Identity> {
  return mint(await mintCa(pki.root, { subject: "CN=Odd CA, O=Test, C=NL", ...options }));
}

/** A leaf under a CA with exactly these extensions, and the key identifiers that openssl wants. */
export async function underCaWith(world: World, ...extensions: readonly x509.Extension[]): Promise<Identity> {
  const { attacker: keys, pki } = world;
  const identifiers = await keyIdentifiers(keys, pki.root.keys);
  return underCa(world, { keys, extensions: [...extensions, ...identifiers] });
}

export const basic = (ca: boolean, pathLength?: number): x509.Extension =>
  new x509.BasicConstraintsExtension(ca, pathLength, true);

/** A line of CAs below the root, each with the path length given, and a leaf at its end. */
export async function line(
  { pki }: World,
  ...pathLengths: readonly (number | undefined)[]
): Promise<Identity> {
  let issuer = pki.root;
  for (const [at, pathLength] of pathLengths.entries()) {
    const subject = `CN=CA ${at}, O=Test, C=NL`;
    issuer = await mintCa(issuer, { subject, ...(pathLength === undefined ? {} : { pathLength }) });
  }
  return mint(issuer);
}

/** A CA that issued itself another certificate, for another key: same name, so it does not count (RFC 5280 §6.1). */
export async function selfIssued(
  { pki, attacker }: World,
  pathLength: number,
  ...below: readonly string[]
): Promise<Identity> {
  const subject = "CN=Rolling CA, O=Test, C=NL";
  const old = await mintCa(pki.root, { subject, pathLength });
  let issuer = await mintCa(old, { subject, keys: attacker });
  for (const name of below) issuer = await mintCa(issuer, { subject: `CN=${name}, O=Test, C=NL` });
  return mint(issuer);
}

/** EC keys, and a certificate for them that an RSA key signed. */
export async function ecKeys(): Promise<CryptoKeyPair> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

/** A leaf whose issuer signs with something else than RSASSA-PKCS1-v1_5. */
export async function signedWith(
  issuer: Identity,
  keys: CryptoKey,
  signingAlgorithm:
    | Readonly<Record<"name" | "hash", string>>
    | Readonly<{ name: string; saltLength: number }>,
): Promise<Der> {
  const { publicKey } = issuer.keys;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "01",
    subject: "CN=Leaf, O=Test, C=NL",
    issuer: issuer.subject,
    notBefore: yesterday,
    notAfter: tomorrow,
    publicKey,
    signingKey: keys,
    signingAlgorithm: signingAlgorithm,
    extensions: [
      keyUsage("digitalSignature"),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
  return new Uint8Array(certificate.rawData);
}
