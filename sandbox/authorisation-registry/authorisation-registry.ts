/**
 * An organisation's Authorisation Registry: which of its people, by names of its own, may do what. Owns its identity,
 * whom it answers (any active participant) and what it knows, read once per isolate from the variables.
 */
import type { PolicySet } from "../../src/delegation/policy.ts";
import { importOwnKeys, readPemChain } from "../../src/jwt/keys.ts";
import { createSigner } from "../../src/jwt/sign.ts";
import type { FrameworkVersion } from "../../src/protocol/framework.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { importTokenKey } from "../access-token.ts";
import { proveClient, type Seen } from "../client-assertion.ts";
import { now, type Participant } from "../participant-api.ts";
import { fetchTrust, type KnownRegistry } from "../trust.ts";

export interface Env extends KnownRegistry {
  readonly PARTY_ID: string;
  /** PKCS#8 PEM */
  readonly SIGNING_KEY: string;
  /** PEM, leaf first */
  readonly CERTIFICATE_CHAIN: string;
  /** 32 bytes, base64 */
  readonly TOKEN_KEY: string;
  readonly REGISTRY_URL: string;
  /** JSON of `Entry[]` */
  readonly AUTHORISATIONS: string;
}

export interface Entry {
  readonly policyIssuer: string;
  /** as the organisation knows its people */
  readonly accessSubject: string;
  readonly policySets: readonly PolicySet[];
}

export interface AuthorisationRegistry extends Participant {
  readonly frameworkVersion: FrameworkVersion;
  find(policyIssuer: string, accessSubject: string): readonly Entry[];
}

export async function createAuthorisationRegistry(env: Env): Promise<AuthorisationRegistry> {
  const partyId = env.PARTY_ID;
  const entries = JSON.parse(env.AUTHORISATIONS) as Entry[];
  const keys = await importOwnKeys(env.SIGNING_KEY);
  const signer = createSigner(keys, readPemChain(env.CERTIFICATE_CHAIN) ?? [], partyId);
  const frameworkVersion = env.FRAMEWORK_VERSION;
  const peer = { url: env.REGISTRY_URL, peerId: env.REGISTRY_PARTY_ID, frameworkVersion };
  const registry = createRegistryClient({ ...peer, partyId, signer, bearer: {}, now });
  const seen: Seen = new Map();
  return {
    frameworkVersion,
    tokenKey: await importTokenKey(env.TOKEN_KEY),
    authenticate: async (client, at) => {
      const trust = await fetchTrust({ partyId, registry }, client.clientId, env, at);
      return trust.ok ? proveClient(client, { audience: partyId, trust: trust.value, seen, now: at }) : trust;
    },
    find: (policyIssuer, accessSubject) =>
      entries.filter((it) => it.policyIssuer === policyIssuer && it.accessSubject === accessSubject),
    sign: ({ claims }, audience, at) => signer.sign({ sub: partyId, aud: audience, ...claims }, at),
  };
}
