/** What may be said of a human: each rule, and that a refusal never repeats what it refuses. */
import { describe, expect, test } from "vitest";
import { describeRefusal } from "../../../src/directory/attribute-words.ts";
import { readChanges, readField, readNewHuman, readOrganisation } from "../../../src/directory/attributes.ts";
import { hashPassword } from "../../../src/directory/password.ts";

const HASH = await hashPassword("a password");
const good = {
  ...{ username: "u", givenName: "G", familyName: "F", email: "e@example.com" },
  organisations: [{ id: "NTRNL-1", name: "One" }],
};

test("a human who is right is read, without margins; what is absent is absent", () => {
  const read = readNewHuman({ ...good, username: " Émile ", phone: null, gender: "", locale: " nl-NL " });
  expect(read).toEqual({
    ok: true,
    value: { ...good, username: "Émile", locale: "nl-NL", identityAssurance: "low" },
  });
});

test("all that there may be", () => {
  const more = {
    phone: "+31 6",
    gender: "male",
    locale: "nl",
    status: "inactive",
    identityAssurance: "high",
  };
  const password = { passwordHash: HASH, passwordLevel: "substantial" };
  expect(readNewHuman({ ...good, ...more, ...password })).toEqual({
    ok: true,
    value: { ...good, ...more, ...password },
  });
});

const SECRET = "zq-value";
describe("refused", () => {
  test.each([
    [{ username: undefined }, "username", "missing"],
    [{ username: " \t" }, "username", "missing"],
    [{ username: 7 }, "username", "not_text"],
    [{ username: { a: SECRET } }, "username", "not_text"],
    [{ username: SECRET.padEnd(201, "x") }, "username", "too_long"],
    [{ givenName: `${SECRET}\nx` }, "givenName", "not_one_line"],
    [{ givenName: `${SECRET}\u0000` }, "givenName", "not_one_line"],
    [{ givenName: `${SECRET}\u2028x` }, "givenName", "not_one_line"],
    [{ familyName: `${SECRET}\ud800` }, "familyName", "not_one_line"],
    [{ familyName: null }, "familyName", "missing"],
    [{ email: SECRET }, "email", "not_an_email_address"],
    [{ email: `${SECRET}@a@b` }, "email", "not_an_email_address"],
    [{ email: `a b@${SECRET}` }, "email", "not_an_email_address"],
    [{ phone: SECRET.repeat(6) }, "phone", "too_long"],
    [{ gender: SECRET }, "gender", "not_a_gender"],
    [{ locale: "zq_value" }, "locale", "not_a_language_tag"],
    [{ identityAssurance: SECRET }, "identityAssurance", "not_a_level"],
    [{ status: SECRET }, "status", "not_a_status"],
    [{ passwordHash: SECRET }, "passwordHash", "not_a_password_hash"],
    [{ passwordHash: HASH.replace("$5$", "$4$") }, "passwordHash", "not_a_password_hash"],
    [{ passwordHash: HASH.replace("16384", "1048576") }, "passwordHash", "not_a_password_hash"],
    [{ passwordHash: `${HASH}\n${SECRET}` }, "passwordHash", "not_one_line"],
    [{ passwordLevel: "low" }, "passwordLevel", "level_without_password"],
    [{ passwordHash: HASH, passwordLevel: SECRET }, "passwordLevel", "not_a_level"],
    [{ password: SECRET }, "?", "unknown_field"],
    [{ [SECRET]: 1 }, "?", "unknown_field"],
    [{ mustChangePassword: true }, "?", "unknown_field"],
    [{ organisations: undefined }, "organisations", "missing"],
    [{ organisations: [] }, "organisations", "missing"],
    [{ organisations: SECRET }, "organisations", "not_a_list_of_organisations"],
    [{ organisations: [SECRET] }, "organisations", "not_a_list_of_organisations"],
    [{ organisations: [{ id: "NTRNL-1" }] }, "organisations", "not_text"],
    [{ organisations: [{ id: "NTRNL-1", name: " " }] }, "organisations", "organisation_without_name"],
    [{ organisations: [{ id: "zq value", name: "x" }] }, "organisations", "not_an_organisation"],
    [{ organisations: [{ id: "NTRNL-1", name: "x", more: 1 }] }, "organisations", "unknown_field"],
    [
      { organisations: [good.organisations[0], good.organisations[0]] },
      "organisations",
      "organisation_twice",
    ],
    [
      { organisations: Array.from({ length: 101 }, (_, n) => ({ id: `NTRNL-${n}`, name: "x" })) },
      "organisations",
      "too_many_organisations",
    ],
  ])("%j: %s %s", (change, field, problem) => {
    const read = readNewHuman({ ...good, ...change });
    expect(read).toEqual({ ok: false, refusals: [{ field, problem }] });
    expect(JSON.stringify(read)).not.toContain(SECRET);
  });

  test("everything at once", () => {
    const read = readNewHuman({ email: "x", nickname: "y" });
    expect(read.ok ? [] : read.refusals.map(({ field }) => field)).toEqual([
      ...["?", "username", "givenName", "familyName", "email", "organisations"],
    ]);
  });
});

test("one field or organisation by itself", () => {
  expect(readField("email", " a@b ")).toEqual({ text: "a@b" });
  expect(readField("email", "")).toBeUndefined();
  expect(readField("gender", "x")).toEqual({ problem: "not_a_gender" });
  expect(readOrganisation("NTRNL-1", " One ")).toEqual({ id: "NTRNL-1", name: "One" });
  expect(readOrganisation("a..b", "One")).toEqual({ problem: "not_an_organisation" });
});

test("changes: what is not given stays, what may be absent is taken away, everything wrong is told", () => {
  expect(readChanges({ email: " a@b ", phone: "", locale: " ", gender: undefined })).toEqual({
    ok: true,
    value: { email: "a@b", phone: null, locale: null },
  });
  expect(readChanges({})).toEqual({ ok: true, value: {} });
  expect(readChanges({ givenName: " ", email: SECRET, identityAssurance: "", phone: "1" })).toEqual({
    ok: false,
    refusals: [
      { field: "givenName", problem: "missing" },
      { field: "email", problem: "not_an_email_address" },
      { field: "identityAssurance", problem: "missing" },
    ],
  });
});

test.each([
  ["email", "missing", "E email is missing."],
  ["username", "too_long", "E username is longer than 200 characters."],
  ["locale", "too_long", "E locale is longer than 200 characters."],
  ["organisations", "too_long", "E organisationName must be one line of at most 200 characters."],
  ["organisations", "organisation_without_name", "E organisationName is missing."],
  ["organisations", "not_an_organisation", "E organisations is not an organisation identifier."],
  ["gender", "not_text", "E gender not text."],
] as const)("%s %s in words: %s", (field, problem, words) => {
  expect(describeRefusal({ field, problem }, (name) => `E ${name}`)).toBe(words);
});
