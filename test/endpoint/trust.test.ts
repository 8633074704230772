/** When the registry is asked, whose answers count, and what happens while it is silent (wire document §3, §4). */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPki, fingerprintOf, mintLeaf } from "../support/pki.ts";
import { type Instance, startWorker } from "../support/worker.ts";
import { machineForm, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let isolates = 0;
beforeEach(async () => {
  idp = await startWorker();
  sp = idp.world.sp;
});
afterEach(() => {
  vi.useRealTimers();
});

/** The same settings in another isolate: nothing in memory, the same KV. */
const anotherIsolate = (settings = {}) => idp.with({ PARTY_NAME: `Isolate ${++isolates}`, ...settings });
const token = async (client: Sp = sp, at: Instance = idp) => {
  const response = await at.browser().post("/connect/token", await machineForm(client));
  return { status: response.status, reason: at.log().findLast(({ event }) => event === "refused")?.reason };
};
const asked = (what: string) => idp.world.registry.calls.filter((call) => call.includes(what)).length;
const advanceTo = (milliseconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: milliseconds });

test("what is fresh is not asked for again, in this isolate or the next", async () => {
  expect((await token()).status).toBe(200);
  const calls = idp.world.registry.calls.length;
  expect((await token()).status).toBe(200);
  expect((await token(sp, anotherIsolate())).status).toBe(200);
  expect(idp.world.registry.calls.length).toBe(calls);
});

test("the registry's bearer token is asked for once", async () => {
  await token();
  await token(idp.world.otherSp);
  expect(asked("/connect/token")).toBe(1);
});

test("from two thirds on it is refreshed behind the answer; past the end before it", async () => {
  const start = Date.now();
  await token();
  advanceTo(start + 210_000);
  const before = asked("/parties/");
  await token();
  expect(asked("/parties/")).toBe(before + 1);
  await token(); // refreshed meanwhile
  expect(asked("/parties/")).toBe(before + 1);
  advanceTo(start + 210_000 + 301_000);
  await token();
  expect(asked("/parties/")).toBe(before + 2);
});

test("TRUST_FRESH_SECONDS=0 asks every time", async () => {
  const always = anotherIsolate({ TRUST_FRESH_SECONDS: "0" });
  await token(sp, always);
  const before = asked("/parties/");
  await token(sp, always);
  expect(asked("/parties/")).toBe(before + 1);
});

test("while the registry is down the old answer stands, but not for ever", async () => {
  const start = Date.now();
  await token();
  idp.world.registry.fault = "down";
  advanceTo(start + 1_000_000);
  expect(await token()).toEqual({ status: 200, reason: undefined });
  advanceTo(start + 3_590_000);
  expect((await token()).status).toBe(200);
  advanceTo(start + 3_610_000);
  expect(await token()).toEqual({ status: 503, reason: "registry_unavailable" });
});

test.each(["500", "status-false", "not-json", "redirect", "down"] as const)(
  "cold, with the registry answering %s: 503",
  async (fault) => {
    idp.world.registry.fault = fault;
    expect(await token(sp, idp.with({ FRAMEWORK_VERSION: "2.2" }))).toEqual({
      status: 503,
      reason: "registry_unavailable",
    });
  },
);

test("a party that the registry has said is not active is refused at once, and stays so while it is silent", async () => {
  const start = Date.now();
  await token();
  const record = idp.world.registry.parties.find(({ id }) => id === sp.id);
  if (record === undefined) throw new Error("the SP is registered");
  record.status = "NotActive";
  advanceTo(start + 301_000);
  expect((await token()).reason).toBe("party_not_active");
  idp.world.registry.fault = "down";
  advanceTo(start + 700_000);
  expect((await token()).reason).toBe("party_not_active");
});

test("a party that the registry no longer knows is refused, however fresh its old answer in KV", async () => {
  const start = Date.now();
  await token();
  idp.world.registry.parties = idp.world.registry.parties.filter(({ id }) => id !== sp.id);
  advanceTo(start + 301_000);
  expect((await token()).reason).toBe("party_unknown");
  expect((await token(sp, anotherIsolate())).reason).toBe("party_unknown");
});

