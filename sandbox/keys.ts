/**
 * What the sandbox makes once and keeps, under `.sandbox/keys/`: the authorities' keys, the root certificate, every
 * party's eSEAL; the other secrets there are described in `secrets`. Owns that the folder is whole or absent: it is filled
 * under another name and then renamed, so an interrupted first start leaves nothing that the next one would take for keys.
 *
 * Certificates say where to ask whether they are revoked. That follows the port: when it is another one, they are issued
 * again to the same keys, by the same authorities.
 */
import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AUTHORITIES, type AuthorityName, type AuthoritySettings, evidencePlaces } from "./authorities.ts";
import { PARTICIPANTS, type Participant } from "./participants.ts";
import { createAuthorities, type KeptAuthorities, openPki, type Seal } from "./pki.ts";
import { complete, loadSecrets, type Remembered, SECRETS_FILE } from "./secrets.ts";
import { jsonText, UNFINISHED, writeText } from "./write.ts";

export interface SandboxKeys {
  /** PEM */
  readonly root: string;
  sealOf(participant: Participant): Seal;
  readonly authorities: readonly AuthoritySettings[];
  readonly remembered: Remembered;
  passwordOf(username: string): string;
  /** when the first certificate ends */
  readonly validUntil: Date;
}

/** Where a participant's files are, relative to the sandbox folder. */
export const keyFile = ({ slug }: Participant): string => join("keys", `${slug}.key.pem`);
export const chainFile = ({ slug }: Participant): string => join("keys", `${slug}.pem`);
export const ROOT_FILE = join("keys", "root.pem");
const authorityFile = (name: AuthorityName): string => join("keys", `ca-${name}.key.pem`);

export const hasKeys = (folder: string): boolean => existsSync(join(folder, SECRETS_FILE));

/** @param origin of the registry, where the authorities answer @param report one line per step */
export async function makeKeys(
  folder: string,
  origin: string,
  now: Date,
  report: (line: string) => void,
): Promise<void> {
  const unfinished = `${UNFINISHED}${process.pid}`;
  const place = (file: string): string => join(folder, file.replace(/^keys/, unfinished));
  const write = (file: string, text: string) => writeFile(place(file), text, { mode: 0o600 });
  await rm(join(folder, unfinished), { recursive: true, force: true });
  await mkdir(join(folder, unfinished), { recursive: true });

  report("root, sub and issuing CA");
  const authorities = await createAuthorities(now);
  await write(ROOT_FILE, authorities.root);
  for (const name of AUTHORITIES) await write(authorityFile(name), authorities.keys[name]);
  const pki = await openPki(authorities, origin, now);
  for (const participant of PARTICIPANTS) {
    report(`eSEAL of ${participant.name}`);
    const { key, chain } = await pki.issue(participant);
    await write(keyFile(participant), key);
    await write(chainFile(participant), chain);
  }
  await write(SECRETS_FILE, jsonText(complete()));
  await rename(join(folder, unfinished), join(folder, "keys"));
}

/** @param origin of the registry @throws when a file is missing or garbled */
export async function loadKeys(folder: string, origin: string, now: Date): Promise<SandboxKeys> {
  const read = (file: string) => readFile(join(folder, file), "utf8");
  const [rootKey, sub, issuing] = await Promise.all(AUTHORITIES.map((name) => read(authorityFile(name))));
  const kept: KeptAuthorities = {
    root: await read(ROOT_FILE),
    keys: { root: rootKey ?? "", sub: sub ?? "", issuing: issuing ?? "" },
  };
  const seals = new Map<string, Seal>();
  for (const participant of PARTICIPANTS) {
    const [key, chain] = await Promise.all([read(keyFile(participant)), read(chainFile(participant))]);
    seals.set(participant.slug, { key, chain });
  }
  if ([...seals.values()].some((seal) => !answersAt(seal, origin))) {
    const pki = await openPki(kept, origin, now);
    for (const participant of PARTICIPANTS) {
      const seal = await pki.issue(participant, seals.get(participant.slug)?.key);
      await writeText(folder, chainFile(participant), seal.chain);
      seals.set(participant.slug, seal);
    }
  }
  const remembered = await loadSecrets(folder);
  const [first] = seals.values();
  return {
    root: kept.root,
    authorities: authoritiesOf(first?.chain ?? "", kept),
    remembered,
    validUntil: new Date(Math.min(...[...seals.values()].map(endOf))),
    sealOf: ({ slug }) => known(seals.get(slug), slug),
    passwordOf: (username) => known(remembered.passwords[username], username),
  };
}

/** Node prints `OCSP - URI:…`, one place a line. */
const answersAt = ({ chain }: Seal, origin: string): boolean =>
  (new X509Certificate(chain).infoAccess ?? "")
    .split("\n")
    .includes(`OCSP - URI:${evidencePlaces(origin, "issuing").ocsp}`);

/** @param chain of any party: leaf, issuing, sub, root */
function authoritiesOf(chain: string, { keys }: KeptAuthorities): readonly AuthoritySettings[] {
  const certificates = chain.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return AUTHORITIES.map((name, position) => ({
    name,
    key: keys[name],
    certificate: certificates[certificates.length - 1 - position] ?? "",
  }));
}

const endOf = ({ chain }: Seal): number => Date.parse(new X509Certificate(chain).validTo); // reads the leaf

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`nothing is kept for ${name}`);
  return value;
}
