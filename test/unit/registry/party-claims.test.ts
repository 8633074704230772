/** A party as a list of claims (framework 3.0), and what another dialect's words are worth: nothing. */
import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { dialectOf } from "../../../src/registry/dialect.ts";
import { checkAdherence, checkParty, isCurrent } from "../../../src/registry/party.ts";
import { type Certificate, parseCertificate } from "../../../src/trust/certificate.ts";
import { fingerprintOf, generateKeys, mint } from "../../support/pki.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const NOW = Date.UTC(2026, 5, 15, 12) / 1000;
const DID = "did:ishare:EU.NL.NTRNL-10000020";
const EORI = "EU.EORI.NL000000020";
const { readParty } = dialectOf("3.0");

let leaf: Certificate;
let listed: { x5c: string; "x5t#s256": string };
beforeAll(async () => {
  const identity = await mint(undefined, { keys: await generateKeys() });
  leaf = accepted(await parseCertificate(identity.der));
  listed = {
    x5c: Buffer.from(identity.der).toString("base64"),
    "x5t#s256": (await fingerprintOf(identity)).toUpperCase(),
  };
});

const PAST = { startDate: "2024-01-01T00:00:00Z", endDate: "2025-01-01T00:00:00Z" };
const PRESENT = { startDate: "2026-01-01T00:00:00Z", endDate: "2027-01-01T00:00:00Z" };
const FUTURE = { startDate: "2027-01-01T00:00:00Z", endDate: "2028-01-01T00:00:00Z" };

const claim = (type: string, more: JsonObject = {}): JsonObject => ({
  id: "a8098c1a-f86e-11da-bd1a-00112444be1e",
  registrarId: "did:ishare:EU.NL.NTRNL-10000001",
  type,
  status: "active",
  ...more,
});
const compliance = (more: JsonObject = {}) =>
  claim("frameworkCompliance", { frameworkId: "iSHARE", ...PRESENT, ...more });
const certificate = (more: JsonObject = {}) => claim("x509Certificate", { ...listed, ...more });
const info = (claims: readonly unknown[], more: JsonObject = {}): JsonObject => ({
  partyInfo: {
    id: DID,
    name: "First Service",
    alsoKnownAs: [`eori:${EORI}`, "kvk:12345678"],
    claims,
    ...more,
  },
});
const party = (...claims: readonly unknown[]) => accepted(readParty(info(claims), DID));
const adherence = (...claims: readonly unknown[]) => reasonOf(checkAdherence(party(...claims), NOW));
const leafOf = (...claims: readonly unknown[]) =>
  reasonOf(checkParty(party(compliance(), ...claims), leaf, NOW));

describe("who it is", () => {
  test("by any identifier, under its own; and its name", () => {
    for (const id of [DID, EORI, `eori:${EORI}`, "kvk:12345678"])
      expect(accepted(readParty(info([]), id))).toMatchObject({ id: DID, name: "First Service" });
    expect(accepted(readParty(info([], { name: "" }), DID)).name).toBe(DID);
    expect(reasonOf(readParty(info([]), "EU.EORI.NL000000099"))).toBe("registry_answer_other_party");
  });

  test("from a list, only the entry asked for", () => {
    const other = { id: "did:ishare:EU.NL.NTRNL-10000021", name: "Second", claims: [] };
    const data = [other, null, info([]).partyInfo];
    expect(accepted(readParty({ partiesInfo: { count: 3, data } }, EORI)).id).toBe(DID);
    expect(accepted(readParty({ partiesInfo: { data } }, other.id)).name).toBe("Second");
  });
});

describe("frameworkCompliance", () => {
  test.each(["active", "Active", "ACTIVE"])("status %s", (status) => {
    expect(adherence(compliance({ status }))).toBe("accepted");
  });

  test.each(["inactive", "revoked", "suspended", "activex", "", true, null, undefined, ["active"]])(
    "status %j is not active",
    (status) => {
      expect(adherence(compliance({ status }))).toBe("party_not_active");
    },
  );

  test.each<[string, readonly (() => unknown)[], string]>([
    ["none", [], "party_not_active"],
    ["only other claims", [certificate, () => claim("frameworkRole", { roleId: "x" })], "party_not_active"],
    ["of a data space", [() => compliance({ type: "dataspaceMembership" })], "party_not_active"],
    ["over", [() => compliance(PAST)], "party_no_longer_adherent"],
    ["to come", [() => compliance(FUTURE)], "party_not_yet_adherent"],
    ["one over, one now", [() => compliance(PAST), compliance], "accepted"],
    ["one now, one to come", [compliance, () => compliance(FUTURE)], "accepted"],
    ["one over, one to come", [() => compliance(PAST), () => compliance(FUTURE)], "party_not_yet_adherent"],
    ["one over, one now but revoked", [() => compliance(PAST), revoked], "party_no_longer_adherent"],
    ["one active, one revoked", [compliance, revoked], "accepted"],
    ["without dates", [() => compliance({ startDate: undefined, endDate: null })], "accepted"],
    ["a date that is none", [() => compliance({ startDate: "soon" })], "party_not_yet_adherent"],
    ["an end that is none", [() => compliance({ endDate: 7 })], "party_no_longer_adherent"],
    ["of another framework", [() => compliance({ frameworkId: "Other" })], "party_not_active"],
    ["of one that begins alike", [() => compliance({ frameworkId: "iSHAREish" })], "party_not_active"],
    ["of no text", [() => compliance({ frameworkId: ["iSHARE"] })], "party_not_active"],
    ["of ishare", [() => compliance({ frameworkId: "ishare" })], "accepted"],
    ["of none in particular", [() => compliance({ frameworkId: undefined })], "accepted"],
  ])("%s", (_, claims, reason) => {
    expect(adherence(...claims.map((make) => make()))).toBe(reason);
  });
  function revoked() {
    return compliance({ status: "revoked" });
  }

  test.each([undefined, null, "active", {}, [[]]])("claims that are %j say nothing", (claims) => {
    const read = accepted(readParty(info([], { claims }), DID));
    expect(reasonOf(checkAdherence(read, NOW))).toBe("party_not_active");
  });
});

