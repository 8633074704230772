/** `add-authorisation`: what a human may do for an organisation, from a JSON file. A bad file is told by its place. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Registration, readRegistration } from "../../src/delegation/policy.ts";
import { addAuthorisation as register } from "../../src/directory/authorisation.ts";
import { listOrganisations } from "../../src/directory/human.ts";
import { parseJson } from "../../src/protocol/json.ts";
import { ROOT } from "../runtime.ts";
import { activeHuman, onDirectory, PLACE } from "./database.ts";
import { actor, BadInput, line, readFlags } from "./input.ts";
import { utc } from "./output.ts";

export const USAGE = "add-authorisation (--state DIR | --remote) --username U --policy-file FILE [--by NAME]";

/** A value in D1 holds 2 MB; a statement sent from here, 100 kB. */
const MAX_BYTES = 1_900_000;
const MAX_BYTES_REMOTE = 90_000;
const MAX_DEPTH = 32;

export async function addAuthorisation(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    username: { type: "string" },
    "policy-file": { type: "string" },
    by: { type: "string" },
  });
  const username = line(flags.username, "--username", 200);
  const file = line(flags["policy-file"], "--policy-file", 1000);
  const registeredBy = actor(flags.by);
  const { policyIssuer, ...authorisation } = await readPolicyFile(file, flags.remote);
  await onDirectory(flags, async (database) => {
    const humanId = await activeHuman(database, username);
    const own = (await listOrganisations(database, humanId)).map(({ id }) => id);
    if (!own.includes(policyIssuer)) {
      throw new BadInput(
        `${file}: policyIssuer is none of the organisations of ${username}: ${own.join(", ")}`,
      );
    }
    const now = Math.floor(Date.now() / 1000);
    const record = { ...authorisation, humanId, organisationId: policyIssuer, registeredBy };
    const id = await register(database, record, now);
    console.log(
      `Added authorisation ${id}: ${username} for ${policyIssuer}, ${describeLife(authorisation, now)}.`,
    );
  });
}

async function readPolicyFile(file: string, remote: boolean): Promise<Registration> {
  const text = await readFile(resolve(process.env.INIT_CWD ?? ROOT, file), "utf8").catch((error) => {
    throw new BadInput(`${file} can't be read (${error.code}).`);
  });
  const most = remote ? MAX_BYTES_REMOTE : MAX_BYTES;
  if (Buffer.byteLength(text) > most)
    throw new BadInput(`${file} is larger than ${most} bytes: make several authorisations of it.`);
  const registration = readRegistration(readStrictly(text, file));
  if (registration.ok) return registration.value;
  const { place, problem } = registration;
  throw new BadInput(`${file}: ${place === "" ? "the whole" : place} ${problem}`);
}

function readStrictly(text: string, file: string): unknown {
  try {
    JSON.parse(text);
  } catch (error) {
    const [first = ""] = (error instanceof Error ? error.message : "").split("\n");
    throw new BadInput(`${file} is not JSON: ${first}`);
  }
  const json = parseJson(text, MAX_DEPTH);
  if (json === undefined)
    throw new BadInput(`${file} names a member twice in one object, or nests deeper than ${MAX_DEPTH}.`);
  return json;
}

function describeLife({ notBefore, notOnOrAfter }: Omit<Registration, "policyIssuer">, now: number): string {
  const words = [
    ...(notBefore !== undefined && notBefore > now ? [`from ${utc(notBefore)}`] : []),
    notOnOrAfter === undefined ? "until revoked" : `until ${utc(notOnOrAfter)}`,
    ...(notOnOrAfter !== undefined && notOnOrAfter <= now ? ["which is over"] : []),
  ];
  return words.join(", ");
}
