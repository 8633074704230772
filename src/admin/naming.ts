/**
 * What an organisation is called in the console's forms: one name for one organisation. Owns that a form gives no second
 * name to one that is here when it looks; all its memberships are renamed together (`organisations`).
 */
import { CHANGEABLE } from "../directory/administration.ts";
import { describeRefusal } from "../directory/attribute-words.ts";
import { LENGTHS, type Problem, type Refusal, readOrganisation } from "../directory/attributes.ts";
import { findOrganisation } from "../directory/membership.ts";
import type { Parameters } from "../protocol/form.ts";
import type { Organisation } from "../protocol/grant.ts";
import { parsePartyId } from "../protocol/party-id.ts";
import type { AdminDeps } from "./visit.ts";

/** What the forms say of a user: all that may be changed. */
export const PERSON = CHANGEABLE;

/** Fields of the forms about a user, as people read them. */
export const LABELS: Readonly<Record<string, string>> = {
  username: "User name",
  givenName: "Given name",
  familyName: "Family name",
  email: "E-mail address",
  phone: "Phone",
  gender: "Gender",
  locale: "Language",
  identityAssurance: "Identity proven",
  organisations: "Identifier of the organisation",
  organisationName: "Name of the organisation",
};

export const sayRefusals = (refusals: readonly Refusal[]): string =>
  refusals.map((it) => describeRefusal(it, (field) => LABELS[field] ?? field)).join(" ");

/** Fields of a form as they were typed, for showing them again: no longer than anything that could be right. */
export function typed<const Name extends string>(
  form: Parameters,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const longest = Math.max(...Object.values(LENGTHS)) * 2;
  return Object.fromEntries(names.map((name) => [name, (form.get(name) ?? "").slice(0, longest)])) as Record<
    Name,
    string
  >;
}

export type Named =
  | { readonly ok: true; readonly organisation: Organisation }
  | { readonly ok: false; readonly problem: string };

/** @param name empty where the organisation has one here already */
export async function nameOrganisation(
  id: string,
  name: string,
  { directory }: Pick<AdminDeps, "directory">,
): Promise<Named> {
  const refuse = (problem: Problem): Named => ({
    ok: false,
    problem: sayRefusals([{ field: "organisations", problem }]),
  });
  const partyId = parsePartyId(id.trim());
  if (partyId === undefined) return refuse(id.trim() === "" ? "missing" : "not_an_organisation");
  const known = (await findOrganisation(directory, partyId))?.name;
  const read = readOrganisation(partyId, name.trim() === "" && known !== undefined ? known : name);
  if ("problem" in read) return refuse(read.problem);
  if (known !== undefined && known !== read.name) {
    const problem = `That organisation is called “${known}” here. Leave the name empty, or rename it under Organisations or Tokens.`;
    return { ok: false, problem };
  }
  return { ok: true, organisation: read };
}
