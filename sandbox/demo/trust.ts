/**
 * What the Service Provider must know before it believes the Identity Provider. Owns which certificate of the Identity
 * Provider requests are encrypted for.
 */
import { decodeBase64 } from "../../src/protocol/encoding.ts";
import { ok, type Result } from "../../src/protocol/result.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { isCurrent, type Party } from "../../src/registry/party.ts";
import { type Certificate, parseCertificate } from "../../src/trust/certificate.ts";
import { fetchTrust as fetchTrustIn, type Trust as PartyTrust } from "../trust.ts";
import type { Env, ServiceProvider } from "./service-provider.ts";

export { paths, SKEW_SECONDS } from "../trust.ts";

/** What the registry says at this moment. */
export interface Trust extends Omit<PartyTrust, "party"> {
  readonly idp: Party;
}

export async function fetchTrust(sp: ServiceProvider, env: Env, now: EpochSeconds): Promise<Result<Trust>> {
  const trust = await fetchTrustIn(sp, sp.idp.partyId, env, now);
  if (!trust.ok) return trust;
  const { party: idp, ...others } = trust.value;
  return ok({ ...others, idp });
}

/** The first of a party's listed certificates that is valid now. */
export async function currentCertificate(party: Party, now: EpochSeconds): Promise<Certificate | undefined> {
  const listed = party.certificates.filter((it) => !it.revoked && isCurrent(it, now));
  for (const base64 of listed.flatMap(({ ders }) => ders)) {
    const der = decodeBase64(base64);
    const certificate = der && (await parseCertificate(der));
    if (!certificate?.ok) continue;
    if (certificate.value.notBefore <= now && now < certificate.value.notAfter) return certificate.value;
  }
  return undefined;
}
