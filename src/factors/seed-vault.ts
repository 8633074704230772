/**
 * The vault for TOTP seeds: AES-GCM under a key of its own, derived from DATA_KEY. A seed has to be read again, so it
 * can't be hashed; a copy of the database alone must not give it away. A sealed seed is tied to its human: put into
 * another's record it does not open.
 */
import { decodeBase64url, decodeUtf8, encodeBase64url, encodeUtf8 } from "../protocol/encoding.ts";

export interface Vault {
  /** @param owner id of the human @returns `keyId.iv.ciphertext`, each in base64url */
  seal(text: string, owner: string): Promise<string>;
  /** @returns undefined when it was altered, sealed for somebody else, or under a DATA_KEY that is not known here */
  open(sealed: string, owner: string): Promise<string | undefined>;
  /** Whether it was sealed under the current key. */
  isCurrent(sealed: string): boolean;
}

const IV_BYTES = 12;
const KEY_ID_BYTES = 6;

/** One key's. */
interface Lock {
  readonly id: string;
  readonly key: CryptoKey;
}

/** @param others keys whose seeds still open, while DATA_KEY is rolled */
export async function createVault(
  dataKey: Uint8Array<ArrayBuffer>,
  others: readonly Uint8Array<ArrayBuffer>[] = [],
): Promise<Vault> {
  const current = await createLock(dataKey);
  const locks = [current, ...(await Promise.all(others.map(createLock)))];
  const algorithm = (iv: Uint8Array<ArrayBuffer>, owner: string, { id }: Lock) => ({
    name: "AES-GCM",
    iv,
    additionalData: encodeUtf8(`${id}\0${owner}`),
  });
  return {
    seal: async (text, owner) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealing = algorithm(iv, owner, current);
      const ciphertext = await crypto.subtle.encrypt(sealing, current.key, encodeUtf8(text));
      return [current.id, encodeBase64url(iv), encodeBase64url(new Uint8Array(ciphertext))].join(".");
    },
    open: async (sealed, owner) => {
      const [id, ...parts] = sealed.split(".");
      const [iv, ciphertext] = parts.map(decodeBase64url);
      const lock = locks.find((it) => it.id === id);
      if (!lock || parts.length !== 2 || iv?.length !== IV_BYTES || ciphertext === undefined)
        return undefined;
      try {
        const plaintext = await crypto.subtle.decrypt(algorithm(iv, owner, lock), lock.key, ciphertext);
        return decodeUtf8(new Uint8Array(plaintext));
      } catch {
        return undefined; // the tag does not fit
      }
    },
    isCurrent: (sealed) => sealed.startsWith(`${current.id}.`),
  };
}

async function createLock(dataKey: Uint8Array<ArrayBuffer>): Promise<Lock> {
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
  const bits = await crypto.subtle.deriveBits(derivation("totp seeds: key id"), material, KEY_ID_BYTES * 8);
  return { id: encodeBase64url(new Uint8Array(bits)), key };
}
