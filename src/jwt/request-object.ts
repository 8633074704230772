/**
 * The form of a request object (wire document §5; RFC 9101 §6.1): a signed JWT, or that JWT inside a JWE for one of our
 * certificates' keys. Owns decryption and nothing after it: what comes out is a compact JWS, still unproven. The private
 * key only unwraps the key of the content (RFC 7516 §5.2), so it may live elsewhere, and the content stays here.
 */
import { concat, decodeBase64url, decodeUtf8, encodeUtf8 } from "../protocol/encoding.ts";
import { parseJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { KEY_MANAGEMENT, type KeyManagement, type PrivateKey, SignerUnavailable } from "./private-key.ts";
import { MAX_JWT_LENGTH } from "./profile.ts";

type Bytes = Uint8Array<ArrayBuffer>;

// A256GCM (RFC 7518 §5.3). A shorter tag would verify too, and be guessed.
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @param sets whose keys it may be encrypted to, the likeliest first: a header that names one is refused, so each is
 * tried in turn
 */
export async function openRequestObject(
  text: string,
  sets: readonly { readonly privateKey: Pick<PrivateKey, "isRemote" | "unwrap"> }[],
  encryption: "required" | "optional",
): Promise<Result<string>> {
  if (text.length > MAX_JWT_LENGTH * 1.4) return refuse("jwt_too_large", { length: text.length }); // before any RSA
  const parts = text.split(".");
  if (parts.length === 3) return encryption === "required" ? refuse("jwe_required") : ok(text);
  const [header = "", ...rest] = parts;
  const [encryptedKey, iv, ciphertext, tag, more] = rest.map(decodeBase64url);
  if (!encryptedKey || !iv || !ciphertext || !tag || more) return refuse("jwt_not_compact");
  if (parts.includes("") || decodeBase64url(header) === undefined) return refuse("jwt_not_compact");

  const algorithm = checkHeader(header);
  if (!algorithm.ok) return algorithm;
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) return refuse("jwe_decryption");
  const key = await unwrap(algorithm.value, encryptedKey, sets);
  if (!key.ok) return key;
  const plaintext = await decrypt(key.value, { header, iv, ciphertext, tag });
  if (plaintext === undefined) return refuse("jwe_decryption");
  const inner = decodeUtf8(plaintext);
  // Bare claims prove nobody: whoever has our public key can encrypt.
  if (inner === undefined || inner.split(".").length !== 3 || inner.startsWith("{"))
    return refuse("jwe_not_nested");
  return ok(inner);
}

/** With the first key that does. Keys that are here come first: they cost no call. */
async function unwrap(
  algorithm: KeyManagement,
  encryptedKey: Bytes,
  sets: Parameters<typeof openRequestObject>[1],
): Promise<Result<Bytes>> {
  const keys = sets.map(({ privateKey }) => privateKey);
  let outage: string | undefined;
  for (const key of [...keys.filter((it) => !it.isRemote), ...keys.filter((it) => it.isRemote)]) {
    try {
      const unwrapped = await key.unwrap(algorithm, encryptedKey);
      if (unwrapped?.length === KEY_BYTES) return ok(unwrapped);
    } catch (error) {
      if (!(error instanceof SignerUnavailable)) throw error;
      outage = error.reason;
    }
  }
  return outage === undefined ? refuse("jwe_decryption") : refuse("signer_unavailable", { cause: outage });
}

interface Encrypted {
  readonly header: string;
  readonly iv: Bytes;
  readonly ciphertext: Bytes;
  readonly tag: Bytes;
}

/** A256GCM, with the protected header as it came as additional data (RFC 7516 §5.2 steps 14–16). */
async function decrypt(
  secret: Bytes,
  { header, iv, ciphertext, tag }: Encrypted,
): Promise<Bytes | undefined> {
  const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
  const algorithm = { name: "AES-GCM", iv, additionalData: encodeUtf8(header), tagLength: TAG_BYTES * 8 };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, concat([ciphertext, tag])));
  } catch {
    return undefined; // the tag does not fit
  }
}

function checkHeader(part: string): Result<KeyManagement> {
  const bytes = decodeBase64url(part);
  const header = parseJsonObject((bytes && decodeUtf8(bytes)) ?? "");
  if (header === undefined) return refuse("jwe_header_malformed");
  // No `zip` (CVE-2024-28176), no `p2c` (CVE-2022-36083), nothing that names another key.
  for (const name of Object.keys(header)) {
    if (!["alg", "enc", "typ", "cty"].includes(name)) return refuse("jwe_header_member");
  }
  if (header.enc !== "A256GCM") return refuse("jwe_enc");
  const algorithm = KEY_MANAGEMENT.find((it) => it === header.alg);
  return algorithm === undefined ? refuse("jwe_alg") : ok(algorithm);
}
