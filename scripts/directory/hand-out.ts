/** One-time codes as administrators hand them out: made, stored as a hash for 24 hours, and shown to nobody else. */
import type { Database } from "../../src/directory/human.ts";
import { addOneTimeCode, type Purpose } from "../../src/directory/one-time-code.ts";
import { createCode, hashCode } from "../../src/factors/recovery.ts";
import type { Level } from "../../src/protocol/assurance.ts";
import { activeHuman } from "./database.ts";
import { utc } from "./output.ts";

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
  const humanId = await activeHuman(database, username);
  const code = createCode();
  const expiresAt = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  await addOneTimeCode(database, { hash: await hashCode(code), humanId, purpose, level, expiresAt });
  return { code, until: utc(expiresAt) };
}
