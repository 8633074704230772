/** A party as registries up to framework 2.2 write it, and the judgement of the party behind a leaf. */
import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { checkParty, condense } from "../../../src/registry/party.ts";
import { readPartyRecord } from "../../../src/registry/party-record.ts";
import { type Certificate, parseCertificate } from "../../../src/trust/certificate.ts";
import { fingerprintOf, generateKeys, type Identity, mint } from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = Date.UTC(2026, 5, 15, 12) / 1000;
const DID = "did:ishare:EU.NL.NTRNL-10000020";
const EORI = "EU.EORI.NL000000020";
const OTHER = "did:ishare:EU.NL.NTRNL-10000021";

let identity: Identity;
let leaf: Certificate;
let thumbprint: string;
let x5c: string;
beforeAll(async () => {
  identity = await mint(undefined, { keys: await generateKeys() });
  leaf = accepted(await parseCertificate(identity.der));
  thumbprint = await fingerprintOf(identity);
  x5c = Buffer.from(identity.der).toString("base64");
});

const record = (change: JsonObject = {}): JsonObject => ({
  id: DID,
  party_name: "First Service",
  alsoKnownAs: [`eori:${EORI}`, "did:web:sp.example", "kvk:12345678"],
  adherence: { status: "Active", start_date: "2024-01-01T00:00:00Z", end_date: "2030-01-01T00:00:00Z" },
  certificates: [{ subject_name: "CN=x", certificate_type: "eSEAL", x5c, "x5t#s256": thumbprint }],
  ...change,
});
const read = (change: JsonObject = {}, id = DID) => readPartyRecord({ party_info: record(change) }, id);
const judge = (change: JsonObject, now = NOW) => reasonOf(checkParty(accepted(read(change)), leaf, now));
const withAdherence = (adherence: unknown, now = NOW) => judge({ adherence }, now);
const withCertificate = (certificate: unknown) => judge({ certificates: [certificate] });

/** 2.x knows no others. */
const FOR_ALL = { serviceProvider: undefined, forOneService: false, from: undefined, until: undefined };

describe("names and Authorisation Registries", () => {
  test("every identifier is known, behind its prefix and without", () => {
    const party = accepted(read());
    expect([...party.ids].sort()).toEqual(
      [DID, EORI, `eori:${EORI}`, "did:web:sp.example", "kvk:12345678"].sort(),
    );
  });

  test.each<[string, unknown, unknown]>([
    ["none", undefined, []],
    ["an object", { id: DID, url: "u" }, [{ id: DID, url: "u", dataspace: undefined, ...FOR_ALL }]],
    ["one without address", [{ id: DID }], [{ id: DID, url: "", dataspace: undefined, ...FOR_ALL }]],
    ["one without id", [{ url: "u" }], [{ id: "", url: "u", dataspace: undefined, ...FOR_ALL }]],
    ["odd ones", [null, { id: 7 }], Array(2).fill({ id: "", url: "", dataspace: undefined, ...FOR_ALL })],
    [
      "one for all data spaces",
      [{ id: DID, url: "u", dataspace_id: "" }],
      [{ id: DID, url: "u", dataspace: undefined, ...FOR_ALL }],
    ],
    [
      "one for a data space",
      [{ id: DID, url: "u", dataspace_id: "DS" }],
      [{ id: DID, url: "u", dataspace: "DS", ...FOR_ALL }],
    ],
  ])("%s", (_, auth_registries, expected) => {
    expect(accepted(read({ auth_registries })).authorisationRegistries).toEqual(expected);
  });
});

