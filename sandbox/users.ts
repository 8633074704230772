/** Puts the sample users into the Identity Provider's directory. Those already there stay as they are. */
import { addHuman, type Database, usernameIsTaken } from "../src/directory/human.ts";
import { hashPassword } from "../src/directory/password.ts";
import type { EpochSeconds } from "../src/protocol/time.ts";
import type { SandboxKeys } from "./keys.ts";
import { partyIdOf, USERS } from "./participants.ts";

export async function addUsers(database: Database, keys: SandboxKeys, now: EpochSeconds): Promise<void> {
  for (const { organisations, ...user } of USERS) {
    if (await usernameIsTaken(database, user.username)) continue;
    const human = {
      ...user,
      identityAssurance: "high",
      passwordHash: await hashPassword(keys.passwordOf(user.username)),
      organisations: organisations.map((organisation) => ({
        id: partyIdOf(organisation),
        name: organisation.name,
      })),
    } as const;
    await addHuman(database, human, now);
  }
}
