/** What comes next in a sign-in: one table from what is known to what is shown, taken or refused. */
import { describe, expect, test } from "vitest";
import type { Situation } from "../../../src/directory/situation.ts";
import { type Candidate, candidateOf, type Facts, type Next, nextStep } from "../../../src/login/flow.ts";
import type { UsedFactor } from "../../../src/protocol/assurance.ts";
import type { AuthorizationRequest } from "../../../src/protocol/authorization-request.ts";
import type { GrantRecord } from "../../../src/protocol/grant.ts";
import type { SessionRecord } from "../../../src/protocol/session.ts";

const NOW = 1_800_000_000;
const acme = { id: "A", name: "Acme" };
const bravo = { id: "B", name: "Bravo" };
const pwd: UsedFactor = { kind: "pwd", level: "substantial" };
const otp: UsedFactor = { kind: "otp", level: "substantial" };
const recovery: UsedFactor = { kind: "recovery", level: "low" };

const asking = (change: Partial<AuthorizationRequest> = {}): AuthorizationRequest => ({
  clientId: "sp",
  scopes: ["openid", "iSHARE"],
  redirectUri: "https://sp.example/",
  state: "s",
  nonce: "n",
  prompt: [],
  languages: [],
  responseMode: "query",
  ...change,
});
const signedIn = { humanId: "alice", authTime: NOW, level: "low", amr: ["pwd"] } as const;
const grantOf = (
  change: Partial<GrantRecord> = {},
  request: Partial<AuthorizationRequest> = {},
): GrantRecord => ({
  request: asking(request),
  party: { id: "sp", name: "First Service" },
  expiresAt: NOW + 600,
  ...change,
});
const candidate: Candidate = { humanId: "alice", factors: [pwd], authTime: NOW, isFresh: true, isNew: true };
const situation: Situation = {
  humanId: "alice",
  username: "alice",
  name: "Alice",
  identityAssurance: "high",
  mustChangePassword: false,
  passwordSince: undefined,
  enrolled: { password: "substantial", passkeys: [] },
  organisations: [acme],
  hasChosen: false,
  consents: new Map(),
  pseudonym: "pseudonym-1",
};
const next = (change: Partial<Facts> = {}): Next =>
  nextStep({ grant: grantOf(), candidate, situation, floor: "low", exempt: false, own: false, ...change });

describe("who", () => {
  test("nobody yet: the login page", () => {
    expect(next({ candidate: undefined, situation: undefined })).toEqual({ show: "login" });
  });

  test("somebody who is not there any more: refused, or a session that stands for nobody", () => {
    expect(next({ situation: undefined })).toEqual({ refuse: "human_gone" });
    const session = { ...candidate, isFresh: false, isNew: false };
    expect(next({ situation: undefined, candidate: session })).toEqual({ show: "login" });
  });

  test("proven enough: signed in, at the level reached", () => {
    expect(next()).toEqual({ take: "authentication", level: "low", amr: ["pwd"] });
  });

  test("whom the SP expects, by the pseudonym it knows", () => {
    expect(next({ expectedSubject: "pseudonym-1" })).toHaveProperty("take", "authentication");
    const earlier = { ...candidate, isFresh: false };
    expect(next({ expectedSubject: "else", candidate: earlier })).toEqual({ show: "login" });
    expect(next({ expectedSubject: "else" })).toEqual({ refuse: "login_required" });
  });

  test("whom the human says it is, with prompt=select_account", () => {
    const asked = (change: Partial<GrantRecord> = {}) => grantOf(change, { prompt: ["select_account"] });
    const earlier = { ...candidate, isFresh: false };
    expect(next({ grant: asked(), candidate: earlier })).toEqual({ show: "select-account" });
    expect(next({ grant: asked({ selected: true }), candidate: earlier })).toHaveProperty(
      "take",
      "authentication",
    );
    expect(next({ grant: asked() })).toHaveProperty("take", "authentication"); // they have just said who they are
  });
});