describe("whom an answer is about", () => {
  test.each([DID, EORI, `eori:${EORI}`, "did:web:sp.example", "kvk:12345678"])(
    "asked for %s, it is the DID's",
    (id) => {
      expect(accepted(read({}, id)).id).toBe(DID);
    },
  );

  test.each<[string, JsonObject, string, string]>([
    ["party_id as text", { id: undefined, party_id: EORI }, EORI, EORI],
    ["party_id as a list", { id: undefined, party_id: [DID, EORI] }, EORI, DID],
    ["id before party_id", { party_id: [EORI] }, EORI, DID],
    ["alsoKnownAs as text", { alsoKnownAs: `eori:${EORI}` }, EORI, DID],
    ["the prefix in upper case", { alsoKnownAs: [`EORI:${EORI}`] }, EORI, DID],
    ["an empty id beside party_id", { id: "", party_id: EORI }, EORI, EORI],
  ])("%s", (_, change, asked, canonical) => {
    expect(accepted(read(change, asked)).id).toBe(canonical);
  });

  test.each<[string, JsonObject]>([
    ["another id", { id: OTHER, alsoKnownAs: [] }],
    ["an id that begins alike", { id: `${DID}1`, alsoKnownAs: [] }],
    ["an id in another case", { id: DID.toUpperCase(), alsoKnownAs: [] }],
    ["an id inside another", { id: OTHER, alsoKnownAs: [`see ${DID}`] }],
    ["no id", { id: undefined, alsoKnownAs: undefined }],
    ["an id that is no text", { id: [[DID]], alsoKnownAs: 7 }],
  ])("not the party asked for: %s", (_, change) => {
    expect(reasonOf(read(change))).toBe("registry_answer_other_party");
  });

  test("an id that no party may have is malformed", () => {
    expect(reasonOf(read({ id: "two words", alsoKnownAs: [DID] }))).toBe("registry_answer_malformed");
  });

  test("from a list, only the entry asked for", () => {
    const data = [record({ id: OTHER, alsoKnownAs: [], party_name: "Second" }), null, "x", record()];
    const payload = { parties_info: { count: 4, total_count: 4, pageCount: 1, data } };
    expect(accepted(readPartyRecord(payload, DID))).toMatchObject({ id: DID, name: "First Service" });
    expect(accepted(readPartyRecord(payload, OTHER))).toMatchObject({ id: OTHER, name: "Second" });
    expect(reasonOf(readPartyRecord(payload, "EU.EORI.NL000000099"))).toBe("registry_answer_other_party");
  });

  test("whose identifier it is comes before who goes by it as well", () => {
    const pretender = record({ id: OTHER, alsoKnownAs: [DID], party_name: "Second" });
    const payload = { parties_info: { data: [pretender, record()] } };
    expect(accepted(readPartyRecord(payload, DID)).name).toBe("First Service");
    expect(accepted(readPartyRecord({ parties_info: { data: [pretender] } }, DID)).id).toBe(OTHER);
  });

  test.each<[string, JsonObject]>([
    ["nothing", {}],
    ["null", { party_info: null }],
    ["text", { party_info: DID }],
    ["a list without data", { parties_info: { count: 0 } }],
    ["nothing, beside another dialect's record", { party_info: null, partyInfo: { id: DID } }],
    ["an empty list", { parties_info: { data: [] } }],
    ["a list that is none", { parties_info: [{ id: DID }] }],
  ])("%s is about nobody", (_, payload) => {
    expect(reasonOf(readPartyRecord(payload, DID))).toBe("registry_answer_other_party");
  });
});

test("the name, or the id where there is none", () => {
  expect(accepted(read()).name).toBe("First Service");
  for (const party_name of [undefined, "", 7, null]) expect(accepted(read({ party_name })).name).toBe(DID);
});

describe("adherence", () => {
  test.each(["Active", "active", "ACTIVE"])("status %s", (status) => {
    expect(withAdherence({ status })).toBe("accepted");
  });

  test.each([
    "NotActive",
    "not active",
    "inactive",
    "Revoked",
    "Pending",
    "activex",
    "yes",
    "",
    true,
    1,
    null,
    undefined,
    ["Active"],
  ])("not status %j", (status) => {
    expect(withAdherence({ status })).toBe("party_not_active");
  });

  test.each([undefined, null, "Active", [], true])("that is %j is not active", (adherence) => {
    expect(withAdherence(adherence)).toBe("party_not_active");
  });

  test.each([undefined, null, ""])("dates that are %j are not given", (date) => {
    expect(withAdherence({ status: "Active", start_date: date, end_date: date })).toBe("accepted");
  });

  test("from the second it begins to the second before it ends", () => {
    const dates = { status: "Active", start_date: "2026-06-15T12:00:00Z", end_date: "2026-06-15T13:00:00Z" };
    expect(withAdherence(dates, NOW - 1)).toBe("party_not_yet_adherent");
    expect(withAdherence(dates, NOW)).toBe("accepted");
    expect(withAdherence(dates, NOW + 3599)).toBe("accepted");
    expect(withAdherence(dates, NOW + 3600)).toBe("party_no_longer_adherent");
  });

  test.each<[string, unknown]>([
    ["words", "soon"],
    ["a European date", "01-01-2024"],
    ["a number", 0],
    ["an object", {}],
    ["month 13", "2024-13-01"],
  ])("a date that can't be read holds no moment: %s", (_, date) => {
    expect(withAdherence({ status: "Active", start_date: date })).toBe("party_not_yet_adherent");
    expect(withAdherence({ status: "Active", end_date: date })).toBe("party_no_longer_adherent");
  });

  test("not active is told first", () => {
    const both = { status: "NotActive", start_date: "2040-01-01", end_date: "2020-01-01" };
    expect(withAdherence(both)).toBe("party_not_active");
  });
});

