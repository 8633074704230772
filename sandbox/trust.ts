/**
 * What a participant must know before it believes another: the scheme's trusted list and the other's own record, both
 * fetched from the Participant Registry and verified. Asked anew each time: a sandbox has no hurry.
 */
import { createPathCache } from "../src/jwt/path-cache.ts";
import { algorithmsOf, type FrameworkVersion } from "../src/protocol/framework.ts";
import { ok, type Result, refuse } from "../src/protocol/result.ts";
import type { EpochSeconds } from "../src/protocol/time.ts";
import { verifyAnswer } from "../src/registry/answer.ts";
import type { Fetched, RegistryClient } from "../src/registry/client.ts";
import { dialectOf } from "../src/registry/dialect.ts";
import type { Party } from "../src/registry/party.ts";
import { uncheckedRevocation } from "../src/registry/revocation.ts";
import type { Anchors } from "../src/trust/chain.ts";

export const SKEW_SECONDS = 10;
export const paths = createPathCache();

export interface Trust {
  readonly anchors: Anchors;
  readonly party: Party;
  /** that its JWTs may be signed with */
  readonly algorithms: readonly string[];
}

/** The one who asks, and the registry it knows. */
export interface Asker {
  readonly partyId: string;
  readonly registry: RegistryClient;
}
export interface KnownRegistry {
  readonly REGISTRY_PARTY_ID: string;
  /** SHA-256 of the root that the registry chains to, hex */
  readonly ROOT_FINGERPRINT: string;
  readonly FRAMEWORK_VERSION: FrameworkVersion;
}

/** @param about the other's identifier */
export async function fetchTrust(
  asker: Asker,
  about: string,
  known: KnownRegistry,
  now: EpochSeconds,
): Promise<Result<Trust>> {
  const dialect = dialectOf(known.FRAMEWORK_VERSION);
  const algorithms = algorithmsOf(known.FRAMEWORK_VERSION);
  const list = await proveAnswer(await asker.registry.trustedList(), asker, known, now);
  if (!list.ok) return list;
  const anchors = dialect.readTrustedList(list.value);
  if (!anchors.ok) return anchors;
  const record = await proveAnswer(await asker.registry.party(about), asker, known, now);
  if (!record.ok) return record;
  const party = dialect.readParty(record.value, about);
  return party.ok ? ok({ anchors: anchors.value, party: party.value, algorithms }) : party;
}

/** Only what the registry itself signed, and for the asker, counts. */
async function proveAnswer(
  fetched: Result<Fetched>,
  { partyId }: Asker,
  known: KnownRegistry,
  now: EpochSeconds,
) {
  if (!fetched.ok) return fetched;
  if (fetched.value.kind === "unknown") return refuse("party_unknown");
  const answer = await verifyAnswer(fetched.value.token, {
    pin: {
      partyId: known.REGISTRY_PARTY_ID,
      roots: new Set([known.ROOT_FINGERPRINT]),
      leaves: new Set(),
    },
    audience: [partyId],
    algorithms: algorithmsOf(known.FRAMEWORK_VERSION),
    skew: SKEW_SECONDS,
    checkLife: true,
    checkRevocation: uncheckedRevocation,
    now,
    paths,
  });
  return answer.ok ? ok(answer.value.payload) : answer;
}
