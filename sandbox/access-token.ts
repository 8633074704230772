/**
 * Access tokens of the registries: opaque to their holder, self-contained for us. Owns form, life and MAC (HMAC-SHA-256),
 * so that nothing has to be stored.
 */
import {
  decodeBase64,
  decodeBase64url,
  decodeUtf8,
  encodeBase64url,
  encodeUtf8,
} from "../src/protocol/encoding.ts";
import { parseJsonObject } from "../src/protocol/json.ts";
import type { EpochSeconds } from "../src/protocol/time.ts";

export const ACCESS_TOKEN_SECONDS = 3600;

/** @param secret 32 bytes, base64 */
export function importTokenKey(secret: string): Promise<CryptoKey> {
  const bytes = decodeBase64(secret) ?? new Uint8Array();
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

/** @param clientId as the client sent it: the answers it gets are addressed to this name */
export async function issueAccessToken(clientId: string, key: CryptoKey, now: EpochSeconds): Promise<string> {
  const content = encodeUtf8(JSON.stringify({ clientId, expiresAt: now + ACCESS_TOKEN_SECONDS }));
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, content));
  return `${encodeBase64url(content)}.${encodeBase64url(mac)}`;
}

/** @returns the client that the token was issued to; undefined when it is not ours or has ended */
export async function readAccessToken(
  token: string,
  key: CryptoKey,
  now: EpochSeconds,
): Promise<string | undefined> {
  const [content, mac, ...rest] = token.split(".").map(decodeBase64url);
  if (content === undefined || mac === undefined || rest.length > 0) return undefined;
  if (!(await crypto.subtle.verify("HMAC", key, mac, content))) return undefined;
  const { clientId, expiresAt } = parseJsonObject(decodeUtf8(content) ?? "") ?? {};
  return typeof clientId === "string" && typeof expiresAt === "number" && now < expiresAt
    ? clientId
    : undefined;
}
