/** `add-authorisation`: what a human may do for an organisation, from a JSON file. A bad file is told by its place. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Registration, readRegistration, spellPath } from "../../src/delegation/policy.ts";
import { addAuthorisation as register } from "../../src/directory/authorisation.ts";
import { listOrganisations } from "../../src/directory/human.ts";
import { describeProblem, findSecondReading } from "../../src/protocol/json.ts";
import { ROOT } from "../runtime.ts";
import { BY, createAuditor } from "./audit.ts";
import { activeHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";
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
    ...BY,
  });
  const username = line(flags.username, "--username", 200);
  const file = line(flags["policy-file"], "--policy-file", 1000);
  const auditor = createAuditor(flags.by);
  const { policyIssuer, ...authorisation } = await readPolicyFile(file, flags.remote);
  await onDirectory(flags, async (database) => {
    const humanId = await activeHuman(database, username);
    const own = (await listOrganisations(database, humanId)).map(({ id }) => id);
    if (!own.includes(policyIssuer)) {
      throw new BadInput(
        `${file}: policyIssuer is none of the organisations of ${username}: ${own.join(", ")}`,
      );
    }
    const { now } = auditor;
    const record = {
      ...authorisation,
      humanId,
      organisationId: policyIssuer,
      registeredBy: auditor.name,
    };
    const id = await register(database, record, now, (reason) => [
      auditor.entry({ action: "authorisation.add", subject: humanId, organisation: policyIssuer, reason }),
    ]);
    console.log(
      `Added authorisation ${id}: ${username} for ${policyIssuer}, ${describeLife(authorisation, now)}.`,
    );
  });
}

/** On the way to a deployed directory every quote counts twice: the command line takes no bound values. */
export const isTooLarge = (text: string, remote: boolean): boolean =>
  remote
    ? Buffer.byteLength(text.replaceAll("'", "''")) > MAX_BYTES_REMOTE
    : Buffer.byteLength(text) > MAX_BYTES;

async function readPolicyFile(file: string, remote: boolean): Promise<Registration> {
  const text = await readText(file);
  if (isTooLarge(text, remote))
    throw new BadInput(
      `${file} is larger than ${remote ? MAX_BYTES_REMOTE : MAX_BYTES} bytes: make several authorisations of it.`,
    );
  const registration = readRegistration(readStrictly(text, file));
  if (registration.ok) return registration.value;
  const { place, problem } = registration;
  throw new BadInput(`${file}: ${place === "" ? "the whole" : place} ${problem}`);
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(resolve(process.env.INIT_CWD ?? ROOT, file)).catch((error) => {
    throw new BadInput(`${file} can't be read (${error.code}).`);
  });
  try {
    // Letters that are lost would make another policy: a Deny for a name that nobody has.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new BadInput(`${file} is not text in UTF-8.`);
  }
}

function readStrictly(text: string, file: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const [first = ""] = (error instanceof Error ? error.message : "").split("\n");
    throw new BadInput(`${file} is not JSON: ${first.replace(/\p{Cc}/gu, "�")}`);
  }
  const second = findSecondReading(text, MAX_DEPTH);
  if (second === undefined) return json;
  throw new BadInput(`${file}: ${spellPath(second.path)} ${describeProblem(second.problem, MAX_DEPTH)}`);
}

function describeLife({ notBefore, notOnOrAfter }: Omit<Registration, "policyIssuer">, now: number): string {
  const words = [
    ...(notBefore !== undefined && notBefore > now ? [`from ${utc(notBefore)}`] : []),
    notOnOrAfter === undefined ? "until revoked" : `until ${utc(notOnOrAfter)}`,
    ...(notOnOrAfter !== undefined && notOnOrAfter <= now ? ["which is over"] : []),
  ];
  return words.join(", ");
}
