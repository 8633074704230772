/** What the IdP offers to participants, in each framework version, by that version's schema. */
import { describe, expect, test } from "vitest";
import { buildCapabilities } from "../../../src/protocol/capabilities.ts";
import type { FrameworkVersion } from "../../../src/protocol/framework.ts";
import { type SchemaVersion, validatorFor } from "../../support/schemas.ts";

const PARTY_ID = "did:ishare:EU.NL.NTRNL-10000010";
const AT = "https://idp.example";
const CALLER = "EU.EORI.NL000000020";
const build = (frameworkVersion: FrameworkVersion, audience?: string) =>
  buildCapabilities({ partyId: PARTY_ID, issuerUrl: AT, frameworkVersion }, audience) as Record<
    string,
    unknown
  >;
/** As the signer completes it. */
const frame = { iss: PARTY_ID, jti: "x", iat: 1, exp: 31 };

const OLD = ["/capabilities", "/connect/token", "/authorize", "/login", "/connect/userinfo"];
const NEW = [
  ...["get-capabilities-token", "request-oauth-token", "initiate-authorization-flow"],
  ...["authenticate-user-login", "get-user-information"],
];
const PATHS = ["/capabilities", "/connect/token", "/connect/authorize", "/login", "/connect/userinfo"];

const ROWS: readonly [FrameworkVersion, SchemaVersion, string][] = [
  ["2.0", "2.0-ours", "capabilities_token"],
  ["2.1", "2.1.1", "jwt_payload_capabilities_token"],
  ["2.2", "2.2.1", "jwt_payload_capabilities_token"],
  ["3.0", "3.0", "jwtPayloadCapabilitiesToken"],
];

describe.each(ROWS)("framework %s", (version, document, schema) => {
  const validate = validatorFor(document, schema);

  test("for a party that proved itself: valid, and aud is the caller", () => {
    const known = build(version, CALLER);
    expect(known).toMatchObject({ sub: PARTY_ID, aud: CALLER });
    expect(validate({ ...frame, ...known })).toEqual([]);
  });

  test("for anybody: no aud; valid but for that, where the official document wants one", () => {
    const open = build(version);
    expect(open).not.toHaveProperty("aud");
    expect(validate({ ...frame, ...open })).toEqual(
      version === "3.0" ? [" must have required property 'aud'"] : [],
    );
  });
});

test("2.0 lists features, and what is restricted to a caller alone", () => {
  const features = OLD.map((id, at) => ({
    id,
    feature: expect.stringMatching(/./),
    description: expect.stringMatching(/./),
    url: AT + PATHS[at],
    ...(id === "/connect/userinfo" && { token_endpoint: `${AT}/connect/token` }),
  }));
  const info = (supported: object) => ({
    party_id: PARTY_ID,
    ishare_roles: [{ role: "IdentityProvider" }],
    supported_versions: [{ version: "2.0", supported_features: [supported] }],
  });
  expect(build("2.0").capabilities_info).toEqual(info({ public: features }));
  expect(build("2.0", CALLER).capabilities_info).toEqual(info({ public: features, restricted: [] }));
});

test.each([
  ["2.1", "capabilities_info", OLD, "descriptionURL"],
  ["2.2", "capabilities_info", OLD, "descriptionURL"],
  ["3.0", "capabilitiesInfo", NEW, "endpointDescription"],
] as const)("%s lists services, by their operationIds", (version, member, identifiers, definition) => {
  const services = identifiers.map((identifier, at) => ({
    identifier,
    title: expect.stringMatching(/./),
    description: expect.stringMatching(/./),
    endpointURL: AT + PATHS[at],
    ...([1, 2, 4].includes(at) && { [definition]: `${AT}/.well-known/openid-configuration` }),
    ...(at === 4 && { tokenEndpoint: `${AT}/connect/token` }),
    status: "active",
    serviceType: "framework-defined",
    version: { compliesWithFrameworkVersions: [version], capabilityVersion: "1.0" },
    methods: expect.arrayContaining([expect.stringMatching(/^(GET|POST)$/)]),
  }));
  expect(build(version)[member]).toEqual({ publicServices: services });
  expect(build(version, CALLER)[member]).toEqual({ publicServices: services, restrictedServices: [] });
});
