/**
 * What each Worker of the sandbox is started with, and what other clients are told. Owns everything that follows from
 * keys and port; party ids follow from neither. Worker by worker, and FRAMEWORK_VERSION for each:
 *
 * | Worker   | variables                                                                        |
 * |----------|----------------------------------------------------------------------------------|
 * | IdP      | as an operator would set them: see the table in the README                       |
 * | registry | PARTY_ID, SIGNING_KEY, CERTIFICATE_CHAIN, TOKEN_KEY, REGISTRY_DATA (JSON),       |
 * |          | AUTHORITIES (JSON), REVOCATION_SECRET                                            |
 * | AR       | PARTY_ID, SIGNING_KEY, CERTIFICATE_CHAIN, TOKEN_KEY, REGISTRY_URL,               |
 * |          | REGISTRY_PARTY_ID, ROOT_FINGERPRINT, AUTHORISATIONS (JSON)                       |
 * | demo     | IDP_URL, IDP_PARTY_ID, REGISTRY_URL, REGISTRY_PARTY_ID, ROOT_FINGERPRINT,        |
 * |          | COOKIE_KEY, SERVICE_PROVIDERS (JSON)                                             |
 */
import { X509Certificate } from "node:crypto";
import type { FrameworkVersion } from "../src/protocol/framework.ts";
import { KEPT_ELSEWHERE } from "./authorisations.ts";
import type { ServiceProviderSettings } from "./demo/service-provider.ts";
import { chainFile, keyFile, ROOT_FILE, type SandboxKeys } from "./keys.ts";
import {
  AUTHORISATION_REGISTRY,
  CLOSED_FERRY,
  FREIGHT_PAPERS,
  HARBOUR_DESK,
  IDENTITY_PROVIDER,
  organisationIdOf,
  PARTICIPANTS,
  type Participant,
  partyIdOf,
  REGISTRY,
  SERVICE_PROVIDERS,
  TULIP_FIELD,
  USERS,
} from "./participants.ts";
import type { RegistryData } from "./registry/data.ts";
import type { EnrolmentCodes } from "./users.ts";

/** Five ports in a row; the demo's two hosts are sites other than the IdP's, so its cookies are truly cross-site. */
export interface Addresses {
  readonly port: number;
  readonly idp: string;
  readonly registry: string;
  readonly authorisationRegistry: string;
  readonly originOf: (serviceProvider: Participant) => string;
}

export function addressesFrom(port: number): Addresses {
  const first = `http://127.0.0.1:${port + 2}`;
  const origins = new Map([
    [HARBOUR_DESK, first],
    [FREIGHT_PAPERS, `http://sp2.localhost:${port + 3}`],
    [CLOSED_FERRY, first], // nobody is at home there: it is for other clients to try
  ]);
  return {
    port,
    idp: `http://localhost:${port}`,
    registry: `http://127.0.0.1:${port + 1}`,
    authorisationRegistry: `http://127.0.0.1:${port + 4}`,
    originOf: (serviceProvider) => origins.get(serviceProvider) ?? first,
  };
}

type Variables = Readonly<Record<string, string>>;

export function idpVariables(keys: SandboxKeys, addresses: Addresses): Variables {
  const { key, chain } = keys.sealOf(IDENTITY_PROVIDER);
  return {
    ISSUER_URL: addresses.idp,
    PARTY_ID: partyIdOf(IDENTITY_PROVIDER),
    PARTY_NAME: IDENTITY_PROVIDER.name,
    SIGNING_KEY: key,
    CERTIFICATE_CHAIN: chain,
    REGISTRY_URL: addresses.registry,
    REGISTRY_PARTY_ID: partyIdOf(REGISTRY),
    REGISTRY_ROOT_FINGERPRINTS: fingerprintOf(new X509Certificate(keys.root)),
    ALLOW_LOOPBACK_REDIRECTS: "true",
    DATA_KEY: keys.remembered.secrets.data,
  };
}

export function registryVariables(keys: SandboxKeys, data: RegistryData): Variables {
  const { key, chain } = keys.sealOf(REGISTRY);
  return {
    PARTY_ID: partyIdOf(REGISTRY),
    SIGNING_KEY: key,
    CERTIFICATE_CHAIN: chain,
    TOKEN_KEY: keys.remembered.secrets.registryToken,
    REGISTRY_DATA: JSON.stringify(data),
    AUTHORITIES: JSON.stringify(keys.authorities),
    REVOCATION_SECRET: keys.remembered.secrets.revocation,
  };
}

