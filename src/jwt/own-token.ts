/**
 * An id_token of ours that comes back as a hint (OIDC Core §3.1.2.1, RP-Initiated Logout §2). Owns telling ours from
 * others: by our own keys and never by the chain it carries. Its life does not matter, and it proves nothing about who
 * shows it.
 */
import type { PublicKey } from "./keys.ts";
import { parseHeader, parseJwt } from "./profile.ts";
import { isSignedBy } from "./verify.ts";

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
  const jwt = parseJwt(text);
  if (!jwt.ok || !parseHeader(jwt.value.header, ["RS256"]).ok) return undefined;
  const { iss, sub, aud, azp, jti, nonce } = jwt.value.payload;
  // `azp` and `nonce` tell an id_token from our userinfo and capabilities.
  if (iss !== partyId || azp !== aud || typeof nonce !== "string") return undefined;
  if (typeof sub !== "string" || typeof aud !== "string" || typeof jti !== "string") return undefined;
  for (const { publicKey } of sets)
    if (await isSignedBy(jwt.value, publicKey.verification)) return { sub, aud, jti };
  return undefined;
}
