/** Every reason and what of it the wire sees. The types below refuse to compile while a reason is in no row. */
import { describe, expect, test } from "vitest";
import { type Reason, wireOf } from "../../../src/protocol/failure.ts";
import { ok, refuse } from "../../../src/protocol/result.ts";

/** `oauth page status` → reasons */
const table = {
  // what is malformed
  "invalid_request invalid_request": [
    ...(["form_malformed", "parameter_repeated", "parameter_missing"] as const),
    ...([
      "request_parameter_mismatch",
      "request_nested",
      "request_claim_missing",
      "request_claim_type",
    ] as const),
    ...(["request_claim_too_long", "request_client_id"] as const),
    ...([
      "response_type_unsupported",
      "response_mode_unsupported",
      "prompt_malformed",
      "max_age_malformed",
    ] as const),
    ...(["redirect_uri_malformed", "redirect_uri_scheme", "redirect_uri_loopback"] as const),
    ...(["redirect_uri_userinfo", "redirect_uri_fragment", "redirect_uri_reserved_parameter"] as const),
    ...([
      "pkce_challenge",
      "pkce_method",
      "assertion_type",
      "body_malformed",
      "mask_malformed",
      "mask_subject",
      "mask_issuer",
      "portal_elsewhere",
      "evidence_too_large",
    ] as const),
    ...(["scim_syntax", "scim_filter", "scim_path", "scim_value", "scim_target", "scim_mutability"] as const),
    ...(["bearer_malformed", "bearer_scheme", "return_url", "choice_malformed", "grant_not_ready"] as const),
  ],
  "invalid_scope invalid_request": ["scope_malformed", "scope_missing"],
  "unsupported_grant_type invalid_request": ["grant_type_unsupported"],

  // what is not proven: one answer, whatever it was
  "invalid_client invalid_request": [
    ...([
      "jwt_too_large",
      "jwt_not_compact",
      "jwt_header_malformed",
      "jwt_header_member",
      "jwt_alg",
    ] as const),
    ...(["jwt_typ", "jwt_x5c", "jwt_payload_malformed", "jwt_claim_missing", "jwt_claim_type"] as const),
    ...([
      "jwt_claim_too_long",
      "jwt_lifetime",
      "jwt_issued_in_future",
      "jwt_not_yet_valid",
      "jwt_expired",
    ] as const),
    ...(["jwt_audience", "jwt_issuer", "jwt_subject", "jwt_signature", "assertion_client_id"] as const),
    ...(["jwe_required", "jwe_header_malformed", "jwe_header_member", "jwe_alg", "jwe_enc"] as const),
    ...(["jwe_decryption", "jwe_not_nested"] as const),
    ...([
      "chain_empty",
      "chain_too_long",
      "chain_too_large",
      "chain_not_anchored",
      "chain_ca_withdrawn",
    ] as const),
    ...(["certificate_malformed", "certificate_not_canonical", "certificate_duplicate"] as const),
    ...(["certificate_weak_key", "certificate_key_type", "certificate_signature_algorithm"] as const),
    ...(["certificate_critical_extension", "certificate_name_constraints", "certificate_signature"] as const),
    ...(["certificate_issuer_mismatch", "certificate_key_identifier_mismatch"] as const),
    ...(["certificate_key_identifier_missing", "certificate_self_signed"] as const),
    ...(["certificate_constraints_not_critical"] as const),
    ...(["certificate_issuer_not_ca", "certificate_issuer_key_usage", "certificate_path_length"] as const),
    ...(["certificate_not_yet_valid", "certificate_expired", "leaf_is_ca", "leaf_key_usage"] as const),
  ],
  "invalid_client already_used": ["jwt_replayed"],

  // who is not trusted, and who could not be asked
  "invalid_client untrusted_party": [
    ...(["party_unknown", "party_not_active", "party_not_yet_adherent"] as const),
    ...(["party_no_longer_adherent", "party_certificate_unknown", "certificate_revoked"] as const),
  ],
  "temporarily_unavailable temporarily_unavailable": [
    ...([
      "registry_unavailable",
      "signer_unavailable",
      "registry_unreachable",
      "registry_status",
      "registry_signer",
    ] as const),
    ...(["registry_answer_malformed", "registry_answer_too_large", "registry_answer_other_party"] as const),
    ...([
      "revocation_unavailable",
      "revocation_no_source",
      "revocation_unreachable",
      "revocation_status",
    ] as const),
    ...(["revocation_answer_too_large", "revocation_malformed", "revocation_not_understood"] as const),
    ...(["revocation_signer", "revocation_signature", "revocation_other_certificate"] as const),
    ...(["revocation_unknown", "revocation_outdated"] as const),
    ...(["authorisation_registry_unavailable", "authorisation_registry_choice"] as const),
    ...(["authorisation_registry_url", "authorisation_registry_signer"] as const),
    ...(["authorisation_registry_answer", "authorisation_registry_identity"] as const),
  ],
  "insufficient_scope forbidden 403": ["portal_scope"],

  // codes and tokens: one answer each
  "invalid_grant expired": [
    ...(["code_malformed", "code_unknown", "code_expired", "code_used", "code_wrong_client"] as const),
    ...(["code_redirect_uri", "pkce_missing", "pkce_unexpected", "pkce_mismatch"] as const),
  ],
  "invalid_token invalid_request": [
    ...(["bearer_missing", "bearer_unknown", "bearer_expired", "bearer_revoked"] as const),
    ...(["human_not_active"] as const),
  ],

  // provisioning
  "invalid_token invalid_request 401": ["scim_token_unknown", "scim_token_revoked"],
  "invalid_request invalid_request 403": ["scim_groups"],
  "invalid_request invalid_request 404": ["scim_missing"],
  "invalid_request invalid_request 409": ["scim_taken", "scim_bulk_reference"],
  "invalid_request invalid_request 412": ["scim_outdated"],

  // the human part
  "invalid_request expired": ["grant_unknown", "grant_expired"],
  "invalid_request already_used": ["grant_finished"],
  "invalid_request other_browser 403": ["other_browser", "grant_unbound"],
  "invalid_request forbidden 403": ["cross_site_form"],
  "access_denied forbidden 401": ["credentials"],
  "access_denied forbidden 403": [
    ...(["admin_form", "factor_refused", "passkey_malformed", "passkey_unknown"] as const),
    ...(["passkey_type", "passkey_challenge", "passkey_origin", "passkey_rp_id", "passkey_backup"] as const),
    ...([
      "passkey_user_verification",
      "passkey_attestation",
      "passkey_signature",
      "passkey_counter",
    ] as const),
  ],
  "access_denied too_many_attempts 429": ["address_throttled", "account_locked"],
  "access_denied forbidden": ["human_declined", "human_gone", "no_organisation"],
  "access_denied expired": ["one_time_code"],
  "access_denied already_used": ["challenge_used"],
  "login_required invalid_request": ["login_required"],
  "login_required expired": ["session_unknown", "session_expired"],
  "interaction_required invalid_request": ["interaction_required"],
  "consent_required invalid_request": ["consent_required"],
  "unmet_authentication_requirements forbidden": ["assurance_unreachable"],

  // transport
  "invalid_request invalid_request 405": ["method_not_allowed"],
  "invalid_request invalid_request 413": ["content_too_large", "scim_bulk_size"],
  "invalid_request invalid_request 415": ["unsupported_media_type"],
  "invalid_request invalid_request 421": ["wrong_host"],
  "invalid_request not_found 404": ["not_found", "admin_subject_unknown"],
  "access_denied not_found 404": ["not_administrator"],

  // ours
  "temporarily_unavailable temporarily_unavailable 429": ["party_throttled", "scim_throttled"],
  "temporarily_unavailable temporarily_unavailable 503": ["misconfigured", "busy"],
  "server_error server_error 500": ["unexpected"],
} as const satisfies Record<string, readonly Reason[]>;

