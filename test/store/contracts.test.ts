/** What the ports promise, against the real Durable Objects: exactly once under concurrency, and clean-up by alarm. */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Ending, GrantRecord, Step } from "../../src/protocol/grant.ts";
import type { Redemption } from "../../src/protocol/redemption.ts";
import { createGrantStore } from "../../src/store/grant.ts";
import { createRefreshGates } from "../../src/store/refresh-gate.ts";
import { createReplayStore } from "../../src/store/replay-marks.ts";

const bindings = env as unknown as Record<
  "GRANTS" | "REPLAY_MARKS" | "REFRESH_GATES",
  DurableObjectNamespace
>;
const NOW = Math.floor(Date.now() / 1000);
const BROWSER = { hash: "browser" };
const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));

const RECORD: GrantRecord = {
  request: {
    clientId: "did:ishare:EU.NL.NTRNL-1",
    scopes: ["openid", "iSHARE"],
    redirectUri: "https://sp.example/return",
    state: "s",
    nonce: "n",
    prompt: [],
    languages: [],
    responseMode: "query",
  },
  party: { id: "did:ishare:EU.NL.NTRNL-1", name: "SP" },
  expiresAt: NOW + 600,
};
const AUTHENTICATION = { humanId: "h", authTime: NOW, level: "low", amr: ["pwd"] } as const;
const CODE = { hash: "code-hash", expiresAt: NOW + 60, subject: "pseudonym" };

