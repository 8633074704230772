/**
 * Where we refuse what openssl accepts, and why: docs/decisions/0011 has the same list in words. A reason that is not
 * here, or that is given for something else than what is named here, is a bug.
 */
import type { Reason } from "../../../src/protocol/failure.ts";

export interface Stricter {
  readonly why: string;
  /** the faults it is given for */
  readonly faults: readonly string[] | "any";
  /** from where on openssl does not look: above the anchor, or (what is about a certificate's own issuer) from there */
  readonly above?: "anchor";
}

/** The chain counts as it was sent; openssl looks for any path that the certificates yield, with those listed. */
export const REARRANGED: readonly string[] = [
  "two in the wrong order",
  "root first",
  "one missing",
  "one twice",
  "a stranger among them",
  "renewed by itself",
  "leaf listed",
  "self-signed leaf listed",
  "anchor not sent",
  "other certificate of the anchor listed",
];

const SENT = "above the anchor, or on another path than the one that was sent";
const sent: Stricter = { why: SENT, faults: [] };
const FORM = [
  "outer algorithm without its NULL",
  "unused bits in the signature",
  "bytes behind",
  "length in five bytes",
];

export const STRICTER: Partial<Readonly<Record<Reason, Stricter>>> = {
  chain_too_long: { why: "at most six certificates (wire document §3)", faults: "any" },
  chain_too_large: { why: "at most 64 KiB (wire document §3)", faults: "any" },
  chain_not_anchored: {
    why: "the anchor travels in x5c, above the leaf (wire document §3); openssl has the listed ones at hand, and a leaf may be one",
    faults: [],
  },
  chain_ca_withdrawn: {
    why: "openssl knows no withdrawal",
    faults: ["CA below the anchor withdrawn", "anchor withdrawn"],
  },
  certificate_duplicate: { why: "one chain, in one order", faults: ["one twice"] },
  certificate_not_canonical: { why: "one certificate, one encoding, one fingerprint", faults: FORM },
  certificate_malformed: {
    why: "RFC 5280 §4.1 in DER, and nothing else",
    // openssl overlooks a repeated extension when it is one that it does not evaluate
    faults: ["critical, as 1", "a unique identifier", "extension twice"],
  },
  certificate_weak_key: {
    why: "RSA of 2048 to 8192 bits (wire document §3)",
    faults: ["RSA 1024", "RSA 8200"],
  },
  certificate_key_type: { why: "RSA alone signs iSHARE JWTs", faults: ["EC key"] },
  certificate_signature_algorithm: {
    why: "RSASSA-PKCS1-v1_5 with SHA-256 or better, the root included (wire document §3)",
    faults: ["SHA-1", "RSA-PSS", "EC key"],
  },
  certificate_critical_extension: {
    why: "of critical extensions openssl knows more, and policies and revocation are not evaluated there",
    faults: ["critical extension that openssl knows"],
  },
  certificate_name_constraints: {
    why: "not evaluated, so never passed over",
    faults: [
      "name constraints that hold",
      "name constraints that do not hold",
      "name constraints of unknown kind",
    ],
  },
  certificate_issuer_mismatch: {
    why: "each one is issued by the next; names are compared byte for byte, RFC 5280 §7.1 would allow more",
    faults: ["issuer spelled in another kind of string"],
  },
  certificate_self_signed: { why: "the last of a path, never in its middle", faults: [] },
  leaf_is_ca: { why: "a leaf is not a CA (wire document §3)", faults: ["CA as the leaf"] },
  leaf_key_usage: {
    why: "digitalSignature or nonRepudiation, in so many words (wire document §3)",
    faults: ["leaf without key usage", "leaf for encryption alone"],
  },
  certificate_key_identifier_missing: { why: SENT, faults: [], above: "anchor" },
  certificate_signature: { why: SENT, faults: [], above: "anchor" },
  certificate_key_identifier_mismatch: sent,
  certificate_constraints_not_critical: sent,
  certificate_issuer_not_ca: sent,
  certificate_issuer_key_usage: sent,
  certificate_path_length: sent,
  certificate_not_yet_valid: sent,
  certificate_expired: sent,
};
