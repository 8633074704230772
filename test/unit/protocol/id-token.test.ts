/** The id_token's claims (OIDC Core §2): exactly which, and from where. */
import { expect, test } from "vitest";
import { buildIdToken } from "../../../src/protocol/id-token.ts";
import { type Entitlement, entitlementOf } from "../../../src/protocol/redemption.ts";

const entitlement: Entitlement = {
  party: { id: "did:ishare:EU.NL.NTRNL-10000020", name: "First Service" },
  clientId: "EU.EORI.NL000000020",
  scopes: ["openid", "iSHARE", "email"],
  nonce: "nonce-1",
  redirectUri: "https://sp.example/cb",
  humanId: "human-1",
  subject: "pseudonym-1",
  authTime: 1_800_000_000,
  level: "low",
  amr: ["pwd"],
  sessionId: "session-1",
  organisation: { id: "NTRNL-10000030", name: "Acme" },
  membership: "NTRNL-10000030",
};

test("says who signed in, how, when, for whom, to whom; and no more", () => {
  expect(buildIdToken(entitlement)).toEqual({
    sub: "pseudonym-1",
    aud: "EU.EORI.NL000000020",
    azp: "EU.EORI.NL000000020",
    nonce: "nonce-1",
    auth_time: 1_800_000_000,
    acr: "urn:http://eidas.europa.eu/LoA/NotNotified/low",
    amr: ["pwd"],
    organisationIdentifier: "NTRNL-10000030",
  });
});

test("aud is the identifier that the SP redeemed the code with, one string", () => {
  expect(buildIdToken(entitlement).aud).toBe(entitlement.clientId);
});

test("acr is the level reached, not the one asked for", () => {
  const { party, organisation, ...reached } = entitlement;
  const asked = entitlementOf({
    request: {
      ...{
        clientId: party.id,
        scopes: reached.scopes,
        redirectUri: reached.redirectUri,
        nonce: reached.nonce,
      },
      ...{ state: "state-1", acrValues: ["high"], prompt: [], languages: [], responseMode: "query" },
    },
    ...{ party, organisation, expiresAt: 1_800_000_600 },
    authentication: {
      ...{ humanId: reached.humanId, authTime: reached.authTime, level: "substantial", amr: ["pwd"] },
    },
    code: { hash: "code", expiresAt: 1_800_000_060, subject: reached.subject, redeemed: true },
    token: { hash: "token", expiresAt: 1_800_003_600, clientId: reached.clientId, revoked: false },
  });
  expect(buildIdToken(asked).acr).toBe("urn:http://eidas.europa.eu/LoA/NotNotified/substantial");
});

test("our own ids of the human and of the session stay with us", () => {
  expect(JSON.stringify(buildIdToken(entitlement))).not.toMatch(/human-1|session-1/);
});
