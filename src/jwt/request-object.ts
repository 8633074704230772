/**
 * The form of a request object (wire document §5; RFC 9101 §6.1): a signed JWT, or that JWT inside a JWE for our
 * certificate's key. Owns decryption and nothing after it: what comes out is a compact JWS, still unproven.
 */
import { compactDecrypt } from "jose";
import { decodeBase64url, decodeUtf8 } from "../protocol/encoding.ts";
import { parseJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { MAX_JWT_LENGTH } from "./profile.ts";

/** Our private key by key management algorithm. */
export type DecryptionKeys = ReadonlyMap<string, CryptoKey>;
export const KEY_MANAGEMENT = ["RSA-OAEP", "RSA-OAEP-256"] as const;

export async function openRequestObject(
  text: string,
  keys: DecryptionKeys,
  encryption: "required" | "optional",
): Promise<Result<string>> {
  if (text.length > MAX_JWT_LENGTH * 1.4) return refuse("jwt_too_large", { length: text.length }); // before any RSA
  const parts = text.split(".");
  if (parts.length === 3) return encryption === "required" ? refuse("jwe_required") : ok(text);
  if (parts.length !== 5) return refuse("jwt_not_compact");

  const algorithm = checkHeader(parts);
  if (!algorithm.ok) return algorithm;
  const key = keys.get(algorithm.value);
  if (key === undefined) return refuse("jwe_alg");
  let inner: string | undefined;
  try {
    const { plaintext } = await compactDecrypt(text, key, {
      keyManagementAlgorithms: [algorithm.value],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    inner = decodeUtf8(plaintext);
  } catch {
    return refuse("jwe_decryption");
  }
  // Bare claims prove nobody: whoever has our public key can encrypt.
  if (inner === undefined || inner.split(".").length !== 3 || inner.startsWith("{"))
    return refuse("jwe_not_nested");
  return ok(inner);
}

function checkHeader(parts: readonly string[]): Result<string> {
  if (parts.some((part) => part === "" || decodeBase64url(part) === undefined))
    return refuse("jwt_not_compact");
  const bytes = decodeBase64url(parts[0] ?? "");
  const header = parseJsonObject((bytes && decodeUtf8(bytes)) ?? "");
  if (header === undefined) return refuse("jwe_header_malformed");
  // No `zip` (CVE-2024-28176), no `p2c` (CVE-2022-36083), nothing that names another key.
  for (const name of Object.keys(header)) {
    if (!["alg", "enc", "typ", "cty"].includes(name)) return refuse("jwe_header_member");
  }
  if (header.enc !== "A256GCM") return refuse("jwe_enc");
  return typeof header.alg === "string" && (KEY_MANAGEMENT as readonly string[]).includes(header.alg)
    ? ok(header.alg)
    : refuse("jwe_alg");
}
