/**
 * The pipeline that proves an iSHARE JWT (wire document §3): size → form → chain → signature → claims. Owns the
 * order; of the chain's rules the trusted list comes last, behind the signature, so that garbage asks no registry. Leaves to its callers what comes after: replay mark, and whether the registry knows the leaf as the party's.
 */
import { encodeUtf8 } from "../protocol/encoding.ts";
import type { JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { VerifiedChain, VerifiedPath } from "../trust/chain.ts";
import type { PathCache } from "./path-cache.ts";
import { type ClaimRules, type Claims, checkClaims, parseJwt, type UnverifiedJwt } from "./profile.ts";

declare const proven: unique symbol;
/** Made by `verifyJwt` alone: signed by the leaf of a chain that reaches an anchor, and its claims hold. */
export interface VerifiedJwt {
  readonly [proven]: "jwt";
  readonly claims: Claims;
  readonly payload: JsonObject;
  readonly chain: VerifiedChain;
}

export interface JwtRules extends ClaimRules {
  readonly algorithms: readonly string[];
  /** characters; unset: what fits a request */
  readonly maxLength?: number;
  readonly paths: PathCache;
  /** does the path hold now, and reach an anchor? */
  readonly anchor: (path: VerifiedPath) => Result<VerifiedChain> | Promise<Result<VerifiedChain>>;
}

export async function verifyJwt(text: string, rules: JwtRules): Promise<Result<VerifiedJwt>> {
  const jwt = parseJwt(text, rules.maxLength);
  if (!jwt.ok) return jwt;
  const known = await rules.paths.verify(jwt.value.header, rules.algorithms);
  if (!known.ok) return known;
  // The key is x5c[0]'s and no other; the algorithm is one of ours and no other (Hono CVE-2026-22817).
  if (!(await isSignedBy(jwt.value, known.value.key))) return refuse("jwt_signature");
  const chain = await rules.anchor(known.value.path);
  if (!chain.ok) return chain;
  const claims = checkClaims(jwt.value.payload, rules);
  if (!claims.ok) return claims;
  known.value.keep();
  return ok({ claims: claims.value, payload: jwt.value.payload, chain: chain.value } as VerifiedJwt);
}

/** @param key says by itself which algorithm it is for; its size was judged with its certificate */
export const isSignedBy = ({ signed, signature }: UnverifiedJwt, key: CryptoKey): Promise<boolean> =>
  crypto.subtle.verify(key.algorithm.name, key, signature, encodeUtf8(signed)).catch(() => false);