describe("grants", () => {
  const grants = createGrantStore(bindings.GRANTS);

  async function finished(): Promise<string> {
    const id = await grants.open(RECORD);
    await grants.advance(id, BROWSER, [{ step: "look", bind: true }], NOW);
    expect(await grants.finish(id, BROWSER, STEPS, ENDING, NOW)).toMatchObject({ ok: true });
    return id;
  }
  const STEPS: readonly Step[] = [
    { step: "authenticate", authentication: AUTHENTICATION },
    { step: "represent", humanId: "h", organisation: { id: "o", name: "O" } },
    { step: "consent", humanId: "h", organisationId: "o" },
  ];
  const ENDING: Ending = { ending: "code", humanId: "h", code: CODE };
  const redemption = (n = 0): Redemption => ({
    codeHash: CODE.hash,
    partyId: RECORD.party.id,
    clientId: RECORD.request.clientId,
    redirectUri: RECORD.request.redirectUri,
    token: { hash: `token-${n}`, expiresAt: NOW + 3600 },
  });
  const successes = (results: readonly { readonly ok: boolean }[]) => results.filter(({ ok }) => ok).length;

  test("an id is 64 hex digits and nobody's guess", async () => {
    const [one, other] = [await grants.open(RECORD), await grants.open(RECORD)];
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(other).not.toBe(one);
  });

  test("of 50 browsers at once, one owns the grant", async () => {
    const id = await grants.open(RECORD);
    const results = await times(50, (n) =>
      grants.advance(id, { hash: `browser-${n}` }, [{ step: "look", bind: true }], NOW),
    );
    expect(successes(results)).toBe(1);
  });

  test("a preview says what a redemption would, and takes nothing", async () => {
    const id = await finished();
    const [seen, again] = [
      await grants.preview(id, redemption(1), NOW),
      await grants.preview(id, redemption(1), NOW),
    ];
    expect(seen).toEqual(again);
    expect(await grants.preview(id, { ...redemption(), partyId: "another" }, NOW)).toMatchObject({
      failure: { reason: "code_wrong_client" },
    });
    expect(await grants.redeem(id, redemption(1), NOW)).toEqual(seen);
    expect(await grants.preview(id, redemption(2), NOW)).toMatchObject({ failure: { reason: "code_used" } });
    expect(await grants.access(id, "token-1", NOW)).toMatchObject({ ok: true }); // a look revokes nothing
    const unknown = (await grants.open(RECORD)) as string;
    expect(await grants.preview(unknown, redemption(), NOW)).toMatchObject({ ok: false });
  });

  test("of 50 endings at once, one counts", async () => {
    const id = await grants.open(RECORD);
    await grants.advance(id, BROWSER, [{ step: "look", bind: true }], NOW);
    const results = await times(50, () => grants.finish(id, BROWSER, [], { ending: "refused" }, NOW));
    expect(successes(results)).toBe(1);
  });

  test("steps are taken together, or none of them", async () => {
    const id = await grants.open(RECORD);
    await grants.advance(id, BROWSER, [{ step: "look", bind: true }], NOW);
    const others: Step = { step: "consent", humanId: "another", organisationId: "o" };
    const refused = { ok: false, failure: { reason: "grant_not_ready" } };
    expect(await grants.advance(id, BROWSER, [...STEPS.slice(0, 2), others], NOW)).toEqual(refused);
    expect(await grants.finish(id, BROWSER, [...STEPS.slice(0, 2), others], ENDING, NOW)).toEqual(refused);
    const looked = await grants.advance(id, BROWSER, [{ step: "look" }], NOW);
    expect(looked).toMatchObject({ ok: true, value: { browser: { hash: BROWSER.hash } } });
    for (const name of ["authentication", "organisation", "finished"])
      expect(looked).not.toHaveProperty(`value.${name}`);
    // What one ending leaves out is not made up for by what another had taken.
    expect(await grants.finish(id, BROWSER, STEPS.slice(0, 2), ENDING, NOW)).toEqual(refused);
    const ended = await times(50, () => grants.finish(id, BROWSER, STEPS, ENDING, NOW));
    expect(successes(ended)).toBe(1);
  });

  test("the alarm is at the end of all that counts, and moves with it", async () => {
    const id = await finished();
    const stub = bindings.GRANTS.get(bindings.GRANTS.idFromString(id));
    const alarm = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(await alarm()).toBe((RECORD.expiresAt + 60) * 1000);
    await grants.redeem(id, redemption(), NOW);
    expect(await alarm()).toBe((NOW + 3600 + 60) * 1000);
    await grants.revoke(id);
    expect(await alarm()).toBe((NOW + 3600 + 60) * 1000);
  });

  test("of 50 redemptions at once, one succeeds, and the others revoke its token", async () => {
    const id = await finished();
    const results = await times(50, (n) => grants.redeem(id, redemption(n), NOW));
    expect(successes(results)).toBe(1);
    const winner = results.findIndex(({ ok }) => ok);
    expect(await grants.access(id, `token-${winner}`, NOW)).toEqual({
      ok: false,
      failure: { reason: "bearer_revoked" },
    });
  });

  test("50 wrong clients at once burn nothing", async () => {
    const id = await finished();
    const results = await times(50, () => grants.redeem(id, { ...redemption(), partyId: "other" }, NOW));
    expect(successes(results)).toBe(0);
    expect(await grants.redeem(id, redemption(), NOW)).toMatchObject({ ok: true });
    expect(await grants.access(id, "token-0", NOW)).toMatchObject({ ok: true });
  });

  test("an id that was never opened knows nothing and stores nothing", async () => {
    const id = bindings.GRANTS.newUniqueId().toString();
    expect(await grants.advance(id, BROWSER, [{ step: "look" }], NOW)).toEqual({
      ok: false,
      failure: { reason: "grant_unknown" },
    });
    expect(await grants.redeem(id, redemption(), NOW)).toEqual({
      ok: false,
      failure: { reason: "code_unknown" },
    });
    expect(await grants.access(id, "x", NOW)).toEqual({ ok: false, failure: { reason: "bearer_unknown" } });
  });

  test("one alarm wipes everything that is over; one that comes again wipes nothing else", async () => {
    const id = await grants.open(RECORD);
    const stub = bindings.GRANTS.get(bindings.GRANTS.idFromString(id));
    for (const _ of ["too early", "again"]) {
      expect(await runDurableObjectAlarm(stub)).toBe(true);
      expect(await grants.advance(id, BROWSER, [{ step: "look", bind: true }], NOW)).toMatchObject({
        ok: true,
      });
    }
    vi.useFakeTimers({ toFake: ["Date"], now: (RECORD.expiresAt + 60) * 1000 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    vi.useRealTimers();
    expect(await grants.advance(id, BROWSER, [{ step: "look" }], NOW)).toEqual({
      ok: false,
      failure: { reason: "grant_unknown" },
    });
    expect(await runDurableObjectAlarm(stub)).toBe(false); // none left
  });
});

describe("replay marks", () => {
  const replay = createReplayStore(bindings.REPLAY_MARKS);
  /** Another isolate, which has marked nothing yet. */
  const elsewhere = () => createReplayStore(bindings.REPLAY_MARKS);
  let iss: string;
  beforeEach(() => {
    iss = `did:ishare:EU.TT.${crypto.randomUUID()}`;
  });

  test("of 50 uses at once, one passes", async () => {
    const results = await times(50, (n) =>
      (n % 2 === 0 ? replay : elsewhere()).mark(iss, "one-jti", NOW + 41, NOW),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await replay.mark(iss, "one-jti", NOW + 41, NOW)).toBe(false);
    expect(await elsewhere().mark(iss, "one-jti", NOW + 41, NOW)).toBe(false);
  });

  test("another jti, and the same jti of another party, are others", async () => {
    expect(await replay.mark(iss, "a", NOW + 41, NOW)).toBe(true);
    expect(await replay.mark(iss, "b", NOW + 41, NOW)).toBe(true);
    expect(await replay.mark(`${iss}x`, "a", NOW + 41, NOW)).toBe(true);
    // no two pairs run into one
    expect(await replay.mark(iss, "x y", NOW + 41, NOW)).toBe(true);
    expect(await replay.mark(`${iss}x`, "y", NOW + 41, NOW)).toBe(true);
  });

  test.each([
    [16, ["did:ishare:EU.YY.NTRNL-1", "did:ishare:EU.YY.NTRNL-2"]],
    [16, ["did:ishare:EU.XX.NTRNL-1", "EU.EORI.XXHAPPYPETS"]],
    [32, ["did:ishare:EU.UU.NTRNL-1", "did:ishare:EU.VV.NTRNL-1"]],
    // what names no country stands together, however it is spelled
    [16, ["did:web:a.example", "EU.EORI.n", "did:ishare:EU.ABC.1", "did:web:EU.EORI.QQ1", "x EU.EORI.QQ1"]],
  ])("lie in %i objects for %j", async (made, parties) => {
    const before = (await listDurableObjectIds(bindings.REPLAY_MARKS)).length;
    for (const party of parties) await times(200, (n) => replay.mark(party, `jti-${n}`, NOW + 41, NOW));
    expect((await listDurableObjectIds(bindings.REPLAY_MARKS)).length - before).toBe(made);
  });

  test("the alarm forgets what can't be replayed any more, and nothing else", async () => {
    await replay.mark(iss, "over", NOW - 1, NOW);
    await replay.mark(iss, "alive", NOW + 600, NOW);
    await ring();
    expect(await elsewhere().mark(iss, "over", NOW + 41, NOW)).toBe(true);
    expect(await elsewhere().mark(iss, "alive", NOW + 600, NOW)).toBe(false);
  });

  test("more than can be swept at once are swept in turns, a second apart", async () => {
    const object = bindings.REPLAY_MARKS.get(bindings.REPLAY_MARKS.idFromName("many"));
    const left = (list: DurableObjectStorage) => [...list.kv.list()].map(([use]) => use);
    await runInDurableObject(object, (_, { storage }) => {
      for (let n = 0; n < 5001; n++) storage.kv.put(`over ${n}`, NOW - 1);
      storage.kv.put("alive", NOW + 600);
      return storage.setAlarm(Date.now() + 60_000);
    });
    expect(await runDurableObjectAlarm(object)).toBe(true);
    const [some, next] = await runInDurableObject(object, async (_, { storage }) => [
      left(storage),
      (await storage.getAlarm()) ?? 0,
    ]);
    expect(some).toHaveLength(2);
    expect(some).toContain("alive");
    expect(next - Date.now()).toBeLessThan(2000);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await runInDurableObject(object, (_, { storage }) => left(storage))).toEqual(["alive"]);
  });

  test("who sends a used one again keeps no object busy", async () => {
    let calls = 0;
    const counted = new Proxy(bindings.REPLAY_MARKS, {
      get: (namespace, name) => {
        if (name === "get") calls++;
        return Reflect.get(namespace, name, namespace).bind(namespace);
      },
    });
    const here = createReplayStore(counted);
    expect(await here.mark(iss, "again", NOW + 41, NOW)).toBe(true);
    for (let n = 0; n < 5; n++) expect(await here.mark(iss, "again", NOW + 41, NOW)).toBe(false);
    expect(calls).toBe(1);
    expect(await replay.mark(iss, "used there", NOW + 41, NOW)).toBe(true);
    for (let n = 0; n < 5; n++) expect(await here.mark(iss, "used there", NOW + 41, NOW)).toBe(false);
    expect(calls).toBe(2);
  });

  test("an object that has gone with its last mark goes on, and is swept again", async () => {
    const mark = () => elsewhere().mark("did:ishare:EU.ZZ.NTRNL-1", "one", NOW - 1, NOW);
    const object = bindings.REPLAY_MARKS.get(await firstMade(mark));
    for (let round = 0; round < 2; round++) {
      expect(await mark()).toBe(round > 0);
      expect(await runDurableObjectAlarm(object)).toBe(true);
      expect(await runDurableObjectAlarm(object)).toBe(false);
    }
  });

  test("an alarm that was lost is set again, two minutes later at most", async () => {
    const mark = (jti: string, now: number) => replay.mark("did:ishare:EU.WW.NTRNL-1", jti, NOW + 600, now);
    const object = bindings.REPLAY_MARKS.get(await firstMade(() => mark("one", NOW)));
    await runInDurableObject(object, (_, { storage }) => storage.deleteAlarm());
    const alarm = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm());
    for (let n = 0; (await alarm()) === null && n < 500; n++) await mark(`late ${n}`, NOW + 120);
    expect(await alarm()).toBe((NOW + 240) * 1000);
  });

  /** Rings the alarm of every object that has one. */
  async function ring(): Promise<void> {
    for (const id of await listDurableObjectIds(bindings.REPLAY_MARKS))
      await runDurableObjectAlarm(bindings.REPLAY_MARKS.get(id));
  }

  /** The one object that `use` makes. */
  async function firstMade(use: () => Promise<unknown>): Promise<DurableObjectId> {
    const before = new Set((await listDurableObjectIds(bindings.REPLAY_MARKS)).map(String));
    await use();
    const made = (await listDurableObjectIds(bindings.REPLAY_MARKS)).filter((id) => !before.has(String(id)));
    expect(made).toHaveLength(1);
    return made[0] as DurableObjectId;
  }
});

