/**
 * What we say of a chain beside what `openssl verify -x509_strict -partial_chain` says. What we accept, openssl must
 * accept; what openssl accepts and we refuse must be for one of the reasons in `STRICTER` (docs/decisions/0011).
 */
import type { Reason } from "../../../src/protocol/failure.ts";
import { checkPath, verifyPath } from "../../../src/trust/chain.ts";
import { askOpensslAll, type Question } from "../openssl.ts";
import { fingerprintOf } from "../pki.ts";
import { dataOf, reasonOf } from "../result.ts";
import { createKeys, type Der, type Keys } from "./draft.ts";
import { FAULTS } from "./faults.ts";
import { createRandom } from "./random.ts";
import { createSound, type Minted, mintCase } from "./sound.ts";
import { REARRANGED, STRICTER, type Stricter } from "./stricter.ts";

/** Which chains: the same again, but for their keys. */
export interface Run {
  readonly seed: number;
  /** the first one's number */
  readonly from: number;
  readonly count: number;
}

interface Sample extends Minted {
  readonly number: number;
  /** names in `FAULTS`; none, one or two */
  readonly faults: readonly string[];
  /** the list has another certificate of a CA in the chain, which openssl may take instead of the one sent */
  readonly hasTwin: boolean;
}

const NAMES = Object.keys(FAULTS);
/** Sound ones among them, per fault: the two must agree on these as well. */
const SOUND_PER_FAULT = 3;

/** One round: each fault alone, then each pair of faults and sound ones, shuffled. */
function roundOf(seed: number, round: number): readonly (readonly string[])[] {
  const pairs = NAMES.flatMap((one, at) => NAMES.slice(at + 1).map((other) => [one, other]));
  const sound = Array.from({ length: NAMES.length * SOUND_PER_FAULT }, () => []);
  return [...NAMES.map((name) => [name]), ...createRandom(seed, round).shuffled([...pairs, ...sound])];
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other);

/** Chains a round has. */
export const ROUND = NAMES.length * (1 + (NAMES.length - 1) / 2 + SOUND_PER_FAULT);

async function* samples({ seed, from, count }: Run): AsyncGenerator<Sample> {
  const keys: Keys = await createKeys();
  let round: ReturnType<typeof roundOf> = [];
  for (let number = from; number < from + count; number++) {
    if (number === from || number % ROUND === 0) round = roundOf(seed, Math.floor(number / ROUND));
    const faults = round[number % ROUND] ?? [];
    const random = createRandom(seed, number);
    const it = createSound(random, keys, random.pick([1, 2, 2, 3, 3, 3, 4, 5]));
    for (const name of faults) FAULTS[name]?.(it, random, keys);
    const { drafts, listed } = it;
    const hasTwin = listed.some(
      (one) => !drafts.includes(one) && drafts.some(({ subject }) => sameBytes(subject, one.subject)),
    );
    yield { number, faults, hasTwin, ...mintCase(it) };
  }
}

interface Verdicts {
  readonly ours: Reason | "accepted";
  /** which certificate of the chain it was about */
  readonly at: number | undefined;
  readonly openssl: string;
}

const fingerprints = async (ders: readonly Der[]) =>
  new Set(await Promise.all(ders.map((der) => fingerprintOf({ der }))));

async function judge({ chain, listed, withdrawn, now }: Minted): Promise<Omit<Verdicts, "openssl">> {
  const anchors = { granted: await fingerprints(listed), withdrawn: await fingerprints(withdrawn) };
  const path = await verifyPath(chain);
  const result = path.ok ? checkPath(path.value, anchors, now) : path;
  const at = dataOf(result)?.certificate;
  return { ours: reasonOf(result), at: typeof at === "number" ? at : undefined };
}

export interface Compared extends Sample, Verdicts {
  /** what is wrong with the two verdicts, or nothing */
  readonly problem: string | undefined;
}

const BATCH = 25;
const BATCHES_AT_ONCE = 3;

/** Chains judged by both, in their order. */
export async function* compare(run: Run): AsyncGenerator<Compared> {
  const running: Promise<Compared[]>[] = [];
  let batch: Sample[] = [];
  for await (const sample of samples(run)) {
    batch.push(sample);
    if (batch.length < BATCH) continue;
    running.push(compareAll(batch));
    batch = [];
    if (running.length === BATCHES_AT_ONCE) yield* (await running.shift()) ?? [];
  }
  for (const last of [...running, compareAll(batch)]) yield* await last;
}

async function compareAll(all: readonly Sample[]): Promise<Compared[]> {
  const answers = askOpensslAll(all.map(questionOf));
  const compared: Compared[] = [];
  for (const [at, sample] of all.entries()) {
    const verdicts = { ...(await judge(sample)), openssl: (await answers)[at] ?? "" };
    compared.push({ ...sample, ...verdicts, problem: disagreement(sample, verdicts) });
  }
  return compared;
}

export const questionOf = ({ chain, listed, now }: Minted): Question => ({
  chain,
  trusted: listed,
  now,
  strict: true,
  anyStrength: true,
});

function disagreement(sample: Sample, { ours, at, openssl }: Verdicts): string | undefined {
  const theirs = openssl === "accepted";
  if (ours === "accepted") {
    if (!theirs) return "we accept what openssl refuses";
    return sample.faults.length === 1 ? "a fault that nobody minds" : undefined;
  }
  if (sample.faults.length === 0) return "we refuse a sound chain";
  if (!theirs) return undefined;
  const stricter = STRICTER[ours];
  if (stricter === undefined) return `stricter for an unlisted reason: ${ours}`;
  return isListed(sample, stricter, at) ? undefined : `stricter, and not for what ${ours} is listed for`;
}

function isListed(sample: Sample, { faults, above }: Stricter, at: number | undefined): boolean {
  if (faults === "any" || sample.faults.some((fault) => faults.includes(fault))) return true;
  if (sample.hasTwin || sample.faults.some((fault) => REARRANGED.includes(fault))) return true;
  return at !== undefined && at >= anchorOf(sample) + (above === "anchor" ? 0 : 1);
}

/** Where openssl's path ends: the lowest certificate that is listed. */
function anchorOf({ chain, listed }: Minted): number {
  const at = chain.findIndex((der) => listed.some((it) => sameBytes(it, der)));
  return at < 0 ? chain.length : at;
}
