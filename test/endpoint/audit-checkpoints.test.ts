/** Checkpoints, exports and retention: what the clock does for the audit log, hour by hour. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type FoundCheckpoint, verifyChain } from "../../src/audit/verify.ts";
import { auditStatement } from "../../src/directory/audit-entry.ts";
import { loadChain, loadCheckpoints } from "../../src/directory/audit-log.ts";
import { readCheckpoint } from "../../src/jwt/audit-checkpoint.ts";
import { GENESIS } from "../../src/protocol/audit-chain.ts";
import { wholeChain } from "../support/audit.ts";
import { decodePayload } from "../support/jwt.ts";
import { dersOf } from "../support/pki.ts";
import { directory, type Instance, startWorker } from "../support/worker.ts";
import { IDP_ID } from "../support/world.ts";

const { TEST_BUCKET: bucket } = env as unknown as { TEST_BUCKET: R2Bucket };
const HOUR = 3600;
const DAY = 86_400;
const ORGANISATION = "did:ishare:EU.NL.NTRNL-10000099/x";
const FOLDER = "did%3Aishare%3AEU.NL.NTRNL-10000099%2Fx";

let idp: Instance;
/** on the hour */
let now: number;
beforeEach(async () => {
  idp = await startWorker();
  now = Math.ceil(Date.now() / 1000 / HOUR) * HOUR;
  at(0);
  idp.log();
});
afterEach(() => {
  vi.useRealTimers();
});

function at(seconds: number): void {
  now += seconds;
  vi.useFakeTimers({ toFake: ["Date"], now: now * 1000 });
}

/** Tells something, and has the clock come by. */
async function tell(count: number, organisation = ORGANISATION, on = idp): Promise<void> {
  const entry = { actor: "command:test", action: "human.add", organisation, correlationId: "c" };
  const some = Array.from({ length: count }, () => auditStatement(directory(), entry, now));
  await directory().batch(some);
  await on.scheduled();
}
const signers = () => dersOf(idp.world.idp);
const checkpoints = (organisation = ORGANISATION) => loadCheckpoints(directory(), organisation);
const exporting = (more: Record<string, string> = {}) =>
  idp.with({ AUDIT_EXPORT: bucket as unknown as string, ...more });

async function report(organisation = ORGANISATION) {
  const found: FoundCheckpoint[] = [];
  for (const { seq, jwt } of await checkpoints(organisation)) {
    const signed = await readCheckpoint(jwt, signers());
    found.push({ seq, signed: signed.ok ? signed.value : undefined });
  }
  async function* pages() {
    yield await loadChain(directory(), organisation, 0, 10_000);
  }
  return verifyChain(organisation, pages(), found, now - 30 * DAY);
}

describe("checkpoints", () => {
  test("one an hour, of chains that have grown, signed as nothing else of ours is", async () => {
    await tell(3);
    await tell(1, "");
    at(HOUR - 60);
    await tell(2); // too early for another
    expect(await checkpoints()).toHaveLength(1);
    at(60);
    await idp.scheduled();
    const [first, second, ...none] = await checkpoints();
    expect(none).toEqual([]);
    expect([first?.seq, second?.seq]).toEqual([3, 5]);
    expect(await checkpoints("")).toHaveLength(1); // nothing new there

    const chain = await wholeChain(directory(), ORGANISATION);
    const jwt = second?.jwt ?? "";
    expect(JSON.parse(atob(jwt.split(".")[0] ?? ""))).toMatchObject({
      alg: "RS256",
      typ: "ishare-idp-audit-checkpoint+jwt",
    });
    expect(decodePayload(jwt)).toEqual({
      ...{ iss: IDP_ID, sub: "urn:ishare-idp:audit-checkpoint" },
      ...{ organisation: ORGANISATION, seq: 5, hash: chain[4]?.hash },
      ...{ jti: expect.any(String), iat: now, exp: now + 30 },
    });
    expect(await report()).toMatchObject({ signedSeq: 5, signedAt: now, lastSeq: 5, broken: undefined });
  });

  test("sign what the chain's object ordered: who rewrote the directory meanwhile gets no signature on it", async () => {
    await tell(2);
    at(HOUR - 60);
    await tell(2);
    await directory().prepare("UPDATE audit SET entry = '{}' WHERE seq = 4").run();
    const [row] = (await loadChain(directory(), ORGANISATION, 3, 1)).slice();
    const { hashOf } = await import("../../src/protocol/audit-chain.ts");
    const hash = row === undefined ? "" : await hashOf(row);
    await directory().prepare("UPDATE audit SET hash = ? WHERE seq = 4").bind(hash).run();
    expect(await report()).toMatchObject({ broken: undefined }); // nobody can tell yet
    at(60);
    await idp.scheduled();
    expect(await report()).toMatchObject({ broken: { kind: "rewritten", seq: 4 } });
  });

  test("a chain's end that was cut off is noticed", async () => {
    await tell(3);
    await directory().prepare("DELETE FROM audit WHERE seq = 3").run();
    expect(await report()).toMatchObject({ broken: { kind: "truncated", seq: 3 } });
  });
});

