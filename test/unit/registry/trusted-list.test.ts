/** Reading the trusted list: spellings of registries as they are, and nothing trusted that is not said to be. */
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/protocol/json.ts";
import { dialectOf } from "../../../src/registry/dialect.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const A = "aa".repeat(32);
const B = "bb".repeat(32);
const entry = { subject: "CN=Root", certificate_fingerprint: A, validity: "valid", status: "granted" };

const OLD = dialectOf("2.1").readTrustedList;
const NEW = dialectOf("3.0").readTrustedList;

const read = (...list: readonly unknown[]) => {
  const { granted, withdrawn } = accepted(OLD({ trusted_list: list }));
  return { granted: [...granted], withdrawn: [...withdrawn] };
};
const trusted = { granted: [A], withdrawn: [] };
const distrusted = { granted: [], withdrawn: [A] };

describe("trusted", () => {
  test.each<[string, JsonObject]>([
    ["as written", entry],
    ["in upper case", { ...entry, validity: "VALID", status: "GRANTED" }],
    ["in title case", { ...entry, validity: "Valid", status: "Granted" }],
    ["fingerprint in upper case", { ...entry, certificate_fingerprint: A.toUpperCase() }],
    ["fingerprint with colons", { ...entry, certificate_fingerprint: A.match(/../g)?.join(":") }],
    [
      "fingerprint with colons, upper case",
      { ...entry, certificate_fingerprint: A.toUpperCase().match(/../g)?.join(":") },
    ],
    ["unknown members", { ...entry, comment: "x", country: null }],
    ["no subject", { ...entry, subject: undefined }],
  ])("%s", (_, it) => {
    expect(read(it)).toEqual(trusted);
  });
});

describe("listed and not trusted", () => {
  test.each<[string, JsonObject]>([
    ...["withdrawn", "supervisionceased", "undersupervision", "Withdrawn", "grantedx", "", "yes"].map(
      (status): [string, JsonObject] => [`status ${status}`, { ...entry, status }],
    ),
    ...["invalid", "INVALID", "validx", "", "true"].map((validity): [string, JsonObject] => [
      `validity ${validity}`,
      { ...entry, validity },
    ]),
    ["no status", { ...entry, status: undefined }],
    ["no validity", { ...entry, validity: undefined }],
    ["a status that is no text", { ...entry, status: true }],
    ["a validity that is no text", { ...entry, validity: ["valid"] }],
  ])("%s", (_, it) => {
    expect(read(it)).toEqual(distrusted);
  });
});

describe("passed over", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["text", A],
    ["an array", [entry]],
    ["no fingerprint", { validity: "valid", status: "granted" }],
    ["a SHA-1 fingerprint", { ...entry, certificate_fingerprint: A.slice(0, 40) }],
    ["a fingerprint that is no hex", { ...entry, certificate_fingerprint: "zz".repeat(32) }],
    ["a fingerprint that is no text", { ...entry, certificate_fingerprint: 7 }],
    ["an empty fingerprint", { ...entry, certificate_fingerprint: "" }],
  ])("%s; the rest is read", (_, it) => {
    expect(read(it, { ...entry, certificate_fingerprint: B })).toEqual({ granted: [B], withdrawn: [] });
  });
});

test("listed both ways shows on both sides, and the chain asks for withdrawn first", () => {
  expect(read(entry, { ...entry, status: "withdrawn" })).toEqual({ granted: [A], withdrawn: [A] });
});

test("an empty list trusts nobody", () => {
  expect(read()).toEqual({ granted: [], withdrawn: [] });
});

test.each<[string, JsonObject]>([
  ["nothing", {}],
  ["null", { trusted_list: null }],
  ["an object", { trusted_list: { 0: entry } }],
  ["text", { trusted_list: "none" }],
  ["a list in another place", { data: [entry] }],
])("no list is no answer: %s", (_, payload) => {
  expect(reasonOf(OLD(payload))).toBe("registry_answer_malformed");
});

describe("in the words of framework 3.0", () => {
  const spelt = { subject: "CN=Root", certificateFingerprint: A, validity: "valid", status: "granted" };

  test("they are camelCase", () => {
    const { granted, withdrawn } = accepted(
      NEW({ trustedList: [spelt, { ...spelt, certificateFingerprint: B, status: "withdrawn" }] }),
    );
    expect([[...granted], [...withdrawn]]).toEqual([[A], [B]]);
  });

  test("each dialect reads its own and nothing else", () => {
    expect(reasonOf(OLD({ trustedList: [spelt] }))).toBe("registry_answer_malformed");
    expect(reasonOf(NEW({ trusted_list: [entry] }))).toBe("registry_answer_malformed");
    const both = { trusted_list: [entry], trustedList: [{ ...spelt, certificateFingerprint: B }] };
    expect([...accepted(OLD(both)).granted]).toEqual([A]);
    expect([...accepted(NEW(both)).granted]).toEqual([B]);
    expect([...accepted(OLD({ trusted_list: [spelt] })).granted]).toEqual([]);
    expect([...accepted(NEW({ trustedList: [entry] })).granted]).toEqual([]);
  });
});
