/**
 * Puts the sample users into the Identity Provider's directory, with the factors and rights that the start text promises. What is
 * there already stays as it is; what was used up or removed since is there again after a start.
 */
import { findHumanId } from "../src/directory/administration.ts";
import { addAuthorisation, setExternalSubject } from "../src/directory/authorisation.ts";
import { addHuman, type Database, usernameIsTaken } from "../src/directory/human.ts";
import { addOneTimeCode } from "../src/directory/one-time-code.ts";
import { hashPassword } from "../src/directory/password.ts";
import { beginTotp, confirmTotp } from "../src/directory/totp.ts";
import { createCode, hashCode } from "../src/factors/recovery.ts";
import { createVault, type Vault } from "../src/factors/seed-vault.ts";
import { decodeBase64 } from "../src/protocol/encoding.ts";
import type { EpochSeconds } from "../src/protocol/time.ts";
import { AUTHORISATIONS, KEPT_ELSEWHERE } from "./authorisations.ts";
import type { SandboxKeys } from "./keys.ts";
import { organisationIdOf, USERS, type User } from "./participants.ts";

/** By user name: good for one factor each. */
export type EnrolmentCodes = Readonly<Record<string, string>>;

const LEVEL = "substantial";
const CODE_SECONDS = 24 * 60 * 60;

export async function prepareUsers(
  database: Database,
  keys: SandboxKeys,
  now: EpochSeconds,
): Promise<EnrolmentCodes> {
  const { secrets, totpSeeds, enrolmentCodes } = keys.remembered;
  const vault = await createVault(decodeBase64(secrets.data) ?? new Uint8Array());
  const codes: Record<string, string> = {};
  for (const user of USERS) {
    const { username, prepared } = user;
    if (!(await usernameIsTaken(database, username))) await addUser(database, user, keys, now);
    const humanId = await findHumanId(database, username);
    if (humanId === undefined) continue; // made inactive by hand
    const seed = totpSeeds[username];
    if (seed !== undefined) await enrolApp(database, vault, humanId, seed, now);
    if (prepared === "enrolment code") {
      codes[username] = await provideCode(database, humanId, enrolmentCodes[username], now);
    }
  }
  return codes;
}

async function addUser(
  database: Database,
  { organisations, prepared: _, ...user }: User,
  keys: SandboxKeys,
  now: EpochSeconds,
): Promise<void> {
  const human = {
    ...user,
    identityAssurance: "high",
    passwordHash: await hashPassword(keys.passwordOf(user.username)),
    organisations: organisations.map((organisation) => ({
      id: organisationIdOf(organisation),
      name: organisation.name,
    })),
  } as const;
  const humanId = await addHuman(database, human, now);
  for (const { username, organisation, policySets } of AUTHORISATIONS) {
    if (username !== user.username) continue;
    const organisationId = organisationIdOf(organisation);
    await addAuthorisation(database, { humanId, organisationId, policySets, registeredBy: "npm start" }, now);
  }
  for (const { username, entry } of KEPT_ELSEWHERE) {
    if (username !== user.username) continue;
    await setExternalSubject(database, humanId, entry.policyIssuer, { subject: entry.accessSubject });
  }
}

async function enrolApp(
  database: Database,
  vault: Vault,
  humanId: string,
  seed: string,
  now: EpochSeconds,
): Promise<void> {
  const sealed = await vault.seal(seed, humanId);
  if (!(await beginTotp(database, humanId, sealed, LEVEL, now))) return; // there is one
  await confirmTotp(database, humanId, sealed, 0, now);
}

/** The one handed out before, unless it was used or its day is nearly over. */
async function provideCode(
  database: Database,
  humanId: string,
  before: string | undefined,
  now: EpochSeconds,
): Promise<string> {
  if (before !== undefined) {
    const left = await database
      .prepare("SELECT 1 FROM one_time_codes WHERE hash = ? AND purpose = 'enrol' AND expires_at > ?")
      .bind(await hashCode(before), now + CODE_SECONDS / 2)
      .first();
    if (left !== null) return before;
  }
  const code = createCode();
  const hash = await hashCode(code);
  const expiresAt = now + CODE_SECONDS;
  await addOneTimeCode(database, { hash, humanId, purpose: "enrol", level: LEVEL, expiresAt });
  return code;
}
