/** What is wrong with a field, as a command says it: by the flag. */
import { describeRefusal as describe } from "../../src/directory/attribute-words.ts";
import type { Refusal } from "../../src/directory/attributes.ts";

const FLAGS: Readonly<Record<string, string>> = {
  givenName: "--given-name",
  familyName: "--family-name",
  identityAssurance: "--identity-assurance",
  organisations: "--organisation",
  organisationName: "--organisation-name",
};

export const describeRefusal = (refusal: Refusal): string =>
  describe(refusal, (field) => FLAGS[field] ?? `--${field}`);