describe("refresh gates", () => {
  const gates = createRefreshGates(bindings.REFRESH_GATES);

  test("of 50 that want to look up at once, one may; then nobody until the interval is over", async () => {
    const entry = crypto.randomUUID();
    const results = await times(50, () => gates.admit(entry, 60, NOW));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await gates.admit(entry, 60, NOW + 59)).toBe(false);
    expect(await gates.admit(entry, 60, NOW + 60)).toBe(true);
    expect(await gates.admit(`${entry}x`, 60, NOW)).toBe(true);
  });

  test("an alarm that comes too early, or again, forgets nothing", async () => {
    const entry = crypto.randomUUID();
    await gates.admit(entry, 60, NOW);
    const stub = bindings.REFRESH_GATES.get(bindings.REFRESH_GATES.idFromName(entry));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await gates.admit(entry, 60, NOW)).toBe(false);
    vi.useFakeTimers({ toFake: ["Date"], now: (NOW + 3600) * 1000 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    vi.useRealTimers();
    expect(await runDurableObjectAlarm(stub)).toBe(false);
  });

  test("an unknown party is remembered as long as was said", async () => {
    const entry = crypto.randomUUID();
    expect(await gates.isUnknown(entry, NOW)).toBe(false);
    await gates.markUnknown(entry, NOW + 60, NOW);
    expect(await gates.isUnknown(entry, NOW + 59)).toBe(true);
    expect(await gates.isUnknown(entry, NOW + 60)).toBe(false);
  });
});

test("objects are kept in the jurisdiction that was set, where there is one", async () => {
  const { inJurisdiction } = await import("../../src/isolate.ts");
  const { createLog } = await import("../../src/log.ts");
  const inside = {} as DurableObjectNamespace;
  const jurisdiction = vi.fn(() => inside);
  const namespace = { jurisdiction } as unknown as DurableObjectNamespace;
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  expect(inJurisdiction(namespace, { dataJurisdiction: "eu", secure: true }, createLog())).toBe(inside);
  expect(jurisdiction).toHaveBeenCalledWith("eu");
  expect(inJurisdiction(namespace, { dataJurisdiction: undefined, secure: true }, createLog())).toBe(
    namespace,
  );
  expect(inJurisdiction(namespace, { dataJurisdiction: "eu", secure: false }, createLog())).toBe(namespace);
  expect(warned).toHaveBeenCalledOnce();
});
