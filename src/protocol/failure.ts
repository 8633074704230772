/**
 * Failure: every reason this IdP can refuse something for, and the one map from reason to wire code.
 * Owns the vocabulary and the mapping; `oidc/respond` alone turns a Failure into a Response.
 *
 * The wire side is dull on purpose: an attacker learns which rule family failed, an operator reads the exact
 * reason and its data in the log, found by the correlation id.
 */

/** OAuth error codes (RFC 6749 §5.2, §4.1.2.1; RFC 6750 §3.1; OIDC Core §3.1.2.6). */
export type OAuthCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "unsupported_grant_type"
  | "invalid_token"
  | "insufficient_scope"
  | "access_denied"
  | "login_required"
  | "interaction_required"
  | "consent_required"
  | "unmet_authentication_requirements"
  | "temporarily_unavailable"
  | "server_error";

/** Constant codes of our own error page (`/error?c=`). */
export type PageCode =
  | "invalid_request"
  | "untrusted_party"
  | "already_used"
  | "expired"
  | "other_browser"
  | "forbidden"
  | "not_found"
  | "too_many_attempts"
  | "temporarily_unavailable"
  | "server_error";

interface Wire {
  /** what a machine reads at an API endpoint */
  readonly oauth: OAuthCode;
  /** what a human reads on the error page */
  readonly page: PageCode;
  /** HTTP status where the failure is answered directly; otherwise the endpoint's own rule decides */
  readonly status?: number;
}

const malformed: Wire = { oauth: "invalid_request", page: "invalid_request" };
const unproven: Wire = { oauth: "invalid_client", page: "invalid_request" };
const untrusted: Wire = { oauth: "invalid_client", page: "untrusted_party" };
const replayed: Wire = { oauth: "invalid_client", page: "already_used" };
const grant: Wire = { oauth: "invalid_grant", page: "expired" };
const scope: Wire = { oauth: "invalid_scope", page: "invalid_request" };
const bearer: Wire = { oauth: "invalid_token", page: "invalid_request" };
const passkey: Wire = { oauth: "access_denied", page: "forbidden", status: 403 };
const outage: Wire = { oauth: "temporarily_unavailable", page: "temporarily_unavailable" };

