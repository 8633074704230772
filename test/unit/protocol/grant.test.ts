/** The human part of a grant: every step, its order, and the binding to one browser. */
import { describe, expect, test } from "vitest";
import {
  type Authentication,
  advance,
  type Browser,
  type Ending,
  finish,
  type GrantRecord,
  type Step,
} from "../../../src/protocol/grant.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = 1_800_000_000;
const request = {
  clientId: "did:ishare:EU.NL.NTRNL-10000020",
  scopes: ["openid", "iSHARE"],
  redirectUri: "https://sp.example/cb",
  state: "s",
  nonce: "n",
  prompt: [],
  languages: [],
  responseMode: "query",
} as const;
const pending: GrantRecord = {
  request,
  party: { id: "did:ishare:EU.NL.NTRNL-10000020", name: "First Service" },
  expiresAt: NOW + 600,
};
const alice: Authentication = { humanId: "alice", authTime: NOW, level: "low", amr: ["pwd"] };
const bob: Authentication = { ...alice, humanId: "bob" };
const acme = { id: "NTRNL-10000030", name: "Acme" };
const other = { id: "NTRNL-10000031", name: "Other" };
const mine: Browser = { hash: "mine" };
const theirs: Browser = { hash: "theirs" };

/** as the login page looks: it alone finds the browser of a grant that nobody owns */
const arrive: Step = { step: "look", bind: true };
const look: Step = { step: "look" };
const authenticate: Step = { step: "authenticate", authentication: alice };
const represent: Step = { step: "represent", humanId: "alice", organisation: acme };
const consent: Step = { step: "consent", humanId: "alice", organisationId: acme.id };
const steps = { look, authenticate, represent, consent };

/** A grant that went through these steps. */
const having = (...taken: readonly Step[]): GrantRecord =>
  taken.reduce((grant, step) => accepted(advance(grant, mine, step, NOW)), pending);
const ready = having(arrive, authenticate, represent, consent);

const code = { hash: "code-hash", expiresAt: NOW + 60, subject: "pseudonym" };
const withCode: Ending = { ending: "code", humanId: "alice", code };
const refusal: Ending = { ending: "refused" };

describe("the way through", () => {
  test("the login page binds and no more", () => {
    expect(having(arrive)).toEqual({ ...pending, browser: { hash: "mine", arrival: false } });
  });

  test("each step adds its own", () => {
    expect(having(arrive, authenticate).authentication).toEqual(alice);
    expect(having(arrive, authenticate, represent).organisation).toEqual(acme);
    expect(ready).toEqual({
      ...pending,
      browser: { hash: "mine", arrival: false },
      authentication: alice,
      organisation: acme,
      consented: true,
    });
  });

  test("look on the way changes nothing", () => {
    for (const grant of [having(arrive), having(arrive, authenticate), ready])
      expect(accepted(advance(grant, mine, look, NOW))).toBe(grant);
  });

  test("what the human chose on a page is kept", () => {
    expect(having(arrive, { step: "speak", language: "nl" }).language).toBe("nl");
    expect(having(arrive, { step: "select" }).selected).toBe(true);
  });

  test("a transition leaves its input alone", () => {
    const before = structuredClone(ready);
    advance(ready, mine, { step: "authenticate", authentication: bob }, NOW);
    finish(ready, mine, withCode, NOW);
    expect(ready).toEqual(before);
  });
});

