/** Which set signs, which serve, and which end soon: by the clock, at each edge. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  createRollingSigner,
  endingSets,
  type KeySet,
  type SetName,
  servingSets,
  signingSet,
} from "../../../src/jwt/key-sets.ts";
import { importOwnKeys } from "../../../src/jwt/keys.ts";
import { parseCertificate } from "../../../src/trust/certificate.ts";
import { createPki, generateKeys, keyPem, mintLeaf, x5cOf } from "../../support/pki.ts";
import { accepted } from "../../support/result.ts";

const DAY = 86_400;
const T = 1_800_000_000;

/** From T − 100 days until T + 100 days, if not said otherwise. */
const set = (name: SetName, change: Partial<KeySet> = {}): KeySet =>
  ({ name, chain: [], since: T - 100 * DAY, until: T + 100 * DAY, ...change }) as unknown as KeySet;
const signs = (sets: readonly KeySet[], at: number) => signingSet(sets, at)?.name;
const serve = (sets: readonly KeySet[], at: number) => servingSets(sets, at).map(({ name }) => name);

describe("who signs", () => {
  test("one alone, as long as it is valid", () => {
    const one = [set("current", { since: T, until: T + 10 })];
    expect([T - 1, T, T + 9, T + 10].map((at) => signs(one, at))).toEqual([
      undefined,
      "current",
      "current",
      undefined,
    ]);
  });

  test("the next from its second on, and not one before", () => {
    const sets = [set("current"), set("next", { signsFrom: T }), set("previous")];
    expect([T - 1, T, T + 1].map((at) => signs(sets, at))).toEqual(["current", "next", "next"]);
  });

  test("without a time the next waits", () => {
    expect(signs([set("current"), set("next")], T)).toBe("current");
  });

  test("where the one whose turn it is can't, the other does", () => {
    const ended = [set("current", { until: T }), set("next", { signsFrom: T + DAY })];
    expect([T - 1, T].map((at) => signs(ended, at))).toEqual(["current", "next"]);
    const early = [set("current"), set("next", { since: T + 5, signsFrom: T })];
    expect([T, T + 4, T + 5].map((at) => signs(early, at))).toEqual(["current", "current", "next"]);
    const short = [set("current"), set("next", { until: T + 5, signsFrom: T })];
    expect([T + 4, T + 5].map((at) => signs(short, at))).toEqual(["next", "current"]);
  });

  test("the previous never", () => {
    expect(signs([set("current", { until: T }), set("previous")], T)).toBeUndefined();
  });
});

describe("which are published and decrypt", () => {
  test("all that are valid, the one that signs first", () => {
    const sets = [set("current"), set("next", { signsFrom: T }), set("previous")];
    expect(serve(sets, T - 1)).toEqual(["current", "next", "previous"]);
    expect(serve(sets, T)).toEqual(["next", "current", "previous"]);
  });

  test("none before its time, none after its end", () => {
    const sets = [set("current"), set("next", { since: T }), set("previous", { until: T })];
    expect(serve(sets, T - 1)).toEqual(["current", "previous"]);
    expect(serve(sets, T)).toEqual(["current", "next"]);
  });
});

describe("what ends soon", () => {
  const ends = (sets: readonly KeySet[], at = T) =>
    endingSets(sets, at).map(({ set, days, threshold, ended }) => [set, days, threshold, ended]);

  test.each([
    [60 * DAY + 1, []],
    [60 * DAY, [["current", 60, 60, false]]],
    [30 * DAY + 1, [["current", 30, 60, false]]],
    [30 * DAY, [["current", 30, 30, false]]],
    [7 * DAY, [["current", 7, 7, false]]],
    [7 * DAY - 1, [["current", 6, 7, false]]],
    [1, [["current", 0, 7, false]]],
    [0, [["current", 0, 7, true]]],
    [-DAY, [["current", 0, 7, true]]],
  ])("%i seconds before", (left, wanted) => {
    expect(ends([set("current", { until: T + left })])).toEqual(wanted);
  });

  test("not what is there to end: the previous, and the current after the switch", () => {
    const sets = [
      set("current", { until: T + DAY }),
      set("next", { signsFrom: T }),
      set("previous", { until: T + DAY }),
    ];
    expect(ends(sets, T - 1)).toEqual([["current", 1, 7, false]]);
    expect(ends(sets, T)).toEqual([]);
  });

  test("a next one that would not last", () => {
    expect(ends([set("current"), set("next", { until: T + 5 * DAY })])).toEqual([["next", 5, 7, false]]);
  });
});

describe("the signer", () => {
  let sets: KeySet[];
  let leaves: string[];
  beforeAll(async () => {
    const pki = await createPki();
    const identities = [await mintLeaf(pki, "A"), await mintLeaf(pki, "B", { keys: await generateKeys() })];
    leaves = identities.map((it) => x5cOf(it)[0] ?? "");
    sets = await Promise.all(
      identities.map(async (it, at) => {
        const keys = await importOwnKeys(await keyPem(it));
        const chain = [accepted(await parseCertificate(it.der))];
        const more = { chain, publicKey: keys, privateKey: keys };
        return at === 0 ? set("current", more) : set("next", { ...more, signsFrom: T });
      }),
    );
  });

  test("takes the key and the certificate of the one whose turn it is, at each signature", async () => {
    const signer = createRollingSigner(sets, "us");
    for (const [at, position] of [
      [T - 1, 0],
      [T, 1],
      [T - 1, 0],
    ] as const) {
      const token = await signer.sign({ sub: "x" }, at);
      const [head = "", body, signature = ""] = token.split(".");
      expect(JSON.parse(Buffer.from(head, "base64url").toString()).x5c).toEqual([leaves[position]]);
      const key = sets[position]?.publicKey.verification as CryptoKey;
      const signed = Buffer.from(`${head}.${body}`);
      expect(
        await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, Buffer.from(signature, "base64url"), signed),
      ).toBe(true);
    }
  });

  test("says of which type a token is", async () => {
    const signer = createRollingSigner(sets, "us");
    const typeOf = (token: string) =>
      JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).typ;
    expect(typeOf(await signer.sign({ sub: "x" }, T))).toBe("JWT");
    expect(typeOf(await signer.sign({ sub: "x" }, T, "other+jwt"))).toBe("other+jwt");
  });

  test("signs nothing when nobody may", async () => {
    await expect(createRollingSigner(sets, "us").sign({ sub: "x" }, T + 101 * DAY)).rejects.toThrow(
      /no certificate/,
    );
  });
});
