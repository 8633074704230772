/**
 * The vault for TOTP seeds: AES-GCM under a key of its own, derived from DATA_KEY. A seed has to be read again, so it
 * can't be hashed; a copy of the database alone must not give it away. A sealed seed is tied to its human: put into
 * another's record it does not open.
 */
import { decodeBase64url, decodeUtf8, encodeBase64url, encodeUtf8 } from "../protocol/encoding.ts";

export interface Vault {
  /** @param owner id of the human @returns `keyId.iv.ciphertext`, each in base64url */
  seal(text: string, owner: string): Promise<string>;
  /** @returns undefined when it was altered, sealed for somebody else, or under another DATA_KEY */
  open(sealed: string, owner: string): Promise<string | undefined>;
}

const IV_BYTES = 12;
const KEY_ID_BYTES = 6;

export async function createVault(dataKey: Uint8Array<ArrayBuffer>): Promise<Vault> {
  const material = await crypto.subtle.importKey("raw", dataKey, "HKDF", false, ["deriveBits", "deriveKey"]);
  const derivation = (info: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encodeUtf8(info),
  });
  const key = (await crypto.subtle.deriveKey(
    derivation("totp seeds"),
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  )) as CryptoKey;
  // Says which key sealed what, and nothing of the key.
  const keyId = encodeBase64url(
    new Uint8Array(
      await crypto.subtle.deriveBits(derivation("totp seeds: key id"), material, KEY_ID_BYTES * 8),
    ),
  );
  const algorithm = (iv: Uint8Array<ArrayBuffer>, owner: string) => ({
    name: "AES-GCM",
    iv,
    additionalData: encodeUtf8(`${keyId}\0${owner}`),
  });
  return {
    seal: async (text, owner) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const ciphertext = await crypto.subtle.encrypt(algorithm(iv, owner), key, encodeUtf8(text));
      return [keyId, encodeBase64url(iv), encodeBase64url(new Uint8Array(ciphertext))].join(".");
    },
    open: async (sealed, owner) => {
      const [id, ...parts] = sealed.split(".");
      const [iv, ciphertext] = parts.map(decodeBase64url);
      if (id !== keyId || parts.length !== 2 || iv?.length !== IV_BYTES || ciphertext === undefined)
        return undefined;
      try {
        return decodeUtf8(new Uint8Array(await crypto.subtle.decrypt(algorithm(iv, owner), key, ciphertext)));
      } catch {
        return undefined; // the tag does not fit
      }
    },
  };
}
