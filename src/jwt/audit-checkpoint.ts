/**
 * A checkpoint of the audit log, as a JWT of ours: what a chain had come to. Owns what tells it from everything else that
 * we sign (its type, its subject, no audience, a life of 30 seconds that is over when anybody reads it), and reading one.
 * No reader of id_tokens or assertions takes that type, and this one takes no other.
 */
import { GENESIS } from "../protocol/audit-chain.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { parseCertificate } from "../trust/certificate.ts";
import { sameBytes } from "../trust/der.ts";
import { parseHeader, parseJwt } from "./profile.ts";
import { isSignedBy } from "./verify.ts";

export const CHECKPOINT_TYPE = "ishare-idp-audit-checkpoint+jwt"; // RFC 8725 §3.11: explicit typing
export const CHECKPOINT_SUBJECT = "urn:ishare-idp:audit-checkpoint";

export interface SignedCheckpoint {
  /** empty for the Identity Provider's own log */
  readonly organisation: string;
  readonly seq: number;
  readonly hash: string;
  readonly at: EpochSeconds;
}

/**
 * @param signers certificates of ours, DER: the one that it carries must be among them, whoever issued that
 * @returns refused for anything but a checkpoint that one of these keys signed
 */
export async function readCheckpoint(
  text: string,
  signers: readonly Uint8Array[],
): Promise<Result<SignedCheckpoint>> {
  const jwt = parseJwt(text);
  if (!jwt.ok) return jwt;
  const header = parseHeader(jwt.value.header, ["RS256"], CHECKPOINT_TYPE);
  if (!header.ok) return header;
  const der = header.value.x5c[0];
  if (der === undefined || !signers.some((signer) => sameBytes(signer, der))) return refuse("jwt_signature");
  const certificate = await parseCertificate(der);
  if (!certificate.ok) return certificate;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", certificate.value.spki, algorithm, false, ["verify"]);
  if (!(await isSignedBy(jwt.value, key))) return refuse("jwt_signature");
  const { sub, organisation, seq, hash, iat } = jwt.value.payload;
  if (sub !== CHECKPOINT_SUBJECT) return refuse("jwt_claim_type", { claim: "sub" });
  if (typeof organisation !== "string") return refuse("jwt_claim_type", { claim: "organisation" });
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return refuse("jwt_claim_type", { claim: "seq" });
  if (typeof hash !== "string" || hash.length !== GENESIS.hash.length)
    return refuse("jwt_claim_type", { claim: "hash" });
  if (!Number.isSafeInteger(iat)) return refuse("jwt_claim_type", { claim: "iat" });
  return ok({ organisation, seq: seq as number, hash, at: iat as number });
}
