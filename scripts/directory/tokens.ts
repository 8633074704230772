/**
 * `add-token`, `list-tokens`, `revoke-token`: what an organisation's own directory brings to `/scim/v2`. Owns that a token
 * is shown once, when it is made.
 */
import { findOrganisationName } from "../../src/directory/membership.ts";
import {
  addScimToken,
  listScimTokens,
  revokeScimToken,
  type ScimToken,
} from "../../src/directory/scim-token.ts";
import { parsePartyId } from "../../src/protocol/party-id.ts";
import { makeToken } from "../../src/scim/token.ts";
import { onDirectory, PLACE } from "./database.ts";
import { actor, BadInput, line, readFlags } from "./input.ts";
import { utc } from "./output.ts";

export const ADD_TOKEN =
  "add-token (--state DIR | --remote) --organisation ID --organisation-name NAME (--username-suffix @EXAMPLE.COM | --any-name) [--by NAME]";
export const LIST_TOKENS = "list-tokens (--state DIR | --remote) [--organisation ID]";
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
  const organisation = {
    id: readOrganisation(flags.organisation),
    name: line(flags["organisation-name"], "--organisation-name", 200),
  };
  const usernameSuffix = readSuffix(flags["username-suffix"], flags["any-name"]);
  const createdBy = actor(flags.by);
  await onDirectory(flags, async (database) => {
    const known = await findOrganisationName(database, organisation.id);
    if (known !== undefined && known !== organisation.name)
      throw new BadInput(`--organisation-name: ${organisation.id} is called ${JSON.stringify(known)} here.`);
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
  const flags = readFlags(args, { ...PLACE, organisation: { type: "string" } });
  const organisation = flags.organisation === undefined ? undefined : readOrganisation(flags.organisation);
  await onDirectory(flags, async (database) => {
    const tokens = await listScimTokens(database, organisation);
    if (tokens.length === 0) console.log("There are no tokens.");
    for (const token of tokens) console.log(describe(token));
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

function readOrganisation(value: string | undefined): string {
  const id = line(value, "--organisation", 256);
  if (parsePartyId(id) === undefined) throw new BadInput("--organisation is not an organisation identifier.");
  return id;
}

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