test("an answer about another party does not count", async () => {
  await token(idp.world.otherSp);
  idp.world.registry.fault = "other-party";
  expect((await token()).reason).toBe("party_unknown");
});

test("another participant's genuine JWT is not the registry's", async () => {
  idp.world.registry.signer = idp.world.otherSp.leaf; // iss still says: the registry
  expect(await token(sp, idp.with({ FRAMEWORK_VERSION: "2.2" }))).toEqual({
    status: 503,
    reason: "registry_unavailable",
  });
});

test("what was put into KV by somebody else is not believed", async () => {
  await token();
  const { TRUST_CACHE } = idp.bindings as { TRUST_CACHE: KVNamespace };
  const { keys } = await TRUST_CACHE.list();
  expect(keys.length).toBeGreaterThanOrEqual(2);
  for (const { name } of keys) {
    const stored = (await TRUST_CACHE.get(name)) ?? "";
    await TRUST_CACHE.put(name, stored.replace(/.{20}$/, "A".repeat(20)));
  }
  const before = asked("/parties/") + asked("/trusted_list");
  expect((await token(sp, anotherIsolate())).status).toBe(200);
  expect(asked("/parties/") + asked("/trusted_list")).toBe(before + 2);
});

test("an answer in KV about one party does not pass for another", async () => {
  await token();
  await token(idp.world.otherSp);
  const { TRUST_CACHE } = idp.bindings as { TRUST_CACHE: KVNamespace };
  const key = (id: string) => `2.1:${idp.world.registry.partyId}:party:${id}`;
  await TRUST_CACHE.put(key(sp.id), (await TRUST_CACHE.get(key(idp.world.otherSp.id))) ?? "");
  expect((await token(sp, anotherIsolate())).status).toBe(200);
});

test("an unlisted CA makes the list be asked for at most once a minute", async () => {
  await token();
  const foreign = await createPki("Foreign");
  const stranger = { ...sp, leaf: await mintLeaf(foreign, "NTRNL-10000020") };
  const start = Date.now();
  const before = asked("/trusted_list");
  for (let n = 0; n < 5; n++) expect((await token(stranger)).reason).toBe("chain_not_anchored");
  expect(asked("/trusted_list")).toBe(before + 1);
  expect(asked("/parties/")).toBe(1); // and no party is looked up for a stranger
  advanceTo(start + 61_000);
  await token(stranger);
  expect(asked("/trusted_list")).toBe(before + 2);
});

test("a CA that was listed a moment ago is found by that one look-up", async () => {
  await token();
  const foreign = await createPki("New");
  const newcomer = {
    ...sp,
    id: "did:ishare:EU.NL.NTRNL-30000001",
    leaf: await mintLeaf(foreign, "NTRNL-30000001"),
  };
  idp.world.registry.trustedList.push({
    fingerprint: await fingerprintOf(foreign.sub),
    validity: "valid",
    status: "granted",
  });
  idp.world.registry.parties.push({ id: newcomer.id, name: "Newcomer", leaf: newcomer.leaf });
  expect((await token(newcomer)).status).toBe(200);
});

test("so is a certificate that a party renewed; a second unknown one has to wait", async () => {
  await token();
  const renewed = { ...sp, leaf: await mintLeaf(idp.world.pki, "NTRNL-10000020") };
  const record = idp.world.registry.parties.find(({ id }) => id === sp.id);
  if (record === undefined) throw new Error("the SP is registered");
  record.leaf = renewed.leaf;
  expect((await token(renewed)).status).toBe(200);
  const before = asked("/parties/");
  expect((await token()).reason).toBe("party_certificate_unknown"); // the old one is gone
  expect(asked("/parties/")).toBe(before);
});

test("a CA that was withdrawn is no anchor once the answer in use is old", async () => {
  const start = Date.now();
  await token();
  const [entry] = idp.world.registry.trustedList;
  if (entry === undefined) throw new Error("a root is listed");
  entry.status = "withdrawn";
  advanceTo(start + 301_000);
  expect((await token()).reason).toBe("chain_ca_withdrawn");
});
