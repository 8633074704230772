/**
 * A Service Provider as this Worker plays it: identity, eSEAL and the peers it deals with, from the variables. Owns
 * which of the Service Providers a request is for (by origin).
 */
import { importOwnKeys, readPemChain } from "../../src/jwt/keys.ts";
import { createSigner, type Signer } from "../../src/jwt/sign.ts";
import { decodeBase64 } from "../../src/protocol/encoding.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import type { KnownRegistry } from "../trust.ts";

export interface Env extends KnownRegistry {
  readonly IDP_URL: string;
  readonly IDP_PARTY_ID: string;
  readonly REGISTRY_URL: string;
  /** 32 bytes, base64 */
  readonly COOKIE_KEY: string;
  /** JSON of `ServiceProviderSettings[]` */
  readonly SERVICE_PROVIDERS: string;
}

/** What a request's context holds. */
export type Demo = { Bindings: Env; Variables: { sp: ServiceProvider } };

export interface ServiceProviderSettings {
  readonly partyId: string;
  readonly name: string;
  readonly origin: string;
  /** PKCS#8 PEM */
  readonly key: string;
  /** PEM, leaf first */
  readonly chain: string;
}

export interface ServiceProvider {
  readonly partyId: string;
  readonly name: string;
  readonly origin: string;
  readonly redirectUri: string;
  readonly signer: Signer;
  readonly registry: RegistryClient;
  readonly cookieKey: Uint8Array;
  readonly idp: { readonly url: string; readonly partyId: string };
  /** the others that this Worker plays */
  readonly others: readonly { readonly name: string; readonly origin: string }[];
}

export const now = (): EpochSeconds => Math.floor(Date.now() / 1000);

export async function createServiceProviders(env: Env): Promise<ReadonlyMap<string, ServiceProvider>> {
  const all = JSON.parse(env.SERVICE_PROVIDERS) as ServiceProviderSettings[];
  const created = new Map<string, ServiceProvider>();
  for (const { partyId, name, origin, key, chain } of all) {
    const keys = await importOwnKeys(key);
    const signer = createSigner(keys, readPemChain(chain) ?? [], partyId);
    created.set(origin, {
      partyId,
      name,
      origin,
      redirectUri: `${origin}/callback`,
      signer,
      registry: createRegistryClient({
        url: env.REGISTRY_URL,
        peerId: env.REGISTRY_PARTY_ID,
        frameworkVersion: env.FRAMEWORK_VERSION,
        partyId,
        signer,
        bearer: {},
        now,
      }),
      cookieKey: decodeBase64(env.COOKIE_KEY) ?? new Uint8Array(),
      idp: { url: env.IDP_URL, partyId: env.IDP_PARTY_ID },
      others: all.filter((other) => other.origin !== origin),
    });
  }
  return created;
}
