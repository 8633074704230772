/**
 * Sealed cookies: what the demo keeps it keeps in the browser, so that the Worker stores nothing. Owns that a cookie counts
 * only for the purpose and at the Service Provider that it was sealed for, and until its end.
 */
import { CompactEncrypt, compactDecrypt } from "jose";
import { decodeUtf8, encodeUtf8 } from "../../src/protocol/encoding.ts";
import { isJsonObject, parseJsonObject } from "../../src/protocol/json.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import type { ServiceProvider } from "./service-provider.ts";

/** Explicit typing (RFC 8725 §3.11): all purposes share a key, and what is sealed for one must not open as another. */
export type Purpose = "attempt" | "session";

export interface Ending {
  readonly expiresAt: EpochSeconds;
}

type Sealer = Pick<ServiceProvider, "partyId" | "cookieKey">;

/** Sealed rather than signed: PKCE verifiers and access tokens are secrets. */
export function seal(content: Ending, purpose: Purpose, { partyId, cookieKey }: Sealer): Promise<string> {
  return new CompactEncrypt(encodeUtf8(JSON.stringify({ partyId, content })))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: purpose })
    .encrypt(cookieKey);
}

/** @returns what was sealed; undefined when the cookie is not ours, is for something else, or has ended */
export async function open<T extends Ending>(
  cookie: string,
  purpose: Purpose,
  { partyId, cookieKey }: Sealer,
  now: EpochSeconds,
): Promise<T | undefined> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(cookie, cookieKey, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    const sealed = parseJsonObject(decodeUtf8(plaintext) ?? "");
    if (protectedHeader.typ !== purpose || sealed?.partyId !== partyId) return undefined;
    const content = isJsonObject(sealed.content) ? (sealed.content as unknown as T) : undefined;
    return content !== undefined && now < content.expiresAt ? content : undefined;
  } catch {
    return undefined; // sealed with another key, or altered
  }
}
