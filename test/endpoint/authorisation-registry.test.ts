/** What the organisation's own Authorisation Registry says: when it is asked, what it is asked, and whom we believe. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { addAuthorisation, setExternalSubject } from "../../src/directory/authorisation.ts";
import { type Evidence, effectsOf, maskFor, policySet } from "../support/delegation.ts";
import { decodePayload } from "../support/jwt.ts";
import { mintLeaf } from "../support/pki.ts";
import { Visitor } from "../support/visitor.ts";
import {
  AUTHORISATION_REGISTRY,
  directory,
  type Instance,
  later,
  newUser,
  skipHashing,
  startWorker,
} from "../support/worker.ts";
import { IDP_ID, ORGANISATION, type Sp } from "../support/world.ts";

const SUBJECT = "employee-4711";
const FRESH = { TRUST_FRESH_SECONDS: "0" }; // a test's change to the registry counts at once

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = (await startWorker()).with(FRESH);
  ({ sp } = idp.world);
});
beforeEach(() => {
  const ar = idp.world.authorisationRegistry;
  ar.calls.length = 0;
  ar.asked.length = 0;
  ar.permits = () => true;
  ar.evidence = (evidence) => evidence;
  ar.claims = {};
  ar.fault = undefined;
  named([{ id: ar.id, url: `${AUTHORISATION_REGISTRY}/` }]);
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the registry's record of the organisation names. */
function named(registries: { id: string; url: string; dataspace_id?: string }[]): void {
  const party = idp.world.registry.parties.find(({ id }) => id === ORGANISATION.id);
  if (party === undefined) throw new Error("no such organisation");
  party.authRegistries = registries.map((it) => ({ name: "AR", ...it }));
}

/** A human whose authorisations are kept in the organisation's registry, signed in. */
async function signedIn(dataspace?: string, scope = "openid iSHARE", at = idp) {
  const user = await newUser();
  await setExternalSubject(directory(), user.id, ORGANISATION.id, { subject: SUBJECT, dataspace });
  const visitor = new Visitor(at, user);
  const { accessToken, claims } = await visitor.redeem(sp, await visitor.visit(sp, { scope }));
  const ask = (body: unknown = maskFor(claims.sub)) => visitor.userinfo(accessToken, body);
  const evidence = async (body?: unknown): Promise<Evidence> => {
    const response = await ask(body);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return decodePayload(await response.text()).delegationEvidence as Evidence;
  };
  return { user, sub: claims.sub, ask, evidence };
}

/** Refused as an outage; the log says why. */
async function refusal(ask: () => Promise<Response>): Promise<Record<string, unknown>> {
  idp.log();
  const response = await ask();
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("30");
  expect(await response.json()).toMatchObject({ error: "temporarily_unavailable" });
  const line = idp.log().find(({ event }) => event === "refused");
  expect(line?.reason).toBe("authorisation_registry_unavailable");
  return line ?? {};
}

describe("it is asked", () => {
  test("as a party, by the name it knows the human by; our evidence has the pseudonym, and the log the source", async () => {
    later(0);
    const now = Math.floor(Date.now() / 1000);
    const ar = idp.world.authorisationRegistry;
    ar.permits = (_, { target }) => JSON.stringify(target).includes("C1");
    const { sub, evidence } = await signedIn();
    idp.log();
    const found = await evidence(maskFor(sub, [{}, { identifiers: ["C2"] }]));
    expect(found).toMatchObject({
      ...{ notBefore: now, notOnOrAfter: now + 60, policyIssuer: ORGANISATION.id },
      target: { accessSubject: sub },
    });
    expect(effectsOf(found)).toEqual(["Permit", "Deny"]);
    expect(JSON.stringify(found)).not.toContain(SUBJECT);
    expect(ar.calls).toEqual(["POST /connect/token", "POST /delegation"]);
    const [asked] = ar.asked;
    expect(asked).toMatchObject({ policyIssuer: ORGANISATION.id, target: { accessSubject: SUBJECT } });
    for (const { target } of asked?.policySets[0]?.policies ?? []) {
      expect(target.environment).toEqual({ serviceProviders: [sp.id] });
    }
    expect(JSON.stringify(asked)).not.toContain(String(sub));
    expect(idp.log().find(({ event }) => event === "delegation_answered")?.source).toBe(ar.id);
  });

  test("with the token it gave, until that ends; each mask anew", async () => {
    const ar = idp.world.authorisationRegistry;
    const { evidence } = await signedIn();
    await evidence();
    ar.calls.length = 0;
    ar.permits = () => false;
    expect(effectsOf(await evidence())).toEqual(["Deny"]);
    expect(ar.calls).toEqual(["POST /delegation"]);
  });

  test("instead of the directory, whose authorisations do not count then", async () => {
    idp.world.authorisationRegistry.permits = () => false;
    const { user, evidence } = await signedIn();
    await addAuthorisation(
      directory(),
      {
        humanId: user.id,
        organisationId: ORGANISATION.id,
        policySets: [policySet()] as never,
        registeredBy: "test",
      },
      0,
    );
    expect(effectsOf(await evidence())).toEqual(["Deny"]);
    await setExternalSubject(directory(), user.id, ORGANISATION.id, undefined);
    idp.world.authorisationRegistry.calls.length = 0;
    expect(effectsOf(await evidence())).toEqual(["Permit"]);
    expect(idp.world.authorisationRegistry.calls).toEqual([]);
  });

  test("only when the organisation names one", async () => {
    named([]);
    const { evidence } = await signedIn();
    expect(effectsOf(await evidence())).toEqual(["Deny"]);
    expect(idp.world.authorisationRegistry.calls).toEqual([]);
  });

  test("a mask; the portal approach is refused, and not answered with nothing", async () => {
    const { ask } = await signedIn(undefined, "openid iSHARE authorisations");
    expect((await ask({ delegationRequest: "*" })).status).toBe(400);
  });
});

