/**
 * What we accept is a subset of what `openssl verify -x509_strict -partial_chain` accepts, over minted chains: sound
 * ones, every fault, and two thirds of all pairs of faults. All of them, and any number of others: `npm run fuzz`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Compared, compare } from "../../support/chains/compare.ts";
import { FAULTS } from "../../support/chains/faults.ts";
import { STRICTER } from "../../support/chains/stricter.ts";

/** One that shows every reason in `STRICTER` among its first. */
const SEED = 2;
const COUNT = 1500;
/** On an idle machine of two processors it takes some seven seconds. */
const MAX_MS = 60_000;

describe("as openssl sees it", () => {
  test("each fault, pairs of faults, and sound chains", { timeout: MAX_MS }, async () => {
    const counts = { all: 0, sound: 0, soundAccepted: 0, bothAccept: 0, stricter: 0 };
    const alone = new Set<string>();
    const reasons = new Set<string>();
    for await (const it of compare({ seed: SEED, from: 0, count: COUNT })) {
      expect(it.problem, explain(it)).toBeUndefined();
      counts.all++;
      const [fault, other] = it.faults;
      if (fault === undefined) counts.sound++;
      else if (other === undefined) alone.add(fault);
      const [ours, theirs] = [it.ours === "accepted", it.openssl === "accepted"];
      if (ours && fault === undefined) counts.soundAccepted++;
      if (ours && theirs) counts.bothAccept++;
      if (!ours && theirs) {
        counts.stricter++;
        reasons.add(it.ours);
      }
    }
    expect(counts.all).toBe(COUNT);
    expect(alone).toEqual(new Set(Object.keys(FAULTS)));
    expect(counts.soundAccepted).toBe(counts.sound);
    expect(counts.sound).toBeGreaterThan(100);
    // No reason is listed in vain.
    expect([...reasons].sort()).toEqual(Object.keys(STRICTER).sort());
  });
});

test("the decision record has the same list", () => {
  const record = readFileSync(join(import.meta.dirname, "../../../docs/decisions/0011-chains.md"), "utf8");
  const rows = [...record.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)].map(([, reason, why]) => [reason, why]);
  expect(rows).toEqual(Object.entries(STRICTER).map(([reason, { why }]) => [reason, why]));
});

function explain({ number, faults, ours, at, openssl, problem }: Compared): string {
  const where = at === undefined ? "" : ` (certificate ${at})`;
  return `${problem}: ${faults.join(" + ") || "sound"}; ours ${ours}${where}, openssl ${openssl.split("\n")[1] ?? openssl}
to see it: npm run fuzz -- --seed ${SEED} --from ${number}`;
}
