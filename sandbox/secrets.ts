/**
 * The secrets that are no certificates, in `.sandbox/keys/secrets.json`: symmetric keys, and what the users sign in with.
 * Owns the file's form; a file of an earlier version, which has fewer users and factors, gets what it lacks.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSeed } from "../src/factors/totp.ts";
import { USERS } from "./participants.ts";
import { createPassword } from "./passwords.ts";
import { writeJson } from "./write.ts";

export const SECRETS_FILE = join("keys", "secrets.json");

type ByUsername = Readonly<Record<string, string>>;

export interface Remembered {
  /** 32 random bytes each, base64 */
  readonly secrets: {
    /** the IdP's DATA_KEY */
    readonly data: string;
    /** under which the registry issues its access tokens */
    readonly registryToken: string;
    /** and the Authorisation Registry */
    readonly authorisationRegistryToken: string;
    /** what whoever may revoke certificates shows the authorities */
    readonly revocation: string;
    /** under which the demo seals its cookies */
    readonly demoCookie: string;
  };
  readonly passwords: ByUsername;
  /** base32 */
  readonly totpSeeds: ByUsername;
  /** the latest one handed out: the directory has its hash until it is used */
  readonly enrolmentCodes: ByUsername;
}

/** @param kept what is there already; nothing of it changes */
export function complete(kept: Partial<Remembered> = {}): Remembered {
  const random = (): string => randomBytes(32).toString("base64");
  const forUsers = (users: typeof USERS, create: () => string): ByUsername =>
    Object.fromEntries(users.map(({ username }) => [username, create()]));
  const withApp = USERS.filter(({ prepared }) => prepared === "authenticator app");
  return {
    secrets: {
      ...{ data: random(), registryToken: random(), authorisationRegistryToken: random() },
      ...{ revocation: random(), demoCookie: random(), ...kept.secrets },
    },
    passwords: { ...forUsers(USERS, createPassword), ...kept.passwords },
    totpSeeds: { ...forUsers(withApp, createSeed), ...kept.totpSeeds },
    enrolmentCodes: kept.enrolmentCodes ?? {},
  };
}

/** @throws when the file is missing or garbled */
export async function loadSecrets(folder: string): Promise<Remembered> {
  const kept = JSON.parse(await readFile(join(folder, SECRETS_FILE), "utf8")) as Partial<Remembered>;
  const secrets = complete(kept);
  if (JSON.stringify(secrets) !== JSON.stringify(kept)) await writeJson(folder, SECRETS_FILE, secrets);
  return secrets;
}

export async function rememberCodes(folder: string, enrolmentCodes: ByUsername): Promise<void> {
  await writeJson(folder, SECRETS_FILE, { ...(await loadSecrets(folder)), enrolmentCodes });
}