type Unlisted = Exclude<Reason, (typeof table)[keyof typeof table][number]>;
const everyReasonIsListed: [Unlisted] extends [never] ? true : Unlisted = true;

const rows = Object.entries(table).flatMap(([wire, reasons]) =>
  reasons.map((reason) => [reason, wire] as const),
);

describe("what the wire sees", () => {
  test.each(rows)("%s: %s", (reason, wire) => {
    const { oauth, page, status } = wireOf({ reason });
    expect([oauth, page, ...(status === undefined ? [] : [status])].join(" ")).toBe(wire);
  });

  test("the table is complete and names each reason once", () => {
    expect(everyReasonIsListed).toBe(true);
    expect(new Set(rows.map(([reason]) => reason)).size).toBe(rows.length);
  });

  test("data never gets there", () => {
    const plain = wireOf({ reason: "jwt_signature" });
    expect(wireOf({ reason: "jwt_signature", data: { secret: "x" } })).toEqual(plain);
    expect(Object.keys(plain)).toEqual(["oauth", "page"]);
  });
});

describe("a refusal", () => {
  test("carries its one reason, and data only when there is some", () => {
    expect(refuse("jwt_alg")).toEqual({ ok: false, failure: { reason: "jwt_alg" } });
    expect(refuse("jwt_alg").failure).not.toHaveProperty("data");
    expect(refuse("jwt_expired", { seconds: 11 })).toEqual({
      ok: false,
      failure: { reason: "jwt_expired", data: { seconds: 11 } },
    });
  });

  test("is no success", () => {
    expect(ok(undefined)).toEqual({ ok: true, value: undefined });
  });
});
