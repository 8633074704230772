/**
 * Whom the IdP trusts, in each framework version, when the registry speaks that version, when it speaks another, and when
 * it says two things at once (wire document §3, §4).
 */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { effectsOf } from "../support/delegation.ts";
import { nameRegistries, refusalOf, resetRegistry, signInExternal } from "../support/kept-elsewhere.ts";
import { fingerprintOf } from "../support/pki.ts";
import type { FakeParty, FrameworkVersion } from "../support/registry-dialects.ts";
import { AUTHORISATION_REGISTRY, type Instance, skipHashing, startWorker } from "../support/worker.ts";
import { authorizeForm, machineForm, type Sp } from "../support/world.ts";

const VERSIONS = ["2.0", "2.1", "2.2", "3.0"] as const;
const EORI = "EU.EORI.NL000000020";

let idp: Instance;
let sp: Sp;
let record: FakeParty;
let untouched: FakeParty;
/** Nothing stored: whom a registry does not know stays unknown for a minute. */
async function startAnew() {
  idp = await startWorker();
  sp = idp.world.sp;
  record = partyOf(sp.id);
  untouched = { ...record };
}
beforeAll(() => {
  skipHashing();
  return startAnew();
});
beforeEach(() => {
  for (const name of Object.keys(record) as (keyof FakeParty)[]) delete record[name];
  Object.assign(record, untouched);
});

function partyOf(id: string): FakeParty {
  const party = idp.world.registry.parties.find((it) => it.id === id);
  if (party === undefined) throw new Error(`${id} is registered`);
  return party;
}

/** An IdP of one version that asks every time, and a registry that speaks the same or another. */
function speaking(version: FrameworkVersion, registry: FrameworkVersion = version): Instance {
  idp.world.registry.version = registry;
  return idp.with({ FRAMEWORK_VERSION: version, TRUST_FRESH_SECONDS: "0", TRUST_STALE_SECONDS: "0" });
}

async function token(at: Instance, client: Sp = sp) {
  at.log();
  const response = await at.browser().post("/connect/token", await machineForm(client));
  const { reason } = at.log().findLast(({ event }) => event === "refused") ?? {};
  return [response.status, reason];
}

describe.each(VERSIONS)("framework %s", (version) => {
  test.each([
    ["its DID", () => sp],
    ["its EORI", () => ({ ...sp, id: EORI })],
  ])("an active party is known by %s", async (_, client) => {
    const before = idp.world.registry.calls.length;
    expect(await token(speaking(version), client())).toEqual([200, undefined]);
    const calls = idp.world.registry.calls.slice(before).filter((call) => call !== "POST /connect/token");
    const party = version === "2.0" ? "/parties" : `/parties/${client().id}`;
    expect(calls).toEqual([`GET ${version === "3.0" ? "/trustedList" : "/trusted_list"}`, `GET ${party}`]);
  });

  test.each<[string, FakeParty | object, string]>([
    ["not active", { status: "NotActive" }, "party_not_active"],
    ["suspended", { status: "suspended" }, "party_not_active"],
    ["no longer adherent", { end: "2024-01-01T00:00:00Z" }, "party_no_longer_adherent"],
    ["not yet adherent", { start: "2090-01-01T00:00:00Z" }, "party_not_yet_adherent"],
    ["without its certificate", { leaf: undefined }, "party_certificate_unknown"],
  ])("a party that is %s is refused", async (_, change, reason) => {
    Object.assign(record, change);
    expect(await token(speaking(version))).toEqual([400, reason]);
  });

  test.each(VERSIONS.filter((other) => other !== version))(
    "a registry that speaks %s instead vouches for nobody, unless that is the same",
    async (other) => {
      await startAnew();
      const pair = [version, other];
      const found = pair.includes("3.0") ? 503 : pair.includes("2.0") ? 400 : 200; // 2.1 and 2.2 speak alike
      expect((await token(speaking(version, other)))[0]).toBe(found);
    },
  );
});

describe("claims (3.0)", () => {
  test.each(["revoked", "inactive", "suspended"])(
    "a certificate that is %s does not count",
    async (status) => {
      record.certificateStatus = status;
      const at = speaking("3.0");
      expect(await token(at)).toEqual([400, "party_certificate_unknown"]);
      const begun = await at.browser().post("/connect/authorize", await authorizeForm(sp));
      expect(begun.headers.get("location")).toContain("/error?c=untrusted_party");
    },
  );

  test("an Authorisation Registry that lost its role is asked nothing", async () => {
    const at = speaking("3.0");
    resetRegistry(at);
    const ar = partyOf(at.world.authorisationRegistry.id);
    nameRegistries(at, [{ id: ar.id, url: AUTHORISATION_REGISTRY }]);
    ar.roles = ["AuthorisationRegistry"];
    const { ask, evidence } = await signInExternal(at);
    expect(effectsOf(await evidence())).toEqual(["Permit"]);
    ar.roleStatus = "revoked";
    expect(await refusalOf(ask, at)).toMatchObject({
      cause: "authorisation_registry_identity",
    });
  });
});

describe("two dialects in one record: each version goes by its own", () => {
  const certificate = async () => ({ "x5t#s256": await fingerprintOf(sp.leaf) });

  test("2.1: claims don't make up for adherence that is gone", async () => {
    const claims = [
      { type: "frameworkCompliance", status: "active", frameworkId: "iSHARE" },
      { type: "x509Certificate", status: "active", ...(await certificate()) },
    ];
    record.also = { adherence: { status: "Revoked" }, claims };
    expect(await token(speaking("2.1"))).toEqual([400, "party_not_active"]);
    record.also = { certificates: [], claims };
    expect(await token(speaking("2.1"))).toEqual([400, "party_certificate_unknown"]);
  });

  test("3.0: a record of before doesn't make up for claims that are gone", async () => {
    const before = { adherence: { status: "Active" }, certificates: [await certificate()] };
    record.also = { claims: [], ...before };
    expect(await token(speaking("3.0"))).toEqual([400, "party_not_active"]);
    record.also = before;
    record.certificateStatus = "revoked";
    expect(await token(speaking("3.0"))).toEqual([400, "party_certificate_unknown"]);
  });
});

test("an answer that is kept for one version is none for another", async () => {
  await startAnew();
  const { TRUST_CACHE } = idp.bindings as { TRUST_CACHE: KVNamespace };
  const held = { TRUST_FRESH_SECONDS: "300", PARTY_NAME: "Isolate that holds" };
  idp.world.registry.version = "2.1";
  expect((await token(idp.with({ ...held, FRAMEWORK_VERSION: "2.1" })))[0]).toBe(200);
  const { keys } = await TRUST_CACHE.list({ prefix: "2.1:" });
  expect(keys.length).toBeGreaterThanOrEqual(2);
  for (const { name } of keys) // as somebody would who can write there
    await TRUST_CACHE.put(name.replace("2.1:", "3.0:"), (await TRUST_CACHE.get(name)) ?? "");
  idp.world.registry.version = "3.0";
  record.certificateStatus = "revoked";
  expect(await token(idp.with({ ...held, FRAMEWORK_VERSION: "3.0" }))).toEqual([
    400,
    "party_certificate_unknown",
  ]);
});
