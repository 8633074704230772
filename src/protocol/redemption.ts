/**
 * What becomes of a grant's code, as pure transitions of plain data: redeemed once for a token (RFC 6749 §4.1.2, RFC 9700
 * §4.2), and whether that token is good. Leaves storage and atomicity to `store/grant`.
 */
import type { Level } from "./assurance.ts";
import type { GrantRecord, Organisation } from "./grant.ts";
import { ok, type Result, refuse } from "./result.ts";
import type { Scope } from "./scopes.ts";
import type { EpochSeconds } from "./time.ts";

export interface Redemption {
  readonly codeHash: string;
  /** canonical id of the authenticated client */
  readonly partyId: string;
  /** as the client sent it */
  readonly clientId: string;
  readonly redirectUri: string;
  /** S256 of the code_verifier, when one was sent */
  readonly challenge?: string;
  readonly token: { readonly hash: string; readonly expiresAt: EpochSeconds };
}

/** What a redeemed code and its token are good for: all that id_token and userinfo say. No more of a grant leaves its object. */
export interface Entitlement {
  /** canonical registry id and registered name of the SP */
  readonly party: { readonly id: string; readonly name: string };
  /** the identifier that the SP used when it redeemed the code */
  readonly clientId: string;
  readonly scopes: readonly Scope[];
  readonly nonce: string;
  readonly redirectUri: string;
  readonly humanId: string;
  /** the pseudonym of the human at this SP */
  readonly subject: string;
  readonly authTime: EpochSeconds;
  readonly level: Level;
  /** RFC 8176 */
  readonly amr: readonly string[];
  readonly sessionId?: string;
  readonly organisation: Organisation;
  /** the organisation as the directory spells it */
  readonly membership: string;
}

/** @throws for a grant that has not come to a redeemed code */
export function entitlementOf(grant: GrantRecord): Entitlement {
  const { party, request, authentication, organisation, code, token } = grant;
  if (!authentication || !organisation || !code || !token)
    throw new Error("a token without a finished sign-in");
  const { scopes, nonce, redirectUri } = request;
  const { humanId, authTime, level, amr, sessionId } = authentication;
  return {
    ...{ party, scopes, nonce, redirectUri, organisation, humanId, authTime, level, amr },
    ...(sessionId === undefined ? {} : { sessionId }),
    clientId: token.clientId,
    subject: code.subject,
    membership: grant.membership ?? organisation.id,
  };
}

/**
 * Redeems a code. The outcome carries the record to store even with a refusal, because a second try by the right
 * client revokes the first token (RFC 6749 §4.1.2).
 */
export function redeem(
  grant: GrantRecord,
  attempt: Redemption,
  now: EpochSeconds,
): { readonly result: Result<Entitlement>; readonly next: GrantRecord } {
  const unchanged = (reason: Parameters<typeof refuse>[0]) => ({ result: refuse(reason), next: grant });
  const { code } = grant;
  if (code === undefined || code.hash !== attempt.codeHash) return unchanged("code_unknown");
  // A wrong client neither burns the code nor learns whether it was used: this comes first.
  if (grant.party.id !== attempt.partyId) return unchanged("code_wrong_client");
  if (code.redeemed) {
    const next = grant.token ? { ...grant, token: { ...grant.token, revoked: true } } : grant;
    return { result: refuse("code_used"), next };
  }
  if (now >= code.expiresAt) return unchanged("code_expired");
  if (grant.request.redirectUri !== attempt.redirectUri) return unchanged("code_redirect_uri");
  const { codeChallenge } = grant.request;
  if (codeChallenge !== attempt.challenge) {
    if (codeChallenge === undefined) return unchanged("pkce_unexpected"); // RFC 9700 §2.1.1: PKCE downgrade
    return unchanged(attempt.challenge === undefined ? "pkce_missing" : "pkce_mismatch");
  }
  const next: GrantRecord = {
    ...grant,
    code: { ...code, redeemed: true },
    token: { ...attempt.token, clientId: attempt.clientId, revoked: false },
  };
  return { result: ok(entitlementOf(next)), next };
}

/** Whether an access token of this grant is good now, and for what. */
export function access(grant: GrantRecord, tokenHash: string, now: EpochSeconds): Result<Entitlement> {
  if (grant.token === undefined || grant.token.hash !== tokenHash) return refuse("bearer_unknown");
  if (grant.token.revoked) return refuse("bearer_revoked");
  return now >= grant.token.expiresAt ? refuse("bearer_expired") : ok(entitlementOf(grant));
}