describe("order of steps", () => {
  test.each([
    ["represent before anybody signed in", having(arrive), represent],
    ["consent before anybody signed in", having(arrive), consent],
    ["consent before an organisation is chosen", having(arrive, authenticate), consent],
    [
      "an organisation that somebody else chose",
      having(arrive, authenticate),
      { step: "represent", humanId: "bob", organisation: acme },
    ],
    [
      "consent that somebody else gave",
      having(arrive, authenticate, represent),
      { step: "consent", humanId: "bob", organisationId: acme.id },
    ],
    [
      "consent to another organisation",
      having(arrive, authenticate, represent),
      { step: "consent", humanId: "alice", organisationId: other.id },
    ],
  ] as const)("not %s", (_, grant, step) => {
    expect(reasonOf(advance(grant, mine, step, NOW))).toBe("grant_not_ready");
  });

  test("a second sign-in starts over: choices of somebody else do not carry on", () => {
    const again = accepted(advance(ready, mine, { step: "authenticate", authentication: bob }, NOW));
    expect(again.authentication).toEqual(bob);
    expect(again).not.toHaveProperty("organisation");
    expect(again).not.toHaveProperty("consented");
  });

  test("another organisation asks for consent again", () => {
    const again = accepted(
      advance(ready, mine, { step: "represent", humanId: "alice", organisation: other }, NOW),
    );
    expect(again.organisation).toEqual(other);
    expect(again).not.toHaveProperty("consented");
    expect(again.authentication).toEqual(alice);
  });
});

describe("one browser", () => {
  test.each(Object.entries(steps))("%s by another browser is refused", (_, step) => {
    expect(reasonOf(advance(having(arrive, authenticate, represent), theirs, step, NOW))).toBe(
      "other_browser",
    );
  });

  test.each([
    ["code", withCode],
    ["refusal", refusal],
  ])("an end with a %s by another browser is refused", (_, ending) => {
    expect(reasonOf(finish(ready, theirs, ending, NOW))).toBe("other_browser");
  });

  test("an unbound grant belongs to the first that comes to the login page", () => {
    const bound = accepted(advance(pending, theirs, arrive, NOW));
    expect(bound.browser).toEqual({ hash: "theirs", arrival: false });
    expect(reasonOf(advance(bound, mine, arrive, NOW))).toBe("other_browser");
    expect(accepted(advance(bound, theirs, arrive, NOW))).toBe(bound);
  });

  test.each(Object.entries(steps))("%s binds nobody: every later step demands the browser", (_, step) => {
    expect(reasonOf(advance(pending, mine, step, NOW))).toBe("grant_unbound");
    for (const ending of [withCode, refusal])
      expect(reasonOf(finish(pending, mine, ending, NOW))).toBe("grant_unbound");
  });

  test("bound at arrival by a lasting cookie: that cookie goes on", () => {
    const known: GrantRecord = { ...pending, browser: { hash: "mine", arrival: false } };
    expect(accepted(advance(known, mine, look, NOW))).toBe(known);
    expect(reasonOf(advance(known, theirs, look, NOW))).toBe("other_browser");
    // An arrival cookie proves nothing where none was set.
    expect(reasonOf(advance(known, { hash: "theirs", arrivalHash: "mine" }, look, NOW))).toBe(
      "other_browser",
    );
  });

  describe("bound at arrival by its own cookie", () => {
    const arrived: GrantRecord = { ...pending, browser: { hash: "arrival", arrival: true } };

    test("hands over to the lasting cookie at first sight", () => {
      const handed = accepted(advance(arrived, { hash: "mine", arrivalHash: "arrival" }, look, NOW));
      expect(handed.browser).toEqual({ hash: "mine", arrival: false });
      expect(accepted(advance(handed, mine, look, NOW))).toBe(handed);
    });

    test("again, while nothing is proven: the answer that set the lasting cookie may have got lost", () => {
      const handed = accepted(advance(arrived, { hash: "lost", arrivalHash: "arrival" }, look, NOW));
      const again = accepted(advance(handed, { hash: "mine", arrivalHash: "arrival" }, look, NOW));
      expect(again.browser).toEqual({ hash: "mine", arrival: false });
      expect(reasonOf(advance(again, { hash: "lost" }, look, NOW))).toBe("other_browser");
    });

    test("and never after that", () => {
      const handed = accepted(advance(arrived, { hash: "mine", arrivalHash: "arrival" }, look, NOW));
      const late = { hash: "theirs", arrivalHash: "arrival" };
      const prove: Step = { step: "prove", humanId: "alice", factor: { kind: "pwd", level: "low" } };
      for (const step of [prove, authenticate])
        expect(reasonOf(advance(accepted(advance(handed, mine, step, NOW)), late, look, NOW))).toBe(
          "other_browser",
        );
      for (const stranger of [
        { hash: "arrival" },
        { hash: "theirs" },
        { hash: "theirs", arrivalHash: "else" },
      ])
        expect(reasonOf(advance(handed, stranger, look, NOW))).toBe("other_browser");
    });

    test.each([
      ["none", { hash: "mine" }],
      ["another one", { hash: "mine", arrivalHash: "else" }],
      ["its value as lasting cookie", { hash: "arrival" }],
    ])("refuses a browser with %s", (_, browser) => {
      expect(reasonOf(advance(arrived, browser, look, NOW))).toBe("other_browser");
      expect(reasonOf(advance(arrived, browser, authenticate, NOW))).toBe("other_browser");
    });
  });
});

