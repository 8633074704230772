/** `export`: everybody as JSON Lines, as `import` takes them, with what they may do. Password hashes only when asked. */
import { type Enrolled, listHumans } from "../../src/directory/roll.ts";
import { BY, createAuditor } from "./audit.ts";
import { onDirectory, PLACE } from "./database.ts";
import { readFlags } from "./input.ts";
import { openOutput } from "./output-file.ts";

export const USAGE =
  "export (--state DIR | --remote) [--file FILE] [--organisation ID] [--with-password-hashes] [--by NAME]";
const PAGE = 500;

export async function exportHumans(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    file: { type: "string" },
    organisation: { type: "string" },
    "with-password-hashes": { type: "boolean", default: false },
  });
  const auditor = createAuditor(flags.by);
  const withPasswordHashes = flags["with-password-hashes"];
  await onDirectory(flags, async (database) => {
    await auditor.store(database, [], {
      action: "directory.export",
      ...(withPasswordHashes ? { reason: "with_password_hashes" } : {}),
    });
    const output = await openOutput(flags.file);
    let after: string | undefined;
    let count = 0;
    for (;;) {
      const { organisation } = flags;
      const humans = await listHumans(database, { limit: PAGE, after, organisation, withPasswordHashes });
      await output.write(humans.map((human) => `${JSON.stringify(withoutNothing(human))}\n`).join(""));
      count += humans.length;
      after = humans.at(-1)?.username;
      if (humans.length < PAGE) break;
    }
    await output.close();
    console.error(`Exported ${count} humans.`);
  });
}

const withoutNothing = (human: Enrolled): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(human).filter(([, value]) => value !== null));