describe("x509Certificate", () => {
  test.each<[string, () => readonly JsonObject[], string]>([
    ["active", () => [certificate()], "accepted"],
    ["by its thumbprint alone", () => [certificate({ x5c: undefined })], "accepted"],
    ["by its DER alone", () => [certificate({ "x5t#s256": undefined })], "accepted"],
    ["inside its dates", () => [certificate(PRESENT)], "accepted"],
    ["before them", () => [certificate(FUTURE)], "party_certificate_unknown"],
    ["after them", () => [certificate(PAST)], "party_certificate_unknown"],
    ["revoked", () => [certificate({ status: "revoked" })], "party_certificate_unknown"],
    ["revoked, in capitals", () => [certificate({ status: "Revoked" })], "party_certificate_unknown"],
    ["suspended", () => [certificate({ status: "suspended" })], "party_certificate_unknown"],
    ["without status", () => [certificate({ status: undefined })], "party_certificate_unknown"],
    [
      "revoked, and active in another claim",
      () => [certificate(), certificate({ status: "revoked" })],
      "party_certificate_unknown",
    ],
    [
      "revoked by thumbprint, and active by DER",
      () => [certificate({ "x5t#s256": undefined }), certificate({ x5c: undefined, status: "revoked" })],
      "party_certificate_unknown",
    ],
    ["expired in one claim, active in another", () => [certificate(PAST), certificate()], "accepted"],
    [
      "beside a revoked one of before",
      () => [certificate({ status: "revoked", x5c: "AAAA", "x5t#s256": "00".repeat(32) }), certificate()],
      "accepted",
    ],
    ["none", () => [], "party_certificate_unknown"],
    ["under another type", () => [certificate({ type: "idpAssertion" })], "party_certificate_unknown"],
  ])("%s", (_, claims, reason) => {
    expect(leafOf(...claims())).toBe(reason);
  });

  test("the log can tell a revoked one from an unknown one", () => {
    const revoked = party(compliance(), certificate({ status: "revoked" }));
    expect(dataOf(checkParty(revoked, leaf, NOW))).toEqual({ cause: "revoked" });
  });

  test("does not help a party that is not compliant", () => {
    expect(reasonOf(checkParty(party(certificate()), leaf, NOW))).toBe("party_not_active");
  });
});

describe("frameworkRole and authRegistry", () => {
  const rolesOf = (...claims: readonly JsonObject[]) =>
    party(...claims).roles.map((it) => [it.role, isCurrent(it, NOW)]);

  test("roles, by roleId or role, with the moments that they hold", () => {
    expect(
      rolesOf(
        claim("frameworkRole", { roleId: "AuthorisationRegistry", frameworkId: "iSHARE" }),
        claim("frameworkRole", { role: "ServiceProvider", ...PAST }),
        claim("frameworkRole", { roleId: "IdentityProvider", status: "revoked", ...PRESENT }),
        claim("frameworkRole", { roleId: "IdentityProvider", frameworkId: "Other" }),
        claim("dataspaceRole", { roleId: "EntitledParty" }),
        claim("frameworkRole"),
      ),
    ).toEqual([
      ["AuthorisationRegistry", true],
      ["ServiceProvider", false],
      ["IdentityProvider", false], // there, so that the party does not pass for one that names no role
    ]);
  });

  test("registries: active ones, by authRegistryId; the claim's own id is not the registry's", () => {
    const registries = party(
      claim("authRegistry", { authRegistryId: "AR", authUrl: "u", dataspaceId: "DS", ...PRESENT }),
      claim("authRegistry", {
        authRegistryId: "AR",
        authUrl: "u",
        dataspaceId: "",
        serviceProviderPartyId: EORI,
      }),
      claim("authRegistry", { authRegistryId: "AR", authUrl: "u", serviceIdentifier: "S" }),
      claim("authRegistry", { id: "OLD", url: "v" }),
      claim("authRegistry", { authUrl: "u" }),
      claim("authRegistry", { authRegistryId: "X", authUrl: "x", status: "inactive" }),
      claim("authRegistry", { authRegistryId: "X", authUrl: "x", frameworkId: "Other" }),
    ).authorisationRegistries;
    const general = { from: undefined, until: undefined, dataspace: undefined, serviceProvider: undefined };
    expect(registries).toEqual([
      {
        ...{ id: "AR", url: "u", dataspace: "DS", serviceProvider: undefined, forOneService: false },
        ...{ from: Date.parse(PRESENT.startDate) / 1000, until: Date.parse(PRESENT.endDate) / 1000 },
      },
      { ...general, id: "AR", url: "u", serviceProvider: EORI, forOneService: false },
      { ...general, id: "AR", url: "u", forOneService: true },
      { ...general, id: "OLD", url: "v", forOneService: false },
      { ...general, id: "", url: "u", forOneService: false },
    ]);
  });
});

