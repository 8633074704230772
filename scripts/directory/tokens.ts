/**
 * `add-token`, `list-tokens`, `revoke-token`: what an organisation's own directory brings to `/scim/v2`. Owns that a token
 * is shown once, when it is made.
 */
import {
  addScimToken,
  listScimTokens,
  revokeScimToken,
  type ScimToken,
} from "../../src/directory/scim-token.ts";
import { makeToken } from "../../src/scim/token.ts";
import { onDirectory, PLACE } from "./database.ts";
import { actor, BadInput, line, organisationId, readFlags } from "./input.ts";
import { nameOrganisation } from "./organisation.ts";
import { utc } from "./output.ts";

export const ADD_TOKEN =
  "add-token (--state DIR | --remote) --organisation ID [--organisation-name NAME] (--username-suffix @EXAMPLE.COM | --any-name) [--by NAME]";
export const LIST_TOKENS = "list-tokens (--state DIR | --remote) [--organisation ID] [--json]";
export const REVOKE_TOKEN = "revoke-token (--state DIR | --remote) --id ID [--by NAME]";

const now = (): number => Math.floor(Date.now() / 1000);

export async function addToken(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    organisation: { type: "string" },
    "organisation-name": { type: "string" },
    "username-suffix": { type: "string" },
    "any-name": { type: "boolean", default: false },
    by: { type: "string" },
  });
  const ownId = organisationId(flags.organisation);
  const usernameSuffix = readSuffix(flags["username-suffix"], flags["any-name"]);
  const createdBy = actor(flags.by);
  await onDirectory(flags, async (database) => {
    const organisation = await nameOrganisation(database, ownId, flags["organisation-name"]);
    const { token, id, hash } = await makeToken();
    const record = { id, hash, organisation, usernameSuffix, createdBy };
    const other = await addScimToken(database, record, crypto.randomUUID(), now());
    if (other !== undefined)
      throw new BadInput(
        `--username-suffix overlaps one of ${other.name} (${other.id}): names that end with it are that organisation's to give.`,
      );
    console.log(`Token ${id} for ${organisation.name} (${organisation.id}), shown this once: ${token}`);
  });
}

export async function listTokens(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    organisation: { type: "string" },
    json: { type: "boolean", default: false },
  });
  const organisation = flags.organisation === undefined ? undefined : organisationId(flags.organisation);
  await onDirectory(flags, async (database) => {
    const tokens = await listScimTokens(database, organisation);
    if (tokens.length === 0 && !flags.json) console.log("There are no tokens.");
    for (const token of tokens) console.log(flags.json ? describeJson(token) : describe(token));
  });
}

export async function revokeToken(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, { ...PLACE, id: { type: "string" }, by: { type: "string" } });
  const id = line(flags.id, "--id", 100);
  const by = actor(flags.by);
  await onDirectory(flags, async (database) => {
    if (!(await revokeScimToken(database, id, by, crypto.randomUUID(), now())))
      throw new BadInput(`There is no token ${JSON.stringify(id)} that is good.`);
    console.log(`Revoked token ${id}.`);
  });
}

/** Whoever may give any name may give another organisation's: that has to be said. */
function readSuffix(suffix: string | undefined, isAny: boolean): string | undefined {
  if (isAny !== (suffix === undefined))
    throw new BadInput("Give either --username-suffix, which all its user names end with, or --any-name.");
  return suffix === undefined ? undefined : line(suffix, "--username-suffix", 200);
}

/** One line each. Without the hash of the secret: whoever has it is no further, and needs it for nothing. */
const describeJson = ({ hash: _, ...token }: ScimToken): string => JSON.stringify(token);

function describe({ id, organisation, usernameSuffix, createdBy, createdAt, ...rest }: ScimToken): string {
  const { revokedAt, revokedBy, lastUsedAt } = rest;
  const status = revokedAt === undefined ? "good" : `revoked by ${revokedBy} on ${utc(revokedAt)}`;
  const names =
    usernameSuffix === undefined ? "GIVES ANY USER NAME" : `user names end with ${usernameSuffix}`;
  return [
    `${id}  ${status}`,
    `  for ${organisation.name} (${organisation.id}), made by ${createdBy} on ${utc(createdAt)}, ${names}`,
    `  ${lastUsedAt === undefined ? "never used" : `last used around ${utc(lastUsedAt)}`}`,
  ].join("\n");
}
