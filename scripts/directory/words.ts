/** What is wrong with a field, as a command says it: the flag, and what would be right. Never the value. */
import { LENGTHS, type Problem, type Refusal } from "../../src/directory/attributes.ts";

const FLAGS: Readonly<Record<string, string>> = {
  givenName: "--given-name",
  familyName: "--family-name",
  identityAssurance: "--identity-assurance",
  organisations: "--organisation",
};
const WORDS: Readonly<Partial<Record<Problem, string>>> = {
  missing: "is missing",
  not_one_line: "must be one line of text",
  not_an_email_address: "is not an e-mail address",
  not_a_level: "must be low, substantial or high",
  not_a_gender: "must be male or female",
  not_a_language_tag: "must be a language tag, such as nl or nl-NL",
  not_a_status: "must be active or inactive",
  not_an_organisation: "is not an organisation identifier",
  organisation_twice: "names one organisation twice",
  too_many_organisations: "names too many organisations",
};

export function describeRefusal({ field, problem }: Refusal): string {
  const flag = FLAGS[field] ?? `--${field}`;
  if (problem === "organisation_without_name") return "--organisation-name is missing.";
  if (field === "organisations" && (problem === "too_long" || problem === "not_one_line"))
    return "--organisation-name must be one line of at most 200 characters.";
  if (problem === "too_long")
    return `${flag} is longer than ${LENGTHS[field as keyof typeof LENGTHS] ?? 200} characters.`;
  return `${flag} ${WORDS[problem] ?? problem.replaceAll("_", " ")}.`;
}
