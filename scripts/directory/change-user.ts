/**
 * `change-user`: what is known of a human, and another password. A password set for somebody counts as a reset one does,
 * for low, until it is changed in a session that proved more; and ends all that they began.
 */
import { changeStatement, endStatements } from "../../src/directory/administration.ts";
import { readChanges } from "../../src/directory/attributes.ts";
import { setPasswordsStatement } from "../../src/directory/credentials.ts";
import { hashPassword } from "../../src/directory/password.ts";
import { BY, createAuditor } from "./audit.ts";
import { anyHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";
import { readPassword } from "./password-input.ts";
import { describeRefusal } from "./words.ts";

export const USAGE =
  "change-user (--state DIR | --remote) --username U [--given-name G] [--family-name F] [--email E] [--phone P] [--gender male|female] [--locale L] [--identity-assurance low|substantial|high] [--password-stdin [--must-change-password]] [--by NAME]; an empty phone, gender or locale takes it away";

export async function changeUser(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    "given-name": { type: "string" },
    "family-name": { type: "string" },
    email: { type: "string" },
    phone: { type: "string" },
    gender: { type: "string" },
    locale: { type: "string" },
    "identity-assurance": { type: "string" },
    "password-stdin": { type: "boolean", default: false },
    "must-change-password": { type: "boolean", default: false },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  const read = readChanges({
    ...{ email: flags.email, phone: flags.phone, gender: flags.gender, locale: flags.locale },
    givenName: flags["given-name"],
    familyName: flags["family-name"],
    identityAssurance: flags["identity-assurance"],
  });
  if (!read.ok) throw new BadInput(read.refusals.slice(0, 1).map(describeRefusal).join(""));
  const changes = read.value;
  const fields = Object.keys(changes);
  if (fields.length === 0 && !flags["password-stdin"]) throw new BadInput("There is nothing to change.");
  if (flags["must-change-password"] && !flags["password-stdin"])
    throw new BadInput("--must-change-password goes with --password-stdin.");
  const hash = flags["password-stdin"] ? await hashPassword(await readPassword()) : undefined;

  await onDirectory(flags, async (database) => {
    const { id } = await anyHuman(database, username);
    const changed = [...fields, ...(hash === undefined ? [] : ["password"])];
    const password =
      hash === undefined
        ? undefined
        : { humanId: id, hash, level: "low" as const, mustChange: flags["must-change-password"] };
    await auditor.store(
      database,
      [
        ...(fields.length === 0 ? [] : [changeStatement(database, [{ id, changes }], auditor.now)]),
        ...(password === undefined
          ? []
          : [
              setPasswordsStatement(database, [password], auditor.now),
              ...endStatements(database, [id], auditor.now), // whoever else may have known the old one is out
            ]),
      ],
      { action: "human.change", subject: id, reason: changed.join(",") },
    );
    console.log(`Changed ${username}: ${changed.join(", ")}.`);
  });
}
