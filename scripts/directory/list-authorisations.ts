/** `list-authorisations`: what a human may do, for which organisation, who registered it and when; revoked ones too. */

import { isInForce } from "../../src/delegation/evaluation.ts";
import type { Policy } from "../../src/delegation/policy.ts";
import {
  listAuthorisations as list,
  type RegisteredAuthorisation,
} from "../../src/directory/authorisation.ts";
import { activeHuman, onDirectory, PLACE } from "./database.ts";
import { line, readFlags } from "./input.ts";
import { utc } from "./output.ts";

export const USAGE = "list-authorisations (--state DIR | --remote) --username U [--json]";

export async function listAuthorisations(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    username: { type: "string" },
    json: { type: "boolean", default: false },
  });
  const username = line(flags.username, "--username", 200);
  await onDirectory(flags, async (database) => {
    const found = await list(database, await activeHuman(database, username));
    if (flags.json) console.log(JSON.stringify(found, null, 2));
    else if (found.length === 0) console.log(`${username} has no authorisations.`);
    else for (const authorisation of found) console.log(describe(authorisation));
  });
}

function describe(authorisation: RegisteredAuthorisation): string {
  const { id, organisationId, registeredBy, registeredAt } = authorisation;
  return [
    `${id}  ${statusOf(authorisation, Math.floor(Date.now() / 1000))}`,
    `  for ${organisationId}, registered by ${registeredBy} on ${utc(registeredAt)}`,
    ...authorisation.policySets.flatMap(({ policies }) => policies.map(describePolicy)),
  ].join("\n");
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
