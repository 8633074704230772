/** The registry as endpoints see it: genuine tokens, a real cache; when a second look-up is worth it and when not. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createPathCache } from "../../../src/jwt/path-cache.ts";
import type { PartyId } from "../../../src/protocol/party-id.ts";
import { ok, type Result } from "../../../src/protocol/result.ts";
import type { Fetched } from "../../../src/registry/client.ts";
import { createRegistry, type Registry } from "../../../src/registry/registry.ts";
import { uncheckedRevocation } from "../../../src/registry/revocation.ts";
import { type Certificate, parseCertificate } from "../../../src/trust/certificate.ts";
import { type VerifiedPath, verifyPath } from "../../../src/trust/chain.ts";
import { frame, signJwt } from "../../support/jwt.ts";
import {
  createPki,
  dersOf,
  fingerprintOf,
  generateKeys,
  type Identity,
  mint,
  mintLeaf,
  type Pki,
} from "../../support/pki.ts";
import { accepted, reasonOf } from "../../support/result.ts";
import { Scene } from "./fakes.ts";

const REGISTRY = "did:ishare:EU.NL.NTRNL-10000000";
const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "did:ishare:EU.NL.NTRNL-10000020" as PartyId;
const EORI = "EU.EORI.NL000000020" as PartyId;

let pki: Pki;
let signer: Identity;
let sp: Identity;
let renewed: Identity;
let path: VerifiedPath;
beforeAll(async () => {
  pki = await createPki();
  [signer, sp] = [await mintLeaf(pki, "NTRNL-10000000"), await mintLeaf(pki, "NTRNL-10000020")];
  renewed = await mintLeaf(pki, "NTRNL-10000020", { keys: await generateKeys() });
  path = accepted(await verifyPath(dersOf(sp)));
});
const certificateOf = async ({ der }: Identity): Promise<Certificate> =>
  accepted(await parseCertificate(der));

let scene: Scene;
let asked: string[];
/** whose signature answers carry */
let by: Identity;
let listed: { certificate_fingerprint: string; validity: string; status: string }[];
let record: Record<string, unknown>;
let registry: Registry;
let answer: (content: object) => Promise<Result<Fetched>>;

beforeEach(async () => {
  scene = new Scene();
  scene.now = Math.floor(Date.now() / 1000);
  asked = [];
  by = signer;
  listed = [{ certificate_fingerprint: await fingerprintOf(pki.root), validity: "valid", status: "granted" }];
  record = {
    id: SP,
    party_name: "First Service",
    alsoKnownAs: [`eori:${EORI}`],
    adherence: { status: "Active" },
    certificates: [{ "x5t#s256": await fingerprintOf(sp) }],
  };
  answer = async (content) =>
    ok({
      kind: "token",
      token: await signJwt(by, { ...frame(REGISTRY, REGISTRY, US, scene.now), ...content }),
    });
  registry = createRegistry({
    client: {
      trustedList: () => {
        asked.push("list");
        return answer({ trusted_list: listed });
      },
      party: (id) => {
        asked.push(id);
        return answer({ party_info: record });
      },
    },
    cache: scene.cache,
    pin: { partyId: REGISTRY, roots: new Set([await fingerprintOf(pki.root)]), leaves: new Set() },
    audience: [US],
    frameworkVersion: "2.1",
    skew: 10,
    paths: createPathCache(),
    checkRevocation: uncheckedRevocation,
    now: () => scene.now,
  });
});

const anchor = async (it = path) => {
  const reason = reasonOf(await registry.anchor(it));
  await scene.settle();
  return reason;
};
const party = async (identity = sp, id = SP) => {
  const reason = reasonOf(await registry.party(id, await certificateOf(identity)));
  await scene.settle();
  return reason;
};

