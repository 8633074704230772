/** Delegation evidence at userinfo, from what the directory holds: masks, the portal approach, who may ask what. */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { addAuthorisation, revokeAuthorisation } from "../../src/directory/authorisation.ts";
import { type Evidence, effectsOf, maskFor, policySet } from "../support/delegation.ts";
import { decodePayload } from "../support/jwt.ts";
import { mintLeaf } from "../support/pki.ts";
import type { FakeParty } from "../support/registry.ts";
import { Visitor } from "../support/visitor.ts";
import {
  directory,
  type Instance,
  later,
  newUser,
  skipHashing,
  startWorker,
  type User,
} from "../support/worker.ts";
import { IDP_ID, ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

let idp: Instance;
let sp: Sp;
let otherSp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = await startWorker();
  ({ sp, otherSp } = idp.world);
});
afterEach(() => {
  vi.useRealTimers();
});

const SCOPE = "openid iSHARE";

async function signedIn(user: User, at: Instance = idp, party = sp, scope = SCOPE) {
  const visitor = new Visitor(at, user);
  const { accessToken, claims } = await visitor.redeem(party, await visitor.visit(party, { scope }));
  const ask = (body: unknown) => visitor.userinfo(accessToken, body);
  /** the evidence in the signed answer */
  const evidence = async (body: unknown): Promise<Evidence> => {
    const response = await ask(body);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return decodePayload(await response.text()).delegationEvidence as Evidence;
  };
  return { visitor, accessToken, claims, sub: claims.sub, ask, evidence };
}

const grant = (user: User, set: object, life: { notBefore?: number; notOnOrAfter?: number } = {}) =>
  addAuthorisation(
    directory(),
    {
      humanId: user.id,
      organisationId: ORGANISATION.id,
      policySets: [set] as never,
      registeredBy: "test",
      ...life,
    },
    0,
  );

