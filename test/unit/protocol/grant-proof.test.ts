/** Proofs within a sign-in: factors add up for one human, a passkey's challenge works once; and what is said afterwards. */
import { describe, expect, test } from "vitest";
import type { UsedFactor } from "../../../src/protocol/assurance.ts";
import {
  advance,
  advanceBy,
  type GrantRecord,
  type Step,
  withoutWhatIsOver,
} from "../../../src/protocol/grant.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = 1_800_000_000;
const mine = { hash: "mine" };
const grant: GrantRecord = {
  request: {
    clientId: "sp",
    scopes: [],
    redirectUri: "https://sp.example/",
    state: "s",
    nonce: "n",
    prompt: [],
    languages: [],
    responseMode: "query",
  },
  party: { id: "sp", name: "First Service" },
  expiresAt: NOW + 600,
  browser: { hash: "mine", arrival: false },
  challenge: "c-1",
};
const pwd: UsedFactor = { kind: "pwd", level: "low" };
const otp: UsedFactor = { kind: "otp", level: "low" };
const passkey: UsedFactor = { kind: "passkey", level: "high", hardware: true };
const prove = (factor: UsedFactor, humanId = "alice", more: object = {}): Step => ({
  step: "prove",
  humanId,
  factor,
  ...more,
});
const take = (from: GrantRecord, step: Step, now = NOW) => accepted(advance(from, mine, step, now));

describe("prove", () => {
  test("adds up for one human; the time is that of the last", () => {
    const both = take(take(grant, prove(pwd)), prove(otp), NOW + 5);
    expect(both.proof).toEqual({
      humanId: "alice",
      factors: [
        { ...pwd, at: NOW },
        { ...otp, at: NOW + 5 },
      ],
      at: NOW + 5,
    });
  });

  test("the same kind again replaces the one before", () => {
    const better: UsedFactor = { kind: "pwd", level: "substantial" };
    expect(take(take(grant, prove(pwd)), prove(better)).proof?.factors).toEqual([{ ...better, at: NOW }]);
  });

  test("by somebody else starts over: nothing of the one before carries on", () => {
    const authentication = { humanId: "alice", authTime: NOW, level: "low", amr: ["pwd"] } as const;
    let far = take(grant, prove(pwd));
    far = take(far, { step: "authenticate", authentication });
    far = take(far, { step: "represent", humanId: "alice", organisation: { id: "A", name: "A" } });
    far = take(far, { step: "consent", humanId: "alice", organisationId: "A" });
    const other = take(far, prove(otp, "bob"));
    expect(other.proof).toEqual({ humanId: "bob", factors: [{ ...otp, at: NOW }], at: NOW });
    for (const member of ["authentication", "organisation", "consented"])
      expect(other).not.toHaveProperty(member);
  });

  test("by another browser changes nothing", () => {
    expect(reasonOf(advance(grant, { hash: "theirs" }, prove(pwd), NOW))).toBe("other_browser");
  });

  test("alone signs nobody in", () => {
    const proven = take(grant, prove(pwd));
    expect(proven).not.toHaveProperty("authentication");
    const represent: Step = { step: "represent", humanId: "alice", organisation: { id: "A", name: "A" } };
    expect(reasonOf(advance(proven, mine, represent, NOW))).toBe("grant_not_ready");
  });
});

describe("a sign-in that was decided before", () => {
  const by = (humanId: string, authTime = NOW): Step => ({
    step: "authenticate",
    authentication: { humanId, authTime, level: "low", amr: ["pwd"], sessionId: "s" },
  });
  const represent: Step = { step: "represent", humanId: "alice", organisation: { id: "A", name: "A" } };

  test.each([
    ["somebody else proves something", prove(pwd, "bob"), NOW],
    ["somebody else proves something, and time is on its side", prove(pwd, "bob"), NOW + 60],
    ["more is proven", prove(otp), NOW],
  ])("comes too late when %s", (_, meanwhile, authTime) => {
    const changed = take(take(grant, prove(pwd)), meanwhile, NOW + 5);
    expect(reasonOf(advance(changed, mine, by("alice", authTime), NOW + 6))).toBe("grant_not_ready");
    expect(reasonOf(advanceBy(changed, mine, [by("alice", authTime), represent], NOW + 6))).toBe(
      "grant_not_ready",
    );
  });

  test("and comes twice undoes no choice", () => {
    const chosen = take(take(take(grant, prove(pwd)), by("alice")), represent);
    expect(take(chosen, by("alice"))).toEqual(chosen);
  });

  test("by a session counts without a proof, and with one that is older", () => {
    expect(take(grant, by("alice")).authentication?.humanId).toBe("alice");
    expect(take(take(grant, prove(pwd)), by("alice", NOW + 1)).authentication?.authTime).toBe(NOW + 1);
  });
});

describe("what is over", () => {
  const authentication = { humanId: "alice", authTime: NOW + 5, level: "low", amr: ["pwd"] } as const;
  const both = take(take(grant, prove(pwd)), prove(otp), NOW + 5);
  const taken = take(both, { step: "authenticate", authentication }, NOW + 6);
  const far = take(taken, { step: "represent", humanId: "alice", organisation: { id: "A", name: "A" } });

  test("is what was proven until then, and who was signed in by it", () => {
    expect(withoutWhatIsOver(both, "alice", NOW - 1)).toEqual(both);
    expect(withoutWhatIsOver(both, "alice", NOW).proof?.factors).toEqual([{ ...otp, at: NOW + 5 }]);
    expect(withoutWhatIsOver(both, "alice", NOW + 5)).not.toHaveProperty("proof");
    expect(withoutWhatIsOver(far, "alice", NOW - 1)).toEqual(far);
    for (const member of ["authentication", "organisation"])
      expect(withoutWhatIsOver(far, "alice", NOW + 5)).not.toHaveProperty(member);
  });

  test("is nothing of another human's", () => {
    expect(withoutWhatIsOver(far, "bob", NOW + 10)).toEqual(far);
  });
});

describe("a passkey's challenge", () => {
  const answer = (used: string, next: string) => prove(passkey, "alice", { challenge: { used, next } });

  test("works once, and is replaced", () => {
    const proven = take(grant, answer("c-1", "c-2"));
    expect(proven.challenge).toBe("c-2");
    expect(reasonOf(advance(proven, mine, answer("c-1", "c-3"), NOW))).toBe("challenge_used");
    expect(take(proven, answer("c-2", "c-3")).challenge).toBe("c-3");
  });

  test("is the one that was set, and nothing without one", () => {
    expect(reasonOf(advance(grant, mine, answer("c-9", "c-2"), NOW))).toBe("challenge_used");
    const { challenge, ...none } = grant;
    expect(reasonOf(advance(none, mine, answer("c-1", "c-2"), NOW))).toBe("challenge_used");
  });

  test("stays when another factor is proven", () => {
    expect(take(grant, prove(pwd)).challenge).toBe("c-1");
  });
});

describe("when it is over", () => {
  const theirs = { hash: "theirs" };
  test.each([
    ["finished", { ...grant, finished: true } as const, NOW],
    ["too late", grant, grant.expiresAt],
  ])("%s: only its own browser is told where to start again", (_, over, now) => {
    const toMe = advance(over, mine, { step: "look" }, now);
    const toThem = advance(over, theirs, { step: "look" }, now);
    const way = { serviceProvider: "First Service", back: "https://sp.example" };
    expect(toMe).toMatchObject({ ok: false, failure: { data: way } });
    expect(toThem).toMatchObject({ ok: false, failure: { reason: reasonOf(toMe) } });
    expect(toThem).not.toHaveProperty("failure.data");
  });
});
