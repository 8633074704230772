/**
 * What may be said of a human, field by field: one rule for whoever adds or changes humans. Owns the checks and the names
 * of what is wrong; never repeats a value, since refusals are written to reports and logs.
 */
import { isLevel } from "../protocol/assurance.ts";
import type { Organisation } from "../protocol/grant.ts";
import { parsePartyId } from "../protocol/party-id.ts";
import { CHANGEABLE, type Changeable, type Changes } from "./administration.ts";
import type { NewHuman } from "./human.ts";
import { isOwnHash } from "./password.ts";

export type Problem =
  | "missing"
  | "not_text"
  | "too_long"
  | "not_one_line"
  | "not_an_email_address"
  | "not_a_level"
  | "not_a_gender"
  | "not_a_language_tag"
  | "not_a_status"
  | "not_a_list_of_organisations"
  | "not_an_organisation"
  | "organisation_without_name"
  | "organisation_twice"
  | "too_many_organisations"
  | "not_a_password_hash"
  | "level_without_password"
  | "unknown_field";

export interface Refusal {
  /** a field of ours, or `?` for one that is not */
  readonly field: string;
  readonly problem: Problem;
}

/** Longest texts, in UTF-16 units. An address of RFC 5321 has 320 at the most. */
export const LENGTHS = { username: 200, givenName: 200, familyName: 200, email: 320, phone: 40 } as const;
const ORGANISATION_NAME_LENGTH = 200;
const MAX_ORGANISATIONS = 100;

const oneOf =
  (values: readonly string[], problem: Problem) =>
  (text: string): Problem | undefined =>
    values.includes(text) ? undefined : problem;

/** Beyond being one line of text: undefined when it is right. */
const RULES: Readonly<Record<string, (text: string) => Problem | undefined>> = {
  email: (text) => (/^[^\s@]+@[^\s@]+$/.test(text) ? undefined : "not_an_email_address"),
  gender: oneOf(["male", "female"], "not_a_gender"),
  locale: (text) => (/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text) ? undefined : "not_a_language_tag"),
  identityAssurance: (text) => (isLevel(text) ? undefined : "not_a_level"),
  passwordLevel: (text) => (isLevel(text) ? undefined : "not_a_level"),
  passwordHash: (text) => (isOwnHash(text) ? undefined : "not_a_password_hash"),
  status: oneOf(["active", "inactive"], "not_a_status"),
};
const REQUIRED = ["username", "givenName", "familyName", "email"] as const;
const OPTIONAL = ["phone", "gender", "locale", "status", "passwordHash", "passwordLevel"] as const;
export const FIELDS: readonly string[] = [...REQUIRED, ...OPTIONAL, "identityAssurance", "organisations"];

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/**
 * A human as somebody wrote them down: a form, a row of a file. Margins are cut off; nothing and `null` mean absent.
 * @returns the human, or everything that is wrong
 */
export function readNewHuman(
  input: Readonly<Record<string, unknown>>,
): Read<Omit<NewHuman, "mustChangePassword">> {
  const refusals: Refusal[] = Object.keys(input)
    .filter((name) => !FIELDS.includes(name))
    .map(() => ({ field: "?", problem: "unknown_field" }));
  const texts: Record<string, string> = {};
  for (const field of [...REQUIRED, ...OPTIONAL, "identityAssurance"]) {
    const read = readField(field, input[field]);
    if (read === undefined) {
      if ((REQUIRED as readonly string[]).includes(field)) refusals.push({ field, problem: "missing" });
    } else if ("problem" in read) refusals.push({ field, problem: read.problem });
    else texts[field] = read.text;
  }
  const organisations = readOrganisations(input.organisations);
  if ("problem" in organisations) refusals.push({ field: "organisations", problem: organisations.problem });
  if (texts.passwordLevel !== undefined && texts.passwordHash === undefined && input.passwordHash == null)
    refusals.push({ field: "passwordLevel", problem: "level_without_password" });
  if (refusals.length > 0 || "problem" in organisations) return { ok: false, refusals };
  const { identityAssurance = "low" } = texts;
  return {
    ok: true,
    value: { ...texts, identityAssurance, organisations: organisations.list } as Omit<
      NewHuman,
      "mustChangePassword"
    >,
  };
}

/** Nothing takes them away. */
const REMOVABLE: readonly Changeable[] = ["phone", "gender", "locale"];

/**
 * What somebody wants changed of a human, each field judged as a new human's.
 * @param given undefined stays as it is; an empty phone, gender or locale is taken away
 */
export function readChanges(given: Readonly<Partial<Record<Changeable, string | undefined>>>): Read<Changes> {
  const changes: { [field in Changeable]?: string | null } = {};
  const refusals: Refusal[] = [];
  for (const field of CHANGEABLE) {
    const value = given[field];
    if (value === undefined) continue;
    const read = readField(field, value);
    if (read === undefined && REMOVABLE.includes(field)) changes[field] = null;
    else if (read === undefined) refusals.push({ field, problem: "missing" });
    else if ("problem" in read) refusals.push({ field, problem: read.problem });
    else changes[field] = read.text;
  }
  return refusals.length > 0 ? { ok: false, refusals } : { ok: true, value: changes };
}

/** @returns undefined when there is nothing */
export function readField(
  field: string,
  value: unknown,
): { readonly text: string } | { readonly problem: Problem } | undefined {
  if (value === undefined || value === null) return undefined;
  const line = readLine(value, field in LENGTHS ? LENGTHS[field as keyof typeof LENGTHS] : 200);
  if (line === undefined || "problem" in line) return line;
  const problem = RULES[field]?.(line.text);
  return problem === undefined ? line : { problem };
}

/** One line of well-formed text, without its margins. */
function readLine(
  value: unknown,
  maxLength: number,
): { readonly text: string } | { readonly problem: Problem } | undefined {
  if (typeof value !== "string") return { problem: "not_text" };
  const text = value.trim();
  if (text === "") return undefined;
  if (text.length > maxLength) return { problem: "too_long" };
  // U+2028 and U+2029 end a line as well; half a surrogate pair is no letter.
  const isLine = !/[\p{Cc}\u2028\u2029]/u.test(text) && text.isWellFormed();
  return isLine ? { text } : { problem: "not_one_line" };
}

/** One organisation that a human may represent. */
export function readOrganisation(id: unknown, name: unknown): Organisation | { readonly problem: Problem } {
  const line = readLine(name, ORGANISATION_NAME_LENGTH);
  if (line === undefined) return { problem: "organisation_without_name" };
  if ("problem" in line) return line;
  const partyId = parsePartyId(id);
  return partyId === undefined ? { problem: "not_an_organisation" } : { id: partyId, name: line.text };
}

function readOrganisations(
  value: unknown,
): { readonly list: readonly Organisation[] } | { readonly problem: Problem } {
  if (value === undefined || value === null) return { problem: "missing" };
  if (!Array.isArray(value)) return { problem: "not_a_list_of_organisations" };
  if (value.length === 0) return { problem: "missing" };
  if (value.length > MAX_ORGANISATIONS) return { problem: "too_many_organisations" };
  const list: Organisation[] = [];
  for (const item of value as readonly unknown[]) {
    if (typeof item !== "object" || item === null) return { problem: "not_a_list_of_organisations" };
    const { id, name, ...more } = item as Record<string, unknown>;
    if (Object.keys(more).length > 0) return { problem: "unknown_field" };
    const organisation = readOrganisation(id, name);
    if ("problem" in organisation) return organisation;
    list.push(organisation);
  }
  return new Set(list.map(({ id }) => id)).size < list.length ? { problem: "organisation_twice" } : { list };
}
