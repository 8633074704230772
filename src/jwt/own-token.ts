/**
 * An id_token of ours that comes back as a hint (OIDC Core §3.1.2.1, RP-Initiated Logout §2). Owns telling ours from
 * others: by our own keys and never by the chain it carries. Its life does not matter, and it proves nothing about who
 * shows it.
 */
import { compactVerify } from "jose";
import type { PublicKey } from "./keys.ts";
import { parseJwt } from "./profile.ts";

export interface OwnIdToken {
  readonly sub: string;
  readonly aud: string;
  readonly jti: string;
}

/** @param sets ours, those too that sign no more @returns undefined for anything but an id_token that we signed */
export async function readOwnIdToken(
  text: string,
  sets: readonly { readonly publicKey: Pick<PublicKey, "verification"> }[],
  partyId: string,
): Promise<OwnIdToken | undefined> {
  const jwt = parseJwt(text, { algorithms: ["RS256"] });
  if (!jwt.ok) return undefined;
  const { iss, sub, aud, azp, jti, nonce } = jwt.value.payload;
  // `azp` and `nonce` tell an id_token from our userinfo and capabilities.
  if (iss !== partyId || azp !== aud || typeof nonce !== "string") return undefined;
  if (typeof sub !== "string" || typeof aud !== "string" || typeof jti !== "string") return undefined;
  for (const { publicKey } of sets) {
    try {
      await compactVerify(text, publicKey.verification, { algorithms: ["RS256"] });
      return { sub, aud, jti };
    } catch {
      // another set's, or not ours
    }
  }
  return undefined;
}
