/**
 * Signing our own iSHARE JWTs with the eSEAL: id_token, userinfo, capabilities, and our assertions to other parties.
 * Owns the frame (`iss`, `jti`, `iat`, `exp`, header); the claims are built in `protocol`.
 */
import { CompactSign } from "jose";
import { encodeBase64, encodeUtf8 } from "../protocol/encoding.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { LIFETIME_SECONDS } from "./profile.ts";

export interface Signer {
  /** @param claims everything but `iss`, `iat`, `exp`, and `jti` unless the caller has to know it @returns a compact JWS, RS256 */
  sign(
    claims: Readonly<Record<string, unknown>> & { readonly sub: string },
    now: EpochSeconds,
    /** `typ` of what must never pass for another kind of token (RFC 8725 §3.11); unset: `JWT` */
    type?: string,
  ): Promise<string>;
}

/**
 * @param key RSASSA-PKCS1-v1_5 with SHA-256, usable for `sign`
 * @param chain DER, leaf first: travels as `x5c`
 */
export function createSigner(key: CryptoKey, chain: readonly Uint8Array[], partyId: string): Signer {
  const header = { alg: "RS256", typ: "JWT", x5c: chain.map(encodeBase64) };
  return {
    sign(claims, now, type = header.typ) {
      const payload = {
        jti: crypto.randomUUID(),
        ...claims,
        iss: partyId,
        iat: now,
        exp: now + LIFETIME_SECONDS,
      };
      return new CompactSign(encodeUtf8(JSON.stringify(payload)))
        .setProtectedHeader({ ...header, typ: type })
        .sign(key);
    },
  };
}