describe("how strongly", () => {
  const strong = { ...situation, enrolled: { ...situation.enrolled, totp: "substantial" as const } };
  const wanting = (...acrValues: NonNullable<AuthorizationRequest["acrValues"]>) =>
    grantOf({}, { acrValues });

  test("a second factor where it is wanted and enrolled", () => {
    expect(next({ grant: wanting("substantial"), situation: strong })).toEqual({
      show: "factor",
      ways: ["otp"],
    });
  });

  test("with both proven it is reached", () => {
    const both = { ...candidate, factors: [pwd, otp] };
    expect(next({ grant: wanting("substantial"), situation: strong, candidate: both })).toMatchObject({
      take: "authentication",
      level: "substantial",
    });
  });

  test("a lower wish where the first can't be reached", () => {
    expect(next({ grant: wanting("high", "low") })).toMatchObject({ take: "authentication", level: "low" });
  });

  test("nothing that is wanted can be reached", () => {
    expect(next({ grant: wanting("high") })).toEqual({ refuse: "assurance_unreachable" });
    expect(next({ floor: "substantial" })).toEqual({ refuse: "assurance_unreachable" });
  });

  test("the floor holds without a wish, and above a lower one", () => {
    expect(next({ floor: "substantial", situation: strong })).toHaveProperty("show", "factor");
    expect(next({ floor: "substantial", situation: strong, grant: wanting("low") })).toHaveProperty(
      "show",
      "factor",
    );
  });

  test("a recovery code yields low and no more", () => {
    const recovered = { ...candidate, factors: [pwd, recovery] };
    const proof = { humanId: "alice", factors: [pwd, recovery], at: NOW };
    const asked = (request: Partial<AuthorizationRequest>) =>
      next({ situation: strong, candidate: recovered, grant: grantOf({ proof }, request) });
    expect(asked({})).toMatchObject({ take: "authentication", level: "low" });
    expect(asked({ acrValues: ["substantial"] })).toEqual({ refuse: "assurance_unreachable" });
    expect(asked({ acrValues: ["substantial", "low"] })).toMatchObject({ level: "low" });
  });

  test("one used earlier in the session does not keep the human from the real factor", () => {
    const earlier = { ...candidate, factors: [pwd, recovery], isFresh: false, isNew: false };
    expect(next({ situation: strong, candidate: earlier, grant: wanting("substantial") })).toEqual({
      show: "factor",
      ways: ["otp"],
    });
  });

  test("every way that leads there is offered", () => {
    const key = { level: "high", hardware: true } as const;
    const rich = { ...strong, enrolled: { ...strong.enrolled, passkeys: [key] } };
    const ways = (grant: GrantRecord) => next({ situation: rich, grant });
    expect(ways(wanting("substantial"))).toEqual({ show: "factor", ways: ["otp", "passkey"] });
    expect(ways(wanting("high"))).toEqual({ show: "factor", ways: ["passkey"] });
  });

  test("for our own pages as for any SP", () => {
    expect(next({ own: true, grant: wanting("substantial"), situation: strong })).toHaveProperty(
      "show",
      "factor",
    );
  });

  test("a password that must be changed is changed before anything else", () => {
    const due = { ...situation, mustChangePassword: true };
    expect(next({ situation: due })).toEqual({ show: "change-password" });
    const byPasskey: Candidate = {
      ...candidate,
      factors: [{ kind: "passkey", level: "high", hardware: true }],
    };
    expect(next({ situation: due, candidate: byPasskey })).toHaveProperty("take", "authentication");
  });
});

describe("for whom", () => {
  const grant = grantOf({ authentication: signedIn });
  const several = { ...situation, organisations: [acme, bravo] };

  test.each<[string, Partial<Facts>, Next]>([
    ["the only organisation", {}, { take: "organisation", organisation: acme }],
    ["none", { situation: { ...situation, organisations: [] } }, { refuse: "no_organisation" }],
    ["one of several, chosen by the human", { situation: several }, { show: "organisation" }],
    [
      "one of several, chosen before: asked each time",
      { situation: { ...several, hasChosen: true } },
      { show: "organisation" },
    ],
    [
      "the first, for an exempt party",
      { situation: several, exempt: true },
      { take: "organisation", organisation: acme },
    ],
    ["nobody, on our own pages", { own: true }, { done: true }],
  ])("%s", (_, change, step) => {
    expect(next({ grant, ...change })).toEqual(step);
  });

  test("the one chosen last, where nothing may be asked", () => {
    const silent = grantOf({ authentication: signedIn }, { prompt: ["none"] });
    expect(next({ grant: silent, situation: { ...several, hasChosen: true } })).toEqual({
      take: "organisation",
      organisation: acme,
    });
  });

  test("select_account asks again", () => {
    const asked = grantOf({ authentication: signedIn, selected: true }, { prompt: ["select_account"] });
    expect(next({ grant: asked, situation: { ...several, hasChosen: true } })).toEqual({
      show: "organisation",
    });
  });
});

