/**
 * Chains without fault, as different as chains may be: length, keys, hashes, path lengths, dates at the edges, what the
 * leaf is for, self-issued and cross-signed CAs, which of them is listed, and what is sent above it.
 */
import { bytesOf, tlv } from "../der.ts";
import {
  basicConstraintsOf,
  type Der,
  type Draft,
  type Hash,
  type Key,
  type Keys,
  mint,
  nameOf,
  OID,
  setExtension,
  text,
  USAGE,
  usageOf,
} from "./draft.ts";
import type { Random } from "./random.ts";

/** A chain to judge, still to be minted. */
export interface Case {
  /** leaf first; each one issued by the next, until a fault says otherwise */
  drafts: Draft[];
  /** granted on the trusted list */
  listed: Draft[];
  withdrawn: Draft[];
  /** seconds since 1970 */
  readonly now: number;
  /** changes to the minted chain: order, more, fewer */
  order: ((chain: Der[]) => Der[])[];
}

export interface Minted {
  readonly chain: readonly Der[];
  readonly listed: readonly Der[];
  readonly withdrawn: readonly Der[];
  readonly now: number;
}

export const mintCase = ({ drafts, listed, withdrawn, now, order }: Case): Minted => ({
  chain: order.reduce((chain, change) => change(chain), drafts.map(mint)),
  listed: listed.map(mint),
  withdrawn: withdrawn.map(mint),
  now,
});

const DAY = 86_400;
const YEAR = 366 * DAY;
const at = (iso: string): number => Date.parse(iso) / 1000;
const HASHES: readonly Hash[] = ["SHA256", "SHA256", "SHA256", "SHA384", "SHA512"];