describe("exports", () => {
  const names = async () => (await bucket.list()).objects.map(({ key }) => key);
  const read = async (name: string) => (await (await bucket.get(name))?.text()) ?? "";

  test("what a checkpoint covers, with it; our own under a name that no organisation can have", async () => {
    await tell(2, ORGANISATION, exporting());
    await tell(1, "", exporting());
    expect(await names()).toEqual(
      [
        ...[`${FOLDER}/000000000002.jsonl`, `${FOLDER}/000000000002.jwt`],
        ...["@idp/000000000001.jsonl", "@idp/000000000001.jwt"],
      ].sort(),
    );
    const lines = (await read(`${FOLDER}/000000000002.jsonl`))
      .trim()
      .split("\n")
      .map((it) => JSON.parse(it));
    const chain = await wholeChain(directory(), ORGANISATION);
    expect(lines).toEqual(chain.map((record) => ({ v: 1, ...record })));
    expect(await read(`${FOLDER}/000000000002.jwt`)).toBe((await checkpoints())[0]?.jwt);
  });

  test("goes on where it was, also when a bucket was bound late; and writes nothing a second time", async () => {
    await tell(2);
    at(HOUR);
    await tell(1);
    expect(await names()).toEqual([]);
    await exporting().scheduled();
    const first = await names();
    expect(first).toEqual(["2.jwt", "3.jsonl", "3.jwt"].map((it) => `${FOLDER}/00000000000${it}`));
    at(HOUR);
    await tell(1, ORGANISATION, exporting());
    // An answer was lost: it does not know that it was done.
    await directory().prepare("UPDATE audit_heads SET exported_seq = 3").run();
    await bucket.put(`${FOLDER}/000000000004.jsonl`, "kept");
    await exporting().scheduled();
    expect(await read(`${FOLDER}/000000000004.jsonl`)).toBe("kept");
    expect(await names()).toHaveLength(5);
  });

  test("a bucket that is out is told, and tried again", async () => {
    const out = { head: () => Promise.reject(new Error("out")), put: () => Promise.reject(new Error("out")) };
    await tell(1, ORGANISATION, idp.with({ AUDIT_EXPORT: out as unknown as string }));
    expect(idp.log().map(({ event }) => event)).toContain("audit_not_exported");
    await exporting().scheduled();
    expect(await names()).toHaveLength(2);
  });
});

describe("retention", () => {
  const keeping = { AUDIT_RETENTION_DAYS: "30" };

  test("all is kept unless it is set", async () => {
    await tell(2);
    at(60 * DAY);
    await idp.scheduled();
    expect(await wholeChain(directory(), ORGANISATION)).toHaveLength(2);
  });

  test("what is old and signed for goes; its checkpoint stays, and the chain goes on from it", async () => {
    await tell(2);
    at(HOUR);
    await tell(1);
    at(29 * DAY);
    await tell(2);
    at(DAY);
    const kept = await loadChain(directory(), ORGANISATION, 3, 10);
    await idp.with(keeping).scheduled();
    expect(await loadChain(directory(), ORGANISATION, 0, 10)).toEqual(kept);
    expect((await checkpoints()).map(({ seq }) => seq)).toEqual([3, 5]);
    expect(await report()).toMatchObject({ removedSeq: 3, lastSeq: 5, signedSeq: 5, broken: undefined });
    await tell(1);
    expect(await report()).toMatchObject({ removedSeq: 3, lastSeq: 6, broken: undefined });
    // Without that checkpoint nobody could tell what was there.
    await directory().prepare("DELETE FROM audit_checkpoints WHERE seq = 3").run();
    expect(await report()).toMatchObject({ broken: { kind: "missing", seq: 1 } });
  });

  test("all of it, when nothing happened since: the next entry follows", async () => {
    await tell(2);
    at(31 * DAY);
    await idp.with(keeping).scheduled();
    expect(await loadChain(directory(), ORGANISATION, 0, 10)).toEqual([]);
    expect(await report()).toMatchObject({ removedSeq: 2, lastSeq: 2, broken: undefined });
    await tell(1);
    const [next] = await loadChain(directory(), ORGANISATION, 0, 10);
    expect(next).toMatchObject({ seq: 3 });
    expect(next?.previous).not.toBe(GENESIS.hash);
    expect(await report()).toMatchObject({ removedSeq: 2, lastSeq: 3, broken: undefined });
  });

  test("not before it is exported, where that is wanted", async () => {
    await tell(2);
    at(31 * DAY);
    const out = { head: () => Promise.reject(new Error("out")), put: () => Promise.reject(new Error("out")) };
    await idp.with({ ...keeping, AUDIT_EXPORT: out as unknown as string }).scheduled();
    expect(await loadChain(directory(), ORGANISATION, 0, 10)).toHaveLength(2);
    await exporting(keeping).scheduled();
    expect(await loadChain(directory(), ORGANISATION, 0, 10)).toEqual([]);
  });
});

test("a directory that is out costs a line in the log, and the registry is refreshed all the same", async () => {
  const sick = idp.with({
    DIRECTORY: {
      prepare: () => {
        throw new Error("out");
      },
    } as unknown as string,
  });
  await sick.scheduled();
  expect(idp.log().map(({ event }) => event)).toContain("audit_failed");
});
