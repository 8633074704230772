/** The sign-on session: its ends, who may use it, and what it remembers. */
import { describe, expect, test } from "vitest";
import {
  isRecent,
  noteInSession,
  type SessionRecord,
  sessionEnd,
  useSession,
} from "../../../src/protocol/session.ts";
import { accepted, reasonOf } from "../../support/result.ts";

const NOW = 1_800_000_000;
const session = {
  secretHash: "hash",
  humanId: "alice",
  factors: [{ kind: "pwd", level: "low" }],
  identityAssurance: "low",
  authTime: NOW - 100,
  lastSeenAt: NOW - 50,
  idleSeconds: 600,
  endsAt: NOW + 3600,
  challenge: "c-1",
  grantIds: [],
} as unknown as SessionRecord;

describe("use", () => {
  test("by who holds its secret; the idle time starts over", () => {
    expect(accepted(useSession(session, "hash", NOW))).toEqual({ ...session, lastSeenAt: NOW });
    expect(reasonOf(useSession(session, "other", NOW))).toBe("session_unknown");
    expect(reasonOf(useSession(session, "", NOW))).toBe("session_unknown");
  });

  test("until it was idle too long, to the second", () => {
    const idle = session.lastSeenAt + session.idleSeconds;
    expect(sessionEnd(session)).toBe(idle);
    expect(reasonOf(useSession(session, "hash", idle - 1))).toBe("accepted");
    expect(reasonOf(useSession(session, "hash", idle))).toBe("session_expired");
  });

  test("until its end, however busy", () => {
    const busy = { ...session, lastSeenAt: session.endsAt - 1 };
    expect(sessionEnd(busy)).toBe(session.endsAt);
    expect(reasonOf(useSession(busy, "hash", session.endsAt - 1))).toBe("accepted");
    expect(reasonOf(useSession(busy, "hash", session.endsAt))).toBe("session_expired");
  });

  test("a wrong secret is told before an end", () => {
    expect(reasonOf(useSession(session, "other", session.endsAt))).toBe("session_unknown");
  });

  test("is no new sign-in", () => {
    expect(accepted(useSession(session, "hash", NOW)).authTime).toBe(session.authTime);
  });
});

describe("max_age (OIDC Core §3.1.2.1)", () => {
  test.each([
    [undefined, true],
    [101, true],
    [100, true],
    [99, false],
    [0, false],
  ])("%s", (maxAge, recent) => {
    expect(isRecent(session, maxAge, NOW)).toBe(recent);
  });
});

describe("notes", () => {
  test("are added, latest last", () => {
    const noted = noteInSession(noteInSession(session, { grantId: "g-1" }), { grantId: "g-2" });
    expect(noted).toEqual({ ...session, grantIds: ["g-1", "g-2"] });
  });

  test("one that comes again is there once", () => {
    const noted = ["g-1", "g-2", "g-1"].reduce(
      (before, grantId) => noteInSession(before, { grantId }),
      session,
    );
    expect(noted.grantIds).toEqual(["g-2", "g-1"]);
  });

  test("a challenge replaces the one before", () => {
    expect(noteInSession(session, { challenge: "c-2" })).toEqual({ ...session, challenge: "c-2" });
  });

  test("are bounded: the oldest go", () => {
    let noted = session;
    for (let at = 0; at < 60; at++) noted = noteInSession(noted, { grantId: `g-${at}` });
    expect(noted.grantIds).toHaveLength(50);
    expect([noted.grantIds[0], noted.grantIds.at(-1)]).toEqual(["g-10", "g-59"]);
  });
});

test("the last fifty sign-ins are remembered", () => {
  let full = session;
  for (let n = 0; n < 51; n++) full = noteInSession(full, { grantId: `grant-${n}` });
  expect(full.grantIds).toHaveLength(50);
  expect(full.grantIds.at(-1)).toBe("grant-50");
  expect(noteInSession(full, { challenge: "c-2" })).toEqual({ ...full, challenge: "c-2" });
});
