/**
 * Is this answer the registry's own? (wire document §3.) Every participant chains to the same roots, so the signer is
 * pinned by id, root and leaf; the list that the registry serves never vouches for the registry. Owns the pin.
 */
import type { PathCache } from "../jwt/path-cache.ts";
import { verifyJwt } from "../jwt/verify.ts";
import type { JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type Certificate, ORGANIZATION_IDENTIFIER, SERIAL_NUMBER } from "../trust/certificate.ts";
import { checkPath } from "../trust/chain.ts";
import type { RevocationCheck } from "./revocation.ts";

/** A party's record holds all its certificates, a list all CAs: more than a request may hold. */
const MAX_ANSWER_LENGTH = 1024 * 1024;

export interface RegistryPin {
  readonly partyId: string;
  /** SHA-256, lower-case hex */
  readonly roots: ReadonlySet<string>;
  /** empty: the leaf's subject must name the registry instead */
  readonly leaves: ReadonlySet<string>;
}

export interface AnswerRules {
  readonly pin: RegistryPin;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly skew: number;
  readonly now: EpochSeconds;
  readonly paths: PathCache;
  /** true on arrival; a stored answer is judged by its age instead */
  readonly checkLife: boolean;
  readonly checkRevocation: RevocationCheck;
}

export interface Answer {
  readonly payload: JsonObject;
  /** the age of an answer counts from here */
  readonly issuedAt: EpochSeconds;
}

export async function verifyAnswer(token: string, rules: AnswerRules): Promise<Result<Answer>> {
  const jwt = await verifyJwt(token, {
    ...rules,
    maxLength: MAX_ANSWER_LENGTH,
    anchor: async (path) => {
      const chain = checkPath(path, { granted: rules.pin.roots, withdrawn: new Set() }, rules.now);
      return chain.ok ? rules.checkRevocation(chain.value) : chain;
    },
  });
  if (!jwt.ok) return refuse("registry_signer", { ...jwt.failure.data, cause: jwt.failure.reason });
  const { claims, payload, chain } = jwt.value;
  // Also of a stored answer: dated ahead, it would count as new until then.
  if (claims.iat > rules.now + rules.skew) return refuse("registry_signer", { cause: "iat" });
  if (claims.iss !== rules.pin.partyId) return refuse("registry_signer", { cause: "iss" });
  if (!isRegistryLeaf(chain.leaf, rules.pin)) return refuse("registry_signer", { cause: "leaf" });
  return ok({ payload, issuedAt: claims.iat });
}

/** Another participant may sign a valid JWT with `iss` = the registry: its leaf gives it away. */
function isRegistryLeaf(leaf: Certificate, pin: RegistryPin): boolean {
  if (pin.leaves.size > 0) return pin.leaves.has(leaf.fingerprint);
  const names = [pin.partyId, pin.partyId.slice(pin.partyId.lastIndexOf(".") + 1)];
  return [ORGANIZATION_IDENTIFIER, SERIAL_NUMBER].some((oid) => {
    const value = leaf.subjectAttributes.get(oid);
    return value !== undefined && names.includes(value);
  });
}