/** A certificate by `issuer`, with nothing yet that says what it is for. */
function draftOf(
  random: Random,
  now: number,
  issuer: Draft | undefined,
  name: string,
  key: Draft["key"],
): Draft {
  const starts = [now, now - 1, now - DAY, now - 5 * YEAR, at("1999-12-31T23:59:59Z")];
  const ends = [now + 1, now + 2, now + DAY, now + 10 * YEAR];
  const farEnds = ["2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "9999-12-31T23:59:59Z"].map(at);
  return {
    issuer,
    subject: nameOf(name, random.pick([0x0c, 0x0c, 0x13])),
    key,
    hash: random.pick(HASHES),
    scheme: "PKCS1",
    notBefore: random.pick(starts),
    notAfter: random.pick([...ends, ...farEnds]),
    serial: random.chance(0.03)
      ? random.pick([bytesOf("00"), bytesOf("ff")])
      : Uint8Array.from([0x40 + random.int(0x40), ...Array.from({ length: 11 }, () => random.int(256))]),
    extensions: [],
    subjectKeyId: "usual",
    authorityKeyId: "usual",
  };
}

/** @param below CAs between it and the leaf that count (RFC 5280 §6.1.4 (l)) */
export function createCa(
  random: Random,
  now: number,
  issuer: Draft | undefined,
  name: string,
  key: Draft["key"],
  below: number,
): Draft {
  const ca = draftOf(random, now, issuer, name, key);
  const pathLength = random.pick([undefined, below, below, below + 1, below + 100]);
  setExtension(ca, OID.basicConstraints, basicConstraintsOf(true, pathLength), true);
  const usage = USAGE.keyCertSign | random.pick([0, USAGE.cRLSign, USAGE.cRLSign | USAGE.digitalSignature]);
  setExtension(ca, OID.keyUsage, usageOf(usage), random.chance(0.9));
  // A root may leave its own key's identifier out (§4.2.1.1).
  if (issuer === undefined && random.chance(0.3)) ca.authorityKeyId = "absent";
  if (random.chance(0.1)) setExtension(ca, OID.policies, bytesOf("3006300406022a03"), random.chance(0.3));
  return ca;
}

/** A certificate of the same CA, name and key, by another root. */
export function createTwin(random: Random, now: number, ca: Draft, key: Draft["key"]): Draft {
  const root = createCa(random, now, undefined, `Twin ${random.int(1000)}`, key, 9);
  const twin = createCa(random, now, root, "", ca.key, 8);
  twin.subject = ca.subject;
  return twin;
}

export function createLeaf(random: Random, now: number, issuer: Draft, key: Draft["key"]): Draft {
  const leaf = draftOf(random, now, issuer, `Leaf ${random.int(1000)}`, key);
  const { digitalSignature, nonRepudiation, keyEncipherment } = USAGE;
  const usages = [nonRepudiation, nonRepudiation, digitalSignature, digitalSignature | nonRepudiation];
  setExtension(leaf, OID.keyUsage, usageOf(random.pick([...usages, nonRepudiation | keyEncipherment])), true);
  if (random.chance(0.4))
    setExtension(leaf, OID.basicConstraints, basicConstraintsOf(false), random.chance(0.5));
  const extended = bytesOf("301406082b0601050507030406082b06010505070324");
  if (random.chance(0.6)) setExtension(leaf, OID.extendedKeyUsage, extended, random.chance(0.2));
  const names = tlv(0x30, text(0x81, "a@fuzz.example"), text(0x82, "fuzz.example"));
  if (random.chance(0.3)) setExtension(leaf, OID.alternativeName, names, random.chance(0.2));
  if (random.chance(0.2)) setExtension(leaf, OID.policies, bytesOf("3006300406022a03"), random.chance(0.3));
  const point = tlv(0x30, tlv(0xa0, tlv(0xa0, text(0x86, "http://crl.example/ca.crl"))));
  if (random.chance(0.2)) setExtension(leaf, OID.distributionPoints, tlv(0x30, point));
  if (random.chance(0.2)) setExtension(leaf, OID.unheardOf, bytesOf("0500"));
  // Only CAs must have one; by it alone is a leaf of its CA's name told from a CA that renewed itself.
  if (random.chance(0.2)) leaf.subjectKeyId = "absent";
  else if (random.chance(0.05)) leaf.subject = issuer.subject;
  return leaf;
}

/** @param authorities CAs above the leaf, the root among them: 1 to 5 */
export function createSound(random: Random, keys: Keys, authorities: number): Case {
  const now = at("2026-06-01T00:00:00Z") + random.int(YEAR);
  const free = random.shuffled(keys.sound);
  const key = (): Key => free.pop() as Key;
  // From the root down: which of them are self-issued, that is: bear their issuer's name (RFC 5280 §6.1).
  const selfIssued = Array.from({ length: authorities }, (_, level) => level > 0 && random.chance(0.12));
  const drafts: Draft[] = [];
  for (let level = 0; level < authorities; level++) {
    const [issuer] = drafts;
    const below = selfIssued.slice(level + 1).filter((it) => !it).length;
    const ca = createCa(random, now, issuer, `CA ${level} ${random.int(1000)}`, key(), below);
    if (issuer !== undefined && selfIssued[level]) ca.subject = issuer.subject;
    drafts.unshift(ca);
  }
  const [issuing] = drafts;
  if (issuing === undefined) throw new Error("a leaf needs an issuer");
  drafts.unshift(createLeaf(random, now, issuing, key()));

  // The anchor, and how much is sent above it.
  const anchor = 1 + random.int(authorities);
  const sent = random.chance(0.3) ? drafts.slice(0, anchor + 1) : drafts;
  const listed = [drafts[anchor] as Draft];
  const higher = sent.slice(anchor + 1);
  if (higher.length > 0 && random.chance(0.2)) listed.push(random.pick(higher));
  const withdrawn = higher.filter((it) => !listed.includes(it) && random.chance(0.1));
  // Another root vouches for the same CA: either certificate of it may be on the list as well.
  const crossed = drafts.at(-2);
  if (authorities > 1 && crossed !== undefined && random.chance(0.2)) {
    const twin = createTwin(random, now, crossed, key());
    listed.push(random.chance(0.5) ? twin : (twin.issuer as Draft));
  }
  // Others on the list do no harm.
  if (random.chance(0.3)) listed.push(createCa(random, now, undefined, "Other", keys.attacker, 1));
  return { drafts: sent, listed: random.shuffled(listed), withdrawn, now, order: [] };
}
