/** Who has room among the refusals that are kept: what is rare outlives what is common, whoever sends it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countRefusals,
  isSought,
  putRefusal,
  type Refusal,
  type Shares,
  shareOf,
} from "../../../src/protocol/refusal.ts";

const ROOM = { total: 20, share: 8 };
let made = 0;
const refusal = (over: Partial<Refusal> = {}): Refusal => ({
  ...{ at: made, correlationId: `c-${++made}`, endpoint: "/connect/token", method: "POST", status: 400 },
  ...{ reason: "jwt_signature", ...over },
});
const of = (id: string, reason: string, proven = true) => refusal({ reason, party: { id, proven } });

function fill(shares: Shares<Refusal>, refusals: readonly Refusal[]): number {
  return refusals.filter((it) => putRefusal(shares, it, ROOM) !== undefined).length;
}
const ids = (shares: Shares<Refusal>) =>
  [...shares.values()].flat().map(({ correlationId }) => correlationId);
const many = (count: number, make: () => Refusal) => Array.from({ length: count }, make);

test("a share that is full loses its own oldest, and nobody else's", () => {
  const shares: Shares<Refusal> = new Map();
  const rare = of("sp-1", "code_redirect_uri");
  const flood = many(100, () => refusal());
  expect(fill(shares, [rare, ...flood])).toBe(92);
  expect(ids(shares)).toEqual([rare, ...flood.slice(-8)].map(({ correlationId }) => correlationId));
});

test("where there is no room at all, the largest share loses", () => {
  const shares: Shares<Refusal> = new Map();
  const rare = [of("sp-1", "code_expired"), refusal({ reason: "jwt_lifetime" })];
  fill(shares, rare);
  for (const reason of ["jwt_x5c", "jwt_alg", "jwt_typ", "jwt_signature"])
    fill(
      shares,
      many(50, () => refusal({ reason })),
    );
  expect(countRefusals(shares)).toBe(ROOM.total);
  for (const { correlationId } of rare) expect(ids(shares)).toContain(correlationId);
});

test("of shares that are as large, the one that begins the earliest loses", () => {
  const shares: Shares<Refusal> = new Map();
  const all = many(25, () => refusal({ reason: `reason_${made}` }));
  fill(shares, all);
  expect(ids(shares)).toEqual(all.slice(-20).map(({ correlationId }) => correlationId));
});

test("one party's flood of every reason leaves each other one its own", () => {
  const shares: Shares<Refusal> = new Map();
  const others = ["sp-1", "sp-2", "sp-3"].map((id) => of(id, "code_expired"));
  fill(shares, others);
  for (let n = 0; n < 300; n++) fill(shares, [of("flooder", `reason_${n % 12}`)]);
  for (const { correlationId } of others) expect(ids(shares)).toContain(correlationId);
});

test("claims are no shares: whoever signs as some participant can't make room by naming others", () => {
  const shares: Shares<Refusal> = new Map();
  const rare = of("sp-1", "party_throttled");
  fill(shares, [rare]);
  for (let n = 0; n < 300; n++) fill(shares, [of(`claimed-${n}`, "party_unknown", false)]);
  expect(shares.size).toBe(2);
  expect(shares.get(shareOf(rare))).toHaveLength(1);
  expect(countRefusals(shares)).toBe(9);
});

test("a claim does not get into the share of the party that it names", () => {
  expect(shareOf(of("sp-1", "party_not_active", false))).not.toBe(shareOf(of("sp-1", "party_not_active")));
});

describe("whatever comes", () => {
  const arbitrary = fc.record({
    who: fc.constantFrom(undefined, "sp-1", "sp-2", "sp-3"),
    proven: fc.boolean(),
    reason: fc.constantFrom("a", "b", "c", "d", "e"),
  });
  test("bounds hold, what is lost is told, and who has no more than their part loses nothing", () => {
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 120 }), (drafts) => {
        const all = drafts.map(({ who, proven, reason }) =>
          who === undefined ? refusal({ reason }) : of(who, reason, proven),
        );
        const shares: Shares<Refusal> = new Map();
        const lost = fill(shares, all);
        expect(countRefusals(shares) + lost).toBe(all.length);
        expect(countRefusals(shares)).toBeLessThanOrEqual(ROOM.total);
        const groups = Map.groupBy(all, shareOf);
        const part = Math.floor(ROOM.total / groups.size);
        for (const [name, group] of groups) {
          const kept = shares.get(name) ?? [];
          expect(kept.length).toBeLessThanOrEqual(ROOM.share);
          if (kept.length > 0) expect(kept).toEqual(group.slice(-kept.length));
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(group.length, part, ROOM.share));
        }
      }),
    );
  });
});

test("a search is exact", () => {
  const it = { ...of("sp-1", "code_used"), correlationId: "c", traceId: "t" };
  for (const search of [
    {},
    { reference: "c" },
    { reference: "t" },
    { reason: "code_used", party: "sp-1", endpoint: "/connect/token" },
  ])
    expect(isSought(it, search)).toBe(true);
  for (const search of [
    { reference: "" },
    { reference: "C" },
    { reason: "code_use" },
    { party: "sp" },
    { endpoint: "/connect" },
    { reference: "c", reason: "code_expired" },
  ])
    expect(isSought(it, search)).toBe(false);
});