describe("a mask", () => {
  test("is answered for the pseudonym, signed, policy by policy", async () => {
    later(0);
    const user = await newUser();
    await grant(user, policySet());
    const { ask, sub } = await signedIn(user);
    const mask = maskFor(sub, [{}, { identifiers: ["C2"] }]);
    const response = await ask(mask);
    expect(response.headers.get("content-type")).toBe("application/jwt");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const payload = decodePayload(await response.text());
    expect(payload).toMatchObject({ iss: IDP_ID, aud: sp.id, sub, organisationIdentifier: ORGANISATION.id });
    const now = Math.floor(Date.now() / 1000);
    const [asked] = mask.delegationRequest.policySets;
    expect(payload.delegationEvidence).toEqual({
      notBefore: now,
      notOnOrAfter: now + 60,
      policyIssuer: ORGANISATION.id,
      target: { accessSubject: sub },
      policySets: [
        {
          maxDelegationDepth: 0,
          target: { environment: { licenses: [] } },
          policies: [asked?.policies[0], { ...asked?.policies[1], rules: [{ effect: "Deny" }] }],
        },
      ],
    });
  });

  test("without any authorisation is answered with Deny", async () => {
    const { sub, evidence } = await signedIn(await newUser());
    expect(effectsOf(await evidence(maskFor(sub)))).toEqual(["Deny"]);
  });

  test("needs no scope beyond iSHARE, and is answered with attributes as scopes allow", async () => {
    const user = await newUser();
    await grant(user, policySet());
    const { sub, ask } = await signedIn(user, idp, sp, "openid iSHARE name");
    const payload = decodePayload(await (await ask(maskFor(sub))).text());
    expect(payload).toMatchObject({ given_name: "Una" });
    expect(payload).not.toHaveProperty("email");
    expect(effectsOf(payload.delegationEvidence as Evidence)).toEqual(["Permit"]);
  });

  test("may name the organisation by any of its identifiers, and is answered in those words", async () => {
    const user = await newUser();
    await grant(user, policySet());
    const { sub, evidence } = await signedIn(user);
    const found = await evidence(maskFor(sub, [{}], { policyIssuer: "NTRNL-10000030" }));
    expect(found.policyIssuer).toBe("NTRNL-10000030");
    expect(effectsOf(found)).toEqual(["Permit"]);
  });

  test.each([
    ["another organisation", { policyIssuer: SECOND_ORGANISATION.id }, "mask_issuer"],
    ["another human", { target: { accessSubject: "somebody-else" } }, "mask_subject"],
    ["no subject", { target: {} }, "mask_malformed"],
    ["no policy sets", { policySets: undefined }, "mask_malformed"],
    ["policy sets that are none", { policySets: [null] }, "mask_malformed"],
  ])("about %s is 400", async (_, more, reason) => {
    const { sub, ask } = await signedIn(await newUser());
    idp.log();
    const response = await ask(maskFor(sub, [{}], more));
    expect(response.status).toBe(400);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
    expect(idp.log().find(({ event }) => event === "refused")?.reason).toBe(reason);
  });

  test("by a pseudonym of another SP is 400", async () => {
    const user = await newUser();
    const there = await signedIn(user, idp, otherSp);
    const here = await signedIn(user);
    expect(here.sub).not.toBe(there.sub);
    expect((await here.ask(maskFor(there.sub))).status).toBe(400);
  });

  test("lives no longer than EVIDENCE_SECONDS and the authorisation", async () => {
    later(0);
    const now = Math.floor(Date.now() / 1000);
    const user = await newUser();
    await grant(user, policySet(), { notOnOrAfter: now + 20 });
    const short = await signedIn(user, idp.with({ EVIDENCE_SECONDS: "10" }));
    const long = await signedIn(user, idp.with({ EVIDENCE_SECONDS: "600" }));
    expect((await short.evidence(maskFor(short.sub))).notOnOrAfter).toBe(now + 10);
    expect((await long.evidence(maskFor(long.sub))).notOnOrAfter).toBe(now + 20);
    later(20);
    expect(effectsOf(await long.evidence(maskFor(long.sub)))).toEqual(["Deny"]);
  });

  test("about a policy for named SPs is permitted to those alone, by any of their identifiers", async () => {
    const user = await newUser();
    await grant(
      user,
      policySet({}, [{ effect: "Permit" }], { environment: { serviceProviders: ["EU.EORI.NL000000020"] } }),
    );
    const here = await signedIn(user);
    const there = await signedIn(user, idp, otherSp);
    expect(effectsOf(await here.evidence(maskFor(here.sub)))).toEqual(["Permit"]);
    expect(effectsOf(await there.evidence(maskFor(there.sub)))).toEqual(["Deny"]);
  });

  test("of an SP that is no active participant any more is 401", async () => {
    const { pki, registry } = idp.world;
    const id = "did:ishare:EU.NL.NTRNL-10000055";
    const leaf = await mintLeaf(pki, "NTRNL-10000055");
    const guest: Sp = { id, name: "Guest", leaf, redirectUri: "https://guest.example/return" };
    const party: FakeParty = { id, name: guest.name, leaf };
    registry.parties.push(party);
    const { sub, ask } = await signedIn(await newUser(), idp.with({ TRUST_FRESH_SECONDS: "0" }), guest);
    expect((await ask(maskFor(sub))).status).toBe(200);
    for (const change of [
      { status: "Revoked" },
      { status: "Active", end: "2020-01-01T00:00:00Z" },
      { id: "x" },
    ]) {
      Object.assign(party, change);
      const response = await ask(maskFor(sub));
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    }
  });

  test("while the registry can't say who is who is 503", async () => {
    const user = await newUser();
    await grant(user, policySet());
    const { sub, ask } = await signedIn(
      user,
      idp.with({ TRUST_FRESH_SECONDS: "0", TRUST_STALE_SECONDS: "0" }),
    );
    idp.world.registry.fault = "down";
    later(60);
    const response = await ask(maskFor(sub)).finally(() => {
      idp.world.registry.fault = undefined;
    });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("30");
    expect(await response.json()).toMatchObject({ error: "temporarily_unavailable" });
  });
});