const wires = {
  // transport
  method_not_allowed: { ...malformed, status: 405 },
  unsupported_media_type: { ...malformed, status: 415 },
  content_too_large: { ...malformed, status: 413 },
  wrong_host: { ...malformed, status: 421 },
  not_found: { oauth: "invalid_request", page: "not_found", status: 404 },
  not_administrator: { oauth: "access_denied", page: "not_found", status: 404 },
  admin_subject_unknown: { oauth: "invalid_request", page: "not_found", status: 404 },
  admin_form: { oauth: "access_denied", page: "forbidden", status: 403 },
  cross_site_form: { oauth: "invalid_request", page: "forbidden", status: 403 },
  form_malformed: malformed,
  parameter_repeated: malformed,
  parameter_missing: malformed,

  // iSHARE JWT: form and header
  jwt_too_large: unproven,
  jwt_not_compact: unproven,
  jwt_header_malformed: unproven,
  jwt_header_member: unproven,
  jwt_alg: unproven,
  jwt_typ: unproven,
  jwt_x5c: unproven,
  jwt_payload_malformed: unproven,
  // iSHARE JWT: claims
  jwt_claim_missing: unproven,
  jwt_claim_type: unproven,
  jwt_claim_too_long: unproven,
  jwt_lifetime: unproven,
  jwt_issued_in_future: unproven,
  jwt_not_yet_valid: unproven,
  jwt_expired: unproven,
  jwt_audience: unproven,
  jwt_issuer: unproven,
  jwt_subject: unproven,
  jwt_signature: unproven,
  jwt_replayed: replayed,

  // request object encryption
  jwe_required: unproven,
  jwe_header_malformed: unproven,
  jwe_header_member: unproven,
  jwe_alg: unproven,
  jwe_enc: unproven,
  jwe_decryption: unproven,
  jwe_not_nested: unproven,

  // certificates and chains
  chain_empty: unproven,
  chain_too_long: unproven,
  chain_too_large: unproven,
  certificate_malformed: unproven,
  certificate_not_canonical: unproven,
  certificate_duplicate: unproven,
  certificate_weak_key: unproven,
  certificate_key_type: unproven,
  certificate_signature_algorithm: unproven,
  certificate_critical_extension: unproven,
  certificate_name_constraints: unproven,
  certificate_issuer_mismatch: unproven,
  certificate_key_identifier_mismatch: unproven,
  certificate_key_identifier_missing: unproven,
  certificate_constraints_not_critical: unproven,
  certificate_self_signed: unproven,
  certificate_issuer_not_ca: unproven,
  certificate_issuer_key_usage: unproven,
  certificate_path_length: unproven,
  certificate_signature: unproven,
  certificate_not_yet_valid: unproven,
  certificate_expired: unproven,
  leaf_is_ca: unproven,
  leaf_key_usage: unproven,
  chain_not_anchored: unproven,
  chain_ca_withdrawn: unproven,

  // the party behind the certificate
  party_unknown: untrusted,
  party_not_active: untrusted,
  party_not_yet_adherent: untrusted,
  party_no_longer_adherent: untrusted,
  party_certificate_unknown: untrusted,
  party_throttled: { ...outage, status: 429 }, // RFC 6585 §4
  registry_unavailable: outage,

  // revoked by its issuer, and where that could not be found out: why, as its cause in the log
  certificate_revoked: untrusted,
  revocation_unavailable: outage,
  revocation_no_source: outage,
  revocation_unreachable: outage,
  revocation_status: outage,
  revocation_answer_too_large: outage,
  revocation_malformed: outage,
  revocation_not_understood: outage,
  revocation_signer: outage,
  revocation_signature: outage,
  revocation_other_certificate: outage,
  revocation_unknown: outage,
  revocation_outdated: outage,

  // what the registry answered: seen in the log as the cause of `registry_unavailable`
  registry_unreachable: outage,
  registry_status: outage,
  registry_answer_malformed: outage,
  registry_answer_too_large: outage,
  registry_signer: outage,
  registry_answer_other_party: outage,

  // authorization request
  request_parameter_mismatch: malformed,
  request_nested: malformed,
  request_claim_missing: malformed,
  request_claim_type: malformed,
  request_claim_too_long: malformed,
  request_client_id: malformed,
  response_type_unsupported: malformed,
  response_mode_unsupported: malformed,
  scope_malformed: scope,
  scope_missing: scope,
  redirect_uri_malformed: malformed,
  redirect_uri_scheme: malformed,
  redirect_uri_loopback: malformed,
  redirect_uri_userinfo: malformed,
  redirect_uri_fragment: malformed,
  redirect_uri_reserved_parameter: malformed,
  pkce_challenge: malformed,
  pkce_method: malformed,
  prompt_malformed: malformed,
  max_age_malformed: malformed,

  // token request
  grant_type_unsupported: { oauth: "unsupported_grant_type", page: "invalid_request" },
  assertion_type: malformed,
  assertion_client_id: unproven,
  code_malformed: grant,
  code_unknown: grant,
  code_expired: grant,
  code_used: grant,
  code_wrong_client: grant,
  code_redirect_uri: grant,
  pkce_missing: grant,
  pkce_unexpected: grant,
  pkce_mismatch: grant,

  // bearer tokens
  bearer_missing: bearer,
  bearer_scheme: malformed,
  bearer_malformed: malformed,
  bearer_unknown: bearer,
  bearer_expired: bearer,
  bearer_revoked: bearer,
  human_not_active: bearer,
  body_malformed: malformed,

  // delegation
  mask_malformed: malformed,
  mask_subject: malformed,
  mask_issuer: malformed,
  portal_scope: { oauth: "insufficient_scope", page: "forbidden", status: 403 },
  portal_elsewhere: malformed,
  evidence_too_large: malformed,
  authorisation_registry_unavailable: outage,

  // what an Authorisation Registry answered, or why it was not asked: seen in the log as the cause of the above
  authorisation_registry_choice: outage,
  authorisation_registry_identity: outage,
  authorisation_registry_url: outage,
  authorisation_registry_signer: outage,
  authorisation_registry_answer: outage,

  // provisioning (SCIM): its own error form is in `scim/respond`
  scim_token_unknown: { ...bearer, status: 401 },
  scim_token_revoked: { ...bearer, status: 401 },
  scim_throttled: { ...outage, status: 429 },
  scim_syntax: malformed,
  scim_filter: malformed,
  scim_path: malformed,
  scim_value: malformed,
  scim_target: malformed,
  scim_mutability: malformed,
  scim_groups: { ...malformed, status: 403 },
  scim_missing: { ...malformed, status: 404 },
  scim_taken: { ...malformed, status: 409 },
  scim_bulk_reference: { ...malformed, status: 409 },
  scim_outdated: { ...malformed, status: 412 },
  scim_bulk_size: { ...malformed, status: 413 },

  // the human part
  return_url: malformed,
  grant_unknown: { oauth: "invalid_request", page: "expired" },
  grant_expired: { oauth: "invalid_request", page: "expired" },
  grant_finished: { oauth: "invalid_request", page: "already_used" },
  grant_unbound: { oauth: "invalid_request", page: "other_browser", status: 403 },
  grant_not_ready: { oauth: "invalid_request", page: "invalid_request" },
  other_browser: { oauth: "invalid_request", page: "other_browser", status: 403 },
  credentials: { oauth: "access_denied", page: "forbidden", status: 401 },
  // RFC 6585 §4: too many tries; from here, or at this account
  address_throttled: { oauth: "access_denied", page: "too_many_attempts", status: 429 },
  account_locked: { oauth: "access_denied", page: "too_many_attempts", status: 429 },
  busy: { oauth: "temporarily_unavailable", page: "temporarily_unavailable", status: 503 },
  choice_malformed: malformed,
  login_required: { oauth: "login_required", page: "invalid_request" },
  interaction_required: { oauth: "interaction_required", page: "invalid_request" },
  consent_required: { oauth: "consent_required", page: "invalid_request" },
  session_unknown: { oauth: "login_required", page: "expired" },
  session_expired: { oauth: "login_required", page: "expired" },
  factor_refused: { oauth: "access_denied", page: "forbidden", status: 403 },
  passkey_malformed: passkey,
  passkey_unknown: passkey,
  passkey_type: passkey,
  passkey_challenge: passkey,
  passkey_origin: passkey,
  passkey_rp_id: passkey,
  passkey_user_verification: passkey,
  passkey_backup: passkey,
  passkey_attestation: passkey,
  passkey_signature: passkey,
  passkey_counter: passkey,
  challenge_used: { oauth: "access_denied", page: "already_used" },
  one_time_code: { oauth: "access_denied", page: "expired" },
  human_declined: { oauth: "access_denied", page: "forbidden" },
  human_gone: { oauth: "access_denied", page: "forbidden" },
  no_organisation: { oauth: "access_denied", page: "forbidden" },
  assurance_unreachable: { oauth: "unmet_authentication_requirements", page: "forbidden" },

  // ours
  signer_unavailable: outage, // the service that holds our key
  misconfigured: { oauth: "temporarily_unavailable", page: "temporarily_unavailable", status: 503 },
  unexpected: { oauth: "server_error", page: "server_error", status: 500 },
} as const satisfies Record<string, Wire>;

export type Reason = keyof typeof wires;
export type FailureData = Readonly<Record<string, string | number | boolean>>;

export interface Failure {
  readonly reason: Reason;
  readonly data?: FailureData;
}

/** The wire side of a failure. Total by construction: a reason without a mapping does not compile. */
export const wireOf = (failure: Failure): Wire => wires[failure.reason];
