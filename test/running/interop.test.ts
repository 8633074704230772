/** A client that is not ours takes the SP's part: oauth4webapi, discovery to userinfo. */
import { compactVerify, exportJWK, importSPKI, importX509 } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn } from "../support/browser.ts";
import { frame, signJwt } from "../support/jwt.ts";
import { x5cOf } from "../support/pki.ts";
import { type Running, startRunning, USER } from "../support/running.ts";
import { IDP_ID, outer, requestClaims } from "../support/world.ts";

let idp: Running;
beforeAll(async () => {
  idp = await startRunning();
});
afterAll(async () => {
  await idp?.stop();
});

const INSECURE = { [oauth.allowInsecureRequests]: true } as const; // http on loopback

test("discovery, authorization, code with PKCE, id_token and signed userinfo", async () => {
  const { sp } = idp.world;
  const discovered = await fetch(`${idp.url}/.well-known/openid-configuration`);
  const metadata = (await discovered.json()) as oauth.AuthorizationServer;
  expect(metadata.issuer).toBe(IDP_ID); // no URL: that is iSHARE's way
  const client: oauth.Client = {
    client_id: sp.id,
    id_token_signed_response_alg: "RS256",
    userinfo_signed_response_alg: "RS256",
  };

  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const verifier = oauth.generateRandomCodeVerifier();
  const claims = requestClaims(sp, {
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const browser = idp.browser();
  const begun = await browser.post("/connect/authorize", outer(claims, await signJwt(sp.leaf, claims)));
  const back = await signIn(browser, begun.headers.get("location") ?? "", USER);

  const parameters = oauth.validateAuthResponse(metadata, client, back, state); // checks `iss` too (RFC 9207)
  const clientAuth: oauth.ClientAuth = async (_as, _client, body) => {
    body.set("client_id", sp.id);
    body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    body.set("client_assertion", await signJwt(sp.leaf, frame(sp.id, sp.id, IDP_ID)));
  };
  const answer = await oauth.authorizationCodeGrantRequest(
    metadata,
    client,
    clientAuth,
    parameters,
    sp.redirectUri,
    verifier,
    INSECURE,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(metadata, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  const idToken = oauth.getValidatedIdTokenClaims(tokens);
  expect(idToken).toMatchObject({ iss: IDP_ID, aud: sp.id, azp: sp.id, nonce });
  await oauth.validateApplicationLevelSignature(metadata, answer, INSECURE); // by our published keys

  const info = await oauth.userInfoRequest(metadata, client, tokens.access_token, INSECURE);
  const profile = await oauth.processUserInfoResponse(metadata, client, idToken?.sub ?? "", info);
  await oauth.validateApplicationLevelSignature(metadata, info, INSECURE);
  expect(profile).toMatchObject({
    given_name: "Carol",
    organisationIdentifier: "did:ishare:EU.NL.NTRNL-10000030",
  });
});

test("the published key is the certificate's, and verifies what we sign", async () => {
  const { keys } = (await (await fetch(`${idp.url}/.well-known/jwks.json`)).json()) as { keys: oauth.JWK[] };
  const [key] = keys;
  const [leaf = ""] = x5cOf(idp.world.idp);
  const ofCertificate = await importX509(
    `-----BEGIN CERTIFICATE-----\n${leaf}\n-----END CERTIFICATE-----`,
    "RS256",
    { extractable: true },
  );
  const { n, e } = await exportJWK(ofCertificate);
  expect({ n: key?.n, e: key?.e }).toEqual({ n, e });
  const { capabilities_token } = (await (await fetch(`${idp.url}/capabilities`)).json()) as {
    capabilities_token: string;
  };
  const pem = idp.world.idp.certificate.publicKey.toString("pem");
  await compactVerify(capabilities_token, await importSPKI(pem, "RS256"), { algorithms: ["RS256"] });
});
