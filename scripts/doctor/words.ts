/**
 * Reasons of refusals in plain words, for who operates: what the log calls `party_not_active` is a sentence here. Owns the
 * words; those that nobody but a developer could act on go by their name.
 */
import type { Failure, Reason } from "../../src/protocol/failure.ts";

const WORDS: Partial<Readonly<Record<Reason, string>>> = {
  chain_empty: "there is no certificate",
  chain_too_long: "the chain has more than six certificates",
  chain_not_anchored: "no CA of the chain is on the scheme's trusted list",
  chain_ca_withdrawn: "the scheme's trusted list has a CA of the chain as withdrawn or invalid",
  certificate_malformed: "a certificate of the chain can't be read",
  certificate_not_canonical: "a certificate of the chain is not in canonical DER",
  certificate_duplicate: "a certificate is in the chain twice",
  certificate_weak_key: "a key of the chain has fewer than 2048 or more than 8192 bits",
  certificate_key_type: "a key of the chain is not RSA",
  certificate_signature_algorithm: "a certificate is not signed with RSA PKCS#1 v1.5 and SHA-256 or better",
  certificate_critical_extension: "a certificate has a critical extension that is not known here",
  certificate_name_constraints: "a certificate has name constraints, which are not evaluated here",
  certificate_issuer_mismatch: "the chain is not in order: each certificate must be issued by the next",
  certificate_key_identifier_mismatch: "a certificate was issued by another key than the next one's",
  certificate_key_identifier_missing: "a certificate lacks its key identifier",
  certificate_constraints_not_critical: "a CA's basic constraints are not critical",
  certificate_self_signed: "a self-signed certificate stands before the end of the chain",
  certificate_issuer_not_ca: "a certificate was issued by one that is no CA",
  certificate_issuer_key_usage: "a CA's key usage does not let it sign certificates",
  certificate_path_length: "the chain is longer than a CA in it allows",
  certificate_signature: "a signature in the chain does not hold",
  certificate_not_yet_valid: "a certificate of the chain is not valid yet",
  certificate_expired: "a certificate of the chain has expired",
  certificate_revoked: "a certificate of the chain is revoked",
  leaf_is_ca: "the first certificate is a CA's: the eSEAL must come first",
  leaf_key_usage: "the first certificate's key usage is not for signing",
  party_unknown: "the registry does not know this party identifier",
  party_not_active: "the registry does not have the party as active",
  party_not_yet_adherent: "the party's participation has not begun yet",
  party_no_longer_adherent: "the party's participation has ended",
  party_certificate_unknown: "the registry does not list this certificate for the party",
  registry_unreachable: "the registry could not be reached",
  registry_status: "the registry answered with an error",
  registry_answer_malformed: "the registry's answer is not in the words of this framework version",
  registry_answer_too_large: "the registry's answer is larger than a MiB",
  registry_signer: "the answer is not signed by the registry that the configuration names",
  revocation_no_source: "the certificate names nobody to ask about revocation that may be called",
  revocation_unreachable: "who knows of revocations could not be reached",
  jwt_signature: "the signature does not hold",
  jwt_lifetime: "a token lives longer or shorter than 30 seconds",
};

/** A half-sentence. Of outages, why: the log has the same as `cause`. */
export function wordsFor({ reason, data }: Failure): string {
  const cause = typeof data?.cause === "string" && data.cause in WORDS ? (data.cause as Reason) : undefined;
  const words = WORDS[cause ?? reason] ?? reason.replaceAll("_", " ");
  const status = typeof data?.status === "number" ? ` (HTTP ${data.status})` : "";
  const at = typeof data?.at === "string" ? ` at ${data.at}` : "";
  const which = typeof data?.certificate === "number" ? ` (certificate ${data.certificate + 1})` : "";
  return `${words}${status}${at}${which}`;
}