describe("anchor", () => {
  test("a path to a listed CA; the list is asked for once", async () => {
    expect(await anchor()).toBe("accepted");
    expect(await anchor()).toBe("accepted");
    expect(asked).toEqual(["list"]);
  });

  test("a path that is not valid now needs no list", async () => {
    const old = await mint(pki.issuing, { notBefore: new Date(0), notAfter: new Date(86_400_000) });
    expect(await anchor(accepted(await verifyPath(dersOf(old))))).toBe("certificate_expired");
    expect(asked).toEqual([]);
  });

  test("an unlisted CA asks again, once per minute for everybody", async () => {
    const stranger = accepted(await verifyPath(dersOf(await mint((await createPki("Other")).issuing))));
    await anchor();
    scene.now += 5;
    for (let time = 0; time < 3; time++) expect(await anchor(stranger)).toBe("chain_not_anchored");
    expect(asked).toEqual(["list", "list"]);
    scene.now += 60;
    expect(await anchor(stranger)).toBe("chain_not_anchored");
    expect(asked).toHaveLength(3);
  });

  test("a list asked for just now is not asked for again", async () => {
    listed = [];
    expect(await anchor()).toBe("chain_not_anchored");
    expect(asked).toEqual(["list"]);
  });

  test("a CA that was listed meanwhile is found at once", async () => {
    const [root] = listed;
    listed = [];
    expect(await anchor()).toBe("chain_not_anchored");
    scene.now += 5;
    listed = root === undefined ? [] : [root];
    expect(await anchor()).toBe("accepted");
  });

  test("a CA that was withdrawn is out once the list in use is old", async () => {
    await anchor();
    listed = listed.map((it) => ({ ...it, status: "withdrawn" }));
    scene.now += 300;
    expect(await anchor()).toBe("chain_ca_withdrawn");
  });

  test("no list, no anchor", async () => {
    answer = async () => ok({ kind: "unknown", soft: true });
    expect(await anchor()).toBe("registry_unavailable");
  });

  test("a list that somebody else signed is none", async () => {
    by = sp;
    expect(await anchor()).toBe("registry_unavailable");
  });
});

describe("party", () => {
  test("by its leaf; asked for once", async () => {
    expect(await party()).toBe("accepted");
    expect(await party()).toBe("accepted");
    expect(asked).toEqual([SP]);
  });

  test("by another of its identifiers: canonical is the registry's", async () => {
    const found = accepted(await registry.party(EORI, await certificateOf(sp)));
    expect(found.id).toBe(SP);
    expect(asked).toEqual([EORI]);
  });

  test("a leaf that is not listed asks again, once per party and minute", async () => {
    await party();
    scene.now += 5;
    for (let time = 0; time < 3; time++) expect(await party(renewed)).toBe("party_certificate_unknown");
    expect(asked).toEqual([SP, SP]);
    scene.now += 60;
    expect(await party(renewed)).toBe("party_certificate_unknown");
    expect(asked).toHaveLength(3);
  });

  test("a certificate that was renewed is found at once", async () => {
    await party();
    scene.now += 5;
    record.certificates = [{ "x5t#s256": await fingerprintOf(renewed) }];
    expect(await party(renewed)).toBe("accepted");
    expect(await party(sp)).toBe("party_certificate_unknown");
  });

  test.each([
    ["party_not_active", { status: "NotActive" }],
    ["party_not_yet_adherent", { status: "Active", start_date: "2100-01-01" }],
    ["party_no_longer_adherent", { status: "Active", end_date: "2020-01-01" }],
  ])("%s is refused at once and asks nobody again", async (reason, adherence) => {
    record.adherence = adherence;
    expect(await party()).toBe(reason);
    scene.now += 5;
    expect(await party()).toBe(reason);
    expect(asked).toEqual([SP]);
  });

  test("deactivated in between: refused once the answer in use is old", async () => {
    await party();
    record.adherence = { status: "NotActive" };
    scene.now += 199;
    expect(await party()).toBe("accepted");
    scene.now += 101;
    expect(await party()).toBe("party_not_active");
  });

  test("an end date counts to the second, also in an answer that is held", async () => {
    const end = scene.now + 100;
    record.adherence = { status: "Active", end_date: new Date(end * 1000).toISOString() };
    expect(await party()).toBe("accepted");
    scene.now = end - 1;
    expect(await party()).toBe("accepted");
    scene.now = end;
    expect(await party()).toBe("party_no_longer_adherent");
  });

  test("an answer about another party is no answer", async () => {
    record = { ...record, id: "did:ishare:EU.NL.NTRNL-10000021", alsoKnownAs: [] };
    expect(await party()).toBe("party_unknown");
  });

  test("a genuine answer about another party under this one's key is looked through", async () => {
    const other = { ...record, id: "did:ishare:EU.NL.NTRNL-10000021", alsoKnownAs: [] };
    const stored = await answer({ party_info: other });
    await party();
    const [key = ""] = scene.kv.stored.keys();
    scene.kv.stored.set(key, stored.ok && stored.value.kind === "token" ? stored.value.token : "");
    scene.now += 250;
    expect(await party()).toBe("accepted");
    expect(scene.warnings).toContain("trust_cache_refused");
  });
});

