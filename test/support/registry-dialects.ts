/** How the fake registry's answers look by framework version. Knows the wire and nothing of `src`. */
import { fingerprintOf, type Identity, x5cOf } from "./pki.ts";

export type FrameworkVersion = "2.0" | "2.1" | "2.2" | "3.0";

export interface FakeParty {
  id: string;
  name: string;
  alsoKnownAs?: string[];
  status?: string;
  start?: string;
  end?: string;
  leaf?: Identity;
  /** framework 3.0: of the claim about it */
  certificateStatus?: string;
  /** likewise, of the claims about its roles */
  roleStatus?: string;
  /** members over those of the record */
  also?: Readonly<Record<string, unknown>>;
  roles?: string[];
  authRegistries?: { name?: string; id: string; url: string; dataspace_id?: string }[];
}

interface Content {
  readonly member: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export const listPath = (version: FrameworkVersion): string =>
  version === "3.0" ? "/trustedList" : "/trusted_list";

export function listContent(
  version: FrameworkVersion,
  list: readonly { fingerprint: string; validity: string; status: string }[],
): Content {
  const entries = list.map(({ fingerprint, validity, status }) => ({
    subject: "CN=CA",
    [version === "3.0" ? "certificateFingerprint" : "certificate_fingerprint"]: fingerprint.toUpperCase(),
    validity,
    status,
  }));
  return version === "3.0"
    ? { member: "trustedListToken", content: { trustedList: entries } }
    : { member: "trusted_list_token", content: { trusted_list: entries } };
}

/** The identifier that a request is about; undefined: this version has no such path. */
export function idIn(version: FrameworkVersion, url: URL): string | undefined {
  const path = decodeURIComponent(url.pathname);
  if (version !== "2.0") return path.startsWith("/parties/") ? path.replace("/parties/", "") : undefined;
  return path === "/parties" ? (url.searchParams.get("eori") ?? url.searchParams.get("id") ?? "") : undefined;
}

/** @returns undefined where the answer is 404 */
export async function partyContent(
  version: FrameworkVersion,
  party: FakeParty | undefined,
): Promise<Content | undefined> {
  if (version === "2.0") {
    const data = party === undefined ? [] : [await recordOf(party, true)];
    const parties_info = { count: data.length, total_count: data.length, pageCount: 1, data };
    return { member: "parties_token", content: { parties_info } };
  }
  if (party === undefined) return undefined;
  return version === "3.0"
    ? { member: "partyToken", content: { partyInfo: await claimsOf(party) } }
    : { member: "party_token", content: { party_info: await recordOf(party, false) } };
}

const START = "2023-01-31T00:00:00.000Z";
const END = "2099-01-31T00:00:00.000Z";

const certificateOf = async (leaf: Identity) => ({
  x5c: x5cOf(leaf)[0],
  "x5t#s256": (await fingerprintOf(leaf)).toUpperCase(),
});

async function recordOf(party: FakeParty, old: boolean) {
  const { id, alsoKnownAs = [], leaf } = party;
  return {
    ...(old ? { party_id: [id, ...alsoKnownAs] } : { id, alsoKnownAs }),
    party_name: party.name,
    registrar_id: "did:ishare:EU.NL.NTRNL-10000000",
    adherence: {
      status: party.status ?? "Active",
      start_date: party.start ?? START,
      end_date: party.end ?? END,
    },
    agreements: [],
    certificates: leaf
      ? [
          {
            ...{ subject_name: leaf.subject, certificate_type: "eSEAL", enabled_from: START },
            ...(await certificateOf(leaf)),
          },
        ]
      : [],
    roles: (party.roles ?? []).map((role) => ({ role })),
    auth_registries: party.authRegistries ?? [],
    ...party.also,
  };
}

async function claimsOf(party: FakeParty) {
  const claim = (type: string, content: object) => ({
    id: crypto.randomUUID(),
    registrarId: "did:ishare:EU.NL.NTRNL-10000000",
    type,
    status: "active",
    startDate: party.start ?? START,
    endDate: party.end ?? END,
    ...content,
  });
  const iSHARE = { frameworkId: "iSHARE" };
  return {
    id: party.id,
    name: party.name,
    alsoKnownAs: party.alsoKnownAs ?? [],
    claims: [
      claim("frameworkCompliance", { ...iSHARE, status: (party.status ?? "active").toLowerCase() }),
      ...(party.roles ?? []).map((roleId) =>
        claim("frameworkRole", { ...iSHARE, roleId, status: party.roleStatus ?? "active" }),
      ),
      ...(party.leaf
        ? [
            claim("x509Certificate", {
              ...{ subjectName: party.leaf.subject, certificateType: "eSEAL" },
              ...(await certificateOf(party.leaf)),
              status: party.certificateStatus ?? "active",
            }),
          ]
        : []),
      ...(party.authRegistries ?? []).map(({ name, id, url, dataspace_id }) =>
        claim("authRegistry", { name, authRegistryId: id, authUrl: url, dataspaceId: dataspace_id }),
      ),
    ],
    ...party.also,
  };
}
