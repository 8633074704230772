/**
 * `npm run directory -- COMMAND`: the directory of humans, from the command line. Owns flags and checks on what an
 * administrator types; records and queries are in `src/directory`.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { addHuman, type Database, type NewHuman, usernameIsTaken } from "../src/directory/human.ts";
import { hashPassword } from "../src/directory/password.ts";
import { isLevel } from "../src/protocol/assurance.ts";
import { parsePartyId } from "../src/protocol/party-id.ts";
import { openRemoteDatabase } from "./remote-database.ts";
import { migrate, openDatabase, ROOT } from "./runtime.ts";

const USAGE =
  "usage: npm run directory -- add-user (--state DIR | --remote) --username U --given-name G --family-name F --email E --organisation ID --organisation-name NAME --password-stdin";
const CONFIG = join(ROOT, "wrangler.toml");

/** What the administrator can mend: one line, exit 1. */
class BadInput extends Error {}

const OPTIONS = {
  state: { type: "string" },
  remote: { type: "boolean", default: false },
  username: { type: "string" },
  "given-name": { type: "string" },
  "family-name": { type: "string" },
  email: { type: "string" },
  organisation: { type: "string", multiple: true },
  "organisation-name": { type: "string", multiple: true },
  "password-stdin": { type: "boolean", default: false },
  "identity-assurance": { type: "string", default: "low" },
  phone: { type: "string" },
  gender: { type: "string" },
  locale: { type: "string" },
} as const;

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command !== "add-user") throw new BadInput(USAGE);
  const flags = readFlags(args);
  const human = await readHuman(flags);
  const { database, close } = await open(flags);
  try {
    await addUser(database, human);
  } finally {
    await close();
  }
}

type Flags = ReturnType<typeof parseFlags>["values"];
function parseFlags(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS });
}

function readFlags(args: readonly string[]): Flags {
  try {
    return parseFlags(args).values;
  } catch (error) {
    throw new BadInput(error instanceof Error ? (error.message.split("\n")[0] ?? "") : "bad arguments");
  }
}

async function open(flags: Flags): Promise<{ database: Database; close: () => Promise<void> }> {
  if (flags.remote === (flags.state !== undefined))
    throw new BadInput("Give either --state DIR or --remote.");
  if (flags.remote) return openRemoteDatabase(CONFIG, "DIRECTORY");
  const state = resolve(process.env.INIT_CWD ?? ROOT, flags.state ?? "");
  await mkdir(state, { recursive: true });
  const local = await openDatabase(CONFIG, "DIRECTORY", state);
  await migrate(local.database, CONFIG);
  return local;
}

async function readHuman(flags: Flags): Promise<NewHuman> {
  const username = line(flags.username, "--username", 200);
  const email = line(flags.email, "--email", 320);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new BadInput("--email is not an e-mail address.");
  const assurance = flags["identity-assurance"];
  if (!isLevel(assurance)) throw new BadInput("--identity-assurance must be low, substantial or high.");
  const { gender, locale, phone } = flags;
  if (gender !== undefined && gender !== "male" && gender !== "female") {
    throw new BadInput("--gender must be male or female.");
  }
  if (locale !== undefined && !/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(locale)) {
    throw new BadInput("--locale must be a language tag, such as nl or nl-NL.");
  }
  return {
    username,
    givenName: line(flags["given-name"], "--given-name", 200),
    familyName: line(flags["family-name"], "--family-name", 200),
    email,
    identityAssurance: assurance,
    organisations: readOrganisations(flags),
    passwordHash: await hashPassword(await readPassword(flags)),
    ...(phone === undefined ? {} : { phone: line(phone, "--phone", 40) }),
    ...(gender === undefined ? {} : { gender }),
    ...(locale === undefined ? {} : { locale }),
  };
}

function readOrganisations(flags: Flags): NewHuman["organisations"] {
  const ids = flags.organisation ?? [];
  const names = flags["organisation-name"] ?? [];
  if (ids.length === 0)
    throw new BadInput("--organisation is missing: a human acts for at least one organisation.");
  if (ids.length !== names.length)
    throw new BadInput("Give one --organisation-name for each --organisation.");
  if (new Set(ids).size < ids.length) throw new BadInput("--organisation names one organisation twice.");
  return ids.map((id, position) => {
    if (parsePartyId(id) === undefined)
      throw new BadInput("--organisation is not an organisation identifier.");
    return { id, name: line(names[position], "--organisation-name", 200) };
  });
}

/** All of standard input less one line end. */
async function readPassword(flags: Flags): Promise<string> {
  if (!flags["password-stdin"])
    throw new BadInput("--password-stdin is missing: the password comes on standard input.");
  const password = (await text(process.stdin)).replace(/\r?\n$/, "");
  if (password === "") throw new BadInput("Standard input holds no password.");
  if (password.length > 1024) throw new BadInput("The password is longer than 1024 characters.");
  return password;
}

function line(value: string | undefined, flag: string, maxLength: number): string {
  const trimmed = value?.trim() ?? "";
  if (trimmed === "") throw new BadInput(`${flag} is missing.`);
  if (trimmed.length > maxLength) throw new BadInput(`${flag} is longer than ${maxLength} characters.`);
  if (/\p{Cc}/u.test(trimmed)) throw new BadInput(`${flag} must be one line of text.`);
  return trimmed;
}

async function addUser(database: Database, human: NewHuman): Promise<void> {
  const taken = new BadInput(`There is already a user ${JSON.stringify(human.username)}.`);
  if (await usernameIsTaken(database, human.username)) throw taken;
  try {
    await addHuman(database, human, Math.floor(Date.now() / 1000));
  } catch (error) {
    if (error instanceof Error && /UNIQUE constraint failed: humans\.username_key/.test(error.message))
      throw taken;
    throw error;
  }
  const organisations = human.organisations.map(({ id, name }) => `${name} (${id})`).join(", ");
  console.log(`Added ${human.username}, ${human.givenName} ${human.familyName}, for ${organisations}.`);
}
