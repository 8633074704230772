/** `revoke-authorisation`: from the moment this returns, no evidence rests on it. */
import { revokeAuthorisation as revoke } from "../../src/directory/authorisation.ts";
import { onDirectory, PLACE } from "./database.ts";
import { actor, BadInput, line, readFlags } from "./input.ts";

export const USAGE = "revoke-authorisation (--state DIR | --remote) --id ID [--by NAME]";

export async function revokeAuthorisation(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, { ...PLACE, id: { type: "string" }, by: { type: "string" } });
  const id = line(flags.id, "--id", 100);
  const by = actor(flags.by);
  await onDirectory(flags, async (database) => {
    if (!(await revoke(database, id, by, Math.floor(Date.now() / 1000))))
      throw new BadInput(`There is no active authorisation ${JSON.stringify(id)}.`);
    console.log(`Revoked authorisation ${id}.`);
  });
}
