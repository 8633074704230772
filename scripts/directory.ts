/**
 * `npm run directory -- COMMAND`: the directory of humans, from the command line. Owns the list of commands and how a
 * refusal looks; each command has a file in `directory/`, records and queries are in `src/directory`.
 */
import { USAGE as ADD_AUTHORISATION, addAuthorisation } from "./directory/add-authorisation.ts";
import { USAGE as ADD_USER, addUser } from "./directory/add-user.ts";
import { USAGE as CHANGE_USER, changeUser } from "./directory/change-user.ts";
import { USAGE as ENROL_CODE, enrolCode } from "./directory/enrol-code.ts";
import { USAGE as EXPORT, exportHumans } from "./directory/export.ts";
import { USAGE as EXPORT_AUDIT, exportAudit } from "./directory/export-audit.ts";
import { USAGE as EXTERNAL_SUBJECT, externalSubject } from "./directory/external-subject.ts";
import {
  ERASE_USAGE as ERASE_HUMAN,
  EXPORT_USAGE as EXPORT_HUMAN,
  eraseHuman,
  exportHuman,
} from "./directory/human-data.ts";
import { USAGE as IMPORT, importFile } from "./directory/import.ts";
import { USAGE as IMPORT_AUTHORISATIONS, importAuthorisations } from "./directory/import-authorisations.ts";
import { BadInput } from "./directory/input.ts";
import { USAGE as LIST_AUTHORISATIONS, listAuthorisations } from "./directory/list-authorisations.ts";
import { USAGE as LIST_USERS, listUsers } from "./directory/list-users.ts";
import {
  ADD_USAGE as ADD_ORGANISATION,
  addOrganisation,
  LIST_USAGE as LIST_ORGANISATIONS,
  listOrganisations,
  REMOVE_USAGE as REMOVE_ORGANISATION,
  RENAME_USAGE as RENAME_ORGANISATION,
  removeOrganisation,
  renameOrganisation,
} from "./directory/organisation.ts";
import { USAGE as RESET_PASSWORD, resetPassword } from "./directory/reset-password.ts";
import { USAGE as REVOKE_AUTHORISATION, revokeAuthorisation } from "./directory/revoke-authorisation.ts";
import {
  GRANT_USAGE as GRANT_ROLE,
  grantRole,
  REVOKE_USAGE as REVOKE_ROLE,
  revokeRole,
} from "./directory/role.ts";
import { ACTIVATE_USAGE, activateUser, DEACTIVATE_USAGE, deactivateUser } from "./directory/status.ts";

import {
  ADD_TOKEN,
  addToken,
  LIST_TOKENS,
  listTokens,
  REVOKE_TOKEN,
  revokeToken,
} from "./directory/tokens.ts";
import { USAGE as VERIFY_AUDIT, verifyAudit } from "./directory/verify-audit.ts";

/** By name: what it does, and how it is called. */
const COMMANDS: Readonly<Record<string, readonly [(args: readonly string[]) => Promise<void>, string]>> = {
  "add-user": [addUser, ADD_USER],
  "change-user": [changeUser, CHANGE_USER],
  "list-users": [listUsers, LIST_USERS],
  "deactivate-user": [deactivateUser, DEACTIVATE_USAGE],
  "activate-user": [activateUser, ACTIVATE_USAGE],
  "enrol-code": [enrolCode, ENROL_CODE],
  "reset-password": [resetPassword, RESET_PASSWORD],
  "grant-role": [grantRole, GRANT_ROLE],
  "revoke-role": [revokeRole, REVOKE_ROLE],
  "add-organisation": [addOrganisation, ADD_ORGANISATION],
  "remove-organisation": [removeOrganisation, REMOVE_ORGANISATION],
  "rename-organisation": [renameOrganisation, RENAME_ORGANISATION],
  "list-organisations": [listOrganisations, LIST_ORGANISATIONS],
  "add-authorisation": [addAuthorisation, ADD_AUTHORISATION],
  "list-authorisations": [listAuthorisations, LIST_AUTHORISATIONS],
  "revoke-authorisation": [revokeAuthorisation, REVOKE_AUTHORISATION],
  "external-subject": [externalSubject, EXTERNAL_SUBJECT],
  import: [importFile, IMPORT],
  "import-authorisations": [importAuthorisations, IMPORT_AUTHORISATIONS],
  export: [exportHumans, EXPORT],
  "export-human": [exportHuman, EXPORT_HUMAN],
  "erase-human": [eraseHuman, ERASE_HUMAN],
  "add-token": [addToken, ADD_TOKEN],
  "list-tokens": [listTokens, LIST_TOKENS],
  "revoke-token": [revokeToken, REVOKE_TOKEN],
  "verify-audit": [verifyAudit, VERIFY_AUDIT],
  "export-audit": [exportAudit, EXPORT_AUDIT],
};
const USAGE = Object.values(COMMANDS)
  .map(([, usage], position) => `${position === 0 ? "usage:" : "      "} npm run directory -- ${usage}`)
  .join("\n");

const [name = "", ...args] = process.argv.slice(2);
const [command] = (Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined) ?? [];
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
