/** Rolling keys by setup: what it takes, which secrets change, and what is said of it. Values go nowhere but into one request. */
import { describe, expect, test } from "vitest";
import { readSetupFlags } from "../../../scripts/setup/answers.ts";
import { changesOf, notesOn, planRoll, type Roll, readRoll } from "../../../scripts/setup/roll.ts";

const roll = (...args: readonly string[]) => readRoll(readSetupFlags([...args, "--environment", "test"]));
const GIVEN = ["--key", "k.pem", "--chain", "c.pem"];
const identity = { key: "the key", chain: "the chain" };
const long = { key: "the key", chain: Array.from({ length: 90 }, () => "x".repeat(64)).join("\n") };
const of = (over: Partial<Roll>): Roll => ({ slot: undefined, drop: [], time: undefined, ...over });

describe("flags", () => {
  test("a slot, a time, what is dropped; without them it is an ordinary run", () => {
    expect(roll(...GIVEN, "--yes")).toBeUndefined();
    const from = "2026-12-01T03:00:00Z";
    expect(roll(...GIVEN, "--as", "next", "--from", from)).toEqual(of({ slot: "next", time: from }));
    expect(roll("--p12", "x", "--as", "current", "--drop", "next", "--dry-run")).toEqual(
      of({ slot: "current", drop: ["next"] }),
    );
    expect(roll("--drop", "next", "--drop", "previous")).toEqual(of({ drop: ["next", "previous"] }));
    expect(roll("--chain", "c", "--as", "previous", "--until", "2026-12-01")).toMatchObject({
      time: "2026-12-01",
    });
  });
  test.each([
    [["--as", "next"], "--p12 is missing"],
    [[...GIVEN, "--drop", "next"], "--as is missing."],
    [[...GIVEN, "--as", "spare"], "--as must be next, current or previous."],
    [["--drop", "current"], "--drop must be next or previous"],
    [[...GIVEN, "--as", "next", "--drop", "next"], "both say next"],
    [[...GIVEN, "--as", "current", "--from", "2026-12-01"], "--from goes with --as next."],
    [[...GIVEN, "--from", "2026-12-01"], "--from goes with --as next."],
    [[...GIVEN, "--as", "next", "--until", "2026-12-01"], "--until goes with --as previous."],
    [[...GIVEN, "--as", "next", "--from", "tomorrow"], "--from must be a time such as"],
    [[...GIVEN, "--as", "next", "--url", "https://a.example"], "--url has no place"],
    [[...GIVEN, "--as", "next", "--data-key-file", "f"], "--data-key-file has no place"],
  ])("%j is refused", (args, words) => {
    expect(() => roll(...args)).toThrow(words);
  });
});

describe("what changes", () => {
  const present = (...names: string[]) => new Set(["SIGNING_KEY", "CERTIFICATE_CHAIN", "DATA_KEY", ...names]);
  test("the whole set; what is left of a longer chain, and of the last roll's time, goes", () => {
    expect(
      changesOf(
        of({ slot: "current" }),
        identity,
        present("CERTIFICATE_CHAIN_2", "NEXT_CERTIFICATE_CHAIN_2"),
      ),
    ).toEqual({
      ...{ SIGNING_KEY: "the key", CERTIFICATE_CHAIN: "the chain", CERTIFICATE_CHAIN_2: null },
    });
    const before = present("NEXT_CERTIFICATE_CHAIN_2", "NEXT_CERTIFICATE_CHAIN_3", "NEXT_FROM");
    const put = changesOf(of({ slot: "next" }), long, before);
    expect(Object.keys(put)).toEqual([
      ...[
        "NEXT_SIGNING_KEY",
        "NEXT_CERTIFICATE_CHAIN",
        "NEXT_CERTIFICATE_CHAIN_2",
        "NEXT_CERTIFICATE_CHAIN_3",
        "NEXT_FROM",
      ],
    ]);
    expect(put).toMatchObject({ NEXT_CERTIFICATE_CHAIN_3: null, NEXT_FROM: null });
    expect(`${put.NEXT_CERTIFICATE_CHAIN}\n${put.NEXT_CERTIFICATE_CHAIN_2}`).toBe(long.chain);
    expect(changesOf(of({ slot: "next", time: "2026-12-01" }), identity, before).NEXT_FROM).toBe(
      "2026-12-01",
    );
  });
  test("a key that lives elsewhere leaves none here", () => {
    expect(changesOf(of({ slot: "current" }), { key: undefined, chain: "c" }, present())).toEqual({
      ...{ CERTIFICATE_CHAIN: "c", SIGNING_KEY: null },
    });
  });
  test("a slot that is dropped goes whole, in the same request; no other name is touched", () => {
    const before = present(
      "NEXT_SIGNING_KEY",
      "NEXT_CERTIFICATE_CHAIN",
      "NEXT_FROM",
      "PREVIOUS_DATA_KEY",
      "SIGNER_TOKEN",
    );
    expect(changesOf(of({ slot: "current", drop: ["next", "previous"] }), identity, before)).toEqual({
      ...{ SIGNING_KEY: "the key", CERTIFICATE_CHAIN: "the chain" },
      ...{ NEXT_SIGNING_KEY: null, NEXT_CERTIFICATE_CHAIN: null, NEXT_FROM: null },
    });
  });
});

