/** What we believe of an Authorisation Registry's answer: its own signed word for us and now, and of that no more than it says. */

import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { effectsOf, maskFor, policySet } from "../support/delegation.ts";
import { refusalOf, resetRegistry, SUBJECT, signInExternal } from "../support/kept-elsewhere.ts";
import { mintLeaf } from "../support/pki.ts";
import { type Instance, later, skipHashing, startWorker } from "../support/worker.ts";
import { IDP_ID, type Sp } from "../support/world.ts";

const FRESH = { TRUST_FRESH_SECONDS: "0" }; // a test's change to the registry counts at once

let idp: Instance;
let sp: Sp;
beforeAll(async () => {
  skipHashing();
  idp = (await startWorker()).with(FRESH);
  ({ sp } = idp.world);
});
beforeEach(() => resetRegistry(idp));
afterEach(() => {
  vi.useRealTimers();
});
const signedIn = (dataspace?: string, scope?: string) => signInExternal(idp, dataspace, scope);
const refusal = (ask: () => Promise<Response>) => refusalOf(ask, idp);

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
    expect(await refusal(ask)).toMatchObject({ cause: "party_not_active" });
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

  test("is not told where it would tell the name by which it knows the human", async () => {
    const ar = idp.world.authorisationRegistry;
    const { sub, evidence } = await signedIn();
    ar.evidence = (it) => ({
      ...it,
      policySets: [
        { ...policySet(), target: { environment: { licenses: [`for ${SUBJECT} only`] } } },
        policySet({ identifiers: ["C2"] }),
      ],
    });
    const found = await evidence(maskFor(sub, [{}, { identifiers: ["C2"] }]));
    expect(effectsOf(found)).toEqual(["Deny", "Permit"]);
    expect(JSON.stringify(found)).not.toContain(SUBJECT);
  });

  test("counts when its clock is a little ahead, from when it says", async () => {
    later(0);
    const now = Math.floor(Date.now() / 1000);
    idp.world.authorisationRegistry.evidence = (it) => ({ ...it, notBefore: now + 8 });
    const { evidence } = await signedIn();
    const found = await evidence();
    expect(effectsOf(found)).toEqual(["Permit"]);
    expect(found.notBefore).toBe(now + 8);
  });

  test("may carry members that we do not know, but not where they may restrict", async () => {
    const ar = idp.world.authorisationRegistry;
    ar.evidence = (it) => ({ ...it, more: 1, target: { ...(it.target as object), more: 1 } });
    const { evidence } = await signedIn();
    expect(effectsOf(await evidence())).toEqual(["Permit"]);
    ar.evidence = (it) => ({ ...it, policySets: [policySet({}, [{ effect: "Permit", until: "noon" }])] });
    expect(effectsOf(await evidence())).toEqual(["Deny"]);
  });
});

const withEffect = (evidence: Record<string, unknown>, effect: string): unknown =>
  JSON.parse(JSON.stringify(evidence).replaceAll('"Permit"', JSON.stringify(effect)));
