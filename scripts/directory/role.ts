/**
 * `grant-role`, `revoke-role`: who administers this Identity Provider. Only by command: so the first one has no need of
 * another, and no stolen session makes itself an administrator.
 */

import { forgetOneTimeCodesStatement } from "../../src/directory/one-time-code.ts";
import {
  grantRoleStatement,
  isRole,
  listRoles,
  ROLES,
  type Role,
  revokeRoleStatement,
} from "../../src/directory/role.ts";
import { BY, createAuditor } from "./audit.ts";
import { activeHuman, anyHuman, onDirectory, PLACE } from "./database.ts";
import { BadInput, line, readFlags } from "./input.ts";

export const GRANT_USAGE =
  "grant-role (--state DIR | --remote) --username U --role administrator [--by NAME]";
export const REVOKE_USAGE =
  "revoke-role (--state DIR | --remote) --username U --role administrator [--by NAME]";

export async function grantRole(args: readonly string[]): Promise<void> {
  const { flags, username, role, auditor } = read(args);
  await onDirectory(flags, async (database) => {
    const humanId = await activeHuman(database, username);
    if ((await listRoles(database, humanId)).includes(role))
      throw new BadInput(`${username} has the role ${role} already.`);
    // Whoever made a code for them before must not have an administrator's account by it.
    const statements = [
      grantRoleStatement(database, humanId, role, auditor.now),
      forgetOneTimeCodesStatement(database, humanId),
    ];
    await auditor.store(database, statements, {
      action: "role.grant",
      subject: humanId,
      reason: role,
    });
    console.log(`${username} has the role ${role} now.`);
  });
}

export async function revokeRole(args: readonly string[]): Promise<void> {
  const { flags, username, role, auditor } = read(args);
  await onDirectory(flags, async (database) => {
    const { id } = await anyHuman(database, username);
    if (!(await listRoles(database, id)).includes(role))
      throw new BadInput(`${username} does not have the role ${role}.`);
    await auditor.store(database, [revokeRoleStatement(database, id, role)], {
      action: "role.revoke",
      subject: id,
      reason: role,
    });
    console.log(`${username} does not have the role ${role} any more.`);
  });
}

function read(args: readonly string[]) {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    role: { type: "string" },
  });
  const username = line(flags.username, "--username", 200);
  const role = line(flags.role, "--role", 40);
  if (!isRole(role)) throw new BadInput(`--role must be ${ROLES.join(" or ")}.`);
  return { flags, username, role: role satisfies Role, auditor: createAuditor(flags.by) };
}