describe("an authorisation", () => {
  test("that is revoked is not in the next answer", async () => {
    const user = await newUser();
    const first = await grant(user, policySet());
    const { sub, evidence } = await signedIn(user);
    const ask = async () => effectsOf(await evidence(maskFor(sub)));
    expect(await ask()).toEqual(["Permit"]);
    expect(await revokeAuthorisation(directory(), first, "test", 1)).toBe(true);
    expect(await ask()).toEqual(["Deny"]);
    expect(await revokeAuthorisation(directory(), first, "test", 2)).toBe(false);
    await grant(user, policySet());
    expect(await ask()).toEqual(["Permit"]);
  });

  test("for one organisation says nothing about another", async () => {
    const user = await newUser({ organisations: [ORGANISATION, SECOND_ORGANISATION] });
    await addAuthorisation(
      directory(),
      {
        humanId: user.id,
        organisationId: SECOND_ORGANISATION.id,
        policySets: [policySet()] as never,
        registeredBy: "test",
      },
      0,
    );
    const { sub, evidence } = await signedIn(user); // for the first
    expect(effectsOf(await evidence(maskFor(sub)))).toEqual(["Deny"]);
  });

  test("of one human says nothing about another", async () => {
    await grant(await newUser(), policySet());
    const { sub, evidence } = await signedIn(await newUser());
    expect(effectsOf(await evidence(maskFor(sub)))).toEqual(["Deny"]);
  });

  test.each<["2.1" | "3.0", string, object | undefined]>([
    ["2.1", "Deny", undefined],
    ["3.0", "Permit", { leftOperand: "plate", operator: "equal", rightOperand: "X" }],
  ])("with a condition, under framework %s: %s", async (version, effect, conditions) => {
    const condition = { leftOperand: "plate", operator: "equal", rightOperand: "X" };
    const user = await newUser();
    await grant(user, policySet({}, [{ effect: "Permit", conditions: condition }]));
    const at = await signedIn(user);
    const other = idp.with({ FRAMEWORK_VERSION: version });
    idp.world.registry.version = version;
    const answer = await new Visitor(other).userinfo(at.accessToken, maskFor(at.sub));
    idp.world.registry.version = "2.1";
    const payload = decodePayload(await answer.text());
    const [set] = (payload.delegationEvidence as Evidence).policySets;
    expect(set?.policies[0]?.rules).toEqual([{ effect, ...(conditions && { conditions }) }]);
  });
});

describe("an organisation that joins the registry", () => {
  test("has its registry identifier from then on, and its people keep what they may do", async () => {
    later(0);
    const user = await newUser({ organisations: [SECOND_ORGANISATION] });
    const authorisation = { humanId: user.id, organisationId: SECOND_ORGANISATION.id, registeredBy: "test" };
    await addAuthorisation(directory(), { ...authorisation, policySets: [policySet()] as never }, 0);
    const before = await signedIn(user);
    expect(before.claims.organisationIdentifier).toBe(SECOND_ORGANISATION.id);
    const ask = (at: typeof before, policyIssuer: string) =>
      at.evidence(maskFor(at.sub, [{}], { policyIssuer })).then(effectsOf);
    expect(await ask(before, SECOND_ORGANISATION.id)).toEqual(["Permit"]);

    const id = "did:ishare:EU.NL.NTRNL-10000031";
    idp.world.registry.parties.push({ id, name: "Second", alsoKnownAs: [SECOND_ORGANISATION.id] });
    later(61); // unknown is remembered for a minute
    const after = await signedIn(user);
    expect(after.claims.organisationIdentifier).toBe(id);
    expect(after.sub).toBe(before.sub);
    expect(await ask(after, id)).toEqual(["Permit"]);
    expect(await ask(after, SECOND_ORGANISATION.id)).toEqual(["Permit"]);
    expect(await ask(before, id)).toEqual(["Permit"]);
  });
});

