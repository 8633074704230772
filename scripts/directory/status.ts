/**
 * `deactivate-user`, `activate-user`: whether somebody may sign in. Deactivation ends what they began, for good, and is not
 * undone by an organisation's directory.
 */
import { activateStatement, deactivateStatements } from "../../src/directory/administration.ts";
import { auditIfChanged } from "../../src/directory/audited.ts";
import { BY, createAuditor } from "./audit.ts";
import { anyHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";

export const DEACTIVATE_USAGE = "deactivate-user (--state DIR | --remote) --username U [--by NAME]";
export const ACTIVATE_USAGE = "activate-user (--state DIR | --remote) --username U [--by NAME]";

export async function deactivateUser(args: readonly string[]): Promise<void> {
  const { flags, username, auditor } = read(args);
  await onDirectory(flags, async (database) => {
    const { id, status } = await anyHuman(database, username);
    if (status === "inactive") throw new BadInput(`${username} is not active.`);
    await auditor.store(database, deactivateStatements(database, [id], auditor.now), {
      action: "human.deactivate",
      subject: id,
    });
    console.log(`Deactivated ${username}: sessions, sign-ins and access tokens are over.`);
  });
}

export async function activateUser(args: readonly string[]): Promise<void> {
  const { flags, username, auditor } = read(args);
  await onDirectory(flags, async (database) => {
    const { id, status } = await anyHuman(database, username);
    if (status === "active") throw new BadInput(`${username} is active.`);
    const entry = auditor.entry({ action: "human.activate", subject: id });
    const [activated] = await database.batch([
      activateStatement(database, [id], auditor.now),
      auditIfChanged(database, entry, auditor.now),
    ]);
    if (activated?.results.length === 0)
      throw new BadInput(`${username} was removed by the own organisation, and can't be activated.`);
    console.log(`Activated ${username}, who has to sign in anew.`);
  });
}

function read(args: readonly string[]) {
  const flags = readFlags(args, { ...PLACE, ...BY, username: { type: "string" } });
  return { flags, username: line(flags.username, "--username", 200), auditor: createAuditor(flags.by) };
}
