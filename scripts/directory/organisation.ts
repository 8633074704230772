/**
 * `add-organisation`, `remove-organisation`, `rename-organisation`, `list-organisations`: whom a human may represent. Owns
 * that a command which names one organisation gives no second name to one that is here already.
 */

import { readOrganisation } from "../../src/directory/attributes.ts";
import { auditIfChanged } from "../../src/directory/audited.ts";
import { type Database, listOrganisations as listOf } from "../../src/directory/human.ts";
import {
  addMembershipStatements,
  findOrganisation,
  listAllOrganisations,
  removeMembershipStatements,
  renameOrganisation as rename,
} from "../../src/directory/membership.ts";
import type { Organisation } from "../../src/protocol/grant.ts";
import { BY, createAuditor } from "./audit.ts";
import { anyHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, count, line, organisationId, readFlags } from "./input.ts";
import { printable } from "./output.ts";
import { describeRefusal } from "./words.ts";

export const ADD_USAGE =
  "add-organisation (--state DIR | --remote) --username U --organisation ID [--organisation-name NAME] [--by NAME]";
export const REMOVE_USAGE =
  "remove-organisation (--state DIR | --remote) --username U --organisation ID [--by NAME]";
export const RENAME_USAGE =
  "rename-organisation (--state DIR | --remote) --organisation ID --organisation-name NAME [--by NAME]";
export const LIST_USAGE =
  "list-organisations (--state DIR | --remote) [--username U] [--limit N] [--after ID] [--json]";
const MAX_PAGE = 1000;

export async function addOrganisation(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    organisation: { type: "string" },
    "organisation-name": { type: "string" },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  const id = organisationId(flags.organisation);
  await onDirectory(flags, async (database) => {
    const human = await anyHuman(database, username);
    const own = await listOf(database, human.id);
    const organisation = await nameOrganisation(database, id, flags["organisation-name"]);
    if (own.some((it) => it.id === id)) throw new BadInput(`${username} may represent ${id} already.`);
    await auditor.store(database, addMembershipStatements(database, human.id, organisation, auditor.now), {
      action: "membership.add",
      subject: human.id,
      organisation: id,
    });
    console.log(`${username} may represent ${organisation.name} (${id}).`);
  });
}

export async function renameOrganisation(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    organisation: { type: "string" },
    "organisation-name": { type: "string" },
  });
  const auditor = createAuditor(flags.by);
  const id = organisationId(flags.organisation);
  const organisation = named(id, flags["organisation-name"]);
  await onDirectory(flags, async (database) => {
    const found = await findOrganisation(database, id);
    if (found === undefined) throw new BadInput(`Nobody may represent ${id}, and no token is for it.`);
    if (found.names === 1 && found.name === organisation.name)
      throw new BadInput(`${id} is called ${JSON.stringify(organisation.name)} already.`);
    const entry = auditor.entry({ action: "organisation.rename", subject: id, organisation: id });
    const audit = auditIfChanged(database, entry, auditor.now);
    if (!(await rename(database, organisation, found, audit)))
      throw new BadInput(`Somebody else renamed ${id} meanwhile: nothing was changed.`);
    console.log(`${id} is called ${organisation.name} now, in all memberships and for its directory.`);
  });
}

/**
 * @param name undefined: the one that it has here
 * @throws BadInput for another one than it has here
 */
export async function nameOrganisation(
  database: Database,
  id: string,
  name: string | undefined,
): Promise<Organisation> {
  const known = (await findOrganisation(database, id))?.name;
  const organisation = named(id, name ?? known);
  if (known !== undefined && known !== organisation.name)
    throw new BadInput(
      `--organisation-name: ${id} is called ${JSON.stringify(known)} here. Leave it out, or use rename-organisation.`,
    );
  return organisation;
}

function named(id: string, name = ""): Organisation {
  const organisation = readOrganisation(id, name);
  if ("problem" in organisation)
    throw new BadInput(describeRefusal({ field: "organisations", problem: organisation.problem }));
  return organisation;
}

export async function removeOrganisation(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    organisation: { type: "string" },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  const id = line(flags.organisation, "--organisation", 256);
  await onDirectory(flags, async (database) => {
    const human = await anyHuman(database, username);
    const own = (await listOf(database, human.id)).map((it) => it.id);
    if (!own.includes(id))
      throw new BadInput(`${username} does not act for ${id}, but for ${own.join(", ")}.`);
    if (own.length === 1)
      throw new BadInput(`${id} is all that ${username} acts for: use deactivate-user instead.`);
    const change = removeMembershipStatements(database, human.id, id, auditor.name, auditor.now);
    await auditor.store(database, change, {
      action: "membership.remove",
      subject: human.id,
      organisation: id,
    });
    console.log(`${username} may not represent ${id} any more; authorisations and consents for it are over.`);
  });
}

export async function listOrganisations(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    username: { type: "string" },
    limit: { type: "string", default: "100" },
    after: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  });
  const username = flags.username === undefined ? undefined : line(flags.username, "--username", 200);
  const limit = count(flags.limit, "--limit", 1, MAX_PAGE);
  await onDirectory(flags, async (database) => {
    const found =
      username === undefined
        ? await listAllOrganisations(database, { after: flags.after, limit: limit + 1 })
        : await listOf(database, (await anyHuman(database, username)).id);
    const shown = username === undefined ? found.slice(0, limit) : found;
    for (const it of shown) {
      const humans = "humans" in it ? `, ${it.humans} active` : "";
      console.log(flags.json ? JSON.stringify(it) : printable(`${it.id}: ${it.name}${humans}`));
    }
    if (shown.length < found.length)
      console.error(`There are more: --after ${JSON.stringify(shown.at(-1)?.id)}`);
    else if (shown.length === 0 && !flags.json) console.log("None.");
  });
}