describe("describe", () => {
  test("a party for its id and name, whatever its status or certificate", async () => {
    record = { ...record, adherence: { status: "NotActive" }, certificates: [] };
    expect(accepted(await registry.describe(EORI))).toMatchObject({
      id: SP,
      name: "First Service",
      adherence: [],
    });
  });

  test("and an unknown one is unknown", async () => {
    answer = async () => ok({ kind: "unknown", soft: false });
    expect(reasonOf(await registry.describe(SP))).toBe("party_unknown");
  });
});

describe("at hand", () => {
  const ids = ["1", "2", "3"].map((n) => `did:ishare:EU.NL.NTRNL-1000002${n}` as PartyId);
  beforeEach(async () => {
    for (const [n, id] of ids.entries()) {
      scene.now++;
      record = { ...record, id, party_name: `Party ${"ABC"[n]} ${"\u0001".repeat(200)}`, alsoKnownAs: [] };
      await registry.describe(id);
      await scene.settle();
    }
    asked.splice(0);
  });
  const found = async (which: { search?: string; offset?: number; limit?: number }) =>
    (await registry.atHand({ limit: 9, ...which })).parties.map(({ id }) => id.slice(-1));

  test("parties, the latest first and page by page; nobody is asked", async () => {
    expect(await found({})).toEqual(["3", "2", "1"]);
    expect(await found({ limit: 2 })).toEqual(["3", "2"]);
    expect(await found({ limit: 2, offset: 2 })).toEqual(["1"]);
    expect(await found({ offset: 1000 })).toEqual([]);
    expect(asked).toEqual([]);
  });

  test("by part of identifier or name, in whatever case, without a look at each answer", async () => {
    scene.restart();
    scene.kv.broken.add("get");
    expect(await found({ search: "ntrnl-10000022" })).toEqual(["2"]);
    expect(await found({ search: "PARTY b" })).toEqual(["2"]);
    expect(await found({ search: "party", limit: 1, offset: 1 })).toEqual(["2"]);
    for (const search of ["nobody", "%", "2.1:"]) expect(await found({ search })).toEqual([]);
  });

  test("among thousands, which KV lists in pages; and the trusted list behind them is kept fresh", async () => {
    await anchor();
    await scene.settle();
    for (let n = 0; n < 2500; n++) {
      const key = `2.1:${REGISTRY}:party:did:ishare:EU.NL.NTRNL-${n + 30_000_000}`;
      scene.kv.stored.set(key, "old");
      scene.kv.metadata.set(key, { wantedAt: scene.now - 100, name: `Crowd ${n}` });
    }
    expect(await found({ search: "crowd 2499" })).toEqual(["9"]);
    expect(await found({ limit: 3 })).toEqual(["3", "2", "1"]);
    asked.splice(0);
    scene.now += 250;
    await registry.refresh();
    await scene.settle();
    expect(asked).toContain("list");
  });

  test("what is found by is no more than KV takes, and believed by nobody", async () => {
    const key = `2.1:${REGISTRY}:party:${ids[0]}`;
    const metadata = scene.kv.metadata.get(key);
    expect(metadata).toMatchObject({ name: expect.stringMatching(/^Party A/) });
    expect(new TextEncoder().encode(JSON.stringify(metadata)).length).toBeLessThan(1024);
    scene.kv.metadata.set(key, { wantedAt: scene.now, name: "Somebody else" });
    const { parties } = await registry.atHand({ search: "somebody", limit: 9 });
    expect(parties).toMatchObject([{ id: ids[0], party: { name: expect.stringMatching(/^Party A/) } }]);
    for (const name of [7, null, { toString: 1 }, undefined]) {
      scene.kv.metadata.set(key, { wantedAt: scene.now, name });
      expect(await found({})).toHaveLength(3);
    }
  });
});

test("what is stored goes by version and registry, so that a change of either starts afresh", async () => {
  await anchor();
  await party();
  expect([...scene.kv.stored.keys()]).toEqual([
    `2.1:${REGISTRY}:trusted_list`,
    `2.1:${REGISTRY}:party:${SP}`,
  ]);
});