describe("of several", () => {
  const HERE = `${AUTHORISATION_REGISTRY}/here`;
  test.each([
    ["the one for the data space", "DS.1", ["DS.1", "DS.2"], "/here/connect/token"],
    [
      "the one for all data spaces, where none is for this one",
      "DS.3",
      [undefined, "DS.2"],
      "/here/connect/token",
    ],
    ["the one for all, where no data space is given", undefined, [undefined, "DS.2"], "/here/connect/token"],
    ["the only one, where no data space is given", undefined, ["DS.1"], "/here/connect/token"],
  ])("%s", async (_, dataspace, dataspaces, path) => {
    const { id, calls } = idp.world.authorisationRegistry;
    named(
      dataspaces.map((it, position) => ({
        id,
        url: position === 0 ? HERE : `${AUTHORISATION_REGISTRY}/elsewhere`,
        ...(it === undefined ? {} : { dataspace_id: it }),
      })),
    );
    const { ask } = await signedIn(dataspace);
    await ask();
    expect(calls[0]).toBe(`POST ${path}`);
  });

  test("none is guessed", async () => {
    const { id } = idp.world.authorisationRegistry;
    named(["DS.1", "DS.2"].map((it) => ({ id, url: `${AUTHORISATION_REGISTRY}/${it}`, dataspace_id: it })));
    const { ask } = await signedIn();
    expect(await refusal(ask)).toMatchObject({ cause: "authorisation_registry_ambiguous" });
    expect(idp.world.authorisationRegistry.calls).toEqual([]);
  });

  test("none for this data space is none", async () => {
    const { id } = idp.world.authorisationRegistry;
    named([{ id, url: HERE, dataspace_id: "DS.1" }]);
    const { evidence } = await signedIn("DS.2");
    expect(effectsOf(await evidence())).toEqual(["Deny"]);
  });
});

describe("its address", () => {
  test.each([
    "http://ar.example/",
    "https://localhost/",
    "https://127.0.0.1/",
    "https://10.0.0.1/",
    "https://2130706433/",
    "https://[::1]/",
    "https://ar.internal/",
    "https://ar/",
    "https://user:pass@ar.example/",
    "https://ar.example/?x=1",
    "https://ar.example/#x",
    "https:\\\\ar.example/",
    "file:///etc/passwd",
    "not an address",
  ])("%s is not called", async (url) => {
    named([{ id: idp.world.authorisationRegistry.id, url }]);
    const { ask } = await signedIn();
    expect(await refusal(ask)).toMatchObject({ cause: "authorisation_registry_url" });
    expect(idp.world.authorisationRegistry.calls).toEqual([]);
  });
});

