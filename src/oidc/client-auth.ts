/**
 * Proving a party by its iSHARE JWT (wire document §2, §3), for the authorization request and the client assertion
 * alike. Owns the order after the signature: token-type rules → replay mark and registry → rate limit.
 */
import type { Deps } from "../deps.ts";
import { type VerifiedJwt, verifyJwt } from "../jwt/verify.ts";
import { algorithmsOf } from "../protocol/framework.ts";
import { parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Party } from "../registry/party.ts";

export type PartyDeps = Pick<Deps, "config" | "now" | "registry" | "replay" | "paths" | "partyShield">;

/**
 * @param endpoint each has a budget of its own: sign-ins that anybody can begin at an SP do not use up its tokens
 * @param check what this kind of token must say; tokens of another kind are refused here, before they are marked
 * @returns the active party and what `check` made of the token
 */
export async function proveParty<T>(
  endpoint: "authorize" | "token",
  token: string,
  check: (jwt: VerifiedJwt) => Result<T>,
  deps: PartyDeps,
): Promise<Result<{ readonly party: Party; readonly value: T }>> {
  const { config, registry, now } = deps;
  const jwt = await verifyJwt(token, {
    audience: config.audience,
    algorithms: algorithmsOf(config.frameworkVersion),
    skew: config.clockSkewSeconds,
    now: now(),
    checkLife: true,
    paths: deps.paths,
    anchor: registry.anchor,
  });
  if (!jwt.ok) return jwt;
  const { iss, jti, exp } = jwt.value.claims;
  const id = parsePartyId(iss);
  // An assertion of ours is for others; one that came back to us was shown by somebody else.
  if (id === undefined || config.audience.includes(id)) return refuse("jwt_issuer");
  const checked = check(jwt.value);
  if (!checked.ok) return checked;

  const { leaf } = jwt.value.chain;
  // Only now: strangers can't fill the store. A minute past the last moment at which the JWT passes: the object that
  // forgets the mark has a clock of its own.
  // The registry's answer changes nothing of it, so nobody waits for one of them before the other.
  const until = exp + config.clockSkewSeconds + 60;
  const [isFirstUse, party] = await Promise.all([
    deps.replay.mark(iss, jti, until, now()),
    registry.party(id, leaf),
  ]);
  if (!isFirstUse)
    return refuse("jwt_replayed", party.ok ? { serviceProvider: party.value.name } : undefined);
  // Signed by some participant: the registry alone says by which.
  if (!party.ok)
    return refuse(party.failure.reason, { ...party.failure.data, party: id, partyProven: false });
  // Behind the mark and the registry: neither replays of what the party signed nor others in its name are charged to it.
  return (await deps.partyShield(`${endpoint} ${party.value.id}`))
    ? ok({ party: party.value, value: checked.value })
    : refuse("party_throttled", { party: party.value.id });
}

/** A client assertion: `iss` = `sub` = `client_id` (RFC 7523 §3; private_key_jwt). */
export const checkClientAssertion =
  (clientId: string) =>
  ({ claims }: VerifiedJwt): Result<string> => {
    if (claims.sub !== claims.iss) return refuse("jwt_subject");
    return claims.iss === clientId ? ok(clientId) : refuse("assertion_client_id");
  };

/** A request object: `sub` is a literal that no assertion may carry. */
export const checkRequestObject =
  (clientId: string) =>
  ({ claims }: VerifiedJwt): Result<void> => {
    if (claims.sub !== "urn:TBD") return refuse("jwt_subject");
    return claims.iss === clientId ? ok(undefined) : refuse("jwt_issuer");
  };
