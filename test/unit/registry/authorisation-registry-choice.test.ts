/** Which Authorisation Registry is asked: the most particular one that fits, or none rather than a guess. */
import { expect, test } from "vitest";
import { chooseAuthorisationRegistry } from "../../../src/registry/authorisation-registry-choice.ts";
import type { AuthorisationRegistryRecord } from "../../../src/registry/party.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = 1_800_000_000;
type Change = Partial<Omit<AuthorisationRegistryRecord, "id">>;

/** One registry per letter. */
const at = (id: string, change: Change = {}): AuthorisationRegistryRecord => ({
  ...{ id, url: `https://${id}.example`, dataspace: undefined, serviceProvider: undefined },
  ...{ forOneService: false, from: undefined, until: undefined },
  ...change,
});
const SP = { serviceProvider: "SP" };
const SP_TOO = { serviceProvider: "EORI-OF-SP" };
const OTHER = { serviceProvider: "OTHER" };
const DS = { dataspace: "DS" };
const DS2 = { dataspace: "DS2" };
const ONE = { forOneService: true };

const choose = (named: readonly AuthorisationRegistryRecord[], dataspace?: string): string => {
  const asking = { dataspace, serviceProvider: new Set(["SP", "EORI-OF-SP"]), now: NOW };
  const chosen = chooseAuthorisationRegistry({ authorisationRegistries: named }, asking);
  return chosen.ok ? (accepted(chosen)?.id ?? "none") : reasonOf(chosen);
};
const UNCLEAR = "authorisation_registry_choice";

test.each<[string, readonly AuthorisationRegistryRecord[], string | undefined, string]>([
  ["none named", [], undefined, "none"],
  ["one for all", [at("a")], undefined, "a"],
  ["one for all, in a data space", [at("a")], "DS", "a"],
  ["the data space's before the one for all", [at("a"), at("b", DS)], "DS", "b"],
  ["the one for all before another data space's", [at("b", DS2), at("a")], "DS", "a"],
  ["only another data space's", [at("a", DS2)], "DS", UNCLEAR],
  ["no data space asked: the one for all", [at("b", DS), at("a")], undefined, "a"],
  ["no data space asked, and one for a data space alone", [at("a", DS)], undefined, "a"],
  ["no data space asked, two of them", [at("a", DS), at("b", DS2)], undefined, UNCLEAR],
  ["two for all", [at("a"), at("b")], undefined, UNCLEAR],
  ["one for all, named twice", [at("a"), at("a")], undefined, "a"],
  ["the same id at two addresses", [at("a"), at("a", { url: "https://x.example" })], undefined, UNCLEAR],
  ["this SP's before the one for all", [at("a"), at("b", SP)], undefined, "b"],
  ["this SP's by another of its identifiers", [at("a"), at("b", SP_TOO)], undefined, "b"],
  ["another SP's is not for us", [at("a"), at("b", OTHER)], undefined, "a"],
  ["only another SP's", [at("a", OTHER)], undefined, UNCLEAR],
  [
    "this SP's in this data space before all",
    [at("a"), at("b", SP), at("c", DS), at("d", { ...DS, ...SP })],
    "DS",
    "d",
  ],
  ["this SP's, or this data space's", [at("a"), at("b", SP), at("c", DS)], "DS", UNCLEAR],
  ["this SP's in another data space is not for us", [at("a"), at("b", { ...SP, ...DS2 })], "DS", "a"],
  ["two for this SP", [at("a", SP), at("b", SP)], undefined, UNCLEAR],
  [
    "two for this SP, in data spaces that nobody asked for",
    [at("a", { ...SP, ...DS }), at("b", DS2)],
    undefined,
    UNCLEAR,
  ],
  ["one for a service, which may not be this", [at("a"), at("b", { ...SP, ...ONE })], undefined, UNCLEAR],
  ["one for a service, which is the same", [at("a"), at("a", { ...SP, ...ONE })], undefined, "a"],
  ["one for a service of another SP", [at("a"), at("b", { ...OTHER, ...ONE })], undefined, "a"],
  ["one for a service in another data space", [at("a"), at("b", { ...ONE, ...DS2 })], "DS", "a"],
  ["over", [at("a"), at("b", { ...SP, until: NOW })], undefined, "a"],
  ["to come", [at("a"), at("b", { ...SP, from: NOW + 1 })], undefined, "a"],
  ["all over", [at("a", { until: NOW })], undefined, "none"],
])("%s", (_, named, dataspace, expected) => {
  expect(choose(named, dataspace)).toBe(expected);
  expect(choose(named.toReversed(), dataspace)).toBe(expected);
});
