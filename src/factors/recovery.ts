/**
 * Codes that humans read and type, each for one use: recovery codes, and the one-time codes of administrators. Owns
 * their form and their hash. They are random enough that a plain hash keeps them secret; records are in `directory`.
 */
import { sha256Hex } from "../protocol/digest.ts";

/** Crockford's base32: without letters that are taken for others (I, L, O) or for words (U). */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP = 4;
/** 80 bits: out of reach even for who has the hashes of all humans. */
const CODE_LENGTH = 16;
const RECOVERY_CODES = 10;

/** e.g. `7KQF-0M2T-XN4A-9PBW` */
export function createCode(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(CODE_LENGTH))].map(
    (byte) => ALPHABET[byte % ALPHABET.length], // 256 is a multiple of 32: every letter is as likely
  );
  return Array.from({ length: CODE_LENGTH / GROUP }, (_, n) =>
    letters.slice(n * GROUP, (n + 1) * GROUP).join(""),
  ).join("-");
}

/** Ten, to be shown once. */
export const createRecoveryCodes = (): readonly string[] =>
  Array.from({ length: RECOVERY_CODES }, createCode);

/** SHA-256 in hex of a code however it is typed: case, spaces and dashes do not matter, O is 0, I and L are 1. */
export async function hashCode(code: string): Promise<string> {
  const plain = code
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  return sha256Hex(plain);
}
