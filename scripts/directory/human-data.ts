/**
 * `export-human`, `erase-human`: what somebody may demand of who keeps data of them (GDPR articles 15, 17 and 20). What is
 * kept where is listed in `directory/personal-data`.
 */
import { collectAudit, collectPersonalData, eraseStatements } from "../../src/directory/personal-data.ts";
import { BY, createAuditor } from "./audit.ts";
import { anyHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";
import { openOutput } from "./output-file.ts";

export const EXPORT_USAGE = "export-human (--state DIR | --remote) --username U [--file FILE] [--by NAME]";
export const ERASE_USAGE =
  "erase-human (--state DIR | --remote) --username U --yes U [--by NAME]; --yes repeats the username: nothing brings them back";

export async function exportHuman(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    file: { type: "string" },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  await onDirectory(flags, async (database) => {
    const { id } = await anyHuman(database, username);
    const data = {
      ...(await collectPersonalData(database, id)),
      audit: await collectAudit(database, id),
    };
    // First: who looks at somebody's data leaves a trace, whatever becomes of the copy.
    await auditor.store(database, [], { action: "human.export", subject: id });
    const output = await openOutput(flags.file);
    await output.write(`${JSON.stringify(data, null, 2)}\n`);
    await output.close();
    if (flags.file !== undefined) console.log(`What is kept of ${username} is in ${flags.file}.`);
  });
}

export async function eraseHuman(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    yes: { type: "string" },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  if (flags.yes?.trim() !== username)
    throw new BadInput("--yes must repeat the username: an erased human can't be brought back.");
  await onDirectory(flags, async (database) => {
    const { id } = await anyHuman(database, username);
    await auditor.store(database, eraseStatements(database, id, auditor.name, auditor.now), {
      action: "human.erase",
      subject: id,
    });
    console.log(`Erased ${username}; what remains names ${id} only.`);
  });
}
