/** Our own private key where it is a secret of the Worker, imported once per isolate for each thing it does. Owns PEM and the uses of the key. */
import { importPKCS8 } from "jose";
import { decodeBase64 } from "../protocol/encoding.ts";
import { KEY_MANAGEMENT, type PrivateKey } from "./private-key.ts";

/** The public half of a key of ours. */
export interface PublicKey {
  readonly verification: CryptoKey;
  /** base64url */
  readonly modulus: string;
  readonly exponent: string;
}

export interface OwnKeys extends PublicKey, PrivateKey {}

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** @param pem PKCS#8 @throws when it is not an RSA private key */
export async function importOwnKeys(pem: string): Promise<OwnKeys> {
  const exported = await importPKCS8(pem, "RS256", { extractable: true });
  const { n, e } = (await crypto.subtle.exportKey("jwk", exported)) as JsonWebKey;
  if (n === undefined || e === undefined) throw new Error("not an RSA key");
  const signing = await importPKCS8(pem, "RS256");
  const decryption = new Map<string, CryptoKey>();
  for (const algorithm of KEY_MANAGEMENT) decryption.set(algorithm, await importPKCS8(pem, algorithm));
  return {
    verification: await crypto.subtle.importKey("jwk", { kty: "RSA", n, e }, RS256, false, ["verify"]),
    modulus: n,
    exponent: e,
    isRemote: false,
    sign: async (data) => new Uint8Array(await crypto.subtle.sign(RS256, signing, data)),
    unwrap: async (algorithm, encryptedKey) => {
      try {
        const key = decryption.get(algorithm) as CryptoKey;
        return new Uint8Array(await crypto.subtle.decrypt("RSA-OAEP", key, encryptedKey));
      } catch {
        return undefined; // another key's, or garbage
      }
    },
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

/** A certificate's public key. @throws when it is not RSA */
export async function publicKeyOf(spki: Uint8Array<ArrayBuffer>): Promise<PublicKey> {
  const verification = await crypto.subtle.importKey("spki", spki, RS256, true, ["verify"]);
  const { n = "", e = "" } = (await crypto.subtle.exportKey("jwk", verification)) as JsonWebKey;
  return { verification, modulus: n, exponent: e };
}
