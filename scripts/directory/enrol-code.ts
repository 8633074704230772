/** `enrol-code`: a one-time code with which a human enrols a factor that counts for the level given. */
import { isLevel } from "../../src/protocol/assurance.ts";
import { BY, createAuditor } from "./audit.ts";
import { onDirectory, PLACE } from "./database.ts";
import { handOut } from "./hand-out.ts";
import { BadInput, line, readFlags } from "./input.ts";

export const USAGE =
  "enrol-code (--state DIR | --remote) --username U --level low|substantial|high [--by NAME]";

export async function enrolCode(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    level: { type: "string" },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  const level = line(flags.level, "--level", 20);
  if (!isLevel(level)) throw new BadInput("--level must be low, substantial or high.");
  await onDirectory(flags, async (database) => {
    const { code, until } = await handOut(database, username, "enrol", level, auditor);
    console.log(`Enrolment code for ${username}, ${level}, once, until ${until}: ${code}`);
  });
}