describe("may it be shared", () => {
  const at = (request: Partial<AuthorizationRequest> = {}, change: Partial<GrantRecord> = {}) =>
    grantOf({ authentication: signedIn, organisation: acme, ...change }, request);
  const given = (scopes: readonly string[], organisation = "A"): Situation => ({
    ...situation,
    consents: new Map([[organisation, scopes]]),
  });
  const taken = { take: "consent", organisation: acme, exempt: false };

  test.each<[string, Partial<Facts>, unknown]>([
    ["not asked before", {}, { show: "consent", organisation: acme }],
    ["given before, the same", { situation: given(["openid", "iSHARE"]) }, taken],
    ["given before, more", { situation: given(["openid", "iSHARE", "name"]) }, taken],
    ["given before, less", { situation: given(["openid"]) }, { show: "consent", organisation: acme }],
    [
      "given for another organisation",
      { situation: given(["openid", "iSHARE"], "B") },
      { show: "consent", organisation: acme },
    ],
    ["an exempt party", { exempt: true }, { take: "consent", organisation: acme, exempt: true }],
  ])("%s", (_, change, step) => {
    expect(next({ grant: at(), ...change })).toEqual(step);
  });

  test("prompt=consent asks again", () => {
    const grant = at({ prompt: ["consent"] });
    expect(next({ grant, situation: given(["openid", "iSHARE"]) })).toEqual({
      show: "consent",
      organisation: acme,
    });
  });

  test("then it is done", () => {
    expect(next({ grant: at({}, { consented: true }) })).toEqual({ done: true });
  });
});

describe("prompt=none shows no page (OIDC Core §3.1.2.1)", () => {
  const silent = { prompt: ["none"] } as const;
  test.each<[string, Partial<Facts>, string]>([
    [
      "nobody signed in",
      { grant: grantOf({}, silent), candidate: undefined, situation: undefined },
      "login_required",
    ],
    [
      "somebody who is not there any more",
      {
        grant: grantOf({}, silent),
        candidate: { ...candidate, isFresh: false, isNew: false },
        situation: undefined,
      },
      "login_required",
    ],
    [
      "another human than the SP expects",
      {
        grant: grantOf({}, silent),
        candidate: { ...candidate, isFresh: false, isNew: false },
        expectedSubject: "else",
      },
      "login_required",
    ],
    [
      "a level that can't be reached",
      { grant: grantOf({}, { ...silent, acrValues: ["high"] }) },
      "assurance_unreachable",
    ],
    [
      "a second factor wanted",
      {
        grant: grantOf({}, { ...silent, acrValues: ["substantial"] }),
        situation: { ...situation, enrolled: { password: "substantial", totp: "substantial", passkeys: [] } },
      },
      "login_required",
    ],
    [
      "a password to change",
      { grant: grantOf({}, silent), situation: { ...situation, mustChangePassword: true } },
      "interaction_required",
    ],
    [
      "an organisation to choose",
      {
        grant: grantOf({ authentication: signedIn }, silent),
        situation: { ...situation, organisations: [acme, bravo] },
      },
      "interaction_required",
    ],
    [
      "consent to give",
      { grant: grantOf({ authentication: signedIn, organisation: acme }, silent) },
      "consent_required",
    ],
  ])("%s", (_, change, refusal) => {
    expect(next(change)).toEqual({ refuse: refusal });
  });
});

describe("candidateOf: what counts as proven", () => {
  const session = { humanId: "alice", factors: [pwd], authTime: NOW - 100 } as unknown as SessionRecord;
  const proof = { humanId: "alice", factors: [otp], at: NOW };

  test("nothing", () => {
    expect(candidateOf(grantOf(), undefined, NOW)).toBeUndefined();
  });

  test("the session", () => {
    expect(candidateOf(grantOf(), session, NOW)).toEqual({
      humanId: "alice",
      factors: [pwd],
      authTime: NOW - 100,
      isFresh: false,
      isNew: false,
    });
  });

  test("not the session with prompt=login, nor one older than max_age", () => {
    expect(candidateOf(grantOf({}, { prompt: ["login"] }), session, NOW)).toBeUndefined();
    expect(candidateOf(grantOf({}, { maxAge: 99 }), session, NOW)).toBeUndefined();
    expect(candidateOf(grantOf({}, { maxAge: 100 }), session, NOW)).toBeDefined();
  });

  test("a proof beside the session of the same human", () => {
    expect(candidateOf(grantOf({ proof }), session, NOW)).toMatchObject({
      factors: [pwd, otp],
      authTime: NOW,
      isNew: true,
    });
  });

  test("a proof of another human brings nothing of the session", () => {
    const other = { ...proof, humanId: "bob" };
    expect(candidateOf(grantOf({ proof: other }), session, NOW)).toMatchObject({
      humanId: "bob",
      factors: [otp],
    });
  });

  test("a proof under prompt=login stands alone", () => {
    expect(candidateOf(grantOf({ proof }, { prompt: ["login"] }), session, NOW)?.factors).toEqual([otp]);
  });
});
