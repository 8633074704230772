/** Proving a party by its JWT: token kinds don't pass for each other, and replay mark and registry come last, in order. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "../../../src/config.ts";
import { importOwnKeys } from "../../../src/jwt/keys.ts";
import { createPathCache } from "../../../src/jwt/path-cache.ts";
import { createSigner } from "../../../src/jwt/sign.ts";
import {
  checkClientAssertion,
  checkRequestObject,
  type PartyDeps,
  proveParty,
} from "../../../src/oidc/client-auth.ts";
import { buildCapabilities } from "../../../src/protocol/capabilities.ts";
import type { PartyId } from "../../../src/protocol/party-id.ts";
import { ok, type Result, refuse } from "../../../src/protocol/result.ts";
import type { Party } from "../../../src/registry/party.ts";
import type { Registry } from "../../../src/registry/registry.ts";
import { checkPath } from "../../../src/trust/chain.ts";
import { frame, signJwt } from "../../support/jwt.ts";
import {
  createPki,
  dersOf,
  fingerprintOf,
  type Identity,
  keyPem,
  mint,
  mintLeaf,
  type Pki,
} from "../../support/pki.ts";
import { accepted, dataOf, reasonOf } from "../../support/result.ts";

const NOW = Math.floor(Date.now() / 1000);
const US = "did:ishare:EU.NL.NTRNL-10000010";
const SP = "did:ishare:EU.NL.NTRNL-10000020";
const party: Party = {
  id: SP as PartyId,
  name: "First Service",
  adherence: [{ from: undefined, until: undefined }],
  certificates: [],
  ids: new Set([SP]),
  roles: [],
  authorisationRegistries: [],
};

let pki: Pki;
let sp: Identity;
let idp: Identity;
let root: string;
beforeAll(async () => {
  pki = await createPki();
  sp = await mintLeaf(pki, "NTRNL-10000020");
  idp = await mintLeaf(pki, "NTRNL-10000010");
  root = await fingerprintOf(pki.root);
});

/** what was asked of whom, in order */
let steps: string[];
let known: Result<Party>;
let deps: PartyDeps;
beforeEach(() => {
  steps = [];
  known = ok(party);
  const marks = new Set<string>();
  deps = {
    now: () => NOW,
    partyShield: async () => true,
    paths: createPathCache(),
    config: { audience: [US], frameworkVersion: "2.1", clockSkewSeconds: 10 } as unknown as Config,
    replay: {
      mark: async (iss, jti, until, now) => {
        steps.push(`mark ${iss} until +${until - now}`);
        const isNew = !marks.has(`${iss} ${jti}`);
        marks.add(`${iss} ${jti}`);
        return isNew;
      },
    },
    registry: {
      anchor: async (path) => {
        steps.push("anchor");
        return checkPath(path, { granted: new Set([root]), withdrawn: new Set() }, NOW);
      },
      party: async (id, leaf) => {
        steps.push(
          `party ${id} ${leaf.fingerprint === (await fingerprintOf(sp)) ? "by its leaf" : "by another leaf"}`,
        );
        return known;
      },
    } as Registry,
  };
});

const assertion = (change: Readonly<Record<string, unknown>> = {}) =>
  signJwt(sp, { ...frame(SP, SP, US, NOW), ...change });
const requestObject = (change: Readonly<Record<string, unknown>> = {}) =>
  assertion({ sub: "urn:TBD", ...change });
const asClient = (token: string, clientId = SP) =>
  proveParty("token", token, checkClientAssertion(clientId), deps);
const asRequest = (token: string, clientId = SP) =>
  proveParty("authorize", token, checkRequestObject(clientId), deps);

test("trusted list, then replay mark, then registry; the mark outlives the JWT", async () => {
  expect(accepted(await asClient(await assertion()))).toEqual({ party, value: SP });
  expect(steps).toEqual(["anchor", expect.stringContaining(`mark ${SP}`), `party ${SP} by its leaf`]);
  // exp is 30 s away, and with 10 s of skew it still passes then
  expect(Number(/\+(\d+)$/.exec(steps[1] ?? "")?.[1])).toBeGreaterThan(40);
});

describe("a party that asks too much", () => {
  let charged: string[];
  beforeEach(() => {
    charged = [];
    deps = { ...deps, partyShield: async (key) => charged.push(key) <= 1 };
  });

  test("is refused, once it is known to be itself", async () => {
    expect(reasonOf(await asClient(await assertion()))).toBe("accepted");
    const refused = await asClient(await assertion());
    expect(reasonOf(refused)).toBe("party_throttled");
    expect(dataOf(refused)).toEqual({ party: SP });
    expect(charged).toEqual([`token ${SP}`, `token ${SP}`]);
  });

  test("has a budget for each endpoint: what anybody can begin at its site costs it no token", async () => {
    await asRequest(await requestObject());
    await asClient(await assertion());
    expect(charged).toEqual([`authorize ${SP}`, `token ${SP}`]);
  });

  test("is charged for what it signed once, whoever sends it again", async () => {
    const captured = await requestObject();
    await asRequest(captured);
    for (let time = 0; time < 5; time++) expect(reasonOf(await asRequest(captured))).toBe("jwt_replayed");
    expect(charged).toHaveLength(1);
  });

  test("is not charged for what others do in its name", async () => {
    known = refuse("party_certificate_unknown");
    const other = await mintLeaf(pki, "NTRNL-10000030");
    const refused = await asClient(await signJwt(other, frame(SP, SP, US, NOW)));
    expect(reasonOf(refused)).toBe("party_certificate_unknown");
    await asClient(`${await assertion()}A`);
    await asClient(await requestObject());
    expect(charged).toEqual([]);
  });
});

