/** The machine part of a grant: redeeming the code once, the access token, and when all is wiped. */
import { describe, expect, test } from "vitest";
import { type GrantRecord, wipeAt } from "../../../src/protocol/grant.ts";
import { access, entitlementOf, type Redemption, redeem } from "../../../src/protocol/redemption.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = 1_800_000_000;
const SP = "did:ishare:EU.NL.NTRNL-10000020";

const issued: GrantRecord = {
  request: {
    clientId: SP,
    scopes: ["openid", "iSHARE"],
    redirectUri: "https://sp.example/cb?x=1",
    state: "s",
    nonce: "n",
    prompt: [],
    languages: [],
    responseMode: "query",
  },
  party: { id: SP, name: "First Service" },
  expiresAt: NOW + 500,
  browser: { hash: "mine", arrival: false },
  authentication: { humanId: "alice", authTime: NOW - 5, level: "low", amr: ["pwd"] },
  organisation: { id: "NTRNL-10000030", name: "Acme" },
  consented: true,
  finished: true,
  code: { hash: "code-hash", expiresAt: NOW + 60, subject: "pseudonym", redeemed: false },
};
const attempt: Redemption = {
  codeHash: "code-hash",
  partyId: SP,
  clientId: "EU.EORI.NL000000020",
  redirectUri: "https://sp.example/cb?x=1",
  token: { hash: "token-hash", expiresAt: NOW + 3600 },
};
const withPkce: GrantRecord = { ...issued, request: { ...issued.request, codeChallenge: "challenge" } };
const redeemed = redeem(issued, attempt, NOW).next;

/** What is refused changes nothing. */
const expectRefusal = (grant: GrantRecord, change: Partial<Redemption>, reason: string, now = NOW) => {
  const { result, next } = redeem(grant, { ...attempt, ...change }, now);
  expect(reasonOf(result)).toBe(reason);
  expect(next).toBe(grant);
};

describe("redeem", () => {
  test("spends the code and installs the token, for the identifier that the client used", () => {
    const { result, next } = redeem(issued, attempt, NOW);
    expect(accepted(result)).toEqual(entitlementOf(next));
    expect(next).toEqual({
      ...issued,
      code: { ...issued.code, redeemed: true },
      token: { hash: "token-hash", expiresAt: NOW + 3600, clientId: "EU.EORI.NL000000020", revoked: false },
    });
  });

  test("at the last second of the code and not after it", () => {
    expect(reasonOf(redeem(issued, attempt, NOW + 59).result)).toBe("accepted");
    expectRefusal(issued, {}, "code_expired", NOW + 60);
  });

  test("after the pending login has ended, too: the code has its own life", () => {
    expect(reasonOf(redeem({ ...issued, expiresAt: NOW - 1 }, attempt, NOW).result)).toBe("accepted");
  });

  test("not another code", () => {
    expectRefusal(issued, { codeHash: "else" }, "code_unknown");
    expectRefusal(issued, { codeHash: "" }, "code_unknown");
  });

  test("not before there is a code", () => {
    const { code, ...pending } = issued;
    expectRefusal(pending, {}, "code_unknown");
  });

  test("not by another client", () => {
    expectRefusal(issued, { partyId: "did:ishare:EU.NL.NTRNL-10000021" }, "code_wrong_client");
  });

  test.each([
    ["another path", "https://sp.example/cb2?x=1"],
    ["without its query", "https://sp.example/cb"],
    ["with another query", "https://sp.example/cb?x=2"],
    ["with more query", "https://sp.example/cb?x=1&y=2"],
    ["in other letters", "https://SP.example/cb?x=1"],
    ["percent-encoded otherwise", "https://sp.example/%63b?x=1"],
    ["with the default port", "https://sp.example:443/cb?x=1"],
    ["with a slash behind", "https://sp.example/cb/?x=1"],
  ])("not for a redirect_uri %s", (_, redirectUri) => {
    expectRefusal(issued, { redirectUri }, "code_redirect_uri");
  });

  test("a refused attempt leaves the code for the right one", () => {
    for (const change of [{ partyId: "x" }, { redirectUri: "x" }, { codeHash: "x" }, { challenge: "x" }]) {
      const { next } = redeem(issued, { ...attempt, ...change }, NOW);
      expect(reasonOf(redeem(next, attempt, NOW).result)).toBe("accepted");
    }
  });
});

describe("what a redeemed code is good for", () => {
  test("exactly this: nothing else leaves the grant, such as hints of the SP and hashes of cookies", () => {
    const sessionId = "session-1";
    const grant = {
      ...redeemed,
      request: { ...issued.request, loginHint: "carol", idTokenHint: "a.b.c", acrValues: ["high"] },
      authentication: { ...issued.authentication, sessionId, address: "192.0.2.1" }, // of another version
      proof: { humanId: "alice", factors: ["password"], at: NOW - 5 },
    } as unknown as GrantRecord;
    expect(entitlementOf(grant)).toEqual({
      party: { id: SP, name: "First Service" },
      clientId: "EU.EORI.NL000000020",
      scopes: ["openid", "iSHARE"],
      nonce: "n",
      redirectUri: "https://sp.example/cb?x=1",
      humanId: "alice",
      subject: "pseudonym",
      authTime: NOW - 5,
      level: "low",
      amr: ["pwd"],
      sessionId,
      organisation: { id: "NTRNL-10000030", name: "Acme" },
      membership: "NTRNL-10000030",
    });
  });

  test("the organisation is looked up as the directory spells it", () => {
    const { membership, organisation } = entitlementOf({ ...redeemed, membership: "EU.EORI.NL000000030" });
    expect([membership, organisation.id]).toEqual(["EU.EORI.NL000000030", "NTRNL-10000030"]);
  });
});

