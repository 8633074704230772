/** Userinfo: which claims each scope opens, and nothing that none did. */
import { describe, expect, test } from "vitest";
import { KNOWN_SCOPES, type Scope } from "../../../src/protocol/scopes.ts";
import { type Attributes, buildUserinfo } from "../../../src/protocol/userinfo.ts";

const alice: Attributes = {
  givenName: "Alice",
  familyName: "O'Neil",
  gender: "female",
  locale: "nl",
  email: "alice@example.com",
  emailVerified: true,
  phone: "+31612345678",
};

const build = (scopes: readonly Scope[], attributes = alice) =>
  buildUserinfo({
    subject: "pseudonym-1",
    clientId: "EU.EORI.NL000000020",
    organisation: { id: "NTRNL-10000030", name: "Acme" },
    scopes: ["openid", "iSHARE", ...scopes],
    attributes,
  });

const always = { sub: "pseudonym-1", aud: "EU.EORI.NL000000020", organisationIdentifier: "NTRNL-10000030" };
const names = {
  first_name: "Alice",
  last_name: "O'Neil",
  name: "Alice O'Neil",
  given_name: "Alice",
  family_name: "O'Neil",
};
const email = { email: "alice@example.com", email_verified: true };
const phone = { phone_number: "+31612345678" };
const company = { company_id: "NTRNL-10000030", company_name: "Acme" };

describe("each scope opens exactly its own", () => {
  test.each([
    [[], {}],
    [["authorisations"], {}],
    [["name"], names],
    [["profile"], { ...names, gender: "female", locale: "nl" }],
    [["email"], email],
    [["phone"], phone],
    [["contact_details"], { ...email, ...phone }],
    [["company"], company],
    [["name", "company"], { ...names, ...company }],
    [["email", "phone", "contact_details"], { ...email, ...phone }],
    [KNOWN_SCOPES, { ...names, gender: "female", locale: "nl", ...email, ...phone, ...company }],
  ] as const)("%j", (scopes, claims) => {
    expect(build(scopes)).toEqual({ ...always, ...claims });
  });
});

test("company_id is the organisationIdentifier", () => {
  const { company_id, organisationIdentifier } = build(["company"]) as Record<string, unknown>;
  expect(company_id).toBe(organisationIdentifier);
});

test("what the directory does not know is left out, not null", () => {
  const { gender, locale, phone: number, ...rest } = alice;
  const claims = build(KNOWN_SCOPES, rest);
  for (const name of ["gender", "locale", "phone_number"]) expect(claims).not.toHaveProperty(name);
});

test("an address that is not verified says so", () => {
  expect(build(["email"], { ...alice, emailVerified: false })).toMatchObject({ email_verified: false });
});

test("one name alone has no space around it", () => {
  expect(build(["name"], { ...alice, familyName: "" })).toMatchObject({ name: "Alice" });
});

test("the answer to a delegation request is there where one was asked for", () => {
  const input = {
    ...{ subject: "pseudonym-1", clientId: "EU.EORI.NL000000020", scopes: ["openid", "iSHARE"] as const },
    ...{ organisation: { id: "NTRNL-10000030", name: "Acme" }, attributes: alice },
  };
  const evidence = { notBefore: 1 };
  expect(buildUserinfo({ ...input, delegationEvidence: evidence })).toEqual({
    ...always,
    delegationEvidence: evidence,
  });
  expect(buildUserinfo(input)).not.toHaveProperty("delegationEvidence");
});
