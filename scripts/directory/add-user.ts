/** `add-user`: a new human with a password and the organisations to act for. */
import { readNewHuman } from "../../src/directory/attributes.ts";
import { addHuman, type Database, type NewHuman, usernameIsTaken } from "../../src/directory/human.ts";
import { hashPassword } from "../../src/directory/password.ts";
import { type Auditor, BY, createAuditor } from "./audit.ts";
import { onDirectory, PLACE } from "./database.ts";
import { BadInput, readFlags } from "./input.ts";
import { readPassword } from "./password-input.ts";
import { describeRefusal } from "./words.ts";

export const USAGE =
  "add-user (--state DIR | --remote) --username U --given-name G --family-name F --email E --organisation ID --organisation-name NAME --password-stdin [--must-change-password] [--by NAME]";

const OPTIONS = {
  ...PLACE,
  ...BY,
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
  const auditor = createAuditor(flags.by);
  const human = await readHuman(flags);
  await onDirectory(flags, (database) => add(database, human, auditor));
}

async function readHuman(flags: Flags): Promise<NewHuman> {
  const ids = flags.organisation ?? [];
  const names = flags["organisation-name"] ?? [];
  if (ids.length > 0 && ids.length !== names.length)
    throw new BadInput("Give one --organisation-name for each --organisation.");
  const { username, email, phone, gender, locale } = flags;
  const read = readNewHuman({
    ...{ username, email, phone, gender, locale },
    givenName: flags["given-name"],
    familyName: flags["family-name"],
    identityAssurance: flags["identity-assurance"],
    organisations: ids.map((id, position) => ({ id, name: names[position] })),
  });
  if (!read.ok) {
    const [first] = read.refusals;
    if (first === undefined) throw new Error("something was refused without a reason");
    const none = first.field === "organisations" && first.problem === "missing";
    throw new BadInput(
      none
        ? "--organisation is missing: a human acts for at least one organisation."
        : describeRefusal(first),
    );
  }
  if (!flags["password-stdin"])
    throw new BadInput("--password-stdin is missing: the password comes on standard input.");
  return {
    ...read.value,
    id: crypto.randomUUID(),
    passwordHash: await hashPassword(await readPassword()),
    mustChangePassword: flags["must-change-password"],
  };
}

async function add(database: Database, human: NewHuman, auditor: Auditor): Promise<void> {
  const taken = new BadInput(`There is already a user ${JSON.stringify(human.username)}.`);
  if (await usernameIsTaken(database, human.username)) throw taken;
  try {
    const entry = auditor.entry({ action: "human.add", ...(human.id ? { subject: human.id } : {}) });
    await addHuman(database, human, auditor.now, [entry]);
  } catch (error) {
    if (error instanceof Error && /UNIQUE constraint failed: humans\.username_key/.test(error.message))
      throw taken;
    throw error;
  }
  const organisations = human.organisations.map(({ id, name }) => `${name} (${id})`).join(", ");
  const change = human.mustChangePassword ? " The password has to be changed at the first sign-in." : "";
  console.log(
    `Added ${human.username}, ${human.givenName} ${human.familyName}, for ${organisations}.${change}`,
  );
}
