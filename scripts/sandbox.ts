/**
 * `npm run sandbox -- COMMAND`: changes something in the sandbox that runs. Owns the commands: revoke a party's
 * certificate, reinstate it, list what is revoked. What follows from it is for the Identity Provider to find out.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AUTHORITY_PATH } from "../sandbox/authorities.ts";
import { readDescription } from "../sandbox/folder.ts";
import { PARTICIPANTS, type Participant, partyIdOf } from "../sandbox/participants.ts";
import { loadSecrets } from "../sandbox/secrets.ts";
import { BadInput } from "./directory/input.ts";
import { utc } from "./directory/output.ts";
import { ROOT } from "./runtime.ts";

const USAGE = "usage: npm run sandbox -- (revoke PARTY | reinstate PARTY | list) [--folder DIR]";

type RevokedParties = Readonly<Record<string, number>>;

async function run(args: readonly string[]): Promise<void> {
  const { command, party, folder } = readArguments(args);
  if (command === "list") return list(await tell(folder));
  const participant = findParticipant(party);
  await tell(folder, { party: partyIdOf(participant), revoked: command === "revoke" });
  console.log(
    command === "revoke"
      ? `The certificate of ${participant.name} is revoked. Who has evidence of before may use it for a minute more.`
      : `The certificate of ${participant.name} is good again, for who asks from now on.`,
  );
}

function readArguments(args: readonly string[]) {
  const options = { folder: { type: "string" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [command = "", party = "", ...others] = positionals;
    const takesParty = command === "revoke" || command === "reinstate";
    if ((!takesParty && command !== "list") || (party !== "") !== takesParty || others.length > 0)
      throw new BadInput(USAGE);
    const folder = resolve(process.env.INIT_CWD ?? ROOT, values.folder ?? join(ROOT, ".sandbox"));
    return { command, party, folder };
  } catch {
    throw new BadInput(USAGE);
  }
}

function findParticipant(name: string): Participant {
  const found = PARTICIPANTS.find((it) => [it.slug, partyIdOf(it), ...it.alsoKnownAs].includes(name));
  if (found !== undefined) return found;
  const names = PARTICIPANTS.map(({ slug }) => slug).join(", ");
  throw new BadInput(`There is no party ${JSON.stringify(name)}; there are: ${names}`);
}

/** @param change left out to look only @returns what is revoked then */
async function tell(
  folder: string,
  change?: { readonly party: string; readonly revoked: boolean },
): Promise<RevokedParties> {
  const away = new BadInput(`No sandbox runs on ${folder}: start it with npm start.`);
  const registry = (await readDescription(folder).catch(() => undefined))?.registry.url;
  if (registry === undefined) throw away;
  const { secrets } = await loadSecrets(folder);
  const response = await fetch(`${registry}${AUTHORITY_PATH}/revoked`, {
    method: change === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${secrets.revocation}` },
    ...(change && { body: JSON.stringify(change) }),
  }).catch(() => undefined);
  if (response?.status !== 200) throw away; // another sandbox may answer there
  return (await response.json()) as RevokedParties;
}

function list(revoked: RevokedParties): void {
  const rows = PARTICIPANTS.map((it) => {
    const since = revoked[partyIdOf(it)];
    return `${it.slug.padEnd(18)} ${since === undefined ? "good" : `revoked on ${utc(since)}`}`;
  });
  console.log(rows.join("\n"));
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
