/** The answers of framework version 3.0: a party is a list of claims, each with its status and period. */
import type { PartyRecord } from "./data.ts";
import { type Dialect, PAGE_SIZE } from "./dialect.ts";

const FRAMEWORK = { frameworkId: "iSHARE" };

export const DIALECT_3_0: Dialect = {
  trustedListPath: "/trustedList",
  buildTrustedList: (authorities) => ({
    member: "trustedListToken",
    claims: {
      trustedList: authorities.map(({ subject, fingerprint }) => ({
        subject,
        certificateFingerprint: fingerprint.toUpperCase(),
        validity: "valid",
        status: "granted",
      })),
    },
  }),
  buildParty: (party, registrarId) => ({
    member: "partyToken",
    claims: { partyInfo: buildRecord(party, registrarId) },
  }),
  buildParties: (found, page, registrarId) => {
    const data = found
      .slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
      .map((party) => buildRecord(party, registrarId));
    const paging = {
      currentPage: page,
      pageSize: PAGE_SIZE,
      totalPages: Math.ceil(found.length / PAGE_SIZE),
      totalCount: found.length,
      count: data.length,
    };
    return { member: "partiesToken", claims: { partiesInfo: { ...paging, data } } };
  },
};

const buildRecord = (party: PartyRecord, registrarId: string) => ({
  id: party.id,
  name: party.name,
  alsoKnownAs: [party.id, ...party.alsoKnownAs],
  claims: claimsOf(party).map((claim, position) => ({
    id: claimId(party, position),
    registrarId,
    startDate: party.since,
    endDate: party.until,
    status: "active",
    ...claim,
  })),
});

const claimsOf = (party: PartyRecord): readonly object[] => [
  {
    type: "frameworkCompliance",
    ...FRAMEWORK,
    status: party.active ? "active" : "inactive",
    ...(party.capabilityUrl === undefined ? {} : { capabilityUrl: party.capabilityUrl }),
  },
  ...["Terms of Use", "Accession Agreement"].map((title) => ({
    type: "frameworkAgreement",
    ...FRAMEWORK,
    ...{ agreementType: title, agreementId: title.replaceAll(" ", ""), title },
  })),
  {
    type: "frameworkRole",
    ...FRAMEWORK,
    roleId: party.role,
    loa: party.loa ?? "high",
    // The one value that OpenAPI 3.0 allows: it wants a string, and its others are booleans.
    ...{ compliancyVerified: "not-applicable", legalAdherence: "not-applicable" },
  },
  ...party.certificates.map(({ subject, enabledFrom, der, fingerprint }) => ({
    type: "x509Certificate",
    startDate: enabledFrom,
    subjectName: subject,
    certificateType: "eSEAL",
    x5c: der,
    "x5t#s256": fingerprint.toUpperCase(),
  })),
  ...(party.authorisationRegistries ?? []).map(({ name, id, url }) => ({
    type: "authRegistry",
    ...{ name, authRegistryId: id, authUrl: url },
  })),
];

/** A UUID that stays the same from answer to answer. */
const claimId = ({ id }: PartyRecord, position: number): string => {
  const number = id.replace(/\D/g, "").slice(-8).padStart(8, "0");
  return `${number}-0000-4000-8000-${String(position).padStart(12, "0")}`;
};
