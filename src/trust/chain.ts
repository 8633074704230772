/**
 * Path validation (wire document §3; RFC 5280 §6): is this x5c a sound path from a leaf to a listed CA? A pure function
 * of the chain, the anchors and the time. Owns every certificate rule; leaves the list to `registry/trusted-list` and
 * the party behind the leaf to `registry/party`.
 *
 * In two halves, because one never changes and one always may: `verifyPath` (form, links, signatures: cacheable by the
 * hash of the chain) and `checkPath` (time and anchors: asked anew each time).
 */
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type Certificate, hasKeyUsage, parseCertificate } from "./certificate.ts";
import { sameBytes } from "./der.ts";
import { isSignedWith } from "./signature.ts";

export const MAX_CERTIFICATES = 6;
export const MAX_CHAIN_BYTES = 64 * 1024;
/** A verification costs the square of the modulus length: nobody needs more, and an attacker would. */
const MAX_RSA_BITS = 8192;

declare const verified: unique symbol;
/** Made by `verifyPath` alone: leaf first, every link holds. Says nothing yet about time or trust. */
export interface VerifiedPath {
  readonly [verified]: "path";
  readonly leaf: Certificate;
  readonly certificates: readonly Certificate[];
}

/** Made by `checkPath` alone: a path that is valid now and reaches an anchor. */
export type VerifiedChain = VerifiedPath & {
  /** the listed CA's position in `certificates`: what lies below it is what it vouches for */
  readonly anchorAt: number;
};

/** Fingerprints as on the trusted list. */
export interface Anchors {
  readonly granted: ReadonlySet<string>;
  /** listed, but invalid or withdrawn */
  readonly withdrawn: ReadonlySet<string>;
}

/**
 * @param chain DER certificates, leaf first, each next one the issuer of the one before
 * @param parse reads a certificate: other than `parseCertificate`, it may have read the same bytes before
 */
export async function verifyPath(
  chain: readonly Uint8Array<ArrayBuffer>[],
  parse: typeof parseCertificate = parseCertificate,
): Promise<Result<VerifiedPath>> {
  // Sizes first: parsing costs more than the signatures do.
  if (chain.length === 0) return refuse("chain_empty");
  if (chain.length > MAX_CERTIFICATES) return refuse("chain_too_long", { certificates: chain.length });
  const bytes = chain.reduce((sum, der) => sum + der.length, 0);
  if (bytes > MAX_CHAIN_BYTES) return refuse("chain_too_large", { bytes });

  const certificates: Certificate[] = [];
  for (const [position, der] of chain.entries()) {
    const certificate = await parse(der);
    if (!certificate.ok) return at(position, certificate);
    const fit = checkCertificate(certificate.value);
    if (!fit.ok) return at(position, fit);
    certificates.push(certificate.value);
  }
  const [leaf] = certificates;
  if (leaf === undefined) return refuse("chain_empty");
  if (new Set(certificates.map(({ fingerprint }) => fingerprint)).size < certificates.length) {
    return refuse("certificate_duplicate");
  }
  if (leaf.isCa) return refuse("leaf_is_ca");
  // iSHARE eSEALs carry nonRepudiation only; a missing key usage is not one that allows signing.
  if (!hasKeyUsage(leaf, "digitalSignature", "nonRepudiation")) return refuse("leaf_key_usage");
  if (hasKeyUsage(leaf, "keyCertSign")) return refuse("leaf_key_usage"); // RFC 5280 §4.2.1.9: for CAs only

  // All cheap rules before the first signature.
  for (const [position, issuer] of certificates.entries()) {
    const issued = certificates[position - 1];
    if (issued === undefined) continue;
    const link = checkIssuer(issuer, issued, certificates.slice(1, position));
    if (!link.ok) return at(position, link);
    const below = checkIssued(issued);
    if (!below.ok) return at(position - 1, below);
  }
  // Every link, the last included: a loop that stops one short accepts a forged leaf under a genuine CA.
  for (const [position, issuer] of certificates.entries()) {
    const issued = certificates[position - 1];
    if (issued && !(await isSignedBy(issued, issuer)))
      return at(position - 1, refuse("certificate_signature"));
  }
  return ok({ leaf, certificates } as unknown as VerifiedPath);
}

