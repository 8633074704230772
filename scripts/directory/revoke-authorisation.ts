/** `revoke-authorisation`: from the moment this returns, no evidence rests on it. */
import { listAuthorisations, revokeAuthorisation as revoke } from "../../src/directory/authorisation.ts";
import { activeHuman, onDirectory, PLACE } from "./database.ts";
import { actor, BadInput, line, readFlags } from "./input.ts";

export const USAGE =
  "revoke-authorisation (--state DIR | --remote) --id ID [--username U, to be sure whose it is] [--by NAME]";

export async function revokeAuthorisation(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    id: { type: "string" },
    username: { type: "string" },
    by: { type: "string" },
  });
  const id = line(flags.id, "--id", 100);
  const username = flags.username === undefined ? undefined : line(flags.username, "--username", 200);
  const by = actor(flags.by);
  await onDirectory(flags, async (database) => {
    if (username !== undefined) {
      const own = await listAuthorisations(database, await activeHuman(database, username));
      if (!own.some((it) => it.id === id))
        throw new BadInput(`${username} has no authorisation ${JSON.stringify(id)}.`);
    }
    if (!(await revoke(database, id, by, Math.floor(Date.now() / 1000))))
      throw new BadInput(`There is no active authorisation ${JSON.stringify(id)}.`);
    console.log(`Revoked authorisation ${id}.`);
  });
}
