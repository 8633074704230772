/**
 * `external-subject`: marks what a human may do for an organisation as kept in that organisation's Authorisation
 * Registry, under the name by which that registry knows the human; or takes the mark off.
 */
import { setExternalSubject } from "../../src/directory/authorisation.ts";
import { listOrganisations } from "../../src/directory/human.ts";
import { BY, createAuditor } from "./audit.ts";
import { activeHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";

export const USAGE =
  "external-subject (--state DIR | --remote) --username U --organisation ID (--subject S [--dataspace D] | --remove) [--by NAME]";

export async function externalSubject(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    organisation: { type: "string" },
    subject: { type: "string" },
    dataspace: { type: "string" },
    remove: { type: "boolean", default: false },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  const organisation = line(flags.organisation, "--organisation", 256);
  if (flags.remove === (flags.subject !== undefined))
    throw new BadInput("Give either --subject S or --remove.");
  if (flags.remove && flags.dataspace !== undefined) throw new BadInput("--dataspace goes with --subject.");
  const external = flags.remove
    ? undefined
    : {
        subject: line(flags.subject, "--subject", 256),
        dataspace: flags.dataspace === undefined ? undefined : line(flags.dataspace, "--dataspace", 256),
      };
  await onDirectory(flags, async (database) => {
    const humanId = await activeHuman(database, username);
    const own = (await listOrganisations(database, humanId)).map(({ id }) => id);
    if (!own.includes(organisation))
      throw new BadInput(`${username} does not act for ${organisation}, but for ${own.join(", ")}.`);
    await setExternalSubject(database, humanId, organisation, external, {
      entry: auditor.entry({
        action: external === undefined ? "external-subject.remove" : "external-subject.set",
        subject: humanId,
        organisation,
      }),
      now: auditor.now,
    });
    const where =
      external === undefined ? "in this directory" : `in its Authorisation Registry, as ${external.subject}`;
    console.log(`What ${username} may do for ${organisation} is kept ${where}.`);
  });
}
