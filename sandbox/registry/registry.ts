/**
 * The registry itself: its identity, what it knows and whom it trusts, read once per isolate from the variables. Owns
 * which dialect is spoken when, what it says of a party to itself, and the signing of answers. Parties that join later are
 * kept in memory.
 */
import { importOwnKeys, readPemChain } from "../../src/jwt/keys.ts";
import { createSigner } from "../../src/jwt/sign.ts";
import { algorithmsOf, type FrameworkVersion } from "../../src/protocol/framework.ts";
import { ok, type Result, refuse } from "../../src/protocol/result.ts";
import { dialectOf as readerOf } from "../../src/registry/dialect.ts";
import { importTokenKey } from "../access-token.ts";
import { proveClient, type Seen } from "../client-assertion.ts";
import type { Participant } from "../participant-api.ts";
import type { Trust } from "../trust.ts";
import type { AuthorityEnv } from "./authority.ts";
import { findParty, type PartyRecord, type RegistryData } from "./data.ts";
import type { Dialect } from "./dialect.ts";
import { DIALECT_2_0 } from "./dialect-2.0.ts";
import { DIALECT_2_1 } from "./dialect-2.1.ts";
import { DIALECT_3_0 } from "./dialect-3.0.ts";

const DIALECTS: Readonly<Record<FrameworkVersion, Dialect>> = {
  "2.0": DIALECT_2_0,
  "2.1": DIALECT_2_1,
  "2.2": DIALECT_2_1,
  "3.0": DIALECT_3_0,
};

export interface Env extends AuthorityEnv {
  readonly FRAMEWORK_VERSION: FrameworkVersion;
  readonly PARTY_ID: string;
  /** PKCS#8 PEM */
  readonly SIGNING_KEY: string;
  /** PEM, leaf first */
  readonly CERTIFICATE_CHAIN: string;
  /** 32 bytes, base64 */
  readonly TOKEN_KEY: string;
}

export interface Registry extends Participant {
  readonly partyId: string;
  readonly dialect: Dialect;
  readonly data: RegistryData;
  readonly seen: Seen;
  /** Whom to trust about a party: what anybody else would be told. */
  trustIn(id: string): Result<Trust>;
  /** Until this isolate ends. */
  add(party: PartyRecord): void;
}

export async function createRegistry(env: Env): Promise<Registry> {
  const { authorities, parties } = JSON.parse(env.REGISTRY_DATA) as RegistryData;
  const known = [...parties];
  const data: RegistryData = { authorities, parties: known };
  const partyId = env.PARTY_ID;
  const dialect = DIALECTS[env.FRAMEWORK_VERSION];
  const algorithms = algorithmsOf(env.FRAMEWORK_VERSION);
  const keys = await importOwnKeys(env.SIGNING_KEY);
  const signer = createSigner(keys, readPemChain(env.CERTIFICATE_CHAIN) ?? [], partyId);
  const seen: Seen = new Map();
  const anchors = {
    granted: new Set(authorities.map((it) => it.fingerprint)),
    withdrawn: new Set<string>(),
  };

  function trustIn(id: string): Result<Trust> {
    const record = findParty(data, id);
    if (record === undefined) return refuse("party_unknown");
    const { claims } = dialect.buildParties([record], 1, partyId);
    const party = readerOf(env.FRAMEWORK_VERSION).readParty(claims, id);
    return party.ok ? ok({ anchors, party: party.value, algorithms }) : party;
  }

  return {
    partyId,
    dialect,
    data,
    seen,
    trustIn,
    tokenKey: await importTokenKey(env.TOKEN_KEY),
    authenticate: async (client, now) => {
      const trust = trustIn(client.clientId);
      if (!trust.ok) return trust;
      return proveClient(client, { audience: partyId, trust: trust.value, seen, now });
    },
    add: (party) => void known.push(party),
    sign: ({ claims }, audience, now) => signer.sign({ sub: partyId, aud: audience, ...claims }, now),
  };
}
