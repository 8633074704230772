/**
 * Variables → who we are: up to three key sets, and the keys that protect what we hand out. Owns which variable makes which
 * set, and that key and chain belong together. A part of `config`. A spare set (`NEXT_`, `PREVIOUS_`) that is not whole is
 * left out with a warning: its variables may arrive one after the other, and the current set goes on meanwhile.
 */
import { createReader, type Reader } from "./environment.ts";
import { type KeySet, type KeySets, SET_NAMES, type SetName, signingSet } from "./jwt/key-sets.ts";
import { importOwnKeys, type OwnKeys, publicKeyOf, readPemChain } from "./jwt/keys.ts";
import { decodeBase64, decodeHex, encodeBase64url, encodeUtf8 } from "./protocol/encoding.ts";
import type { EpochSeconds } from "./protocol/time.ts";
import { createRemoteKey, type SigningService } from "./registry/signing-service.ts";
import { type Certificate, parseCertificate } from "./trust/certificate.ts";
import { sameBytes } from "./trust/der.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Identity {
  readonly keySets: KeySets;
  /** 32 bytes; undefined: see the problems */
  readonly dataKey: Bytes | undefined;
  /** what is still read, or already */
  readonly otherDataKeys: readonly Bytes[];
}

/** @param needsRoot the chain must end with it */
export async function readIdentity(
  env: Readonly<Record<string, unknown>>,
  problems: string[],
  warnings: string[],
  { needsRoot, now }: { readonly needsRoot: boolean; readonly now: EpochSeconds },
): Promise<Identity> {
  const read = createReader(env, problems);
  const service = readService(read, problems);
  const sets: KeySet[] = [];
  const secrets = new Map<SetName, Bytes>();
  const times = { signsFrom: read.instant("NEXT_FROM"), end: read.instant("PREVIOUS_UNTIL") };
  for (const name of SET_NAMES) {
    if (name !== "current" && !SET_MEMBERS.some((member) => read.optional(prefixOf(name) + member))) continue;
    const found: string[] = [];
    const set = await readSet(name, createReader(env, found), found, { service, needsRoot, times });
    if (name === "current") problems.push(...found);
    else warnings.push(...found.map((it) => `${it}: the ${name} keys are left out`));
    // Also of a set that is left out: what it protected while it was the current one is still read.
    const secret = secretOf(read.optional(`${prefixOf(name)}SIGNING_KEY`));
    if (secret !== undefined) secrets.set(name, secret);
    if (set === undefined) continue;
    const leaf = set.chain[0]?.fingerprint;
    if (sets.some(({ chain }) => chain[0]?.fingerprint === leaf)) {
      warnings.push(`${prefixOf(name)}CERTIFICATE_CHAIN is there already, and left out`);
      continue;
    }
    sets.push(set);
  }
  warnings.push(...oddTimes(sets, times.signsFrom));
  if (sets.length > 0) problems.push(...whyNoneSigns(sets, now));
  return { keySets: sets, ...(await readDataKeys(read, secrets, problems, warnings)) };
}

const SET_MEMBERS = ["SIGNING_KEY", "CERTIFICATE_CHAIN"];
const prefixOf = (name: SetName): string => (name === "current" ? "" : `${name.toUpperCase()}_`);

function readService(read: Reader, problems: string[]): SigningService | undefined {
  if (read.optional("SIGNER_URL") === undefined) return undefined;
  const url = read.serviceUrl("SIGNER_URL");
  const token = read.required("SIGNER_TOKEN");
  if (token !== undefined && !/^[\w.~+/-]{32,}=*$/.test(token)) {
    problems.push("SIGNER_TOKEN must have 32 letters or more, all of RFC 6750's b64token");
    return undefined;
  }
  return url === undefined || token === undefined ? undefined : { url, token };
}

interface SetOptions {
  readonly service: SigningService | undefined;
  readonly needsRoot: boolean;
  readonly times: { readonly signsFrom: EpochSeconds | undefined; readonly end: EpochSeconds | undefined };
}

async function readSet(
  name: SetName,
  read: Reader,
  problems: string[],
  { service, needsRoot, times }: SetOptions,
): Promise<KeySet | undefined> {
  const [keyName, chainName] = SET_MEMBERS.map((it) => prefixOf(name) + it) as [string, string];
  const isRemote = service !== undefined && read.optional(keyName) === undefined;
  const keyPem = isRemote ? undefined : read.pem(keyName);
  const keys = keyPem === undefined ? undefined : await readKey(keyPem);
  if (keyPem !== undefined && keys === undefined)
    problems.push(`${keyName} is not an RSA private key in PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)`);
  const chain = await readChain(chainName, read, problems);
  const [leaf] = chain;
  const top = chain.at(-1);
  if (needsRoot && top !== undefined && !sameBytes(top.issuer, top.subject))
    problems.push(`${chainName} must end with the root under FRAMEWORK_VERSION=3.0`); // iSHARE JWT, `x5c`
  if (leaf === undefined || (keys === undefined && !isRemote)) return undefined;
  const publicKey = await publicKeyOf(leaf.spki).catch(() => undefined);
  if (leaf.rsaBits !== undefined && leaf.rsaBits < 2048)
    problems.push(`${isRemote ? chainName : keyName} has fewer than 2048 bits`);
  if (keys !== undefined && (publicKey?.modulus !== keys.modulus || publicKey.exponent !== keys.exponent))
    problems.push(`${keyName} does not belong to the first certificate of ${chainName}`);
  else if (publicKey === undefined) problems.push(`${chainName}: certificate 1 has no RSA key`);
  if (problems.length > 0 || publicKey === undefined) return undefined;
  const kid = encodeBase64url(decodeHex(leaf.fingerprint) ?? new Uint8Array());
  const signsFrom = name === "next" ? times.signsFrom : undefined;
  const end = name === "previous" ? times.end : undefined;
  return {
    name,
    chain,
    publicKey,
    privateKey: keys ?? createRemoteKey(service as SigningService, kid, publicKey),
    since: Math.max(...chain.map(({ notBefore }) => notBefore)),
    until: Math.min(...chain.map(({ notAfter }) => notAfter), end ?? Number.POSITIVE_INFINITY),
    ...(signsFrom === undefined ? {} : { signsFrom }),
  };
}

