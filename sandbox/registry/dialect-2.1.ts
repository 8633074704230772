/** The answers of framework versions 2.1 and 2.2, which do not differ in what is used here. */
import type { Answer } from "../participant-api.ts";
import type { CertificateRecord, PartyRecord } from "./data.ts";
import { type Dialect, PAGE_SIZE } from "./dialect.ts";

/** SHA-256 of no bytes: the sandbox's agreements have no text. */
const EMPTY_FILE_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export const DIALECT_2_1: Dialect = {
  trustedListPath: "/trusted_list",
  buildTrustedList: (authorities) => ({
    member: "trusted_list_token",
    claims: {
      trusted_list: authorities.map(({ subject, fingerprint }) => ({
        subject,
        certificate_fingerprint: fingerprint.toUpperCase(),
        validity: "valid",
        status: "granted",
      })),
    },
  }),
  buildParty: (party, registrarId) => ({
    member: "party_token",
    claims: { party_info: buildRecord(party, registrarId) },
  }),
  buildParties: (found, page, registrarId) =>
    buildPage(found, page, (party) => buildRecord(party, registrarId)),
  buildEpCreation: (party, registrarId, now) => ({
    member: "ep_creation_token",
    claims: { nbf: now, status: "success", parties_info: buildRecord(party, registrarId) },
  }),
};

export function buildPage(
  found: readonly PartyRecord[],
  page: number,
  build: (party: PartyRecord) => object,
): Answer {
  const data = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map(build);
  return {
    member: "parties_token",
    claims: { parties_info: { count: data.length, total_count: found.length, pageCount: page, data } },
  };
}

export function buildRecord(party: PartyRecord, registrarId: string) {
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
