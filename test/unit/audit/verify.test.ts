/** The audit chain and its verification: whatever is changed in a chain that was signed is found, and where. */
import { beforeAll, describe, expect, test } from "vitest";
import { type FoundCheckpoint, verifyChain } from "../../../src/audit/verify.ts";
import { type ChainedRecord, chain, GENESIS, hashOf } from "../../../src/protocol/audit-chain.ts";

const O = "did:ishare:EU.NL.NTRNL-10000001";
const LENGTH = 12;
const SIGNED_AT = 1_790_003_600;
const inputs = Array.from({ length: LENGTH }, (_, n) => ({
  ...{ id: `id-${n}`, at: 1_790_000_000 + n },
  entry: JSON.stringify({ actor: "idp", action: "sign-in.refuse", subject: `s-${n}`, correlationId: "c" }),
}));

let records: readonly ChainedRecord[];
beforeAll(async () => {
  records = await chain(GENESIS, O, inputs);
});

const checkpoint = (seq: number, from = records): FoundCheckpoint => ({
  seq,
  signed: { organisation: O, seq, hash: from[seq - 1]?.hash ?? "", at: SIGNED_AT },
});
async function* inPages(all: readonly ChainedRecord[], size = 5) {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
const verify = (
  all: readonly ChainedRecord[],
  checkpoints: readonly FoundCheckpoint[] = [checkpoint(9)],
  removedUntil = SIGNED_AT,
) => verifyChain(O, inPages(all), checkpoints, removedUntil);
/** With the record at `seq` changed. */
const changed = (seq: number, change: Partial<ChainedRecord>, all = records): readonly ChainedRecord[] =>
  all.map((record) => (record.seq === seq ? { ...record, ...change } : record));
/** From `seq` on anew, as who can write to the directory would. */
async function rewritten(seq: number, entry: string): Promise<readonly ChainedRecord[]> {
  const kept = records.slice(0, seq - 1);
  const head = kept.at(-1) ?? GENESIS;
  const rest = inputs.slice(seq - 1).map((it, n) => (n === 0 ? { ...it, entry } : it));
  return [...kept, ...(await chain(head, O, rest))];
}

describe("the hash", () => {
  test("is over the text that is documented", async () => {
    const record = {
      seq: 1,
      id: "i",
      at: 2,
      organisation: "ö",
      previous: GENESIS.hash,
      entry: '{"a":"\\n"}',
    };
    const text = `{"v":1,"seq":1,"id":"i","at":2,"organisation":"ö","previous":"${"0".repeat(64)}","entry":"{\\"a\\":\\"\\\\n\\"}"}`;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    expect(await hashOf(record)).toBe(Buffer.from(digest).toString("hex"));
  });

  test("does not depend on the order of members, and on nothing else", async () => {
    const [first] = records;
    if (first === undefined) throw new Error();
    const turned = Object.fromEntries(Object.entries(first).reverse()) as unknown as ChainedRecord;
    expect(await hashOf({ ...turned, more: 1 } as ChainedRecord)).toBe(first.hash);
  });

  test("chaining in parts is chaining at once", async () => {
    const [one, other] = [await chain(GENESIS, O, inputs.slice(0, 5)), inputs.slice(5)];
    expect([...one, ...(await chain(one.at(-1) ?? GENESIS, O, other))]).toEqual(records);
  });
});

describe("a chain that is as it was", () => {
  test("holds, and says how far it is signed", async () => {
    expect(await verify(records)).toEqual({
      ...{ organisation: O, removedSeq: 0, lastSeq: LENGTH, signedSeq: 9, signedAt: SIGNED_AT },
      broken: undefined,
    });
  });

  test.each([0, 1, 4, 5, 11, 12])(
    "also with the first %i removed, if a checkpoint stands for them",
    async (count) => {
      const left = records.slice(count);
      const stands = count === 0 ? [] : [checkpoint(count)];
      expect(await verify(left, [...stands, ...(count < 9 ? [checkpoint(9)] : [])])).toMatchObject({
        ...{ removedSeq: count, lastSeq: LENGTH, broken: undefined },
      });
      if (count > 0 && count < LENGTH)
        expect((await verify(left, [checkpoint(LENGTH)])).broken).toEqual({ kind: "missing", seq: 1 });
    },
  );

  test("with nothing in it holds", async () => {
    expect(await verify([], [])).toMatchObject({ lastSeq: 0, signedSeq: 0, broken: undefined });
  });
});

describe("a change is found, and where", () => {
  const CHANGES: readonly (readonly [keyof ChainedRecord, Partial<ChainedRecord>])[] = [
    ["id", { id: "other" }],
    ["at", { at: 1 }],
    ["entry", { entry: "{}" }],
    ["previous", { previous: "f".repeat(64) }],
    ["hash", { hash: "f".repeat(64) }],
  ];
  const cases = CHANGES.flatMap(([name, change]) =>
    Array.from({ length: LENGTH }, (_, n) => [name, n + 1, change] as const),
  );
  test.each(cases)("%s of entry %i", async (_, seq, change) => {
    expect((await verify(changed(seq, change))).broken).toEqual({ kind: "altered", seq });
  });

  test("any letter of an entry", async () => {
    const { entry = "" } = records[3] ?? {};
    for (let at = 0; at < entry.length; at++) {
      const other = entry[at] === "x" ? "y" : "x";
      const text = entry.slice(0, at) + other + entry.slice(at + 1);
      expect((await verify(changed(4, { entry: text }))).broken).toEqual({ kind: "altered", seq: 4 });
    }
  });

  test("an entry of another organisation", async () => {
    const others = await chain(GENESIS, "did:ishare:EU.NL.NTRNL-2", inputs);
    expect((await verify(others, [])).broken).toEqual({ kind: "altered", seq: 1 });
  });

  test.each(Array.from({ length: LENGTH - 1 }, (_, n) => n + 1))("entry %i left out", async (seq) => {
    const left = records.filter((record) => record.seq !== seq);
    const kind = { kind: "missing", seq: seq === 1 ? 1 : seq } as const;
    expect((await verify(left)).broken).toEqual(kind);
  });

  test("one left out and the numbers moved up", async () => {
    const left = records.filter(({ seq }) => seq !== 4).map((record, n) => ({ ...record, seq: n + 1 }));
    expect((await verify(left)).broken).toEqual({ kind: "reordered", seq: 4 });
  });

  test.each([
    [1, 2],
    [4, 5],
    [2, 10],
  ])("entries %i and %i in each other's place", async (one, other) => {
    const [first, second] = [records[one - 1], records[other - 1]];
    const swapped = changed(one, { ...second, seq: one }, changed(other, { ...first, seq: other }));
    expect((await verify(swapped)).broken).toEqual({ kind: "reordered", seq: one });
  });

  test("an entry hashed anew without the rest", async () => {
    const one = await rewritten(4, "{}");
    const mixed = records.map((record) => (record.seq === 4 ? (one[3] ?? record) : record));
    expect((await verify(mixed)).broken).toEqual({ kind: "unlinked", seq: 5 });
  });

  test.each([1, 4, 9])("everything from %i on written anew, up to the checkpoint", async (seq) => {
    expect((await verify(await rewritten(seq, "{}"))).broken).toEqual({ kind: "rewritten", seq: 9 });
  });

  test.each([1, 3, 8])("all after %i cut off", async (left) => {
    expect((await verify(records.slice(0, left))).broken).toEqual({ kind: "truncated", seq: left + 1 });
  });

  test.each([1, 4, 9, 12])("the first %i removed before their time", async (count) => {
    const { broken } = await verify(records.slice(count), [checkpoint(count)], SIGNED_AT - 1);
    expect(broken).toEqual({ kind: "missing", seq: 1 });
  });

  test("a base that the removal made up", async () => {
    const others = await rewritten(1, "{}");
    expect((await verify(others.slice(4), [checkpoint(4)])).broken).toEqual({ kind: "unlinked", seq: 5 });
  });

  test("a checkpoint that is not ours, or is another's, or stands elsewhere", async () => {
    const other = { seq: 9, signed: { organisation: "", seq: 9, hash: records[8]?.hash ?? "", at: 0 } };
    const moved = { seq: 8, signed: checkpoint(9).signed };
    for (const found of [{ seq: 9, signed: undefined }, other, moved])
      expect((await verify(records, [found])).broken).toEqual({ kind: "forged_checkpoint", seq: found.seq });
  });

  test("a stored checkpoint that says otherwise than one that was kept elsewhere", async () => {
    const again = await rewritten(3, "{}");
    const found = [checkpoint(9, again), checkpoint(9)];
    expect((await verify(again, found)).broken).toEqual({ kind: "rewritten", seq: 9 });
    expect((await verify([], found)).broken).toEqual({ kind: "rewritten", seq: 9 });
  });
});

test("what is changed after the last checkpoint is not found: nothing but its object knows", async () => {
  expect((await verify(await rewritten(10, "{}"))).broken).toBeUndefined();
  expect((await verify(records.slice(0, 9))).broken).toBeUndefined();
});
