/**
 * The sandbox's registries: an organisation joins with an id_token of ours (`/ep_creation`), and the Authorisation
 * Registry says what its people may do.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Evidence, effectsOf, maskFor } from "../support/delegation.ts";
import { decodePayload, frame } from "../support/jwt.ts";
import { Sandbox, type ServiceProvider, type User } from "../support/sandbox.ts";
import { validatorFor } from "../support/schemas.ts";

let sandbox: Sandbox;
let sp: ServiceProvider;
let otherSp: ServiceProvider;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  sp = sandbox.serviceProvider(0);
  otherSp = sandbox.serviceProvider(1);
});
afterAll(() => sandbox?.remove());

const DID = "did:ishare:EU.NL.NTRNL-10000020";

describe("an organisation without a certificate joins", () => {
  /** What the portal of a registry, or an SP on its behalf, sends. */
  async function epRequest(caller: ServiceProvider, idToken: string, more: object = {}): Promise<string> {
    const { registry } = sandbox.description;
    const request = {
      id: DID,
      alsoKnownAs: [DID],
      party_name: "Rietland Logistiek",
      registrar_id: registry.partyId,
      adherence: {
        status: "Active",
        start_date: "2026-01-01T00:00:00.000Z",
        end_date: "2027-01-01T00:00:00.000Z",
      },
      agreements: [],
      spor: { signed_request: idToken },
      roles: [
        {
          ...{ role: "ServiceConsumer", loa: "High", compliancy_verified: true, legal_adherence: true },
          ...{ start_date: "2026-01-01T00:00:00.000Z", end_date: "2027-01-01T00:00:00.000Z" },
        },
      ],
      ...more,
    };
    const claims = { ...frame(caller.partyId, caller.partyId, registry.partyId), epRequest: request };
    const payload = { ...claims, nbf: claims.iat };
    expect(validatorFor("2.1.1", "jwt_payload_ep_creation_request_token")(payload)).toEqual([]);
    return sandbox.sign(caller, payload);
  }

  async function asParty(caller: ServiceProvider) {
    const { url, partyId } = sandbox.description.registry;
    const form = {
      grant_type: "client_credentials",
      scope: "iSHARE",
      ...(await sandbox.clientAssertion(caller, partyId)),
    };
    const answer = await fetch(`${url}/connect/token`, { method: "POST", body: new URLSearchParams(form) });
    const { access_token } = (await answer.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
    return {
      create: (ep_creation_token: string) =>
        fetch(`${url}/ep_creation`, { method: "POST", headers, body: JSON.stringify({ ep_creation_token }) }),
      find: (id: string) => fetch(`${url}/parties/${id}`, { headers }),
    };
  }
  const reasonOf = async (response: Response) =>
    response.status === 400
      ? ((await response.json()) as { error_description: string }).error_description
      : response.status;

  test("with an id_token that names it as the directory validated it, and once only", async () => {
    const user = sandbox.user("lotte");
    expect(user.organisations).toEqual([{ id: "NTRNL-10000020", name: "Rietland Logistiek" }]);
    const { token } = await sandbox.signIn(sp, user);
    const idToken = token.id_token ?? "";
    expect(decodePayload(idToken).organisationIdentifier).toBe("NTRNL-10000020");
    const userinfo = await fetch(`${sandbox.description.idp.url}/connect/userinfo`, {
      headers: { authorization: `Bearer ${token.access_token}` },
    });
    expect(decodePayload(await userinfo.text()).organisationIdentifier).toBe("NTRNL-10000020");

    const { create, find } = await asParty(sp);
    expect((await find(DID)).status).toBe(404);
    const stranger = await asParty(otherSp);
    expect(await reasonOf(await stranger.create(await epRequest(otherSp, idToken)))).toBe("jwt_audience");
    const made = await create(await epRequest(sp, idToken));
    expect(made.status).toBe(200);
    const body = (await made.json()) as { ep_creation_token: string };
    expect(validatorFor("2.1.1", "EpCreationResponse")(body)).toEqual([]);
    const payload = decodePayload(body.ep_creation_token);
    expect(validatorFor("2.1.1", "jwt_payload_ep_creation_response_token")(payload)).toEqual([]);
    expect(payload).toMatchObject({
      iss: sandbox.description.registry.partyId,
      aud: sp.partyId,
      status: "success",
      parties_info: {
        id: DID,
        party_name: "Rietland Logistiek",
        roles: [{ role: "ServiceConsumer", loa: "low" }],
      },
    });

    for (const id of [DID, "NTRNL-10000020"]) {
      const { party_token } = (await (await find(id)).json()) as { party_token: string };
      const party = decodePayload(party_token);
      expect(party.party_info).toMatchObject({ id: DID, spor: { signed_request: idToken } });
      expect(validatorFor("2.1.1", "jwt_payload_party_token")(party)).toEqual([]);
    }
    expect(await reasonOf(await create(await epRequest(sp, idToken)))).toBe("jwt_replayed");
    const again = await sandbox.signIn(sp, user);
    expect(await reasonOf(await create(await epRequest(sp, again.token.id_token ?? "")))).toBe(
      "request_parameter_mismatch",
    );
  });

  test("and not with another's word, another's name, or none", async () => {
    const { create } = await asParty(sp);
    const { token } = await sandbox.signIn(sp, sandbox.user("lotte"));
    const idToken = token.id_token ?? "";
    const otherId = await epRequest(sp, idToken, { id: "did:ishare:EU.NL.NTRNL-10000099" });
    expect(await reasonOf(await create(otherId))).toBe("request_parameter_mismatch");
    // Signed by the Service Provider itself, which is no Identity Provider.
    const own = await sandbox.sign(sp, {
      ...frame(sp.partyId, "somebody", sp.partyId),
      organisationIdentifier: "NTRNL-10000021",
    });
    expect(await reasonOf(await create(await epRequest(sp, own)))).toBe("jwt_issuer");
    expect(await reasonOf(await create(await epRequest(sp, "nonsense")))).toBe("jwt_issuer");
    expect(await reasonOf(await create(await epRequest(otherSp, idToken)))).toBe("jwt_issuer");
    expect(await reasonOf(await create("nonsense"))).toBe("jwt_not_compact");
  });
});

