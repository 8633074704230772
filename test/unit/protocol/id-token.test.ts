/** The id_token's claims (OIDC Core §2): exactly which, and from where. */
import { expect, test } from "vitest";
import type { GrantRecord } from "../../../src/protocol/grant.ts";
import { buildIdToken } from "../../../src/protocol/id-token.ts";
import { entitlementOf } from "../../../src/protocol/redemption.ts";

const grant: GrantRecord = {
  request: {
    clientId: "did:ishare:EU.NL.NTRNL-10000020",
    scopes: ["openid", "iSHARE", "email"],
    redirectUri: "https://sp.example/cb",
    state: "state-1",
    nonce: "nonce-1",
    acrValues: ["high", "low"],
    prompt: [],
    languages: [],
    responseMode: "query",
  },
  party: { id: "did:ishare:EU.NL.NTRNL-10000020", name: "First Service" },
  expiresAt: 1_800_000_600,
  authentication: {
    humanId: "human-1",
    authTime: 1_800_000_000,
    level: "low",
    amr: ["pwd"],
    sessionId: "session-1",
  },
  organisation: { id: "NTRNL-10000030", name: "Acme" },
  consented: true,
  finished: true,
  code: { hash: "code", expiresAt: 1_800_000_060, subject: "pseudonym-1", redeemed: true },
  token: { hash: "token", expiresAt: 1_800_003_600, clientId: "EU.EORI.NL000000020", revoked: false },
};

const claimsOf = (it: GrantRecord) => buildIdToken(entitlementOf(it));

test("says who signed in, how, when, for whom, to whom; and no more", () => {
  expect(claimsOf(grant)).toEqual({
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
  expect(claimsOf(grant).aud).toBe(grant.token?.clientId);
});

test("acr is the level reached, not the one asked for", () => {
  const reached = {
    ...grant,
    authentication: { ...grant.authentication, level: "substantial" },
  } as GrantRecord;
  expect(claimsOf(reached).acr).toBe("urn:http://eidas.europa.eu/LoA/NotNotified/substantial");
});

test("our own ids of the human and of the session stay with us", () => {
  expect(JSON.stringify(claimsOf(grant))).not.toMatch(/human-1|session-1/);
});

test.each(["authentication", "organisation", "code", "token"] as const)(
  "there is none before %s",
  (member) => {
    const { [member]: _, ...rest } = grant;
    expect(() => claimsOf(rest)).toThrow("without a finished sign-in");
  },
);