describe("time", () => {
  test.each(Object.entries(steps))("%s at the last second and not after it", (_, step) => {
    const grant = having(arrive, authenticate, represent);
    expect(reasonOf(advance(grant, mine, step, grant.expiresAt - 1))).toBe("accepted");
    expect(reasonOf(advance(grant, mine, step, grant.expiresAt))).toBe("grant_expired");
  });

  test.each([
    ["code", withCode],
    ["refusal", refusal],
  ])("an end with a %s likewise", (_, ending) => {
    expect(reasonOf(finish(ready, mine, ending, ready.expiresAt - 1))).toBe("accepted");
    expect(reasonOf(finish(ready, mine, ending, ready.expiresAt))).toBe("grant_expired");
  });

  test("an expired grant binds nobody and tells no browser from another", () => {
    expect(reasonOf(advance(pending, mine, arrive, pending.expiresAt))).toBe("grant_expired");
    expect(reasonOf(advance(ready, theirs, look, ready.expiresAt))).toBe("grant_expired");
  });
});

describe("the end", () => {
  test("with a code", () => {
    expect(accepted(finish(ready, mine, withCode, NOW))).toEqual({
      ...ready,
      finished: true,
      code: { ...code, redeemed: false },
    });
  });

  test("with a code for who signed in, and nobody else", () => {
    expect(reasonOf(finish(ready, mine, { ...withCode, humanId: "bob" }, NOW))).toBe("grant_not_ready");
  });

  test("with a refusal there is no code", () => {
    const refused = accepted(finish(ready, mine, refusal, NOW));
    expect(refused).toEqual({ ...ready, finished: true });
  });

  test.each([
    ["nobody signed in", having(arrive)],
    ["no organisation is chosen", having(arrive, authenticate)],
    ["nothing was consented to", having(arrive, authenticate, represent)],
  ])("no code while %s, but a refusal", (_, grant) => {
    expect(reasonOf(finish(grant, mine, withCode, NOW))).toBe("grant_not_ready");
    expect(accepted(finish(grant, mine, refusal, NOW)).finished).toBe(true);
  });

  test.each([
    ["code", withCode],
    ["refusal", refusal],
  ])("comes once: after a %s nothing goes on", (_, ending) => {
    const finished = accepted(finish(ready, mine, ending, NOW));
    for (const step of Object.values(steps))
      expect(reasonOf(advance(finished, mine, step, NOW))).toBe("grant_finished");
    for (const again of [withCode, refusal])
      expect(reasonOf(finish(finished, mine, again, NOW))).toBe("grant_finished");
  });
});

test("a sign-in that is over tells whose it was where to start again, and is bound to nobody by that", () => {
  const mineAndOver = { ...having(arrive), finished: true as const };
  const told = advance(mineAndOver, mine, look, NOW);
  expect(told.ok || told.failure).toEqual({
    reason: "grant_finished",
    data: { serviceProvider: "First Service", back: "https://sp.example" },
  });
  for (const nobodys of [
    advance({ ...pending, finished: true as const }, mine, arrive, NOW),
    advance(pending, mine, arrive, pending.expiresAt),
    advance(mineAndOver, theirs, look, NOW),
  ])
    expect(nobodys.ok || nobodys.failure.data).toBeUndefined();
});