describe("another dialect's words", () => {
  const record = () => ({
    id: DID,
    party_name: "First Service",
    adherence: { status: "Active" },
    certificates: [listed],
    roles: [{ role: "AuthorisationRegistry" }],
    auth_registries: [{ id: "AR", url: "u" }],
  });

  test("give no right in 3.0: a record without claims is nobody's participant", () => {
    const read = accepted(readParty({ partyInfo: record() }, DID));
    expect(reasonOf(checkParty(read, leaf, NOW))).toBe("party_not_active");
    expect(read).toMatchObject({ certificates: [], roles: [], authorisationRegistries: [] });
  });

  test("and none before: claims alone are nobody's participant", () => {
    for (const version of ["2.0", "2.1", "2.2"] as const) {
      const claims = [
        compliance(),
        certificate(),
        claim("frameworkRole", { roleId: "AuthorisationRegistry" }),
        claim("authRegistry", { authRegistryId: "AR", authUrl: "u" }),
      ];
      const payload = { party_info: info(claims).partyInfo };
      const read = accepted(dialectOf(version).readParty(payload, DID));
      expect(reasonOf(checkParty(read, leaf, NOW))).toBe("party_not_active");
      expect(read).toMatchObject({ certificates: [], roles: [], authorisationRegistries: [] });
    }
  });

  test("where both are there, each version goes by its own", () => {
    const revokedNow = { ...record(), claims: [compliance({ status: "revoked" }), certificate()] };
    const revokedBefore = {
      ...record(),
      adherence: { status: "Revoked" },
      claims: [compliance(), certificate()],
    };
    const judge = (version: "2.1" | "3.0", both: object) => {
      const payload = version === "3.0" ? { partyInfo: both } : { party_info: both };
      return reasonOf(checkParty(accepted(dialectOf(version).readParty(payload, DID)), leaf, NOW));
    };
    expect([judge("2.1", revokedNow), judge("3.0", revokedNow)]).toEqual(["accepted", "party_not_active"]);
    expect([judge("2.1", revokedBefore), judge("3.0", revokedBefore)]).toEqual([
      "party_not_active",
      "accepted",
    ]);
  });

  test("both records in one answer: each version reads its own", () => {
    const both = { party_info: record(), ...info([]) };
    const readIn = (version: "2.1" | "3.0") => accepted(dialectOf(version).readParty(both, DID));
    expect(reasonOf(checkAdherence(readIn("2.1"), NOW))).toBe("accepted");
    expect(reasonOf(checkAdherence(readIn("3.0"), NOW))).toBe("party_not_active");
  });

  test.each(["2.0", "2.1", "2.2"] as const)("alone are no answer under %s: neither yes nor no", (version) => {
    const { partyInfo } = info([compliance(), certificate()]);
    for (const foreign of [{ partyInfo }, { partiesInfo: { data: [partyInfo] } }]) {
      expect(reasonOf(dialectOf(version).readParty(foreign, DID))).toBe("registry_answer_malformed");
    }
  });

  test("alone are no answer under 3.0 either", () => {
    for (const foreign of [{ party_info: record() }, { parties_info: { data: [record()] } }])
      expect(reasonOf(readParty(foreign, DID))).toBe("registry_answer_malformed");
  });

  test("up to 2.2 one dialect's record passes for the next: what it says is the same", () => {
    const { id: _, ...rest } = record();
    for (const version of ["2.0", "2.1", "2.2"] as const)
      for (const it of [
        { party_info: { ...rest, party_id: [EORI, DID] } },
        { parties_info: { data: [record()] } },
      ])
        expect(reasonOf(checkParty(accepted(dialectOf(version).readParty(it, DID)), leaf, NOW))).toBe(
          "accepted",
        );
  });
});
