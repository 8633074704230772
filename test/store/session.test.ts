/** What the session store promises, against the real Durable Object: over is over for everybody, a challenge works once. */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { SessionRecord } from "../../src/protocol/session.ts";
import { createSessionStore } from "../../src/store/session.ts";
import { reasonOf } from "../support/result.ts";

const { SESSIONS } = env as unknown as { SESSIONS: DurableObjectNamespace };
const sessions = createSessionStore(SESSIONS);
const NOW = Math.floor(Date.now() / 1000);
const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));

const record = (change: Partial<SessionRecord> = {}): SessionRecord => ({
  secretHash: "hash",
  humanId: "alice",
  factors: [{ kind: "pwd", level: "substantial" }],
  identityAssurance: "high",
  authTime: NOW,
  lastSeenAt: NOW,
  idleSeconds: 1800,
  endsAt: NOW + 28_800,
  challenge: "c-0",
  grantIds: [],
  ...change,
});
async function opened(change: Partial<SessionRecord> = {}) {
  const id = sessions.newId();
  await sessions.open(id, record(change));
  return id;
}
const idToken = (n: number) => ({ aud: "sp", jti: `j-${n}`, partyId: "sp", origin: "https://sp.example" });
const isStored = async (id: string): Promise<boolean> =>
  (await listDurableObjectIds(SESSIONS)).some((it) => it.toString() === id) &&
  (await runInDurableObject(
    SESSIONS.get(SESSIONS.idFromString(id)),
    async (_, { storage }) => (await storage.list()).size > 0,
  ));

afterEach(() => {
  vi.useRealTimers();
});

describe("use", () => {
  test("is for who holds the secret", async () => {
    const id = await opened();
    expect(await sessions.use(id, "hash", NOW + 1)).toEqual({
      ok: true,
      value: { ...record(), lastSeenAt: NOW + 1 },
    });
    expect(reasonOf(await sessions.use(id, "other", NOW))).toBe("session_unknown");
    expect(reasonOf(await sessions.use(sessions.newId(), "hash", NOW))).toBe("session_unknown");
  });

  test("with a wrong secret does not keep it alive", async () => {
    const id = await opened();
    await sessions.use(id, "other", NOW + 1700);
    expect(reasonOf(await sessions.use(id, "hash", NOW + 1800))).toBe("session_expired");
  });

  test("keeps it alive, to within a minute and never longer; and not past its end", async () => {
    const id = await opened({ endsAt: NOW + 4000 });
    for (const at of [1000, 1030, 2400, 3990])
      expect(reasonOf(await sessions.use(id, "hash", NOW + at))).toBe("accepted");
    expect(reasonOf(await sessions.use(id, "hash", NOW + 4000))).toBe("session_expired");

    const other = await opened();
    await sessions.use(other, "hash", NOW + 1030);
    await sessions.use(other, "hash", NOW + 1040); // not written
    expect(reasonOf(await sessions.use(other, "hash", NOW + 1040 + 1740))).toBe("accepted");
    const third = await opened();
    await sessions.use(third, "hash", NOW + 1000);
    expect(reasonOf(await sessions.use(third, "hash", NOW + 2800))).toBe("session_expired");
  });

  test("once over it stays over, whatever the clock of another isolate says", async () => {
    const id = await opened();
    await sessions.end(id);
    expect(reasonOf(await sessions.use(id, "hash", NOW - 100))).toBe("session_unknown");
  });
});