describe("the portal approach", () => {
  const PORTAL = { delegationRequest: "*" };

  test("without the scope is 403 insufficient_scope", async () => {
    const { ask } = await signedIn(await newUser());
    const response = await ask(PORTAL);
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_scope", scope="authorisations"',
    );
    expect(await response.json()).toMatchObject({ error: "insufficient_scope" });
  });

  test("shows every authorisation that this SP may see, for this organisation, in force", async () => {
    later(0);
    const now = Math.floor(Date.now() / 1000);
    const user = await newUser();
    const mine = { environment: { serviceProviders: [sp.id, otherSp.id] } };
    await grant(user, policySet({ type: "any" }));
    await grant(user, policySet({ type: "mine" }, [{ effect: "Permit" }], mine), { notOnOrAfter: now + 30 });
    await grant(
      user,
      policySet({ type: "theirs" }, [{ effect: "Permit" }], {
        environment: { serviceProviders: [otherSp.id] },
      }),
    );
    await grant(user, policySet({ type: "over" }), { notOnOrAfter: now });
    await revokeAuthorisation(directory(), await grant(user, policySet({ type: "revoked" })), "test", 1);
    const { evidence, sub } = await signedIn(user, idp, sp, "openid iSHARE authorisations");
    const found = await evidence(PORTAL);
    expect(found).toMatchObject({
      ...{ notBefore: now, notOnOrAfter: now + 30 },
      policyIssuer: ORGANISATION.id,
      target: { accessSubject: sub },
    });
    const targets = found.policySets.flatMap(({ policies }) => policies.map(({ target }) => target));
    const shown = targets as { resource: { type: string }; environment?: { serviceProviders: string[] } }[];
    expect(shown.map(({ resource }) => resource.type).sort()).toEqual(["any", "mine"]);
    // Which other SPs there are is not told.
    expect(JSON.stringify(found)).not.toContain(otherSp.id);
  });

  test("is 400 where the answer would be larger than anybody wants", async () => {
    const user = await newUser();
    const long = Array.from({ length: 200 }, (_, n) => `${"x".repeat(490)}${n}`);
    for (let n = 0; n < 5; n++) {
      const policies = Array.from({ length: 10 }, () => policySet({ identifiers: long }).policies[0]);
      await grant(user, { policies });
    }
    const { ask, sub, evidence } = await signedIn(user, idp, sp, "openid iSHARE authorisations");
    expect((await ask(PORTAL)).status).toBe(400);
    expect(effectsOf(await evidence(maskFor(sub, [{ identifiers: long.slice(0, 2) }])))).toEqual(["Permit"]);
  });

  test("shows nothing where there is nothing", async () => {
    const { evidence } = await signedIn(await newUser(), idp, sp, "openid iSHARE authorisations");
    expect((await evidence(PORTAL)).policySets).toEqual([]);
  });
});

describe("without a delegation request", () => {
  test.each([[undefined], [{}], [{ other: 1 }]])("%j: no evidence", async (body) => {
    const user = await newUser();
    await grant(user, policySet());
    const { ask } = await signedIn(user);
    const response = await ask(body);
    expect(response.status).toBe(200);
    expect(decodePayload(await response.text())).not.toHaveProperty("delegationEvidence");
  });

  test.each([[null], [true], [1], ["all"], ["**"], [[]], [["*"]], [{}]])(
    "delegationRequest %j is 400",
    async (delegationRequest) => {
      const { ask } = await signedIn(await newUser(), idp, sp, "openid iSHARE authorisations");
      expect((await ask({ delegationRequest })).status).toBe(400);
    },
  );
});

test("what was asked and answered is logged with its source, and without anybody's name", async () => {
  const user = await newUser();
  const { sub, ask } = await signedIn(user);
  idp.log();
  await ask(maskFor(sub));
  const lines = idp.log();
  expect(lines.find(({ event }) => event === "delegation_answered")).toMatchObject({
    ...{ party: sp.id, organisation: ORGANISATION.id },
    ...{ approach: "mask", source: "directory" },
  });
  expect(JSON.stringify(lines)).not.toContain(String(sub));
  expect(JSON.stringify(lines)).not.toContain(user.username);
});