export function authorisationRegistryVariables(keys: SandboxKeys, addresses: Addresses): Variables {
  const { key, chain } = keys.sealOf(AUTHORISATION_REGISTRY);
  return {
    PARTY_ID: partyIdOf(AUTHORISATION_REGISTRY),
    SIGNING_KEY: key,
    CERTIFICATE_CHAIN: chain,
    TOKEN_KEY: keys.remembered.secrets.authorisationRegistryToken,
    REGISTRY_URL: addresses.registry,
    REGISTRY_PARTY_ID: partyIdOf(REGISTRY),
    ROOT_FINGERPRINT: fingerprintOf(new X509Certificate(keys.root)),
    AUTHORISATIONS: JSON.stringify(KEPT_ELSEWHERE.map(({ entry }) => entry)),
  };
}

export function demoVariables(keys: SandboxKeys, addresses: Addresses): Variables {
  const serviceProviders = [HARBOUR_DESK, FREIGHT_PAPERS].map((serviceProvider): ServiceProviderSettings => {
    const { key, chain } = keys.sealOf(serviceProvider);
    const origin = addresses.originOf(serviceProvider);
    return { partyId: partyIdOf(serviceProvider), name: serviceProvider.name, origin, key, chain };
  });
  return {
    IDP_URL: addresses.idp,
    IDP_PARTY_ID: partyIdOf(IDENTITY_PROVIDER),
    REGISTRY_URL: addresses.registry,
    REGISTRY_PARTY_ID: partyIdOf(REGISTRY),
    ROOT_FINGERPRINT: fingerprintOf(new X509Certificate(keys.root)),
    COOKIE_KEY: keys.remembered.secrets.demoCookie,
    SERVICE_PROVIDERS: JSON.stringify(serviceProviders),
  };
}

export function registryData(keys: SandboxKeys, addresses: Addresses): RegistryData {
  const root = new X509Certificate(keys.root);
  return {
    authorities: [{ subject: subjectOf(root), fingerprint: fingerprintOf(root) }],
    parties: PARTICIPANTS.map((participant) => {
      const leaf = new X509Certificate(keys.sealOf(participant).chain);
      const [since, until] = [leaf.validFrom, leaf.validTo].map((time) => new Date(time).toISOString());
      return {
        id: partyIdOf(participant),
        alsoKnownAs: participant.alsoKnownAs,
        name: participant.name,
        ...(participant === IDENTITY_PROVIDER && { capabilityUrl: `${addresses.idp}/capabilities` }),
        role: participant.role,
        ...(participant === TULIP_FIELD && {
          authorisationRegistries: [
            {
              name: AUTHORISATION_REGISTRY.name,
              id: partyIdOf(AUTHORISATION_REGISTRY),
              url: addresses.authorisationRegistry,
            },
          ],
        }),
        active: participant.active,
        since: since ?? "",
        until: until ?? "",
        certificates: [
          {
            subject: subjectOf(leaf),
            enabledFrom: since ?? "",
            der: leaf.raw.toString("base64"),
            fingerprint: fingerprintOf(leaf),
          },
        ],
      };
    }),
  };
}

/** `.sandbox/sandbox.json`: what any client needs to take a Service Provider's part. Paths are relative to it. */
export function describeSandbox(
  keys: SandboxKeys,
  addresses: Addresses,
  codes: EnrolmentCodes,
  frameworkVersion: FrameworkVersion,
) {
  return {
    frameworkVersion,
    idp: {
      url: addresses.idp,
      partyId: partyIdOf(IDENTITY_PROVIDER),
      certificateChain: chainFile(IDENTITY_PROVIDER),
    },
    registry: { url: addresses.registry, partyId: partyIdOf(REGISTRY) },
    authorisationRegistry: {
      url: addresses.authorisationRegistry,
      partyId: partyIdOf(AUTHORISATION_REGISTRY),
    },
    rootCertificate: ROOT_FILE,
    serviceProviders: SERVICE_PROVIDERS.map((serviceProvider) => ({
      partyId: partyIdOf(serviceProvider),
      name: serviceProvider.name,
      key: keyFile(serviceProvider),
      certificateChain: chainFile(serviceProvider),
      redirectUri: `${addresses.originOf(serviceProvider)}/callback`,
    })),
    users: USERS.map(({ username, organisations }) => ({
      username,
      password: keys.passwordOf(username),
      organisations: organisations.map((organisation) => ({
        id: organisationIdOf(organisation),
        name: organisation.name,
      })),
      totpSeed: keys.remembered.totpSeeds[username], // left out where there is none
      enrolmentCode: codes[username],
    })),
  };
}

/** SHA-256, 64 lower-case hex digits */
const fingerprintOf = (certificate: X509Certificate): string =>
  certificate.fingerprint256.replaceAll(":", "").toLowerCase();

/** Node prints one attribute per line, most significant first; registries write them the other way round. */
const subjectOf = (certificate: X509Certificate): string =>
  certificate.subject.split("\n").reverse().join(",");
