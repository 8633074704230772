/** `add-organisation`, `remove-organisation`, `list-organisations`: whom a human may represent. */
import { readOrganisation } from "../../src/directory/attributes.ts";
import { listOrganisations as listOf } from "../../src/directory/human.ts";
import {
  addMembershipStatements,
  listAllOrganisations,
  removeMembershipStatements,
} from "../../src/directory/membership.ts";
import { BY, createAuditor } from "./audit.ts";
import { anyHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, count, line, readFlags } from "./input.ts";
import { printable } from "./output.ts";
import { describeRefusal } from "./words.ts";

export const ADD_USAGE =
  "add-organisation (--state DIR | --remote) --username U --organisation ID --organisation-name NAME [--by NAME]";
export const REMOVE_USAGE =
  "remove-organisation (--state DIR | --remote) --username U --organisation ID [--by NAME]";
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
  const id = line(flags.organisation, "--organisation", 256);
  const organisation = readOrganisation(id, flags["organisation-name"] ?? "");
  if ("problem" in organisation)
    throw new BadInput(describeRefusal({ field: "organisations", problem: organisation.problem }));
  await onDirectory(flags, async (database) => {
    const human = await anyHuman(database, username);
    const own = await listOf(database, human.id);
    if (own.some((it) => it.id === id && it.name === organisation.name))
      throw new BadInput(`${username} may represent ${id} already.`);
    await auditor.store(database, addMembershipStatements(database, human.id, organisation, auditor.now), {
      action: "membership.add",
      subject: human.id,
      organisation: id,
    });
    console.log(`${username} may represent ${organisation.name} (${id}).`);
  });
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
