/**
 * What a sign-in costs: every call of a Durable Object, each query and each signature of a warm one, counted. Whoever adds
 * one has to say here what it is for.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { signIn, type TestBrowser } from "../support/browser.ts";
import { type Costs, countCosts, type Operations } from "../support/counting.ts";
import { ALICE, ISSUER, startWorker } from "../support/worker.ts";
import { authorizeForm, codeForm, machineForm, type Sp } from "../support/world.ts";

let costs: Costs;
let sp: Sp;
beforeAll(async () => {
  const idp = await startWorker();
  sp = idp.world.sp;
  costs = countCosts(idp);
  await wholeSignIn(costs.at.browser()); // consent is given, the registry has been asked
});
afterAll(() => {
  vi.restoreAllMocks();
});

/** Of what the SP prepares itself nothing counts. */
async function of(prepared: Promise<Readonly<Record<string, string>>>) {
  const form = await prepared;
  costs.take();
  return form;
}

async function toCode(browser: TestBrowser): Promise<string> {
  const begun = await browser.post("/connect/authorize", await of(authorizeForm(sp)));
  const back = await signIn(browser, begun.headers.get("location") ?? "", ALICE);
  return back.searchParams.get("code") ?? "";
}

async function redeem(code: string): Promise<void> {
  const answer = await costs.at.browser().post("/connect/token", await of(codeForm(sp, code)));
  expect(answer.status).toBe(200);
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}` };
  const userinfo = await costs.at.send(new Request(`${ISSUER}/connect/userinfo`, { headers }));
  expect(userinfo.status).toBe(200);
}

/** @returns what the human's part cost, and the SP's */
async function wholeSignIn(browser: TestBrowser): Promise<readonly [human: Operations, sp: Operations]> {
  const code = await toCode(browser);
  const human = costs.take();
  await redeem(code);
  return [human, costs.take()];
}

const PASSWORD_SIGN_IN = [
  // POST /connect/authorize
  "REPLAY_MARKS.mark", // the request object is used once
  "GRANTS.open", // the sign-in, for whoever comes with its authzId
  // GET /login
  "GRANTS.advance", // look, and bind it to this browser
  // POST /login
  "GRANTS.advance", // look: this browser, and not over yet
  "LOGIN_COUNTERS.admit", // this address has a try left
  "LOGIN_COUNTERS.admit", // and so has this account
  "GRANTS.advance", // the password is proven
  "LOGIN_COUNTERS.giveBack", // it was no failed try: of the account
  "LOGIN_COUNTERS.giveBack", // and of the address
  // GET /connect/authorize/callback
  "GRANTS.advance", // look
  "SESSIONS.open", // a session, with what was proven
  "GRANTS.advance", // authenticated, by that session
  "LOGIN_COUNTERS.reset", // the account's counter starts over
  "GRANTS.finish", // for this organisation, with this consent: a code, once
];
const FROM_CODE_TO_USERINFO = [
  // POST /connect/token
  "REPLAY_MARKS.mark", // the client assertion is used once
  "GRANTS.redeem", // the code is used once
  "SESSIONS.issue", // which id_tokens a logout hint may be
  // GET /connect/userinfo
  "GRANTS.access", // the token stands
];

test("a warm sign-in with the password, from authorize to userinfo", async () => {
  const [human, machine] = await wholeSignIn(costs.at.browser());
  expect(human.objects).toEqual(PASSWORD_SIGN_IN);
  expect(machine.objects).toEqual(FROM_CODE_TO_USERINFO);
  expect([...human.lookUps, ...machine.lookUps]).toEqual([]);
  expect([...human.kv, ...machine.kv]).toEqual([]);

  expect([...human.d1, ...machine.d1]).toEqual([
    expect.stringContaining("WHERE username_key = ?"), // whose name and password
    expect.stringContaining("WHERE humans.id = ?1"), // all about this human at this SP
    expect.stringContaining("INSERT INTO sessions"), // where the human finds the session again, and ends it
    expect.stringContaining("INSERT INTO sign_ins"), // and sees who signed in
    expect.stringContaining("INTO grants"), // where a grant with a code is found, to end it with its human; and all about the human again
    expect.stringContaining("FROM humans WHERE id = ?1 AND status = 'active'"), // userinfo: attributes of who is still active
  ]);
  expect([human.signed, human.verified]).toEqual([0, 1]); // the request object
  expect([machine.signed, machine.verified]).toEqual([2, 1]); // id_token and userinfo; the client assertion
});

test("a sign-in by the session: no password, no hash, no counter", async () => {
  const browser = costs.at.browser();
  await toCode(browser);
  costs.take();
  await toCode(browser);
  const { objects, d1, kv, lookUps, signed } = costs.take();
  expect(objects.filter((call) => call.startsWith("LOGIN_COUNTERS"))).toEqual([]);
  expect(objects).toHaveLength(8);
  expect(d1).toHaveLength(3); // the human: at the login page, and at the callback; where the code is found, if all still holds
  expect([kv, lookUps, signed]).toEqual([[], [], 0]);
});

test("a party's own token: one mark, one signature verified, nothing else", async () => {
  const form = await of(machineForm(sp));
  expect((await costs.at.browser().post("/connect/token", form)).status).toBe(200);
  expect(costs.take()).toEqual({
    objects: ["REPLAY_MARKS.mark"],
    kv: [],
    d1: [],
    signed: 0,
    verified: 1,
    lookUps: [],
  });
});

test("what is told to anybody costs one signature for many", async () => {
  for (let time = 0; time < 3; time++)
    expect((await costs.at.send(new Request(`${ISSUER}/capabilities`))).status).toBe(200);
  const { objects, signed, d1, kv } = costs.take();
  expect({ objects, signed, d1, kv }).toEqual({ objects: [], signed: 1, d1: [], kv: [] });
});
