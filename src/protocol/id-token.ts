/** The id_token's claims (wire document §7; OIDC Core §2). The signer adds `iss`, `jti`, `iat` and `exp`. */
import { acrOf } from "./assurance.ts";
import type { GrantRecord } from "./grant.ts";

/** @returns claims, or undefined when the grant has not come to a redeemed code */
export function buildIdToken(grant: GrantRecord) {
  const { authentication, organisation, code, token, request } = grant;
  if (!authentication || !organisation || !code || !token) return undefined;
  return {
    sub: code.subject,
    aud: token.clientId,
    azp: token.clientId,
    nonce: request.nonce,
    auth_time: authentication.authTime,
    acr: acrOf(authentication.level),
    amr: authentication.amr,
    organisationIdentifier: organisation.id,
  };
}
