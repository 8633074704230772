/** `add-user`: a new human with a password and the organisations to act for. */
import { text } from "node:stream/consumers";
import { findHumanId, requirePasswordChange } from "../../src/directory/administration.ts";
import { addHuman, type Database, type NewHuman, usernameIsTaken } from "../../src/directory/human.ts";
import { hashPassword } from "../../src/directory/password.ts";
import { isLevel } from "../../src/protocol/assurance.ts";
import { parsePartyId } from "../../src/protocol/party-id.ts";
import { onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";

export const USAGE =
  "add-user (--state DIR | --remote) --username U --given-name G --family-name F --email E --organisation ID --organisation-name NAME --password-stdin [--must-change-password]";

const OPTIONS = {
  ...PLACE,
  username: { type: "string" },
  "given-name": { type: "string" },
  "family-name": { type: "string" },
  email: { type: "string" },
  organisation: { type: "string", multiple: true },
  "organisation-name": { type: "string", multiple: true },
  "password-stdin": { type: "boolean", default: false },
  "must-change-password": { type: "boolean", default: false },
  "identity-assurance": { type: "string", default: "low" },
  phone: { type: "string" },
  gender: { type: "string" },
  locale: { type: "string" },
} as const;

const parse = (args: readonly string[]) => readFlags(args, OPTIONS);
type Flags = ReturnType<typeof parse>;

export async function addUser(args: readonly string[]): Promise<void> {
  const flags = parse(args);
  const human = await readHuman(flags);
  await onDirectory(flags, (database) => add(database, human, flags["must-change-password"]));
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

async function add(database: Database, human: NewHuman, mustChangePassword: boolean): Promise<void> {
  const taken = new BadInput(`There is already a user ${JSON.stringify(human.username)}.`);
  if (await usernameIsTaken(database, human.username)) throw taken;
  try {
    await addHuman(database, human, Math.floor(Date.now() / 1000));
  } catch (error) {
    if (error instanceof Error && /UNIQUE constraint failed: humans\.username_key/.test(error.message))
      throw taken;
    throw error;
  }
  if (mustChangePassword) {
    const id = await findHumanId(database, human.username);
    if (id === undefined) throw new Error("a human was added but could not be found");
    await requirePasswordChange(database, id);
  }
  const organisations = human.organisations.map(({ id, name }) => `${name} (${id})`).join(", ");
  const change = mustChangePassword ? " The password has to be changed at the first sign-in." : "";
  console.log(
    `Added ${human.username}, ${human.givenName} ${human.familyName}, for ${organisations}.${change}`,
  );
}
