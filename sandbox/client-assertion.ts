/**
 * Is a JWT the word of the participant it names? For the registries, which take client assertions and signed requests.
 * Owns that each counts once; whom to trust is the caller's to know.
 */
import { type VerifiedJwt, verifyJwt } from "../src/jwt/verify.ts";
import { ok, type Result, refuse } from "../src/protocol/result.ts";
import type { EpochSeconds } from "../src/protocol/time.ts";
import type { ClientCredentials } from "../src/protocol/token-request.ts";
import { checkParty } from "../src/registry/party.ts";
import { checkPath } from "../src/trust/chain.ts";
import { paths, SKEW_SECONDS, type Trust } from "./trust.ts";

/** JWTs seen. One isolate serves the sandbox, so its memory is enough. */
export type Seen = Map<string, EpochSeconds>;

export interface Proof {
  /** whom the JWT must be meant for */
  readonly audience: string;
  /** whom it must be from, and what the registry says of them */
  readonly issuer: string;
  readonly trust: Trust;
  readonly seen: Seen;
  readonly now: EpochSeconds;
}

export async function proveJwt(text: string, proof: Proof): Promise<Result<VerifiedJwt>> {
  const { trust, now } = proof;
  const jwt = await verifyJwt(text, {
    audience: [proof.audience],
    algorithms: trust.algorithms,
    now,
    skew: SKEW_SECONDS,
    checkLife: true,
    paths,
    anchor: (path) => checkPath(path, trust.anchors, now),
  });
  if (!jwt.ok) return jwt;
  const { claims, chain } = jwt.value;
  if (claims.iss !== proof.issuer) return refuse("jwt_issuer");
  if (!markSeen(proof.seen, JSON.stringify([claims.iss, claims.jti]), claims.exp + SKEW_SECONDS, now))
    return refuse("jwt_replayed");
  const party = checkParty(trust.party, chain.leaf, now);
  return party.ok ? jwt : party;
}

/** @returns the client id */
export async function proveClient(
  { clientId, assertion }: ClientCredentials,
  proof: Omit<Proof, "issuer">,
): Promise<Result<string>> {
  const jwt = await proveJwt(assertion, { ...proof, issuer: clientId });
  if (!jwt.ok) return jwt;
  return jwt.value.claims.sub === clientId ? ok(clientId) : refuse("jwt_subject");
}

function markSeen(seen: Seen, key: string, until: EpochSeconds, now: EpochSeconds): boolean {
  for (const [old, end] of seen) if (end < now) seen.delete(old);
  if (seen.has(key)) return false;
  seen.set(key, until);
  return true;
}
