/** What is wrong with a field, for who typed it: what would be right, never the value. How fields are called is the caller's. */
import { LENGTHS, type Problem, type Refusal } from "./attributes.ts";

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

/** @param nameOf what a field is called; `organisations` is an identifier, `organisationName` the name that goes with it */
export function describeRefusal({ field, problem }: Refusal, nameOf: (field: string) => string): string {
  const organisationName = nameOf("organisationName");
  if (problem === "organisation_without_name") return `${organisationName} is missing.`;
  if (field === "organisations" && (problem === "too_long" || problem === "not_one_line"))
    return `${organisationName} must be one line of at most 200 characters.`;
  const name = nameOf(field);
  if (problem === "too_long")
    return `${name} is longer than ${LENGTHS[field as keyof typeof LENGTHS] ?? 200} characters.`;
  return `${name} ${WORDS[problem] ?? problem.replaceAll("_", " ")}.`;
}
