/**
 * What the Service Provider must know before it believes the Identity Provider. Owns which certificate of the Identity
 * Provider requests are encrypted for.
 */
import { decodeBase64 } from "../../src/protocol/encoding.ts";
import { ok, type Result } from "../../src/protocol/result.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import type { Party } from "../../src/registry/party.ts";
import { type Certificate, parseCertificate } from "../../src/trust/certificate.ts";
import type { Anchors } from "../../src/trust/chain.ts";
import { fetchTrust as fetchTrustIn } from "../trust.ts";
import type { Env, ServiceProvider } from "./service-provider.ts";

export { paths, SKEW_SECONDS } from "../trust.ts";

/** What the registry says at this moment. */
export interface Trust {
  readonly anchors: Anchors;
  readonly idp: Party;
}

export async function fetchTrust(sp: ServiceProvider, env: Env, now: EpochSeconds): Promise<Result<Trust>> {
  const trust = await fetchTrustIn(sp, sp.idp.partyId, env, now);
  return trust.ok ? ok({ anchors: trust.value.anchors, idp: trust.value.party }) : trust;
}

/** The first of a party's listed certificates that is valid now. */
export async function currentCertificate(party: Party, now: EpochSeconds): Promise<Certificate | undefined> {
  for (const base64 of party.certificates) {
    const der = decodeBase64(base64);
    const certificate = der && (await parseCertificate(der));
    if (!certificate?.ok) continue;
    if (certificate.value.notBefore <= now && now < certificate.value.notAfter) return certificate.value;
  }
  return undefined;
}
