/** One-time codes as administrators hand them out: made, stored as a hash for 24 hours, and shown to nobody else. */
import { findHumanId } from "../../src/directory/administration.ts";
import type { Database } from "../../src/directory/human.ts";
import { addOneTimeCode, type Purpose } from "../../src/directory/one-time-code.ts";
import { createCode, hashCode } from "../../src/factors/recovery.ts";
import type { Level } from "../../src/protocol/assurance.ts";
import { BadInput } from "./input.ts";

const LIFETIME_SECONDS = 24 * 60 * 60;

export interface HandedOut {
  readonly code: string;
  /** for people, in UTC */
  readonly until: string;
}

/** @throws BadInput when nobody active has that name */
export async function handOut(
  database: Database,
  username: string,
  purpose: Purpose,
  level: Level,
): Promise<HandedOut> {
  const humanId = await findHumanId(database, username);
  if (humanId === undefined) throw new BadInput(`There is no active user ${JSON.stringify(username)}.`);
  const code = createCode();
  const expiresAt = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  await addOneTimeCode(database, { hash: await hashCode(code), humanId, purpose, level, expiresAt });
  return { code, until: `${new Date(expiresAt * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC` };
}
