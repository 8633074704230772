/**
 * Our key sets: a private key, its certificates, and from when until when they serve. Pure. Owns which set signs at a
 * moment, which are published and decrypt, and how soon one ends. What time alone changes is judged here, at each
 * request: an isolate may outlive the certificate that it checked when it began.
 */
import type { EpochSeconds } from "../protocol/time.ts";
import type { Certificate } from "../trust/certificate.ts";
import type { PublicKey } from "./keys.ts";
import type { PrivateKey } from "./private-key.ts";
import { createSigner, type Signer } from "./sign.ts";

export const SET_NAMES = ["current", "next", "previous"] as const;
export type SetName = (typeof SET_NAMES)[number];

export interface KeySet {
  readonly name: SetName;
  /** leaf first */
  readonly chain: readonly Certificate[];
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
  /** it serves from then: every certificate of the chain is valid */
  readonly since: EpochSeconds;
  /** and until then: the first certificate ends, or the operator said so */
  readonly until: EpochSeconds;
  /** of the next one: when it takes over */
  readonly signsFrom?: EpochSeconds;
}

/** The current one first. No two have one leaf. */
export type KeySets = readonly KeySet[];

/** Those that are published and that decrypt: the one that signs comes first. */
export function servingSets(sets: KeySets, now: EpochSeconds): KeySets {
  const signing = signingSet(sets, now);
  const others = sets.filter((set) => set !== signing && serves(set, now));
  return signing === undefined ? others : [signing, ...others];
}

/**
 * The one that signs: the current one, from `NEXT_FROM` on the next. Where one of them can't any more the other does, for
 * a signature under an expired certificate is refused everywhere. The previous one never signs again.
 */
export function signingSet(sets: KeySets, now: EpochSeconds): KeySet | undefined {
  const find = (name: SetName) => sets.find((set) => set.name === name && serves(set, now));
  const [current, next] = [find("current"), find("next")];
  return next?.signsFrom !== undefined && now >= next.signsFrom ? next : (current ?? next);
}

/** Whether a signature is a call to another machine, which may be out. */
export const signsElsewhere = (sets: KeySets, now: EpochSeconds): boolean =>
  signingSet(sets, now)?.privateKey.isRemote === true;

const serves = ({ since, until }: KeySet, now: EpochSeconds): boolean => now >= since && now < until;

/** Signs with the set whose turn it is at the time of each signature. */
export function createRollingSigner(sets: KeySets, partyId: string): Signer {
  const signers = new Map(
    sets.map((set) => [set, createSigner(set.privateKey, chainOf(set), partyId)] as const),
  );
  return {
    async sign(claims, now, type) {
      const set = signingSet(sets, now);
      const signer = set && signers.get(set);
      if (signer === undefined) throw new Error("no certificate of ours is valid now");
      return signer.sign(claims, now, type);
    },
  };
}

const chainOf = ({ chain }: KeySet): readonly Uint8Array[] => chain.map(({ der }) => der);

/** Warnings begin so many days before a set ends, and each is more urgent. */
export const WARNING_DAYS = [60, 30, 7] as const;

export interface KeyEnd {
  readonly set: SetName;
  readonly until: EpochSeconds;
  /** whole days that are left; 0 on the last one, and after the end */
  readonly days: number;
  /** the warning that it has reached, in days */
  readonly threshold: (typeof WARNING_DAYS)[number];
  readonly ended: boolean;
}

/**
 * What somebody has to do something about: sets that end within sixty days, or have. Not the previous one, which is there
 * to end; nor the current one once the next has taken over.
 */
export function endingSets(sets: KeySets, now: EpochSeconds): readonly KeyEnd[] {
  const signing = signingSet(sets, now);
  return sets.flatMap((set) => {
    if (set.name === "previous" || (set.name === "current" && signing?.name === "next")) return [];
    const days = Math.max(0, Math.floor((set.until - now) / 86_400));
    const threshold = WARNING_DAYS.findLast((it) => set.until - now <= it * 86_400);
    return threshold === undefined
      ? []
      : [{ set: set.name, until: set.until, days, threshold, ended: now >= set.until }];
  });
}

interface Warner {
  warn(event: string, data: Readonly<Record<string, string | number | boolean>>): void;
  error(event: string, data: Readonly<Record<string, string | number | boolean>>): void;
}

/** One line for each set that ends soon: a warning, and in its last week an error. */
export function warnOfEnds(sets: KeySets, now: EpochSeconds, log: Warner): void {
  for (const { set, days, ended, threshold } of endingSets(sets, now))
    log[threshold === WARNING_DAYS.at(-1) ? "error" : "warn"]("certificate_ends", { set, days, ended });
}