describe("an answer is an outage, and neither Permit nor Deny,", () => {
  test.each<[string, (request: Request) => Response | Promise<Response>, string]>([
    ["when nobody answers", () => Promise.reject(new TypeError("refused")), "registry_unreachable"],
    ["that is a 500", () => new Response("oops", { status: 500 }), "registry_status"],
    ["that is a 404", () => new Response(null, { status: 404 }), "registry_status"],
    [
      "that leads elsewhere",
      () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } }),
      "registry_status",
    ],
    ["that is no JSON", () => new Response("<html>"), "registry_answer_malformed"],
    ["without a token", () => Response.json({ access_token: "x" }), "registry_answer_malformed"],
    ["that is huge", () => new Response("x".repeat(1024 * 1024 + 1)), "registry_answer_too_large"],
  ])("%s", async (_, fault, cause) => {
    const { ask } = await signedIn();
    idp.world.authorisationRegistry.fault = fault;
    expect(await refusal(ask)).toMatchObject({ cause });
  });

  test("that takes more than two seconds", async () => {
    const { ask } = await signedIn();
    idp.world.authorisationRegistry.fault = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const started = performance.now();
    expect(await refusal(ask)).toMatchObject({ cause: "registry_unreachable" });
    expect(performance.now() - started).toBeLessThan(3500);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["for somebody else", { aud: "did:ishare:EU.NL.NTRNL-10000020" }, "jwt_audience"],
    ["in another's name", { iss: IDP_ID, sub: IDP_ID }, "party_certificate_unknown"],
    ["by nobody the registry knows", { iss: "did:ishare:EU.NL.NTRNL-99999999" }, "party_unknown"],
    ["that is old", { iat: 1_700_000_000, exp: 1_700_000_030 }, "jwt_expired"],
    ["that lives too long", { exp: Math.floor(Date.now() / 1000) + 3600 }, "jwt_lifetime"],
  ])("%s", async (_, claims, signer) => {
    const { ask } = await signedIn();
    idp.world.authorisationRegistry.claims = claims;
    expect(await refusal(ask)).toMatchObject({ cause: "authorisation_registry_signer", signer });
  });

  test("signed by another participant, in its own name or with another certificate", async () => {
    const ar = idp.world.authorisationRegistry;
    const { ask } = await signedIn();
    const own = ar.signer;
    ar.signer = sp.leaf;
    ar.claims = { iss: sp.id, sub: sp.id };
    expect(await refusal(ask)).toMatchObject({ cause: "authorisation_registry_signer", signer: "iss" });
    ar.claims = {};
    expect(await refusal(ask)).toMatchObject({ signer: "party_certificate_unknown" });
    ar.signer = await mintLeaf(idp.world.pki, "NTRNL-10000040");
    expect(await refusal(ask)).toMatchObject({ signer: "party_certificate_unknown" });
    ar.signer = own;
  });

  test("when the registry says that it is not active any more", async () => {
    const { ask } = await signedIn();
    const party = idp.world.registry.parties.find(({ id }) => id === idp.world.authorisationRegistry.id);
    if (party === undefined) throw new Error("no such party");
    party.status = "Revoked";
    expect(await refusal(ask)).toMatchObject({ signer: "party_not_active" });
    party.status = "Active";
  });

  test.each<[string, (evidence: Record<string, unknown>) => unknown, string]>([
    [
      "about another human",
      (it) => ({ ...it, target: { accessSubject: "other" } }),
      "authorisation_registry_answer",
    ],
    [
      "of another organisation",
      (it) => ({ ...it, policyIssuer: "EU.EORI.NL9" }),
      "authorisation_registry_answer",
    ],
    ["that is over", (it) => ({ ...it, notBefore: 1, notOnOrAfter: 2 }), "authorisation_registry_answer"],
    [
      "that is not yet",
      (it) => ({ ...it, notBefore: 4e9, notOnOrAfter: 5e9 }),
      "authorisation_registry_answer",
    ],
    ["with an effect of its own", (it) => withEffect(it, "Maybe"), "authorisation_registry_answer"],
    ["without evidence", () => undefined, "registry_answer_malformed"],
    ["whose evidence is a text", () => "Permit", "registry_answer_malformed"],
    ["without policy sets", (it) => ({ ...it, policySets: {} }), "authorisation_registry_answer"],
  ])("%s", async (_, evidence, cause) => {
    const { ask } = await signedIn();
    idp.world.authorisationRegistry.evidence = evidence;
    expect(await refusal(ask)).toMatchObject({ cause });
  });
});

describe("its word", () => {
  test("that nothing is permitted counts, whatever life it gives that", async () => {
    const ar = idp.world.authorisationRegistry;
    ar.permits = () => false;
    ar.evidence = (it) => ({ ...it, notBefore: -1, notOnOrAfter: -1 });
    const { evidence } = await signedIn();
    expect(effectsOf(await evidence())).toEqual(["Deny"]);
  });

  test("is no more than it says: a Permit for something else is a Deny here, and its end is ours", async () => {
    later(0);
    const now = Math.floor(Date.now() / 1000);
    const ar = idp.world.authorisationRegistry;
    ar.evidence = (it) => ({
      ...it,
      notOnOrAfter: now + 5,
      policySets: [policySet({ identifiers: ["C1"] })],
    });
    const { sub, evidence } = await signedIn();
    const found = await evidence(maskFor(sub, [{ identifiers: ["C1"] }, { identifiers: ["C1", "C2"] }]));
    expect(effectsOf(found)).toEqual(["Permit", "Deny"]);
    expect(found.notOnOrAfter).toBe(now + 5);
  });

  test("counts when its clock is a little ahead", async () => {
    later(0);
    const now = Math.floor(Date.now() / 1000);
    idp.world.authorisationRegistry.evidence = (it) => ({ ...it, notBefore: now + 8 });
    const { evidence } = await signedIn();
    const found = await evidence();
    expect(effectsOf(found)).toEqual(["Permit"]);
    expect(found.notBefore).toBe(now);
  });

  test("may carry members that we do not know", async () => {
    const ar = idp.world.authorisationRegistry;
    ar.evidence = (it) => ({ ...it, more: 1, target: { ...(it.target as object), more: 1 } });
    const { evidence } = await signedIn();
    expect(effectsOf(await evidence())).toEqual(["Permit"]);
  });
});

const withEffect = (evidence: Record<string, unknown>, effect: string): unknown =>
  JSON.parse(JSON.stringify(evidence).replaceAll('"Permit"', JSON.stringify(effect)));
