/**
 * What this IdP offers to participants, as iSHARE capabilities (wire document §9): the services once, and how each
 * framework version lays them out. Every member is true of the code as it is.
 */
import { type FrameworkVersion, memberName } from "./framework.ts";
import type { Self } from "./metadata.ts";

/** Framework services go by their operationIds, which are others from 3.0 on. */
const SERVICES = [
  {
    id: "/capabilities",
    operation: "get-capabilities-token",
    path: "/capabilities",
    title: "Capabilities",
    description: "What this Identity Provider offers, as a signed token.",
    methods: ["GET"],
  },
  {
    id: "/connect/token",
    operation: "request-oauth-token",
    path: "/connect/token",
    title: "Access token",
    description: "Exchanges an authorization code, or client credentials, for an access token.",
    methods: ["POST"],
    inDiscovery: true,
  },
  {
    id: "/authorize",
    operation: "initiate-authorization-flow",
    path: "/connect/authorize",
    title: "Sign-in of a human",
    description: "Starts the sign-in of a human on request of a Service Provider.",
    methods: ["POST"],
    inDiscovery: true,
  },
  {
    id: "/login",
    operation: "authenticate-user-login",
    path: "/login",
    title: "Login page",
    description: "Where a human, or the conformance test tool, signs in.",
    methods: ["GET", "POST"],
  },
  {
    id: "/connect/userinfo",
    operation: "get-user-information",
    path: "/connect/userinfo",
    title: "User information",
    description: "Attributes of the human who signed in, as a signed token.",
    methods: ["GET", "POST"],
    inDiscovery: true,
    needsToken: true,
  },
] as const;
type Service = (typeof SERVICES)[number];

/** @param audience the caller's id where it proved one: it sees what is restricted too, of which there is nothing yet */
export function buildCapabilities(self: Self, audience?: string) {
  const version = self.frameworkVersion;
  const info = version === "2.0" ? featuresOf(self, audience) : servicesOf(self, audience);
  return {
    sub: self.partyId,
    ...(audience === undefined ? {} : { aud: audience }),
    [memberName(version, "capabilities_info")]: info,
  };
}

/** From 2.1 on. */
const servicesOf = (self: Self, audience: string | undefined) => ({
  publicServices: SERVICES.map((service) => ({
    identifier: identifierOf(service, self.frameworkVersion),
    title: service.title,
    description: service.description,
    ...("inDiscovery" in service && {
      [self.frameworkVersion === "3.0" ? "endpointDescription" : "descriptionURL"]:
        `${self.issuerUrl}/.well-known/openid-configuration`,
    }),
    ...addressesOf(service, self, { url: "endpointURL", token: "tokenEndpoint" }),
    status: "active",
    serviceType: "framework-defined",
    version: { compliesWithFrameworkVersions: [self.frameworkVersion], capabilityVersion: "1.0" },
    methods: service.methods,
  })),
  ...(audience !== undefined && { restrictedServices: [] }),
});

/** Up to 2.0. */
const featuresOf = (self: Self, audience: string | undefined) => ({
  party_id: self.partyId,
  ishare_roles: [{ role: "IdentityProvider" }],
  supported_versions: [
    {
      version: self.frameworkVersion,
      supported_features: [
        {
          public: SERVICES.map((service) => ({
            id: identifierOf(service, self.frameworkVersion),
            feature: service.title,
            description: service.description,
            ...addressesOf(service, self, { url: "url", token: "token_endpoint" }),
          })),
          ...(audience !== undefined && { restricted: [] }),
        },
      ],
    },
  ],
});

const identifierOf = ({ id, operation }: Service, version: FrameworkVersion): string =>
  version === "3.0" ? operation : id;

const addressesOf = (service: Service, { issuerUrl }: Self, names: { url: string; token: string }) => ({
  [names.url]: issuerUrl + service.path,
  ...("needsToken" in service && { [names.token]: `${issuerUrl}/connect/token` }),
});
