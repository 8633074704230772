/**
 * The registry itself: its identity, what it knows and whom it trusts, read once per isolate from the variables. Owns
 * the proof that a caller is the participant it says it is (iSHARE client assertion), and the signing of answers.
 */
import { importOwnKeys, readPemChain } from "../../src/jwt/keys.ts";
import { createPathCache } from "../../src/jwt/path-cache.ts";
import { createSigner } from "../../src/jwt/sign.ts";
import { verifyJwt } from "../../src/jwt/verify.ts";
import { ok, type Result, refuse } from "../../src/protocol/result.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import type { ClientCredentials } from "../../src/protocol/token-request.ts";
import { checkPath } from "../../src/trust/chain.ts";
import { importTokenKey } from "./access-token.ts";
import { findParty, type RegistryData } from "./data.ts";
import type { Answer } from "./dialect-2.1.ts";

export interface Env {
  readonly PARTY_ID: string;
  /** PKCS#8 PEM */
  readonly SIGNING_KEY: string;
  /** PEM, leaf first */
  readonly CERTIFICATE_CHAIN: string;
  /** 32 bytes, base64 */
  readonly TOKEN_KEY: string;
  /** JSON of `RegistryData` */
  readonly REGISTRY_DATA: string;
}

export interface Registry {
  readonly partyId: string;
  readonly data: RegistryData;
  readonly tokenKey: CryptoKey;
  /** Whose assertion is this? Each counts once. @returns the client id */
  authenticate(client: ClientCredentials, now: EpochSeconds): Promise<Result<string>>;
  /** @returns a JWT for the participant that asked */
  sign(answer: Answer, audience: string, now: EpochSeconds): Promise<string>;
}

const SKEW_SECONDS = 10;

export async function createRegistry(env: Env): Promise<Registry> {
  const data = JSON.parse(env.REGISTRY_DATA) as RegistryData;
  const partyId = env.PARTY_ID;
  const { signing } = await importOwnKeys(env.SIGNING_KEY);
  const signer = createSigner(signing, readPemChain(env.CERTIFICATE_CHAIN) ?? [], partyId);
  const paths = createPathCache();
  const anchors = {
    granted: new Set(data.authorities.map((it) => it.fingerprint)),
    withdrawn: new Set<string>(),
  };
  const used = new Map<string, EpochSeconds>();

  /** One isolate serves the sandbox, so its memory is enough. */
  function markUsed(key: string, until: EpochSeconds, now: EpochSeconds): boolean {
    for (const [old, end] of used) if (end < now) used.delete(old);
    if (used.has(key)) return false;
    used.set(key, until);
    return true;
  }

  return {
    partyId,
    data,
    tokenKey: await importTokenKey(env.TOKEN_KEY),
    async authenticate({ clientId, assertion }, now) {
      const jwt = await verifyJwt(assertion, {
        audience: [partyId],
        algorithms: ["RS256"],
        now,
        skew: SKEW_SECONDS,
        checkLife: true,
        paths,
        anchor: (path) => checkPath(path, anchors, now),
      });
      if (!jwt.ok) return jwt;
      const { claims, chain } = jwt.value;
      if (claims.iss !== clientId) return refuse("jwt_issuer");
      if (claims.sub !== clientId) return refuse("jwt_subject");
      if (!markUsed(JSON.stringify([claims.iss, claims.jti]), claims.exp + SKEW_SECONDS, now)) {
        return refuse("jwt_replayed");
      }
      const party = findParty(data, clientId);
      if (party === undefined) return refuse("party_unknown");
      if (!party.active) return refuse("party_not_active");
      const isListed = party.certificates.some(({ fingerprint }) => fingerprint === chain.leaf.fingerprint);
      return isListed ? ok(clientId) : refuse("party_certificate_unknown");
    },
    sign: ({ claims }, audience, now) => signer.sign({ sub: partyId, aud: audience, ...claims }, now),
  };
}