describe("PKCE", () => {
  test.each([
    ["a challenge and its verifier", withPkce, { challenge: "challenge" }, "accepted"],
    ["neither", issued, {}, "accepted"],
    ["a challenge and no verifier", withPkce, {}, "pkce_missing"],
    ["a challenge and another verifier", withPkce, { challenge: "else" }, "pkce_mismatch"],
    ["no challenge and a verifier (RFC 9700 §2.1.1)", issued, { challenge: "challenge" }, "pkce_unexpected"],
  ])("%s: %4$s", (_, grant, change, reason) => {
    const { result, next } = redeem(grant, { ...attempt, ...change }, NOW);
    expect(reasonOf(result)).toBe(reason);
    if (reason !== "accepted") expect(next).toBe(grant);
  });
});

describe("a second redemption", () => {
  test("by the right client revokes the first token", () => {
    const { result, next } = redeem(
      redeemed,
      { ...attempt, token: { hash: "second", expiresAt: NOW + 9 } },
      NOW,
    );
    expect(reasonOf(result)).toBe("code_used");
    expect(next).toEqual({ ...redeemed, token: { ...redeemed.token, revoked: true } });
    expect(reasonOf(access(next, "token-hash", NOW))).toBe("bearer_revoked");
    expect(reasonOf(access(next, "second", NOW))).toBe("bearer_unknown");
  });

  test.each([
    ["late", {}, NOW + 61],
    ["for another redirect_uri", { redirectUri: "x" }, NOW],
    ["with a verifier", { challenge: "x" }, NOW],
  ])("%s revokes it as well", (_, change, now) => {
    const { result, next } = redeem(redeemed, { ...attempt, ...change }, now);
    expect(reasonOf(result)).toBe("code_used");
    expect(next.token?.revoked).toBe(true);
  });

  test("a third finds the same", () => {
    const twice = redeem(redeemed, attempt, NOW).next;
    const { result, next } = redeem(twice, attempt, NOW);
    expect(reasonOf(result)).toBe("code_used");
    expect(next).toEqual(twice);
  });

  test("by a wrong client revokes nothing and learns nothing", () => {
    expectRefusal(redeemed, { partyId: "x" }, "code_wrong_client");
    expectRefusal(redeemed, { codeHash: "x" }, "code_unknown");
  });
});

describe("what is told first", () => {
  // Each row has two faults; the first one named is told.
  test.each([
    ["code_unknown", "code_wrong_client", issued, { codeHash: "x", partyId: "x" }, NOW],
    ["code_wrong_client", "code_used", redeemed, { partyId: "x" }, NOW],
    ["code_wrong_client", "code_expired", issued, { partyId: "x" }, NOW + 60],
    ["code_wrong_client", "code_redirect_uri", issued, { partyId: "x", redirectUri: "x" }, NOW],
    ["code_used", "code_expired", redeemed, {}, NOW + 60],
    ["code_expired", "code_redirect_uri", issued, { redirectUri: "x" }, NOW + 60],
    ["code_redirect_uri", "pkce_missing", withPkce, { redirectUri: "x" }, NOW],
  ] as const)("%s before %s", (first, _, grant, change, now) => {
    expect(reasonOf(redeem(grant, { ...attempt, ...change }, now).result)).toBe(first);
  });
});

describe("access", () => {
  test("the token is good to its last second", () => {
    expect(accepted(access(redeemed, "token-hash", NOW))).toEqual(entitlementOf(redeemed));
    expect(reasonOf(access(redeemed, "token-hash", NOW + 3599))).toBe("accepted");
    expect(reasonOf(access(redeemed, "token-hash", NOW + 3600))).toBe("bearer_expired");
  });

  test("another token is none, nor is one before the code is redeemed", () => {
    expect(reasonOf(access(redeemed, "else", NOW))).toBe("bearer_unknown");
    expect(reasonOf(access(issued, "token-hash", NOW))).toBe("bearer_unknown");
  });

  test("a code is no token", () => {
    expect(reasonOf(access(redeemed, "code-hash", NOW))).toBe("bearer_unknown");
  });
});

describe("wipeAt: a minute after the last thing that lives", () => {
  const { code, ...pending } = issued;
  test.each([
    ["pending login", pending, NOW + 500 + 60],
    ["code that ends before", issued, NOW + 500 + 60],
    ["code that ends after", { ...issued, expiresAt: NOW - 500 }, NOW + 60 + 60],
    ["token", redeemed, NOW + 3600 + 60],
    ["revoked token", redeem(redeemed, attempt, NOW).next, NOW + 3600 + 60],
  ])("%s", (_, grant, at) => {
    expect(wipeAt(grant)).toBe(at);
  });
});
