/** What only an administrator asks of the directory: a human by name, and a password that has to be changed. */
import { type Database, usernameKey } from "./human.ts";

/** @returns the id of an active human, with or without a password */
export async function findHumanId(database: Database, username: string): Promise<string | undefined> {
  const row = await database
    .prepare("SELECT id FROM humans WHERE username_key = ? AND status = 'active'")
    .bind(usernameKey(username))
    .first<{ id: string }>();
  return row?.id;
}

/** The human has to choose another password at the next sign-in. */
export async function requirePasswordChange(database: Database, humanId: string): Promise<void> {
  await database.prepare("UPDATE passwords SET must_change = 1 WHERE human_id = ?").bind(humanId).run();
}