describe("the Authorisation Registry of Tulpenveld", () => {
  const CONTAINERS = [{ identifiers: ["MSKU7654321"] }, { identifiers: ["MSKU9999999"] }];

  async function ask(user: User, organisation: string, body?: (sub: unknown) => unknown) {
    const { token } = await sandbox.signIn(sp, user, organisation);
    const { sub } = decodePayload(token.id_token ?? "");
    const response = await fetch(`${sandbox.description.idp.url}/connect/userinfo`, {
      method: "POST",
      headers: { authorization: `Bearer ${token.access_token}`, "content-type": "application/json" },
      body: JSON.stringify(body?.(sub) ?? maskFor(sub, CONTAINERS, { policyIssuer: organisation })),
    });
    expect(response.status).toBe(200);
    const { delegationEvidence } = decodePayload(await response.text());
    return { sub, evidence: delegationEvidence as Evidence };
  }

  test("says what bram may do, under his pseudonym", async () => {
    const bram = sandbox.user("bram");
    const { sub, evidence } = await ask(bram, bram.organisations[0]?.id ?? "");
    expect(effectsOf(evidence)).toEqual(["Permit", "Deny"]);
    expect(evidence.target.accessSubject).toBe(sub);
    expect(JSON.stringify(evidence)).not.toContain("tulpenveld-employee");
    const { authorisationRegistry } = sandbox.description;
    const line = sandbox.log.split("\n").findLast((it) => it.includes("delegation_answered"));
    expect(line).toContain(`"source":"${authorisationRegistry.partyId}"`);
  });

  test("is asked for one organisation of noor, and the directory for the other", async () => {
    const noor = sandbox.user("noor");
    const [blueCrane, tulipField] = noor.organisations;
    expect(effectsOf((await ask(noor, tulipField?.id ?? "")).evidence)).toEqual(["Permit", "Deny"]);
    expect(effectsOf((await ask(noor, blueCrane?.id ?? "")).evidence)).toEqual(["Permit", "Permit"]);
  });

  test("answers participants only", async () => {
    const { url } = sandbox.description.authorisationRegistry;
    const response = await fetch(`${url}/delegation`, { method: "POST", body: "{}" });
    expect(response.status).toBe(401);
  });
});
