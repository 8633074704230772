/**
 * `list-authorisations`: what a human may do, for which organisation, or who may do what for an organisation; who registered
 * it and when; revoked ones too.
 */
import { isInForce } from "../../src/delegation/evaluation.ts";
import type { Policy } from "../../src/delegation/policy.ts";
import {
  listAuthorisations as list,
  listOrganisationAuthorisations as listOf,
  type MembersAuthorisation,
  type RegisteredAuthorisation,
} from "../../src/directory/authorisation.ts";
import type { Database } from "../../src/directory/human.ts";
import { activeHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, count, line, readFlags } from "./input.ts";
import { printable, utc } from "./output.ts";

export const USAGE =
  "list-authorisations (--state DIR | --remote) (--username U | --organisation ID [--limit N] [--after ID]) [--json]";
const MAX_PAGE = 1000;

export async function listAuthorisations(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    username: { type: "string" },
    organisation: { type: "string" },
    limit: { type: "string", default: "100" },
    after: { type: "string" },
    json: { type: "boolean", default: false },
  });
  const { username, organisation, after, json } = flags;
  if ((username === undefined) === (organisation === undefined))
    throw new BadInput("Give either --username or --organisation.");
  if (organisation !== undefined) {
    const limit = count(flags.limit, "--limit", 1, MAX_PAGE);
    const id = line(organisation, "--organisation", 256);
    return onDirectory(flags, (database) => showOrganisation(database, id, { after, limit, json }));
  }
  const name = line(username, "--username", 200);
  await onDirectory(flags, async (database) => {
    const found = await list(database, await activeHuman(database, name));
    if (json) console.log(JSON.stringify(found, null, 2));
    else if (found.length === 0) console.log(`${name} has no authorisations.`);
    else for (const authorisation of found) console.log(describe(authorisation));
  });
}

/** JSON Lines, as lists of many have them. */
async function showOrganisation(
  database: Database,
  id: string,
  page: { readonly after: string | undefined; readonly limit: number; readonly json: boolean },
): Promise<void> {
  const found = await listOf(database, id, { after: page.after, limit: page.limit + 1 });
  const shown = found.slice(0, page.limit);
  for (const it of shown) console.log(page.json ? JSON.stringify(it) : describe(it));
  if (shown.length < found.length) console.error(`There are more: --after ${shown.at(-1)?.id}`);
  else if (shown.length === 0 && !page.json) console.log("None.");
}

function describe(authorisation: RegisteredAuthorisation & Partial<MembersAuthorisation>): string {
  const { id, organisationId, username, registeredBy, registeredAt } = authorisation;
  const whose = username === undefined ? "" : `${username} `;
  const lines = [
    `${id}  ${statusOf(authorisation, Math.floor(Date.now() / 1000))}`,
    `  ${whose}for ${organisationId}, registered by ${registeredBy} on ${utc(registeredAt)}`,
    ...authorisation.policySets.flatMap(({ policies }) => policies.map(describePolicy)),
  ];
  return lines.map(printable).join("\n");
}

/** `  container: release on * (Permit, Deny on C7), for SP` */
function describePolicy({ target, rules }: Policy): string {
  const { resource, actions, environment } = target;
  const named = environment?.serviceProviders;
  const sps = named === undefined ? "" : `, for ${few(named)}`;
  const effects = rules.map(({ effect, target: own, conditions }) => {
    const lists = [own?.resource?.identifiers, own?.resource?.attributes, own?.actions];
    const parts = lists.flatMap((list) => (list === undefined ? [] : [few(list)]));
    const on = parts.length === 0 ? "" : ` on ${parts.join(" with ")}`;
    return `${effect}${on}${conditions === undefined ? "" : " under conditions"}`;
  });
  const attributes = resource.attributes.includes("*") ? "" : ` (${few(resource.attributes)})`;
  const what = `${few(actions)} on ${few(resource.identifiers)}${attributes}`;
  return `  ${resource.type}: ${what} (${effects.join(", ")})${sps}`;
}

function statusOf(authorisation: RegisteredAuthorisation, now: number): string {
  const { status, notBefore, notOnOrAfter, revokedBy, revokedAt } = authorisation;
  if (status === "revoked") return `revoked by ${revokedBy} on ${utc(revokedAt ?? 0)}`;
  if (notBefore !== null && now < notBefore) return `active from ${utc(notBefore)}`;
  const life = { policySets: [], notOnOrAfter: notOnOrAfter ?? undefined };
  if (!isInForce(life, now)) return `expired on ${utc(notOnOrAfter ?? 0)}`;
  return notOnOrAfter === null ? "active" : `active until ${utc(notOnOrAfter)}`;
}

const few = (values: readonly string[]): string =>
  values.length <= 3
    ? values.join(", ") || "nothing"
    : `${values.slice(0, 3).join(", ")} and ${values.length - 3} more`;
