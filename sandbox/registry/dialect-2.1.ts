/**
 * The answers of framework version 2.1, as claims to be signed and the member that carries the token. Pure. Another
 * dialect is another file with the same functions.
 */
import type { EpochSeconds } from "../../src/protocol/time.ts";
import type { Answer } from "../participant-api.ts";
import type { Authority, CertificateRecord, PartyRecord } from "./data.ts";

/** SHA-256 of no bytes: the sandbox's agreements have no text. */
const EMPTY_FILE_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export const buildTrustedList = (authorities: readonly Authority[]): Answer => ({
  member: "trusted_list_token",
  claims: {
    trusted_list: authorities.map(({ subject, fingerprint }) => ({
      subject,
      certificate_fingerprint: fingerprint.toUpperCase(),
      validity: "valid",
      status: "granted",
    })),
  },
});

export const buildParty = (party: PartyRecord, registrarId: string): Answer => ({
  member: "party_token",
  claims: { party_info: buildRecord(party, registrarId) },
});

/** Pages hold ten parties. @param page from 1 */
export function buildParties(found: readonly PartyRecord[], page: number, registrarId: string): Answer {
  const data = found.slice((page - 1) * 10, page * 10).map((party) => buildRecord(party, registrarId));
  return {
    member: "parties_token",
    claims: { parties_info: { count: data.length, total_count: found.length, pageCount: page, data } },
  };
}

/** The organisation has joined: its record, as everybody will see it. */
export const buildEpCreation = (party: PartyRecord, registrarId: string, now: EpochSeconds): Answer => ({
  member: "ep_creation_token",
  claims: { nbf: now, status: "success", parties_info: buildRecord(party, registrarId) },
});

function buildRecord(party: PartyRecord, registrarId: string) {
  const { since, until } = party;
  return {
    id: party.id,
    alsoKnownAs: [party.id, ...party.alsoKnownAs],
    party_name: party.name,
    ...(party.capabilityUrl === undefined ? {} : { capability_url: party.capabilityUrl }),
    registrar_id: registrarId,
    adherence: { status: party.active ? "Active" : "NotActive", start_date: since, end_date: until },
    additional_info: { description: "Lives in a sandbox", publicly_publishable: false },
    agreements: ["TermsOfUse", "AccessionAgreement"].map((type) => ({
      type,
      title: type,
      status: "Accepted",
      sign_date: since,
      expiry_date: until,
      hash_file: EMPTY_FILE_HASH,
      framework: "iSHARE",
      dataspace_id: "",
      dataspace_title: "",
      compliancy_verified: "Yes",
    })),
    certificates: party.certificates.map(buildCertificate),
    ...(party.signedRequest === undefined ? {} : { spor: { signed_request: party.signedRequest } }),
    roles: [
      {
        role: party.role,
        start_date: since,
        end_date: until,
        loa: party.loa ?? "high",
        compliancy_verified: true,
        legal_adherence: true,
      },
    ],
    auth_registries: (party.authorisationRegistries ?? []).map((it) => ({
      ...it,
      dataspace_id: "",
      dataspace_name: "",
    })),
  };
}

const buildCertificate = ({ subject, enabledFrom, der, fingerprint }: CertificateRecord) => ({
  subject_name: subject,
  certificate_type: "eSEAL",
  enabled_from: enabledFrom,
  x5c: der,
  "x5t#s256": fingerprint.toUpperCase(),
});
