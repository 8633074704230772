/** `list-users`: the roll, page by page, by username. */
import { ROLES } from "../../src/directory/role.ts";
import { type Enrolled, listHumans } from "../../src/directory/roll.ts";
import { onDirectory, PLACE } from "./database.ts";
import { BadInput, count, line, readFlags } from "./input.ts";
import { printable } from "./output.ts";

export const USAGE =
  "list-users (--state DIR | --remote) [--search TEXT] [--organisation ID] [--status active|inactive] [--role administrator] [--limit N] [--after USERNAME] [--json]";
const MAX_PAGE = 500;

export async function listUsers(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    search: { type: "string" },
    organisation: { type: "string" },
    status: { type: "string" },
    role: { type: "string" },
    limit: { type: "string", default: "50" },
    after: { type: "string" },
    json: { type: "boolean", default: false },
  });
  const { status, role } = flags;
  if (status !== undefined && status !== "active" && status !== "inactive")
    throw new BadInput("--status must be active or inactive.");
  if (role !== undefined && !(ROLES as readonly string[]).includes(role))
    throw new BadInput(`--role must be ${ROLES.join(" or ")}.`);
  const optional = (value: string | undefined, flag: string) =>
    value === undefined ? undefined : line(value, flag, 256);
  const limit = count(flags.limit, "--limit", 1, MAX_PAGE);
  const page = {
    limit: limit + 1, // one more tells whether there is another page
    after: optional(flags.after, "--after"),
    organisation: optional(flags.organisation, "--organisation"),
    search: optional(flags.search, "--search"),
    status,
    role,
  } as const;
  await onDirectory(flags, async (database) => {
    const found = await listHumans(database, page);
    const shown = found.slice(0, limit);
    for (const human of shown) console.log(flags.json ? describeJson(human) : describe(human));
    const last = shown.at(-1);
    if (found.length > limit && last !== undefined)
      console.error(`There are more: --after ${JSON.stringify(last.username)}`);
    else if (shown.length === 0 && !flags.json) console.log("Nobody.");
  });
}

/** One line each: JSON Lines, as `export` writes them, without authorisations. */
function describeJson({ authorisations: _, ...human }: Enrolled): string {
  return JSON.stringify(human);
}

function describe(human: Enrolled): string {
  const { username, givenName, familyName, email, status, organisations, roles, identityAssurance } = human;
  const marks = [...(status === "active" ? [] : [status]), ...roles];
  const where = organisations.map(({ id, name }) => `${name} (${id})`).join(", ") || "no organisation";
  const what = `${username}: ${givenName} ${familyName}, ${email}, ${identityAssurance}`;
  return printable(`${what}${marks.length > 0 ? ` [${marks.join(", ")}]` : ""}, for ${where}`);
}
