/** One-time codes as administrators hand them out: made, stored as a hash for 24 hours, and shown to nobody else. */
import type { Database } from "../../src/directory/human.ts";
import { addOneTimeCode, ONE_TIME_CODE_SECONDS, type Purpose } from "../../src/directory/one-time-code.ts";
import { createCode, hashCode } from "../../src/factors/recovery.ts";
import type { Level } from "../../src/protocol/assurance.ts";
import type { Auditor } from "./audit.ts";
import { activeHuman } from "./database.ts";
import { utc } from "./output.ts";

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
  auditor: Auditor,
): Promise<HandedOut> {
  const humanId = await activeHuman(database, username);
  const code = createCode();
  const expiresAt = auditor.now + ONE_TIME_CODE_SECONDS;
  const entry = auditor.entry({ action: `${purpose}-code.add`, subject: humanId, reason: level });
  await addOneTimeCode(
    database,
    { hash: await hashCode(code), humanId, purpose, level, expiresAt },
    { entry, now: auditor.now },
  );
  return { code, until: utc(expiresAt) };
}
