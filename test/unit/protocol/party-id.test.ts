/** The shape of a party identifier. */
import { describe, expect, test } from "vitest";
import { parsePartyId } from "../../../src/protocol/party-id.ts";

describe("party identifiers", () => {
  test.each([
    "EU.EORI.NL000000001",
    "EU.EORI.NLHAPPYPETS",
    "did:ishare:EU.NL.NTRNL-10000001",
    "did:web:sp.example.com%3A8443",
    "did:web:example.com#key-1",
    "kvk:12345678",
    "NTRNL-10000001",
    "7",
    `a${"b".repeat(255)}`,
  ])("takes %s", (id) => {
    expect(parsePartyId(id)).toBe(id);
  });

  test.each([
    ["nothing", ""],
    ["257 characters", `a${"b".repeat(256)}`],
    ["a space", "EU.EORI.NL 1"],
    ["a space at the end", "EU.EORI.NL1 "],
    ["a newline at the end", "EU.EORI.NL1\n"],
    ["a quote", 'EU.EORI."NL1'],
    ["an angle bracket", "<b>"],
    ["a backslash", "EU\\EORI"],
    ["a query", "did:web:x?y"],
    ["a dot first", ".EORI"],
    ["dots that climb", "a/../b"],
    ["a control character", "EU.EORI.\u0000"],
    ["a letter beyond ASCII", "EU.EORI.NLÉ"],
    ["a number", 7],
    ["an array", ["EU.EORI.NL000000001"]],
    ["null", null],
    ["undefined", undefined],
  ])("does not take %s", (_, value) => {
    expect(parsePartyId(value)).toBeUndefined();
  });
});
