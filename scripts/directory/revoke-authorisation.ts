/** `revoke-authorisation`: from the moment this returns, no evidence rests on it. */
import {
  findAuthorisation,
  listAuthorisations,
  revokeAuthorisation as revoke,
} from "../../src/directory/authorisation.ts";
import { BY, createAuditor } from "./audit.ts";
import { activeHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";

export const USAGE =
  "revoke-authorisation (--state DIR | --remote) --id ID [--username U, to be sure whose it is] [--by NAME]";

export async function revokeAuthorisation(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    id: { type: "string" },
    username: { type: "string" },
    ...BY,
  });
  const id = line(flags.id, "--id", 100);
  const username = flags.username === undefined ? undefined : line(flags.username, "--username", 200);
  const auditor = createAuditor(flags.by);
  await onDirectory(flags, async (database) => {
    if (username !== undefined) {
      const own = await listAuthorisations(database, await activeHuman(database, username));
      if (!own.some((it) => it.id === id))
        throw new BadInput(`${username} has no authorisation ${JSON.stringify(id)}.`);
    }
    const missing = new BadInput(`There is no active authorisation ${JSON.stringify(id)}.`);
    const found = await findAuthorisation(database, id);
    if (found === undefined) throw missing;
    const entry = auditor.entry({
      action: "authorisation.revoke",
      subject: found.humanId,
      organisation: found.organisationId,
      reason: id,
    });
    if (!(await revoke(database, id, auditor.name, auditor.now, [entry]))) throw missing;
    console.log(`Revoked authorisation ${id}.`);
  });
}
