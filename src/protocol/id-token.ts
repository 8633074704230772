/** The id_token's claims (wire document §7; OIDC Core §2). The signer adds `iss`, `jti`, `iat` and `exp`. */
import { acrOf } from "./assurance.ts";
import type { Entitlement } from "./redemption.ts";

export const buildIdToken = (it: Entitlement) => ({
  sub: it.subject,
  aud: it.clientId,
  azp: it.clientId,
  nonce: it.nonce,
  auth_time: it.authTime,
  acr: acrOf(it.level),
  amr: it.amr,
  organisationIdentifier: it.organisation.id,
});
