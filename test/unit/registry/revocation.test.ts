/** Revocation with what it lives on out of order: KV, the refresh gate, another isolate that has asked already. */
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createRevocationCheck, createRevocationMemory } from "../../../src/registry/revocation.ts";
import type { RefreshGates } from "../../../src/store/ports.ts";
import { checkPath, type VerifiedChain, verifyPath } from "../../../src/trust/chain.ts";
import { createPki, dersOf, fingerprintOf, type Identity, mintLeaf, type Pki } from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";
import { createFakeAuthority, evidenceAt, type FakeAuthority, revoke } from "../../support/revocation.ts";
import { createGates } from "./fakes.ts";

let pki: Pki;
let leaf: Identity;
let chain: VerifiedChain;
let ca: FakeAuthority;
let kept: Map<string, Uint8Array>;
let warnings: string[];
let background: Promise<unknown>[];
let now: number;

beforeAll(async () => {
  pki = await createPki();
  leaf = await mintLeaf(pki, "NTRNL-10000020", { more: evidenceAt({ ocsp: "http://ca.example/ocsp" }) });
  const anchors = { granted: new Set([await fingerprintOf(pki.issuing)]), withdrawn: new Set<string>() };
  const path = accepted(await verifyPath(dersOf(leaf)));
  chain = accepted(checkPath(path, anchors, Math.floor(Date.now() / 1000)));
});
beforeEach(() => {
  [ca, kept, warnings, background] = [createFakeAuthority(pki.issuing), new Map(), [], []];
  now = Math.floor(Date.now() / 1000);
  vi.stubGlobal("fetch", (input: RequestInfo, init?: RequestInit) => ca.handle(new Request(input, init)));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const kv = {
  get: async (key: string) => kept.get(key)?.slice().buffer ?? null,
  put: async (key: string, value: Uint8Array) => void kept.set(key, value),
};
const broken = () => Promise.reject(new Error("out of order"));
interface Change {
  readonly mode?: "soft" | "hard";
  readonly kv?: unknown;
  readonly gates?: RefreshGates;
}
function isolate({ mode = "hard", gates = createGates(), ...change }: Change = {}) {
  const check = createRevocationCheck({
    ...{ mode, gates, skew: 10, allowLoopback: false },
    memory: createRevocationMemory(),
    kv: (change.kv ?? kv) as KVNamespace,
    now: () => now,
    waitUntil: (work) => void background.push(work),
    warn: (event) => void warnings.push(event),
  });
  return async () => {
    const reason = reasonOf(await check(chain));
    await Promise.all(background.splice(0));
    return reason;
  };
}

test("KV that can't be read or written costs a fetch per isolate, and a line in the log", async () => {
  const check = isolate({ kv: { get: broken, put: broken } });
  expect(await check()).toBe("accepted");
  expect(warnings.splice(0)).toEqual(["revocation_cache_unreadable", "revocation_cache_unwritable"]);
  expect(await check()).toBe("accepted");
  expect(ca.calls).toHaveLength(1);
});

test("a refresh gate that is away does not keep anybody from asking, once a minute", async () => {
  ca.fault = () => new Response(null, { status: 500 });
  const check = isolate({ gates: { admit: broken, markUnknown: broken, isUnknown: broken } });
  for (let tries = 0; tries < 3; tries++) expect(await check()).toBe("revocation_unavailable");
  expect(ca.calls).toHaveLength(1);
  now += 61;
  ca.fault = undefined;
  expect(await check()).toBe("accepted");
});

test("while another isolate has asked in this minute and KV does not show it: soft passes, hard does not", async () => {
  const [gates, empty] = [createGates(), { get: async () => null, put: async () => undefined }];
  revoke(ca, leaf);
  expect(await isolate({ gates })()).toBe("certificate_revoked");
  expect(await isolate({ gates, kv: empty })()).toBe("revocation_unavailable");
  expect(await isolate({ gates, kv: empty, mode: "soft" })()).toBe("accepted");
  expect(await isolate({ gates, mode: "soft" })()).toBe("certificate_revoked");
  expect(ca.calls).toHaveLength(1);
});

test("who is gone in the middle of asking holds nobody up for long", async () => {
  const memory = createRevocationMemory();
  const key = `${chain.certificates[1]?.fingerprint}:${chain.leaf.serial}`;
  memory.asking.set(key, now);
  const check = createRevocationCheck({
    ...{ mode: "hard", gates: createGates(), skew: 10, allowLoopback: false, memory },
    kv: kv as unknown as KVNamespace,
    now: () => now,
    waitUntil: (work) => void background.push(work),
    warn: () => undefined,
  });
  const waiting = check(chain);
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(ca.calls).toEqual([]);
  now += 4;
  expect(reasonOf(await waiting)).toBe("revocation_unavailable");
  expect(reasonOf(await check(chain))).toBe("accepted");
});
