/**
 * What the sandbox makes once and keeps: every party's eSEAL and the root certificate, under `.sandbox/keys/`; the
 * other secrets there are described in `secrets`. Owns that the folder is whole or absent: it is filled under another name and then renamed, so an
 * interrupted first start leaves nothing that the next one would take for keys.
 */
import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PARTICIPANTS, type Participant } from "./participants.ts";
import { createPki, type Seal } from "./pki.ts";
import { complete, loadSecrets, type Remembered, SECRETS_FILE } from "./secrets.ts";
import { jsonText, UNFINISHED } from "./write.ts";

export interface SandboxKeys {
  /** PEM */
  readonly root: string;
  sealOf(participant: Participant): Seal;
  readonly remembered: Remembered;
  passwordOf(username: string): string;
  /** when the first certificate ends */
  readonly validUntil: Date;
}

/** Where a participant's files are, relative to the sandbox folder. */
export const keyFile = ({ slug }: Participant): string => join("keys", `${slug}.key.pem`);
export const chainFile = ({ slug }: Participant): string => join("keys", `${slug}.pem`);
export const ROOT_FILE = join("keys", "root.pem");

export const hasKeys = (folder: string): boolean => existsSync(join(folder, SECRETS_FILE));

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
  await write(SECRETS_FILE, jsonText(complete()));
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
  const remembered = await loadSecrets(folder);
  return {
    root: await read(ROOT_FILE),
    remembered,
    validUntil: new Date(Math.min(...[...seals.values()].map(endOf))),
    sealOf: ({ slug }) => known(seals.get(slug), slug),
    passwordOf: (username) => known(remembered.passwords[username], username),
  };
}

const endOf = ({ chain }: Seal): number => Date.parse(new X509Certificate(chain).validTo); // reads the leaf

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`nothing is kept for ${name}`);
  return value;
}