describe("the plan", () => {
  const planned = (it: Roll, present: readonly string[] | undefined, variables = {}) => {
    const sent: unknown[] = [];
    const putSecrets = async (...call: unknown[]) => void sent.push(call);
    const seen = present && new Set(present);
    const given = it.slot === undefined ? undefined : identity;
    const steps = planRoll(it, given, { environment: "test", variables, present: seen }, {
      putSecrets,
    } as never);
    return { steps, sent };
  };
  test("one request, and words without a value", async () => {
    const { steps, sent } = planned(of({ slot: "current", drop: ["next"] }), ["SIGNING_KEY", "NEXT_FROM"]);
    expect(steps.map(({ says }) => says)).toEqual([
      "set the secrets SIGNING_KEY, CERTIFICATE_CHAIN (by standard input), and take away NEXT_FROM",
    ]);
    expect(sent).toEqual([]);
    await steps[0]?.run?.();
    expect(sent).toEqual([
      [{ NEXT_FROM: null, SIGNING_KEY: "the key", CERTIFICATE_CHAIN: "the chain" }, "test"],
    ]);
  });
  test("nothing to drop is nothing to do", () => {
    expect(planned(of({ drop: ["previous"] }), ["SIGNING_KEY"]).steps).toEqual([
      { says: "nothing of previous keys" },
    ]);
  });
  test("a key that goes elsewhere: not where the Worker could not ask for it then", () => {
    const go = (present: readonly string[]) => () =>
      planRoll(
        of({ slot: "current" }),
        { key: undefined, chain: "c" },
        { environment: "test", variables: {}, present: new Set(present) },
        { putSecrets: async () => undefined } as never,
      );
    expect(go(["SIGNING_KEY", "DATA_KEY"])).toThrow("lacks SIGNER_TOKEN");
    expect(go(["SIGNING_KEY", "SIGNER_TOKEN"])).toThrow("lacks DATA_KEY");
    expect(go(["SIGNING_KEY", "SIGNER_TOKEN", "DATA_KEY"])()).toHaveLength(1);
    const words = (present: readonly string[]) =>
      notesOn(of({ slot: "current" }), new Set(present), true).map(({ about }) => about);
    expect(words(["SIGNING_KEY", "DATA_KEY"])).toContain("SIGNER_URL");
    expect(words(["DATA_KEY"])).not.toContain("SIGNER_URL");
  });
  test("a time among the variables stands in the way, whether or not another is given", () => {
    for (const [it, name] of [
      [of({ slot: "next" }), "NEXT_FROM"],
      [of({ slot: "previous" }), "PREVIOUS_UNTIL"],
      [of({ drop: ["next"] }), "NEXT_FROM"],
    ] as const)
      expect(() => planned(it, ["SIGNING_KEY"], { [name]: "x" })).toThrow(`has ${name} among its vars`);
  });
  test("no Worker, or a variable in the way: refused. Nobody signed in: said", () => {
    const next = of({ slot: "next", time: "2026-12-01" });
    expect(() => planned(next, [])).toThrow("run setup without --as first");
    expect(() => planned(next, ["SIGNING_KEY"], { NEXT_FROM: "x" })).toThrow(
      "wrangler.toml has NEXT_FROM among its vars",
    );
    expect(planned(next, undefined).steps).toHaveLength(1);
  });
});

test.each([
  [{ slot: "current" }, ["SIGNING_KEY", "DATA_KEY"], ["previous keys"]],
  [{ slot: "current" }, ["DATA_KEY", "PREVIOUS_CERTIFICATE_CHAIN", "NEXT_CERTIFICATE_CHAIN"], ["next keys"]],
  [
    { slot: "current", drop: ["next"] },
    ["DATA_KEY", "PREVIOUS_CERTIFICATE_CHAIN", "NEXT_CERTIFICATE_CHAIN"],
    [],
  ],
  [{ slot: "current", drop: ["previous"] }, ["DATA_KEY", "PREVIOUS_CERTIFICATE_CHAIN"], ["previous keys"]],
  [{ slot: "current" }, ["SIGNING_KEY", "PREVIOUS_CERTIFICATE_CHAIN"], ["DATA_KEY"]],
  [{ drop: ["next"] }, ["DATA_KEY", "NEXT_CERTIFICATE_CHAIN"], ["current keys"]],
  [{ slot: "next" }, ["DATA_KEY"], []],
  [{ slot: "next" }, ["DATA_KEY", "NEXT_CERTIFICATE_CHAIN"], ["next keys"]],
] as const)("%j with %j: a word on %j", (it, present, about) => {
  expect(notesOn(of(it), new Set(present)).map((note) => note.about)).toEqual(about);
});
