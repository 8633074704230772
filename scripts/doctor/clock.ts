/** Whose clock is wrong? Pure. Owns how far clocks may be apart before iSHARE's thirty seconds suffer. */
import { type Finding, good, unknown, warning, wrong } from "./finding.ts";

/** CLOCK_SKEW_SECONDS has 10 as its default; half of it is told. */
const WRONG_SECONDS = 10;
const TOLD_SECONDS = 5;

/** @param reading its `Date` header, or `iat` of what it just signed @param asked milliseconds here, before and after */
export interface Reading {
  readonly of: string;
  readonly at: number | undefined;
  readonly asked: number;
  readonly answered: number;
}

/** Seconds that it is ahead of us, as little as the time on the way allows: `Date` has whole seconds. */
export function ahead({ at, asked, answered }: Reading): number | undefined {
  if (at === undefined || Number.isNaN(at)) return undefined;
  const [early, late] = [asked / 1000 - 1, answered / 1000];
  if (at > late) return Math.floor(at - late);
  return at < early ? -Math.floor(early - at) : 0;
}

/** @param instance what we look at @param others who may tell whose fault it is */
export function judgeClock(instance: readonly Reading[], others: readonly Reading[]): Finding {
  const about = "clock";
  const differences = instance.flatMap((it) => ahead(it) ?? []);
  if (differences.length === 0) return unknown(about, "no answer carried a time.");
  const difference = differences.reduce((most, it) => (Math.abs(it) > Math.abs(most) ? it : most), 0);
  const apart = Math.abs(difference);
  if (apart < TOLD_SECONDS) return good(about, "the instance's clock and this machine's agree.");
  const says = `the instance's clock is ${apart} s ${difference > 0 ? "ahead of" : "behind"} this machine's.`;
  const witnesses = others.flatMap((it) => {
    const seen = ahead(it);
    return seen === undefined
      ? []
      : [{ of: it.of, agreesWithUs: Math.abs(seen) < Math.abs(seen - difference) }];
  });
  const [witness] = witnesses;
  const todo =
    witness === undefined
      ? "One of both is wrong: set that one by NTP. iSHARE's tokens live for 30 seconds."
      : `${witness.of} agrees with ${witness.agreesWithUs ? "this machine: set the instance's clock" : "the instance: set this machine's clock"} by NTP.`;
  return apart < WRONG_SECONDS ? warning(about, says, todo) : wrong(about, says, todo);
}