/** Rules that each certificate meets on its own. */
function checkCertificate(certificate: Certificate): Result<void> {
  if (certificate.rsaBits === undefined) return refuse("certificate_key_type");
  if (certificate.rsaBits < 2048 || certificate.rsaBits > MAX_RSA_BITS) {
    return refuse("certificate_weak_key", { bits: certificate.rsaBits });
  }
  if (certificate.signatureHash === undefined) return refuse("certificate_signature_algorithm");
  const [oid] = certificate.unknownCritical;
  if (oid !== undefined) return refuse("certificate_critical_extension", { oid }); // RFC 5280 §4.2
  // Not evaluated yet, so never passed over, critical or not.
  if (certificate.hasNameConstraints) return refuse("certificate_name_constraints");
  return ok(undefined);
}

/** @param between the CA certificates between `issuer` and the leaf */
function checkIssuer(
  issuer: Certificate,
  issued: Certificate,
  between: readonly Certificate[],
): Result<void> {
  if (!sameBytes(issued.issuer, issuer.subject)) return refuse("certificate_issuer_mismatch"); // RFC 5280 §6.1.3 (a)(4)
  if (!isMeant(issuer, issued)) return refuse("certificate_key_identifier_mismatch"); // same name, another key
  if (!issuer.isCa) return refuse("certificate_issuer_not_ca"); // §6.1.4 (k)
  if (!issuer.isCriticallyCa) return refuse("certificate_constraints_not_critical"); // §4.2.1.9
  if (!hasKeyUsage(issuer, "keyCertSign")) return refuse("certificate_issuer_key_usage"); // §6.1.4 (n)
  if (issuer.subjectKeyId === undefined) return refuse("certificate_key_identifier_missing"); // §4.2.1.2
  // §6.1.4 (l)(m): self-issued certificates do not count.
  const depth = between.filter(({ issuer: by, subject }) => !sameBytes(by, subject)).length;
  if (issuer.pathLength !== undefined && depth > issuer.pathLength) return refuse("certificate_path_length");
  return ok(undefined);
}

/** Of every certificate but the last. */
function checkIssued({ issuer, subject, authorityKeyId, subjectKeyId }: Certificate): Result<void> {
  if (authorityKeyId === undefined) return refuse("certificate_key_identifier_missing"); // RFC 5280 §4.2.1.1
  // Issued by its own key, as far as it says: verifiers end there, and few would go on to the next.
  const isSelfSigned =
    sameBytes(issuer, subject) && (subjectKeyId === undefined || subjectKeyId === authorityKeyId);
  return isSelfSigned ? refuse("certificate_self_signed") : ok(undefined);
}

/** RFC 5280 §4.2.1.1: is this the certificate that the authority key identifier points at, as far as it says? */
function isMeant(issuer: Certificate, { authorityKeyId, authorityCertificate: meant }: Certificate): boolean {
  if (authorityKeyId && issuer.subjectKeyId && authorityKeyId !== issuer.subjectKeyId) return false;
  if (meant === undefined) return true;
  return meant.serial === issuer.serial && (!meant.issuer || sameBytes(meant.issuer, issuer.issuer));
}

const isSignedBy = (
  { signatureHash, signature, tbs }: Certificate,
  { spki }: Certificate,
): Promise<boolean> => isSignedWith(spki, signatureHash, signature, tbs);

/** The half that may change from one moment to the next. */
export function checkPath(path: VerifiedPath, anchors: Anchors, now: EpochSeconds): Result<VerifiedChain> {
  for (const [position, { notBefore, notAfter }] of path.certificates.entries()) {
    if (now < notBefore) return at(position, refuse("certificate_not_yet_valid"));
    if (now >= notAfter) return at(position, refuse("certificate_expired"));
  }
  // From the leaf upwards: the first listed CA decides. A leaf is never its own anchor; certificates above the anchor
  // prove nothing; a CA that the scheme withdrew is not rehabilitated by the one above it.
  for (const [position, { fingerprint }] of path.certificates.entries()) {
    if (position === 0) continue;
    if (anchors.withdrawn.has(fingerprint)) return refuse("chain_ca_withdrawn");
    if (anchors.granted.has(fingerprint)) return ok({ ...path, anchorAt: position });
  }
  return refuse("chain_not_anchored");
}

/** Adds to the log which certificate it was: 0 is the leaf. */
const at = <T>(position: number, result: Result<T>): Result<never> =>
  result.ok
    ? refuse("unexpected")
    : refuse(result.failure.reason, { ...result.failure.data, certificate: position });
