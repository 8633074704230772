/**
 * The authorization request (OIDC Core §6.1; iSHARE human-to-machine): a request object that the Service Provider
 * signs with its eSEAL and encrypts for the Identity Provider's certificate. Owns what this demo asks for.
 */
import { CompactEncrypt } from "jose";
import { acrOf } from "../../src/protocol/assurance.ts";
import { encodeUtf8 } from "../../src/protocol/encoding.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import type { Certificate } from "../../src/trust/certificate.ts";
import { type Attempt, challengeOf } from "./attempt.ts";
import type { ServiceProvider } from "./service-provider.ts";

const SCOPE = "openid iSHARE authorisations name email company";

/** The fields of the form that the browser posts to the Identity Provider. */
export async function buildRequestForm(
  sp: ServiceProvider,
  attempt: Attempt,
  recipient: Certificate,
  now: EpochSeconds,
): Promise<Readonly<Record<string, string>>> {
  const outer = { response_type: "code", client_id: sp.partyId, scope: SCOPE };
  const signed = await sp.signer.sign(
    {
      ...outer,
      sub: "urn:TBD", // iSHARE: the human is not known yet
      aud: sp.idp.partyId,
      redirect_uri: sp.redirectUri,
      state: attempt.state,
      nonce: attempt.nonce,
      acr_values: acrOf(attempt.level),
      code_challenge: await challengeOf(attempt),
      code_challenge_method: "S256",
    },
    now,
  );
  return { ...outer, request: await encrypt(signed, recipient) };
}

async function encrypt(jwt: string, { spki }: Certificate): Promise<string> {
  const key = await crypto.subtle.importKey("spki", spki, { name: "RSA-OAEP", hash: "SHA-256" }, false, [
    "encrypt",
  ]);
  return new CompactEncrypt(encodeUtf8(jwt))
    .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "JWT" })
    .encrypt(key);
}