describe("the leaf is one of the party's certificates", () => {
  test.each<[string, () => unknown]>([
    ["both forms", () => ({ x5c, "x5t#s256": thumbprint })],
    ["x5t#s256 alone", () => ({ "x5t#s256": thumbprint })],
    ["x5t#s256 in upper case", () => ({ "x5t#s256": thumbprint.toUpperCase() })],
    ["x5t#s256 with colons", () => ({ "x5t#s256": thumbprint.match(/../g)?.join(":").toUpperCase() })],
    ["x5c as DER in base64", () => ({ x5c })],
    ["x5c as a list", () => ({ x5c: ["AAAA", x5c] })],
    ["x5c in lines", () => ({ x5c: x5c.replace(/.{64}/g, "$&\n") })],
    ["x5c as PEM", () => ({ x5c: identity.certificate.toString("pem") })],
    ["x5c as PEM in base64", () => ({ x5c: btoa(identity.certificate.toString("pem")) })],
    ["x5c of garbage beside a right x5t#s256", () => ({ x5c: "%%%", "x5t#s256": thumbprint })],
    ["a right x5c beside another x5t#s256", () => ({ x5c, "x5t#s256": "00".repeat(32) })],
  ])("by %s", async (_, certificate) => {
    expect(withCertificate(certificate())).toBe("accepted");
    expect(await condensed([certificate()])).toBe("accepted");
  });

  test("among others", async () => {
    const others = [null, "x", {}, { x5c: 7 }, { x5c: "AAAA" }, { x5c }];
    expect(judge({ certificates: others })).toBe("accepted");
    expect(await condensed(others)).toBe("accepted");
  });

  test.each<[string, () => unknown]>([
    ["nothing", () => ({})],
    ["another thumbprint", () => ({ "x5t#s256": "00".repeat(32) })],
    ["a SHA-1 thumbprint", () => ({ "x5t#s256": thumbprint.slice(0, 40) })],
    ["a cut thumbprint", () => ({ "x5t#s256": thumbprint.slice(1) })],
    ["a thumbprint under another name", () => ({ x5t: thumbprint })],
    ["another certificate", () => ({ x5c: btoa("another certificate") })],
    ["a cut certificate", () => ({ x5c: x5c.slice(0, -4) })],
    [
      "a certificate with more behind it",
      () => ({ x5c: Buffer.concat([identity.der, Buffer.of(0)]).toString("base64") }),
    ],
    ["an empty x5c", () => ({ x5c: "" })],
    ["its subject's name", () => ({ subject_name: "CN=Test, O=Test, C=NL" })],
    ["null", () => null],
  ])("not by %s", async (_, certificate) => {
    expect(withCertificate(certificate())).toBe("party_certificate_unknown");
    expect(await condensed([certificate()])).toBe("party_certificate_unknown");
  });

  /** As it is remembered. */
  async function condensed(certificates: readonly unknown[]): Promise<string> {
    const party = await condense(accepted(read({ certificates })));
    for (const { ders } of party.certificates) expect(ders).toEqual([]);
    return reasonOf(checkParty(party, leaf, NOW));
  }

  test("a revoked one stays so when it is remembered, whichever way it was listed", async () => {
    const party = accepted(read({ certificates: [{ x5c }, { "x5t#s256": thumbprint }] }));
    for (const at of [0, 1]) {
      const certificates = party.certificates.map((it, position) => ({ ...it, revoked: position === at }));
      const remembered = await condense({ ...party, certificates });
      expect(reasonOf(checkParty(remembered, leaf, NOW))).toBe("party_certificate_unknown");
    }
  });

  test.each([undefined, null, "x", {}, []])("not by certificates that are %j", (certificates) => {
    expect(judge({ certificates })).toBe("party_certificate_unknown");
  });

  test("a certificate of the same name and another key is another", async () => {
    const twin = accepted(
      await parseCertificate((await mint(undefined, { keys: await generateKeys() })).der),
    );
    expect(twin.subject).toEqual(leaf.subject);
    expect(reasonOf(checkParty(accepted(read()), twin, NOW))).toBe("party_certificate_unknown");
  });
});
