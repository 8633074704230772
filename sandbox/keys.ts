/**
 * What the sandbox makes once and keeps: every party's eSEAL, the root certificate, symmetric keys and passwords, under
 * `.sandbox/keys/`. Owns that the folder is whole or absent: it is filled under another name and then renamed, so an
 * interrupted first start leaves nothing that the next one would take for keys.
 */
import { randomBytes, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PARTICIPANTS, type Participant, USERS } from "./participants.ts";
import { createPassword } from "./passwords.ts";
import { createPki, type Seal } from "./pki.ts";

export interface SandboxKeys {
  /** PEM */
  readonly root: string;
  sealOf(participant: Participant): Seal;
  passwordOf(username: string): string;
  readonly secrets: Secrets;
  /** when the first certificate ends */
  readonly validUntil: Date;
}

/** 32 random bytes each, base64 */
interface Secrets {
  /** the IdP's DATA_KEY */
  readonly data: string;
  /** under which the registry issues its access tokens */
  readonly registryToken: string;
  /** under which the demo seals its cookies */
  readonly demoCookie: string;
}

interface Remembered {
  readonly secrets: Secrets;
  readonly passwords: Readonly<Record<string, string>>;
}

/** Where a participant's files are, relative to the sandbox folder. */
export const keyFile = ({ slug }: Participant): string => join("keys", `${slug}.key.pem`);
export const chainFile = ({ slug }: Participant): string => join("keys", `${slug}.pem`);
export const ROOT_FILE = join("keys", "root.pem");
/** How the names of half-made things start. */
export const UNFINISHED = ".unfinished-";
const REMEMBERED_FILE = join("keys", "secrets.json");

export const hasKeys = (folder: string): boolean => existsSync(join(folder, REMEMBERED_FILE));

/** @param report one line per step */
export async function makeKeys(folder: string, now: Date, report: (line: string) => void): Promise<void> {
  const unfinished = `${UNFINISHED}${process.pid}`;
  const place = (file: string): string => join(folder, file.replace(/^keys/, unfinished));
  const write = (file: string, text: string) => writeFile(place(file), text, { mode: 0o600 });
  await rm(join(folder, unfinished), { recursive: true, force: true });
  await mkdir(join(folder, unfinished), { recursive: true });

  report("root, sub and issuing CA");
  const pki = await createPki(now);
  await write(ROOT_FILE, pki.root);
  for (const participant of PARTICIPANTS) {
    report(`eSEAL of ${participant.name}`);
    const { key, chain } = await pki.issue(participant);
    await write(keyFile(participant), key);
    await write(chainFile(participant), chain);
  }
  const random = (): string => randomBytes(32).toString("base64");
  const remembered: Remembered = {
    secrets: { data: random(), registryToken: random(), demoCookie: random() },
    passwords: Object.fromEntries(USERS.map(({ username }) => [username, createPassword()])),
  };
  await write(REMEMBERED_FILE, `${JSON.stringify(remembered, null, 2)}\n`);
  await rename(join(folder, unfinished), join(folder, "keys"));
}

/** @throws when a file is missing or garbled */
export async function loadKeys(folder: string): Promise<SandboxKeys> {
  const read = (file: string) => readFile(join(folder, file), "utf8");
  const seals = new Map<string, Seal>();
  for (const participant of PARTICIPANTS) {
    const [key, chain] = await Promise.all([read(keyFile(participant)), read(chainFile(participant))]);
    seals.set(participant.slug, { key, chain });
  }
  const { secrets, passwords } = JSON.parse(await read(REMEMBERED_FILE)) as Remembered;
  return {
    root: await read(ROOT_FILE),
    secrets,
    validUntil: new Date(Math.min(...[...seals.values()].map(endOf))),
    sealOf: ({ slug }) => known(seals.get(slug), slug),
    passwordOf: (username) => known(passwords[username], username),
  };
}

const endOf = ({ chain }: Seal): number => Date.parse(new X509Certificate(chain).validTo); // reads the leaf

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`nothing is kept for ${name}`);
  return value;
}
