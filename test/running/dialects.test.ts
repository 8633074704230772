/**
 * Every framework version whole: the sandbox (Identity Provider, Participant Registry, Authorisation Registry, demo) speaks
 * it, a human signs in, and each payload is valid by that version's schemas. One folder serves all versions, so that its
 * users and pseudonyms are the same: what a version changes is only how things are said.
 */
import { CompactEncrypt, decodeProtectedHeader, importX509 } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readForm, signIn, TestBrowser } from "../support/browser.ts";
import { type Evidence, effectsOf, maskFor } from "../support/delegation.ts";
import { decodePayload, frame } from "../support/jwt.ts";
import { Sandbox, type ServiceProvider, type User } from "../support/sandbox.ts";
import { type SchemaVersion, validatorFor } from "../support/schemas.ts";

interface Names {
  readonly schemas: SchemaVersion;
  readonly header: string;
  readonly token: string;
  readonly redirect: string;
  /** undefined: the official document has none */
  readonly userinfo: string | undefined;
  readonly evidence: string | undefined;
  readonly capabilities: string;
  readonly list: string;
  readonly parties: string;
  /** undefined: this version has no such path */
  readonly party: string | undefined;
}

const OFFICIAL_2: Omit<Names, "schemas"> = {
  header: "jwt_header",
  token: "ConnectTokenResponse",
  redirect: "openid-authorize",
  userinfo: "jwt_payload_userinfo_token",
  evidence: "jwt_payload_delegation_evidence_token",
  capabilities: "jwt_payload_capabilities_token",
  list: "jwt_payload_trusted_list_token",
  parties: "jwt_payload_parties_token",
  party: "jwt_payload_party_token",
};
const NAMES: Readonly<Record<string, Names>> = {
  "2.0": {
    schemas: "2.0-ours",
    header: "jwt_header",
    token: "token_response",
    redirect: "authorization_response",
    userinfo: "userinfo_token",
    evidence: undefined,
    capabilities: "capabilities_token",
    list: "trusted_list_token",
    parties: "parties_token",
    party: undefined,
  },
  "2.1": { schemas: "2.1.1", ...OFFICIAL_2 },
  "2.2": { schemas: "2.2.1", ...OFFICIAL_2 },
  "3.0": {
    schemas: "3.0",
    header: "jwt_header",
    token: "connectTokenResponse",
    redirect: "openid-authorize",
    userinfo: undefined,
    evidence: "jwtPayloadDelegationEvidenceToken",
    capabilities: "jwtPayloadCapabilitiesToken",
    list: "jwtPayloadTrustedListToken",
    parties: "jwtPayloadPartiesToken",
    party: "jwtPayloadPartyToken",
  },
};
const EORI = "EU.EORI.NL100000004";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.create({ FRAMEWORK_VERSION: "2.0" });
});
afterAll(() => sandbox?.remove());

const pseudonyms = new Map<string, Set<unknown>>();

