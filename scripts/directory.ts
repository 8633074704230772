/**
 * `npm run directory -- COMMAND`: the directory of humans, from the command line. Owns the list of commands and how a
 * refusal looks; each command has a file in `directory/`, records and queries are in `src/directory`.
 */
import { USAGE as ADD_AUTHORISATION, addAuthorisation } from "./directory/add-authorisation.ts";
import { USAGE as ADD_USER, addUser } from "./directory/add-user.ts";
import { USAGE as ENROL_CODE, enrolCode } from "./directory/enrol-code.ts";
import { USAGE as EXPORT_AUDIT, exportAudit } from "./directory/export-audit.ts";
import { USAGE as EXTERNAL_SUBJECT, externalSubject } from "./directory/external-subject.ts";
import { BadInput } from "./directory/input.ts";
import { USAGE as LIST_AUTHORISATIONS, listAuthorisations } from "./directory/list-authorisations.ts";
import { USAGE as RESET_PASSWORD, resetPassword } from "./directory/reset-password.ts";
import { USAGE as REVOKE_AUTHORISATION, revokeAuthorisation } from "./directory/revoke-authorisation.ts";
import {
  ADD_TOKEN,
  addToken,
  LIST_TOKENS,
  listTokens,
  REVOKE_TOKEN,
  revokeToken,
} from "./directory/tokens.ts";
import { USAGE as VERIFY_AUDIT, verifyAudit } from "./directory/verify-audit.ts";

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  "add-user": addUser,
  "enrol-code": enrolCode,
  "reset-password": resetPassword,
  "add-authorisation": addAuthorisation,
  "list-authorisations": listAuthorisations,
  "revoke-authorisation": revokeAuthorisation,
  "external-subject": externalSubject,
  "verify-audit": verifyAudit,
  "export-audit": exportAudit,
  "add-token": addToken,
  "list-tokens": listTokens,
  "revoke-token": revokeToken,
};
const USAGE = [
  ...[ADD_USER, ENROL_CODE, RESET_PASSWORD],
  ...[ADD_AUTHORISATION, LIST_AUTHORISATIONS, REVOKE_AUTHORISATION, EXTERNAL_SUBJECT],
  ...[VERIFY_AUDIT, EXPORT_AUDIT],
  ...[ADD_TOKEN, LIST_TOKENS, REVOKE_TOKEN],
]
  .map((usage, position) => `${position === 0 ? "usage:" : "      "} npm run directory -- ${usage}`)
  .join("\n");

const [name = "", ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
try {
  if (command !== undefined) await command(args);
  else if (name === "help") console.log(USAGE);
  else
    throw new BadInput(
      `usage: npm run directory -- COMMAND …; commands: ${Object.keys(COMMANDS).join(", ")}, help`,
    );
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
