/**
 * Grant type `authorization_code` (H2M): redeems the code in its grant, then signs. A fault in between costs the code; so
 * where our key lives elsewhere, and may be out, it signs before: an outage then leaves the code unspent. Nobody gets the
 * token before the code is redeemed, which happens once.
 */

import type { Deps } from "../deps.ts";
import { signsElsewhere } from "../jwt/key-sets.ts";
import { sha256 } from "../protocol/digest.ts";
import { encodeBase64url } from "../protocol/encoding.ts";
import { buildIdToken } from "../protocol/id-token.ts";
import type { Entitlement } from "../protocol/redemption.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { ACCESS_TOKEN_SECONDS, type TokenAnswer, type TokenRequest } from "../protocol/token-request.ts";
import type { Party } from "../registry/party.ts";
import { openGrantHandle, sealGrantHandle } from "../store/handle.ts";

type CodeDeps = Pick<Deps, "config" | "grants" | "handles" | "signer" | "sessions" | "now" | "log">;
type CodeRequest = Extract<TokenRequest, { grantType: "authorization_code" }>;

/** @param party the authenticated client */
export async function grantByCode(
  request: CodeRequest,
  party: Party,
  { config, grants, handles, signer, sessions, now, log }: CodeDeps,
): Promise<Result<TokenAnswer>> {
  const code = await openGrantHandle(handles, "code", request.code);
  if (code === undefined) return refuse("code_malformed", { party: party.id });
  const accessToken = await sealGrantHandle(handles, "access_token", code.id);
  const attempt = {
    codeHash: code.secretHash,
    partyId: party.id,
    clientId: request.client.clientId,
    redirectUri: request.redirectUri,
    token: { hash: accessToken.secretHash, expiresAt: now() + ACCESS_TOKEN_SECONDS },
    ...(request.codeVerifier === undefined ? {} : { challenge: await challengeOf(request.codeVerifier) }),
  };
  const jti = crypto.randomUUID();
  const sign = (entitlement: Entitlement) => signer.sign({ ...buildIdToken(entitlement), jti }, now());
  const seen = signsElsewhere(config.keySets, now())
    ? await grants.preview(code.id, attempt, now())
    : undefined;
  const signed = seen?.ok ? await sign(seen.value) : undefined;
  const redeemed = await grants.redeem(code.id, attempt, now());
  if (!redeemed.ok) return refuse(redeemed.failure.reason, { ...redeemed.failure.data, party: party.id });
  const { clientId: aud, sessionId, redirectUri } = redeemed.value;
  // So that logout can tell a hint that came from this session; signed while the session's object is under way.
  const noted =
    sessionId === undefined
      ? undefined
      : sessions.issue(sessionId, { aud, jti, partyId: party.id, origin: new URL(redirectUri).origin });
  const [idToken] = await Promise.all([signed ?? sign(redeemed.value), noted]);
  log.info("token_issued", { grant: "code", party: party.id });
  return ok({ access_token: accessToken.handle, id_token: idToken });
}

/** S256 (RFC 7636 §4.6) */
async function challengeOf(verifier: string): Promise<string> {
  return encodeBase64url(await sha256(verifier));
}