describe("kinds of tokens do not pass for each other", () => {
  const untouched = () => expect(steps.filter((step) => step !== "anchor")).toEqual([]);

  test("each passes for what it is", async () => {
    expect(reasonOf(await asClient(await assertion()))).toBe("accepted");
    expect(reasonOf(await asRequest(await requestObject()))).toBe("accepted");
  });

  test("a request object at the token endpoint", async () => {
    expect(reasonOf(await asClient(await requestObject()))).toBe("jwt_subject");
    untouched();
  });

  test("a client assertion at authorize", async () => {
    expect(reasonOf(await asRequest(await assertion()))).toBe("jwt_subject");
    untouched();
  });

  test("our own tokens, sent back by whom they were made for", async () => {
    const signer = createSigner(await importOwnKeys(await keyPem(idp)), dersOf(idp), US);
    const self = { partyId: US, issuerUrl: "https://idp.example", frameworkVersion: "2.1" } as const;
    const ours = [
      await signer.sign({ sub: "pseudonym", aud: US }, NOW), // id_token, userinfo
      await signer.sign({ sub: "pseudonym", aud: SP }, NOW),
      await signer.sign(buildCapabilities(self), NOW),
      await signer.sign(buildCapabilities(self, SP), NOW),
    ];
    for (const token of ours) {
      for (const verdict of [
        await asClient(token),
        await asClient(token, US),
        await asRequest(token),
        await asRequest(token, US),
      ])
        expect(["jwt_issuer", "jwt_audience", "jwt_claim_missing"]).toContain(reasonOf(verdict));
    }
    untouched();
  });

  test.each(["", "urn:tbd", "urn:TBD ", US, "pseudonym"])("sub %j is neither", async (sub) => {
    const reason = sub === "" ? "jwt_claim_type" : "jwt_subject";
    expect(reasonOf(await asClient(await assertion({ sub })))).toBe(reason);
    expect(reasonOf(await asRequest(await assertion({ sub })))).toBe(reason);
    untouched();
  });
});

describe("the client is the issuer", () => {
  test.each(["EU.EORI.NL000000021", SP.toLowerCase(), `${SP}0`])("not %s", async (clientId) => {
    expect(reasonOf(await asClient(await assertion(), clientId))).toBe("assertion_client_id");
    expect(reasonOf(await asRequest(await requestObject(), clientId))).toBe("jwt_issuer");
    expect(steps.some((step) => step.startsWith("mark"))).toBe(false);
  });

  test("and no id that a party can't have", async () => {
    const odd = "two words";
    expect(reasonOf(await asClient(await assertion({ iss: odd, sub: odd }), odd))).toBe("jwt_issuer");
    expect(steps).toEqual(["anchor"]);
  });
});

describe("replay", () => {
  test("the second use is refused, and names the SP to start again at", async () => {
    const token = await assertion();
    expect(reasonOf(await asClient(token))).toBe("accepted");
    const again = await asClient(token);
    expect(reasonOf(again)).toBe("jwt_replayed");
    expect(dataOf(again)).toEqual({ serviceProvider: "First Service" });
  });

  test("of two at once one is the first", async () => {
    const token = await assertion();
    const reasons = (await Promise.all(Array.from({ length: 10 }, () => asClient(token)))).map(reasonOf);
    expect(reasons.filter((reason) => reason === "accepted")).toHaveLength(1);
    expect(reasons.filter((reason) => reason === "jwt_replayed")).toHaveLength(9);
  });

  test("one jti of one issuer works once, whatever else the token says", async () => {
    expect(reasonOf(await asClient(await assertion({ jti: "same" })))).toBe("accepted");
    expect(reasonOf(await asRequest(await requestObject({ jti: "same" })))).toBe("jwt_replayed");
  });

  test("a token of a party that the registry refuses is used all the same", async () => {
    const token = await assertion();
    known = refuse("party_not_active");
    expect(reasonOf(await asClient(token))).toBe("party_not_active");
    known = ok(party);
    expect(reasonOf(await asClient(token))).toBe("jwt_replayed");
  });

  test("names nobody whom the registry does not vouch for", async () => {
    const token = await assertion();
    await asClient(token);
    known = refuse("party_unknown");
    expect(dataOf(await asClient(token))).toBeUndefined();
  });
});

describe("nothing is marked or looked up for", () => {
  test.each<[string, () => Promise<string>, string]>([
    [
      "a bad signature",
      async () => `${(await assertion()).split(".").slice(0, 2).join(".")}.AAAA`,
      "jwt_signature",
    ],
    [
      "a stranger's chain",
      async () => signJwt(await mint(undefined), frame(SP, SP, US, NOW)),
      "chain_not_anchored",
    ],
    ["bad claims", () => assertion({ aud: SP }), "jwt_audience"],
    ["a late one", () => assertion({ iat: NOW - 60, exp: NOW - 30 }), "jwt_expired"],
  ])("%s", async (_, token, reason) => {
    expect(reasonOf(await asClient(await token()))).toBe(reason);
    expect(steps.filter((step) => step !== "anchor")).toEqual([]);
  });
});

test.each([
  "party_unknown",
  "party_not_active",
  "party_certificate_unknown",
  "registry_unavailable",
] as const)("%s is what the registry said, and of whom", async (reason) => {
  known = refuse(reason, { cause: "x" });
  const refused = await asClient(await assertion());
  expect(reasonOf(refused)).toBe(reason);
  expect(dataOf(refused)).toEqual({ cause: "x", party: SP, partyProven: false });
});