/** What is inside the PEM: nothing may be derived from an empty one. */
function secretOf(pem = ""): Bytes | undefined {
  const bytes = decodeBase64(pem.replaceAll("\\n", "\n").replace(/-----[A-Z ]+-----|\s/g, ""));
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}

/** @returns undefined when it is none */
async function readKey(pem: string): Promise<OwnKeys | undefined> {
  return secretOf(pem) === undefined ? undefined : importOwnKeys(pem).catch(() => undefined);
}

async function readChain(
  variable: string,
  read: Reader,
  problems: string[],
): Promise<readonly Certificate[]> {
  const pem = read.pem(variable);
  const ders = pem === undefined ? [] : readPemChain(pem);
  if (ders === undefined) problems.push(`${variable} holds no readable PEM certificates`);
  const chain: Certificate[] = [];
  for (const [position, der] of (ders ?? []).entries()) {
    const certificate = await parseCertificate(der);
    if (certificate.ok) chain.push(certificate.value);
    else
      problems.push(`${variable}: certificate ${position + 1} can't be read (${certificate.failure.reason})`);
  }
  for (const [position, certificate] of chain.entries()) {
    const issuer = chain[position + 1];
    if (issuer !== undefined && !sameBytes(certificate.issuer, issuer.subject))
      problems.push(
        `${variable}: certificate ${position + 2} is not the issuer of certificate ${position + 1}`,
      );
  }
  return chain;
}

/** What an operator may not have meant; the clock goes over it. */
function oddTimes(sets: KeySets, from: EpochSeconds | undefined): readonly string[] {
  const next = sets.find(({ name }) => name === "next");
  const current = sets.find(({ name }) => name === "current");
  if (from === undefined) return [];
  if (next === undefined) return ["NEXT_FROM has no next keys to switch to"];
  return [
    ...(from < next.since || from >= next.until
      ? ["NEXT_FROM is a time at which NEXT_CERTIFICATE_CHAIN is not valid"]
      : []),
    ...(current !== undefined && from > current.until
      ? ["NEXT_FROM is after the end of CERTIFICATE_CHAIN: the next keys take over at that end"]
      : []),
  ];
}

/** @returns why no set can sign at this time, and nothing when one can */
export function whyNoneSigns(sets: KeySets, now: EpochSeconds): readonly string[] {
  if (signingSet(sets, now) !== undefined) return [];
  return sets
    .filter(({ name }) => name !== "previous")
    .flatMap(({ name, chain }) =>
      chain.flatMap(({ notBefore, notAfter }, position) => {
        const which = `${prefixOf(name)}CERTIFICATE_CHAIN: certificate ${position + 1}`;
        if (now >= notAfter) return [`${which} has expired`];
        return now < notBefore ? [`${which} is not valid yet`] : [];
      }),
    );
}

const DERIVED = "derived";

/** Each 32 bytes: they key MACs and encryption at rest. */
async function readDataKeys(
  read: Reader,
  secrets: ReadonlyMap<SetName, Bytes>,
  problems: string[],
  warnings: string[],
): Promise<Pick<Identity, "dataKey" | "otherDataKeys">> {
  const own = readDataKey("DATA_KEY", read, problems);
  const isSet = read.optional("DATA_KEY") !== undefined;
  const wantsDerived = read.optional("PREVIOUS_DATA_KEY") === DERIVED;
  const previous = wantsDerived ? undefined : readDataKey("PREVIOUS_DATA_KEY", read, problems);
  const derived = isSet && !wantsDerived ? [] : await Promise.all([...secrets.values()].map(derive));
  const others = (all: readonly (Bytes | undefined)[]) => all.filter((it) => it !== undefined);
  if (isSet) return { dataKey: own, otherDataKeys: others([...derived, previous]) };
  if (!secrets.has("current")) {
    if (read.optional("SIGNING_KEY") === undefined && read.optional("SIGNER_URL") !== undefined)
      problems.push("DATA_KEY is missing: there is no SIGNING_KEY to derive it from");
    return { dataKey: undefined, otherDataKeys: [] };
  }
  warnings.push(
    "DATA_KEY is not set: it is derived from SIGNING_KEY, so keep that as PREVIOUS_SIGNING_KEY when it is rolled, or what it protects is lost",
  );
  const [dataKey, ...rest] = derived; // the current set comes first
  return { dataKey, otherDataKeys: others([...rest, previous]) };
}

function readDataKey(variable: string, read: Reader, problems: string[]): Bytes | undefined {
  const text = read.optional(variable);
  const bytes = text === undefined ? undefined : decodeBase64(text);
  if (text === undefined || bytes?.length === 32) return bytes;
  problems.push(`${variable} must be 32 bytes in base64`);
  return undefined;
}

async function derive(secret: Bytes): Promise<Bytes> {
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encodeUtf8("ishare-idp data key"),
  };
  return new Uint8Array(await crypto.subtle.deriveBits(derivation, material, 256));
}
