/**
 * What is signed in X.509: the signed part, the algorithm, the signature (RFC 5280 §4.1.1, §5.1.1; RFC 6960 §4.2.1). Owns
 * which algorithms count: RSASSA-PKCS1-v1_5 with SHA-256 or better. Whose key it has to be is for the callers.
 */
import { encodeHex } from "../protocol/encoding.ts";
import {
  BIT_STRING,
  contentOf,
  type Element,
  membersOf,
  must,
  OID,
  readElements,
  SEQUENCE,
  sameBytes,
} from "./der.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** undefined: an algorithm that is not accepted */
export type SignatureHash = "SHA-256" | "SHA-384" | "SHA-512" | undefined;

const SIGNATURE_HASHES: Record<string, SignatureHash> = {
  "2a864886f70d01010b": "SHA-256", // sha256WithRSAEncryption, RFC 4055 §5
  "2a864886f70d01010c": "SHA-384",
  "2a864886f70d01010d": "SHA-512",
};
const NO_PARAMETERS = new Uint8Array([0x05, 0x00]);

export interface Signed {
  readonly tbs: Element;
  readonly algorithm: Element;
  readonly hash: SignatureHash;
  readonly signature: Bytes;
  /** what follows the signature */
  readonly rest: readonly Element[];
}

/** SEQUENCE { signed part, algorithm, signature BIT STRING without unused bits, … } */
export function readSigned(element: Element): Signed {
  const [tbs, algorithm, value, ...rest] = membersOf(element, SEQUENCE);
  const signature = contentOf(value, BIT_STRING);
  must(tbs?.tag === SEQUENCE && algorithm?.tag === SEQUENCE && signature[0] === 0);
  return { tbs, algorithm, hash: readHash(algorithm), signature: signature.slice(1), rest };
}

/** RFC 4055 §5: parameters are NULL; absent ones must be accepted. */
function readHash(algorithm: Element): SignatureHash {
  const [oid, parameters, ...rest] = readElements(algorithm.content) ?? [];
  if (oid?.tag !== OID || rest.length > 0) return undefined;
  if (parameters !== undefined && !sameBytes(parameters.raw, NO_PARAMETERS)) return undefined;
  return SIGNATURE_HASHES[encodeHex(oid.content)];
}

/** @param spki SubjectPublicKeyInfo, DER @param tbs what was signed, DER */
export async function isSignedWith(
  spki: Bytes,
  hash: SignatureHash,
  signature: Bytes,
  tbs: Bytes,
): Promise<boolean> {
  if (hash === undefined) return false;
  try {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
    const key = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
    return await crypto.subtle.verify(algorithm, key, signature, tbs);
  } catch {
    return false; // a key that WebCrypto won't take
  }
}