describe.each(Object.entries(NAMES))("framework %s", (version, names) => {
  const isThird = version === "3.0";
  const spelt = (snake: string, camel: string) => (isThird ? camel : snake);
  let idp: string;
  beforeAll(async () => {
    if (version !== "2.0") await sandbox.restart({ FRAMEWORK_VERSION: version });
    idp = sandbox.description.idp.url;
  });

  /** Header and payload as the schemas want them, and who signed for whom. @returns the payload */
  function read(jwt: string, schema: string | undefined, errors: readonly string[] = []) {
    expect(validatorFor(names.schemas, names.header)(decodeProtectedHeader(jwt))).toEqual([]);
    expect(decodeProtectedHeader(jwt)).toMatchObject({ alg: "RS256", typ: "JWT" });
    const payload = decodePayload(jwt);
    if (schema !== undefined) expect(validatorFor(names.schemas, schema)(payload)).toEqual(errors);
    if (isThird) expect(validatorFor("3.0", "jwtPayloadSkeleton")(payload)).toEqual(errors);
    expect(Number(payload.exp) - Number(payload.iat)).toBe(30);
    return payload;
  }

  /** The request as it travels: signed, or that within an envelope for our certificate. */
  async function requestForm(sp: ServiceProvider, how: How): Promise<Record<string, string>> {
    const outer = {
      response_type: how.responseType ?? "code",
      client_id: sp.partyId,
      scope: "openid iSHARE name email company",
    };
    const claims = {
      ...frame(sp.partyId, "urn:TBD", sandbox.description.idp.partyId),
      ...outer,
      ...{ redirect_uri: sp.redirectUri, state: "s", nonce: "n" },
    };
    const jws = await sandbox.sign(sp, claims, how.alg);
    if (how.encrypted !== true) return { ...outer, request: jws };
    const chain = await sandbox.read(sandbox.description.idp.certificateChain);
    const [leaf = ""] = chain.split(/(?<=-----END CERTIFICATE-----)/);
    const request = await new CompactEncrypt(new TextEncoder().encode(jws))
      .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" })
      .encrypt(await importX509(leaf, "RSA-OAEP-256"));
    return { ...outer, request };
  }

  async function assertion(sp: ServiceProvider, alg?: string): Promise<Record<string, string>> {
    const claims = frame(sp.partyId, sp.partyId, sandbox.description.idp.partyId);
    return {
      ...(await sandbox.clientAssertion(sp, sandbox.description.idp.partyId)),
      client_assertion: await sandbox.sign(sp, claims, alg),
    };
  }
  const post = (path: string, form: Readonly<Record<string, string>>) =>
    fetch(idp + path, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });

  async function machineToken(sp: ServiceProvider, alg?: string, path = "/connect/token") {
    return post(path, {
      grant_type: "client_credentials",
      scope: "iSHARE",
      ...(await assertion(sp, alg)),
    });
  }

  /** @returns what the SP got, each proven valid */
  async function signInAs(user: User, sp: ServiceProvider, how: How = {}) {
    const browser = sandbox.browser();
    const begun = await browser.post(`${how.prefix ?? ""}/connect/authorize`, await requestForm(sp, how));
    const organisation = user.organisations.at(-1)?.id ?? "";
    const back = await signIn(browser, begun.headers.get("location") ?? "", { ...user, organisation });
    const answer = Object.fromEntries(back.searchParams);
    expect(answer).toEqual({ code: answer.code, state: "s", iss: sandbox.description.idp.partyId });
    expect(validatorFor(names.schemas, names.redirect)(answer)).toEqual([]);
    const response = await post(`${how.prefix ?? ""}/connect/token`, {
      grant_type: "authorization_code",
      ...(await assertion(sp, how.alg)),
      redirect_uri: sp.redirectUri,
      code: answer.code ?? "",
    });
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as { access_token: string; id_token: string };
    expect(validatorFor(names.schemas, names.token)(tokens)).toEqual([]);
    const claims = read(tokens.id_token, undefined);
    expect(validatorFor("2.0-ours", "id_token")(claims)).toEqual([]);
    expect(claims).toMatchObject({ aud: sp.partyId, azp: sp.partyId, organisationIdentifier: organisation });
    return { claims, organisation, bearer: { authorization: `Bearer ${tokens.access_token}` } };
  }

  test.each<[string, How & { position: number; id?: string }]>([
    ["a DID, response_type code, JWE", { position: 0, encrypted: true }],
    ["an EORI, response_type code id_token, JWS", { position: 1, id: EORI, responseType: "code id_token" }],
    ["a DID, with the version in every path", { position: 1, prefix: `/v${version}` }],
  ])("a human signs in, for %s", async (_, { position, id, ...how }) => {
    const sp = { ...sandbox.serviceProvider(position), ...(id !== undefined && { partyId: id }) };
    const anna = sandbox.user("anna");
    const { claims, organisation, bearer } = await signInAs(anna, sp, how);
    const userinfo = `${idp}${how.prefix ?? ""}/connect/userinfo`;
    const asJwt = read(await (await fetch(userinfo, { headers: bearer })).text(), names.userinfo);
    const inJson = await fetch(userinfo, { headers: { ...bearer, accept: "application/json" } });
    const body = (await inJson.json()) as Record<string, string>;
    expect(Object.keys(body)).toEqual([spelt("userinfo_token", "userinfoToken")]);
    for (const payload of [asJwt, read(Object.values(body)[0] ?? "", names.userinfo)])
      expect(payload).toMatchObject({
        aud: sp.partyId,
        sub: claims.sub,
        organisationIdentifier: organisation,
        company_name: "De Blauwe Kraan Transport",
        first_name: "Anna",
      });
    // One human at one SP is one pseudonym, under any identifier and in any version.
    const { partyId } = sandbox.serviceProvider(position);
    const seen = pseudonyms.get(partyId) ?? new Set();
    pseudonyms.set(partyId, seen.add(claims.sub));
    expect(seen.size).toBe(1);
  });

  test("the Authorisation Registry that the organisation names is asked, and evidence comes of it", async () => {
    const { claims, organisation, bearer } = await signInAs(sandbox.user("bram"), sandbox.serviceProvider(0));
    const asked = [{ identifiers: ["MSKU7654321"] }, { identifiers: ["MSKU9999999"] }];
    const response = await fetch(`${idp}/connect/userinfo`, {
      method: "POST",
      headers: { ...bearer, "content-type": "application/json" },
      body: JSON.stringify(maskFor(claims.sub, asked, { policyIssuer: organisation })),
    });
    expect(response.status).toBe(200);
    const payload = read(await response.text(), names.evidence);
    expect(effectsOf(payload.delegationEvidence as Evidence)).toEqual(["Permit", "Deny"]);
    // The log comes through a pipe, after the answer.
    const answered = () => sandbox.log.split("\n").find((it) => it.includes("delegation_answered")) ?? "";
    const source = `"source":"${sandbox.description.authorisationRegistry.partyId}"`;
    await expect.poll(answered, { timeout: 15_000 }).toContain(source);
  });

  test.each(["RS384", "RS512"])("%s is accepted in 3.0 and nowhere else", async (alg) => {
    const sp = sandbox.serviceProvider(0);
    const begun = await post("/connect/authorize", await requestForm(sp, { alg }));
    const { pathname, searchParams } = new URL(begun.headers.get("location") ?? "", idp);
    const token = await machineToken(sp, alg);
    const { error } = (await token.json()) as { error?: string };
    expect([pathname, searchParams.get("c"), token.status, error]).toEqual(
      isThird ? ["/login", null, 200, undefined] : ["/error", "invalid_request", 400, "invalid_client"],
    );
    const discovered = await fetch(`${idp}/.well-known/openid-configuration`);
    const metadata = (await discovered.json()) as Record<string, string[]>;
    for (const member of ["request_object", "token_endpoint_auth"])
      expect(metadata[`${member}_signing_alg_values_supported`]?.includes(alg)).toBe(isThird);
    expect(metadata.response_types_supported).toEqual(["code"]);
  });

  test("capabilities, for anybody and for a party that shows its token", async () => {
    const member = spelt("capabilities_token", "capabilitiesToken");
    const open = (await (await fetch(`${idp}/capabilities`)).json()) as Record<string, string>;
    // The official document of 3.0 wants an audience even where nobody is known: see its README.
    const errors = isThird ? [" must have required property 'aud'"] : [];
    expect(read(open[member] ?? "", names.capabilities, errors)).not.toHaveProperty("aud");

    const sp = { ...sandbox.serviceProvider(1), partyId: EORI };
    const token = await machineToken(sp, undefined, `/v${version}/oauth2.0/token`);
    expect(token.status).toBe(200);
    const { access_token } = (await token.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${access_token}` };
    const known = await fetch(`${idp}/v${version}/capabilities`, { headers });
    const payload = read(((await known.json()) as Record<string, string>)[member] ?? "", names.capabilities);
    expect(payload.aud).toBe(EORI);
    const text = JSON.stringify(payload[spelt("capabilities_info", "capabilitiesInfo")]);
    const services = isThird
      ? ["get-capabilities-token", "request-oauth-token", "initiate-authorization-flow"]
      : ["/capabilities", "/connect/token", "/authorize"];
    for (const identifier of services)
      expect(text).toContain(`"${version === "2.0" ? "id" : "identifier"}":"${identifier}"`);
    expect(text).toContain(version === "2.0" ? '"restricted":[]' : '"restrictedServices":[]');
    expect(text).toContain(`"${version}"`);
  });

  test("the sandbox's registry speaks it, and no other", async () => {
    const { url, partyId } = sandbox.description.registry;
    const sp = sandbox.serviceProvider(0);
    const form = {
      grant_type: "client_credentials",
      scope: "iSHARE",
      ...(await sandbox.clientAssertion(sp, partyId)),
    };
    const token = await fetch(`${url}/connect/token`, { method: "POST", body: new URLSearchParams(form) });
    const { access_token } = (await token.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${access_token}` };
    const get = (path: string) => fetch(url + path, { headers });
    const readMember = async (path: string, member: string, schema: string) => {
      const body = (await (await get(path)).json()) as Record<string, string>;
      expect(Object.keys(body)).toEqual([member]);
      return read(body[member] ?? "", schema);
    };
    await readMember(
      spelt("/trusted_list", "/trustedList"),
      spelt("trusted_list_token", "trustedListToken"),
      names.list,
    );
    expect((await get(spelt("/trustedList", "/trusted_list"))).status).toBe(404);
    const parties = spelt("parties_token", "partiesToken");
    const byEori = spelt("eori", "alsoKnownAs");
    for (const query of [`${byEori}=${EORI}`, "id=did:ishare:EU.NL.NTRNL-10000007", "id=*"])
      await readMember(`/parties?${query}`, parties, names.parties);
    const single = `/parties/${encodeURIComponent(EORI)}`;
    if (names.party === undefined) expect((await get(single)).status).toBe(404);
    else await readMember(single, spelt("party_token", "partyToken"), names.party);
    const joining = await fetch(`${url}/ep_creation`, { method: "POST", headers, body: "{}" });
    expect(joining.status).toBe(["2.1", "2.2"].includes(version) ? 400 : 404);
  });

  test("the demo Service Provider believes what it gets; an inactive one is refused", async () => {
    const to = (origin: string) => new TestBrowser(origin, (request) => fetch(request));
    const demo = to(new URL(sandbox.serviceProvider(0).redirectUri).origin);
    const handover = readForm(await (await demo.post("/start", { level: "low" })).text());
    const browser = sandbox.browser();
    const begun = await browser.post("/connect/authorize", handover.fields);
    const back = await signIn(browser, begun.headers.get("location") ?? "", sandbox.user("anna"));
    const answered = await demo.get(back.pathname + back.search);
    const page = await answered.text();
    expect(answered.status).toBe(200);
    expect(page).toContain("Anna de Vries");
    expect(page).not.toMatch(/failed|not reached/);

    const inactive = await post("/connect/authorize", await requestForm(sandbox.serviceProvider(2), {}));
    expect(inactive.headers.get("location")).toContain("/error?c=untrusted_party");
  });
});

test("a version that is none is told in one line, before anything is made", async () => {
  await expect(Sandbox.create({ FRAMEWORK_VERSION: "4.0" })).rejects.toThrow(
    /: FRAMEWORK_VERSION must be one of: 2\.0, 2\.1, 2\.2, 3\.0\.\n$/,
  );
});

interface How {
  readonly responseType?: string;
  readonly encrypted?: boolean;
  readonly alg?: string;
  /** before each path */
  readonly prefix?: string;
}
