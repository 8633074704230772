/** What the organisation's own Authorisation Registry says: when it is asked, what it is asked, and whom we believe. */

import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { addAuthorisation, setExternalSubject } from "../../src/directory/authorisation.ts";
import { effectsOf, maskFor, policySet } from "../support/delegation.ts";
import {
  nameRegistries,
  refusalOf,
  resetRegistry,
  SUBJECT,
  signInExternal,
} from "../support/kept-elsewhere.ts";
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
import { assertion, IDP_ID, ORGANISATION, SECOND_ORGANISATION, type Sp } from "../support/world.ts";

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
const named = (registries: Parameters<typeof nameRegistries>[1]) => nameRegistries(idp, registries);

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
    expect(await refusal(ask)).toMatchObject({ cause: "authorisation_registry_choice" });
    expect(idp.world.authorisationRegistry.calls).toEqual([]);
  });

  test("none is taken that is for other data spaces, nor the directory in its place", async () => {
    const { id } = idp.world.authorisationRegistry;
    named([{ id, url: HERE, dataspace_id: "DS.1" }]);
    const { ask } = await signedIn("DS.2");
    expect(await refusal(ask)).toMatchObject({ cause: "authorisation_registry_choice" });
  });

  test("one that is named without address or identifier is known to be there", async () => {
    const { id } = idp.world.authorisationRegistry;
    const { ask } = await signedIn();
    for (const odd of [{ url: HERE }, { id }, "somewhere"]) {
      named([odd] as never);
      expect((await refusal(ask)).cause).toMatch(/^authorisation_registry_(url|identity)$/);
    }
  });

  test("and while the registry knows nothing of the organisation", async () => {
    const user = await newUser({ organisations: [SECOND_ORGANISATION] });
    await setExternalSubject(directory(), user.id, SECOND_ORGANISATION.id, { subject: SUBJECT });
    const visitor = new Visitor(idp, user);
    const { accessToken, claims } = await visitor.redeem(sp, await visitor.visit(sp));
    const mask = maskFor(claims.sub, [{}], { policyIssuer: SECOND_ORGANISATION.id });
    expect(await refusal(() => visitor.userinfo(accessToken, mask))).toMatchObject({
      cause: "party_unknown",
    });
  });
});

describe("nobody gets our assertion for", () => {
  const other = () => ({
    id: "did:ishare:EU.NL.NTRNL-10000077",
    name: "Other",
    leaf: sp.leaf,
    roles: ["ServiceProvider"],
  });
  test.each<[string, () => string]>([
    ["ourselves", () => IDP_ID],
    ["the Participant Registry", () => idp.world.registry.partyId],
    ["a participant of another role", () => other().id],
    ["an identifier that is none", () => "https://victim.example/any thing"],
    ["somebody whom the registry does not know", () => "did:ishare:EU.NL.NTRNL-99999998"],
  ])("%s", async (_, id) => {
    idp.world.registry.parties.push(other());
    named([{ id: id(), url: AUTHORISATION_REGISTRY }]);
    const { ask } = await signedIn();
    await refusal(ask);
    expect(idp.world.authorisationRegistry.calls).toEqual([]);
  });

  test("an assertion of ours that comes back to us is nobody's", async () => {
    const self = { id: IDP_ID, name: "Test IdP", leaf: idp.world.idp, redirectUri: "" };
    const form = { grant_type: "client_credentials", scope: "iSHARE", client_id: IDP_ID };
    const answer = await idp.browser().post("/connect/token", {
      ...form,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await assertion(self),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: "invalid_client" });
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
