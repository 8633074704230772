/** Our own certificate chain as others will see it: is it sound, and how long does it last? Pure but for WebCrypto. */
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { type Certificate, parseCertificate } from "../../src/trust/certificate.ts";
import { checkPath, verifyPath } from "../../src/trust/chain.ts";
import { type Finding, good, warning, wrong } from "./finding.ts";
import { wordsFor } from "./words.ts";

const DAY = 86_400;
/** Days before its end from which it is told, and from which it presses: an eSEAL takes weeks to get. */
const TOLD_DAYS = 60;
const PRESSING_DAYS = 30;

type Der = Uint8Array<ArrayBuffer>;

/** @param chain leaf first */
export async function judgeChain(chain: readonly Der[], now: EpochSeconds): Promise<readonly Finding[]> {
  const about = "certificate chain";
  const certificates = await readAll(chain);
  if (certificates.length < chain.length || chain.length === 0)
    return [wrong(about, "a certificate of the chain can't be read.", "Look at CERTIFICATE_CHAIN.")];
  const ends = judgeEnds(certificates, now);
  const path = await verifyPath(chain);
  if (!path.ok)
    return [
      wrong(
        about,
        `${sentence(wordsFor(path.failure))}`,
        "Set CERTIFICATE_CHAIN: the eSEAL first, then each issuer.",
      ),
      ...ends,
    ];
  // Expired ones are told by the ends; here it is the links that count.
  const now_ = checkPath(path.value, { granted: new Set(), withdrawn: new Set() }, now);
  const isTimely = now_.ok || now_.failure.reason === "chain_not_anchored";
  const links = good(about, `${chain.length} certificates, in order, each signed by the next.`);
  return isTimely ? [links, ...ends] : ends;
}

/** The one that ends first decides. */
export function judgeEnds(
  certificates: readonly Pick<Certificate, "notBefore" | "notAfter">[],
  now: EpochSeconds,
): readonly Finding[] {
  const about = "certificate's end";
  const early = certificates.findIndex(({ notBefore }) => now < notBefore);
  if (early >= 0)
    return [
      wrong(
        about,
        `${nameOf(early)} is valid from ${day(certificates[early]?.notBefore ?? 0)} only.`,
        "Wait for that day, or look whether this machine's clock is right.",
      ),
    ];
  const end = Math.min(...certificates.map(({ notAfter }) => notAfter));
  const which = nameOf(certificates.findIndex(({ notAfter }) => notAfter === end));
  const days = Math.floor((end - now) / DAY);
  const roll = "Get a new eSEAL and roll the keys: see docs/keys.md.";
  if (now >= end) return [wrong(about, `${which} expired on ${day(end)}: nothing works.`, roll)];
  if (days < PRESSING_DAYS)
    return [warning(about, `${which} ends on ${day(end)}, in ${inDays(days)}!`, roll)];
  if (days < TOLD_DAYS) return [warning(about, `${which} ends on ${day(end)}, in ${inDays(days)}.`, roll)];
  return [good(about, `${which} ends first, on ${day(end)}, in ${inDays(days)}.`)];
}

async function readAll(chain: readonly Der[]): Promise<readonly Certificate[]> {
  const read = await Promise.all(chain.map((der) => parseCertificate(der)));
  return read.flatMap((it) => (it.ok ? [it.value] : []));
}

const nameOf = (position: number): string =>
  position === 0 ? "the eSEAL" : `CA certificate ${position + 1} of the chain`;
const day = (at: EpochSeconds): string => new Date(at * 1000).toISOString().slice(0, 10);
const inDays = (days: number): string => (days === 1 ? "1 day" : `${days} days`);
export const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
