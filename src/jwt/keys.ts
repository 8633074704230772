/** Our own private key, imported once per isolate for each thing it does. Owns PEM and the uses of the key. */
import { importPKCS8 } from "jose";
import { decodeBase64 } from "../protocol/encoding.ts";
import { type DecryptionKeys, KEY_MANAGEMENT } from "./request-object.ts";

export interface OwnKeys {
  readonly signing: CryptoKey;
  /** the public half of `signing` */
  readonly verification: CryptoKey;
  readonly decryption: DecryptionKeys;
  /** the public half, base64url */
  readonly modulus: string;
  readonly exponent: string;
}

/** @param pem PKCS#8 @throws when it is not an RSA private key */
export async function importOwnKeys(pem: string): Promise<OwnKeys> {
  const signing = await importPKCS8(pem, "RS256", { extractable: true });
  const decryption = new Map<string, CryptoKey>();
  for (const algorithm of KEY_MANAGEMENT) decryption.set(algorithm, await importPKCS8(pem, algorithm));
  const { n, e } = (await crypto.subtle.exportKey("jwk", signing)) as JsonWebKey;
  if (n === undefined || e === undefined) throw new Error("not an RSA key");
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return {
    signing: await importPKCS8(pem, "RS256"),
    verification: await crypto.subtle.importKey("jwk", { kty: "RSA", n, e }, algorithm, false, ["verify"]),
    decryption,
    modulus: n,
    exponent: e,
  };
}

/** DER of every certificate in a PEM text, in order; undefined when there is none or one is garbled. */
export function readPemChain(pem: string): readonly Uint8Array<ArrayBuffer>[] | undefined {
  const chain: Uint8Array<ArrayBuffer>[] = [];
  for (const [, body = ""] of pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)) {
    const der = decodeBase64(body.replace(/\s/g, ""));
    if (der === undefined) return undefined;
    chain.push(der);
  }
  // One that does not end, or holds what is no base64, must not be passed over.
  const begun = pem.split("-----BEGIN CERTIFICATE-----").length - 1;
  return chain.length === 0 || chain.length !== begun ? undefined : chain;
}

/** Modulus and exponent of a certificate's public key, base64url. */
export async function publicKeyOf(
  spki: Uint8Array<ArrayBuffer>,
): Promise<{ modulus: string; exponent: string }> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  const { n = "", e = "" } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
  return { modulus: n, exponent: e };
}
