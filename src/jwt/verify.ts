/**
 * The pipeline that proves an iSHARE JWT (wire document §3): size → header → chain → signature → claims. Owns the
 * order; of the chain's rules the trusted list comes last, behind the signature, so that garbage asks no registry. Leaves to its callers what comes after: replay mark, and whether the registry knows the leaf as the party's.
 */
import { compactVerify } from "jose";
import type { JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { VerifiedChain, VerifiedPath } from "../trust/chain.ts";
import type { PathCache } from "./path-cache.ts";
import { type ClaimRules, type Claims, checkClaims, type FormRules, parseJwt } from "./profile.ts";

declare const proven: unique symbol;
/** Made by `verifyJwt` alone: signed by the leaf of a chain that reaches an anchor, and its claims hold. */
export interface VerifiedJwt {
  readonly [proven]: "jwt";
  readonly claims: Claims;
  readonly payload: JsonObject;
  readonly chain: VerifiedChain;
}

export interface JwtRules extends FormRules, ClaimRules {
  readonly paths: PathCache;
  /** does the path hold now, and reach an anchor? */
  readonly anchor: (path: VerifiedPath) => Result<VerifiedChain> | Promise<Result<VerifiedChain>>;
}

export async function verifyJwt(text: string, rules: JwtRules): Promise<Result<VerifiedJwt>> {
  const jwt = parseJwt(text, rules);
  if (!jwt.ok) return jwt;
  const path = await rules.paths.verify(jwt.value.x5c);
  if (!path.ok) return path;
  try {
    // The key is x5c[0]'s and no other; the algorithm is one of ours and no other (Hono CVE-2026-22817).
    const key = await path.value.leafKey(jwt.value.alg);
    await compactVerify(jwt.value.text, key, { algorithms: [...rules.algorithms] });
  } catch {
    return refuse("jwt_signature");
  }
  const chain = await rules.anchor(path.value.path);
  if (!chain.ok) return chain;
  path.value.keep();
  const claims = checkClaims(jwt.value.payload, rules);
  if (!claims.ok) return claims;
  return ok({ claims: claims.value, payload: jwt.value.payload, chain: chain.value } as VerifiedJwt);
}
