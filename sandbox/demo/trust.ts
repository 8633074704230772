/**
 * What the Service Provider must know before it believes the Identity Provider: the scheme's trusted list and the
 * Identity Provider's own record, both fetched from the Participant Registry and verified. Owns which certificate of the
 * Identity Provider requests are encrypted for.
 */
import { createPathCache } from "../../src/jwt/path-cache.ts";
import { decodeBase64 } from "../../src/protocol/encoding.ts";
import { ok, type Result, refuse } from "../../src/protocol/result.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { verifyAnswer } from "../../src/registry/answer.ts";
import type { Fetched } from "../../src/registry/client.ts";
import { type Party, readParty } from "../../src/registry/party.ts";
import { readTrustedList } from "../../src/registry/trusted-list.ts";
import { type Certificate, parseCertificate } from "../../src/trust/certificate.ts";
import type { Anchors } from "../../src/trust/chain.ts";
import type { Env, ServiceProvider } from "./service-provider.ts";

export const SKEW_SECONDS = 10;
export const paths = createPathCache();

/** What the registry says at this moment. Asked anew for each sign-in: a sandbox has no hurry. */
export interface Trust {
  readonly anchors: Anchors;
  readonly idp: Party;
}

export async function fetchTrust(sp: ServiceProvider, env: Env, now: EpochSeconds): Promise<Result<Trust>> {
  const list = await proveAnswer(await sp.registry.trustedList(), sp, env, now);
  if (!list.ok) return list;
  const anchors = readTrustedList(list.value);
  if (!anchors.ok) return anchors;
  const record = await proveAnswer(await sp.registry.party(sp.idp.partyId), sp, env, now);
  if (!record.ok) return record;
  const idp = readParty(record.value, sp.idp.partyId);
  return idp.ok ? ok({ anchors: anchors.value, idp: idp.value }) : idp;
}

/** Only what the registry itself signed, and for us, counts. */
async function proveAnswer(fetched: Result<Fetched>, sp: ServiceProvider, env: Env, now: EpochSeconds) {
  if (!fetched.ok) return fetched;
  if (fetched.value.kind === "unknown") return refuse("party_unknown");
  const answer = await verifyAnswer(fetched.value.token, {
    pin: { partyId: env.REGISTRY_PARTY_ID, roots: new Set([env.ROOT_FINGERPRINT]), leaves: new Set() },
    audience: [sp.partyId],
    algorithms: ["RS256"],
    skew: SKEW_SECONDS,
    checkLife: true,
    now,
    paths,
  });
  return answer.ok ? ok(answer.value.payload) : answer;
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
