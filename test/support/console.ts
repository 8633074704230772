/** Administrators with a browser: a human with an app and the role, on the pages of the console. */
import { grantRoleStatement } from "../../src/directory/role.ts";
import type { Level } from "../../src/protocol/assurance.ts";
import { readForms } from "./browser.ts";
import { humanWithApp } from "./factors.ts";
import type { Stop, Visitor } from "./visitor.ts";
import { directory, type Instance, type User } from "./worker.ts";

export const makeAdministrator = ({ id }: Pick<User, "id">) =>
  grantRoleStatement(directory(), id, "administrator", 0).run();

export async function administrator(idp: Instance, level: Level = "substantial") {
  const human = await humanWithApp(idp, level);
  await makeAdministrator(human.user);
  return human;
}

/** The token that the forms of this page carry. */
export function tokenOn({ html, status }: Stop): string {
  const token = readForms(html).find(({ fields }) => fields.token !== undefined)?.fields.token;
  if (token === undefined) throw new Error(`no form with a token: ${status} ${html.slice(0, 3000)}`);
  return token;
}

/** Sends a form of the console as a page of ours would. */
export async function change(
  visitor: Visitor,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Stop> {
  return visitor.post(path, { token: tokenOn(await visitor.open("/admin/tokens")), ...fields });
}

/** What is in the audit log's outbox or chains about somebody or something, the earliest first. */
export async function auditOf(text: string): Promise<readonly Record<string, string>[]> {
  const { results } = await directory()
    .prepare(
      `SELECT entry, at FROM audit WHERE instr(entry, ?1) > 0 UNION SELECT entry, at FROM audit_pending
       WHERE instr(entry, ?1) > 0 ORDER BY at`,
    )
    .bind(text)
    .all<{ entry: string }>();
  return results.map(({ entry }) => JSON.parse(entry));
}
