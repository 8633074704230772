/**
 * Signing our own iSHARE JWTs with the eSEAL: id_token, userinfo, capabilities, and our assertions to other parties.
 * Owns the frame (`iss`, `jti`, `iat`, `exp`, header); the claims are built in `protocol`.
 */
import { encodeBase64, encodeBase64url, encodeUtf8 } from "../protocol/encoding.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { PrivateKey } from "./private-key.ts";
import { LIFETIME_SECONDS } from "./profile.ts";

export interface Signer {
  /**
   * @param claims everything but `iss`, `iat`, `exp`, and `jti` unless the caller has to know it
   * @returns a compact JWS, RS256 @throws SignerUnavailable where the key is elsewhere, and out of reach
   */
  sign(
    claims: Readonly<Record<string, unknown>> & { readonly sub: string },
    now: EpochSeconds,
    /** `typ` of what must never pass for another kind of token (RFC 8725 §3.11); unset: `JWT` */
    type?: string,
  ): Promise<string>;
}

/**
 * @param key RSASSA-PKCS1-v1_5 with SHA-256, here or elsewhere
 * @param chain DER, leaf first: travels as `x5c`
 */
export function createSigner(
  key: Pick<PrivateKey, "sign">,
  chain: readonly Uint8Array[],
  partyId: string,
): Signer {
  // The chain is most of a token, and the same in each: encoded once.
  const x5c = chain.map(encodeBase64);
  const headerFor = (typ: string): string => encodePart({ alg: "RS256", typ, x5c });
  const usual = headerFor("JWT");
  return {
    async sign(claims, now, type) {
      const payload = {
        jti: crypto.randomUUID(),
        ...claims,
        iss: partyId,
        iat: now,
        exp: now + LIFETIME_SECONDS,
      };
      const input = `${type === undefined ? usual : headerFor(type)}.${encodePart(payload)}`; // RFC 7515 §5.1
      return `${input}.${encodeBase64url(await key.sign(encodeUtf8(input)))}`;
    },
  };
}

const encodePart = (value: object): string => encodeBase64url(encodeUtf8(JSON.stringify(value)));
