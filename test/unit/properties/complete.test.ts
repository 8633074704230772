/** Every reader of what others write has a property here, and JSON from outside is read in one place. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const below = (folder: string, kind: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => kind.test(name))
    .map((name) => join(folder, name));
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Readers that others are made of: whatever they throw becomes a refusal of the reader named, which has a property. */
const PARTS: Readonly<Record<string, string>> = {
  // DER: `Malformed` is caught there (trust/der.ts)
  readValidity: "parseCertificate",
  readName: "parseCertificate",
  readExtensions: "parseCertificate",
  readDistributionPoints: "parseCertificate",
  readResponders: "parseCertificate",
  readFlag: "parseCertificate",
  readBits: "parseCertificate",
  readOid: "parseCertificate",
  readGeneralizedTime: "readOcsp",
  readEnumerated: "readOcsp",
  readReason: "readCrl",
  readExtensionList: "readCrl",
  readSigned: "readCrl",
  readPointName: "readCrl",
  readTime: "readCrl",
  readInteger: "readCrl",
  readOptional: "readCrl",
  readRelativeName: "parseCertificate",
  readGeneralNames: "parseCertificate",
  readExtension: "verifyRegistration",
  // a list's query
  parseProjection: "parseListQuery",
  // records of registries, by the dialect that is spoken
  readPartyRecord: "readParty",
  readPartyClaims: "readParty",
  readCertificate: "readParty",
  readIdentity: "loadConfig",
  readField: "readNewHuman",
  readOrganisation: "readNewHuman",
  // what a form held is read already
  readNewPassword: "parseParameters",
  readKnownBrowser: "openObject",
  openPage: "openReturnUrl",
  openPost: "openReturnUrl",
  openPartyToken: "openObject",
};

const READER = /export (?:async )?(?:function|const) ((?:parse|read|decode|open)[A-Z]\w*)/g;
const readers = below("src", /\.tsx?$/).flatMap((file) =>
  [...read(file).matchAll(READER)].map(([, name = ""]): [string, string] => [name, file]),
);
const properties = [
  ...below("test/unit/properties", /\.test\.ts$/),
  "test/unit/delegation/properties.test.ts",
]
  .filter((file) => !file.endsWith("complete.test.ts"))
  .map(read)
  .join("\n");

test("readers are found", () => {
  expect(readers.length).toBeGreaterThan(50);
  const names = readers.map(([name]) => name);
  expect(Object.keys(PARTS).filter((name) => !names.includes(name))).toEqual([]);
});

test.each(readers)("%s (%s) has a property, or is part of one that has", (name) => {
  expect(properties).toMatch(new RegExp(`\\b${PARTS[name] ?? name}\\(`));
});

test("JSON from outside is read by parseJson alone, which refuses a name twice", () => {
  const parsers = below("src", /\.tsx?$/).filter((file) => /JSON\.parse\(|\.json\(\)/.test(read(file)));
  expect(parsers.sort()).toEqual([
    "src/admin/authorisations.tsx", // with findSecondReading, to say where it is read in two ways
    "src/directory/authorisation.ts", // our own columns
    "src/directory/import.ts", // our own columns
    "src/directory/personal-data.ts", // our own columns
    "src/directory/proposal.ts", // our own columns
    "src/directory/provisioned-user.ts", // our own columns
    "src/directory/roll.ts", // our own columns
    "src/directory/situation.ts", // our own columns
    "src/jwt/profile.ts", // how numbers were written, of what parseJson has read
    "src/pages/passkey-script.ts", // in the browser, from our own page
    "src/protocol/json.ts",
    "src/watch/otlp-encode.ts", // what the library has written a moment ago
  ]);
});