describe("end", () => {
  test("is seen at once, and tells what it was; once", async () => {
    const id = await opened({ grantIds: ["g-1"] });
    expect(await sessions.end(id)).toEqual(record({ grantIds: ["g-1"] }));
    expect(reasonOf(await sessions.use(id, "hash", NOW))).toBe("session_unknown");
    expect(await sessions.end(id)).toBeUndefined();
    expect(await isStored(id)).toBe(false);
  });

  test("of many at once one is told", async () => {
    const id = await opened();
    const ends = await times(50, () => sessions.end(id));
    expect(ends.filter((it) => it !== undefined)).toHaveLength(1);
  });

  test("no use after it in line is let through", async () => {
    const id = await opened();
    const [before, , ...after] = await Promise.all([
      sessions.use(id, "hash", NOW),
      sessions.end(id),
      ...Array.from({ length: 20 }, () => sessions.use(id, "hash", NOW)),
    ]);
    expect(reasonOf(before)).toBe("accepted");
    expect(new Set(after.map(reasonOf))).toEqual(new Set(["session_unknown"]));
  });

  test("nothing brings it back", async () => {
    const id = await opened();
    await sessions.end(id);
    await sessions.note(id, { grantId: "g" });
    await sessions.note(id, { challenge: "c" });
    await sessions.issue(id, idToken(1));
    expect(await sessions.takeChallenge(id, "c-0", "c-1")).toBe(false);
    expect(await isStored(id)).toBe(false);
  });
});

describe("notes", () => {
  test("of many at once none is lost", async () => {
    const id = await opened();
    await times(40, (n) =>
      n % 2 === 0 ? sessions.note(id, { grantId: `g-${n}` }) : sessions.issue(id, idToken(n)),
    );
    expect(await sessions.idTokens(id)).toHaveLength(20);
    expect((await sessions.end(id))?.grantIds).toHaveLength(20);
  });
});

describe("id_tokens", () => {
  const jtis = async (id: string) => (await sessions.idTokens(id)).map(({ jti }) => jti);
  const last50 = (end: number) => Array.from({ length: 50 }, (_, n) => `j-${end - 50 + n}`);

  test("the last fifty are remembered, latest last", async () => {
    const id = await opened();
    for (let n = 0; n < 50; n++) await sessions.issue(id, idToken(n));
    expect(await jtis(id)).toEqual(last50(50));
    for (let n = 50; n < 107; n++) await sessions.issue(id, idToken(n));
    expect(await jtis(id)).toEqual(last50(107));
  });

  test("go along to the session that takes the place of theirs, and on from there", async () => {
    const id = sessions.newId();
    await sessions.open(
      id,
      record(),
      Array.from({ length: 50 }, (_, n) => idToken(n)),
    );
    expect(await jtis(id)).toEqual(last50(50));
    await sessions.issue(id, idToken(50));
    expect(await jtis(id)).toEqual(last50(51));
  });

  test("are over with it", async () => {
    const id = await opened();
    await sessions.issue(id, idToken(1));
    await sessions.end(id);
    await sessions.issue(id, idToken(2));
    expect(await jtis(id)).toEqual([]);
  });
});

describe("a challenge", () => {
  test("of 50 takers one has it; the next is another", async () => {
    const id = await opened();
    const taken = await times(50, (n) => sessions.takeChallenge(id, "c-0", `c-1-${n}`));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const winner = taken.indexOf(true);
    expect(await sessions.takeChallenge(id, "c-0", "x")).toBe(false);
    expect(await sessions.takeChallenge(id, `c-1-${winner}`, "c-2")).toBe(true);
  });

  test("of another session is none", async () => {
    const [one, two] = [await opened({ challenge: "c-a" }), await opened({ challenge: "c-b" })];
    expect(await sessions.takeChallenge(one, "c-b", "x")).toBe(false);
    expect(await sessions.takeChallenge(two, "c-b", "x")).toBe(true);
  });
});

describe("the alarm", () => {
  const stubOf = (id: string) => SESSIONS.get(SESSIONS.idFromString(id));

  test("wipes what is over", async () => {
    const id = await opened();
    vi.useFakeTimers({ toFake: ["Date"], now: (NOW + 1801) * 1000 });
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
    expect(await isStored(id)).toBe(false);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
  });

  test("leaves what was used meanwhile, and comes again", async () => {
    const id = await opened();
    await sessions.use(id, "hash", NOW + 1700);
    vi.useFakeTimers({ toFake: ["Date"], now: (NOW + 1801) * 1000 });
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
    expect(reasonOf(await sessions.use(id, "hash", NOW + 1802))).toBe("accepted");
    vi.setSystemTime((NOW + 28_801) * 1000);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
    expect(await isStored(id)).toBe(false);
  });

  test("is gone with a session that was ended", async () => {
    const id = await opened();
    await sessions.end(id);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
  });
});
