/**
 * An organisation's own Authorisation Registry (wire document §10; OpenAPI `POST /delegation`), asked as a party. Owns
 * whether an answer is that registry's own word, for us, now. Its address comes from the signed registry record and from
 * nowhere else. Which of several is asked is `authorisation-registry-choice`'s; what the evidence says is `delegation`'s.
 */
import type { PathCache } from "../jwt/path-cache.ts";
import type { Signer } from "../jwt/sign.ts";
import { verifyJwt } from "../jwt/verify.ts";
import { algorithmsOf, type FrameworkVersion } from "../protocol/framework.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../protocol/json.ts";
import { parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { MAX_ANSWER_BYTES } from "./outbound.ts";
import { type AuthorisationRegistryRecord, checkAdherence, isCurrent } from "./party.ts";
import { type Bearer, createPeer } from "./peer.ts";
import { parsePublicUrl } from "./public-url.ts";
import type { Registry } from "./registry.ts";

export interface AuthorisationRegistries {
  /**
   * @param delegationRequest a mask, as it goes over the wire
   * @returns the member `delegationEvidence`, not yet read; refused with `authorisation_registry_unavailable`
   */
  ask(at: AuthorisationRegistryRecord, delegationRequest: JsonObject): Promise<Result<JsonObject>>;
}

/** Access tokens by registry, per isolate. */
export type Bearers = Map<string, Bearer>;
const MAX_BEARERS = 200;

export interface AuthorisationRegistryOptions {
  readonly partyId: string;
  /** the Participant Registry */
  readonly registryId: string;
  readonly audience: readonly string[];
  readonly frameworkVersion: FrameworkVersion;
  readonly skew: number;
  /** registries on this machine, for the sandbox */
  readonly allowLoopback: boolean;
  readonly signer: Signer;
  readonly registry: Registry;
  readonly paths: PathCache;
  readonly bearers: Bearers;
  readonly now: () => EpochSeconds;
}

export function createAuthorisationRegistries(
  options: AuthorisationRegistryOptions,
): AuthorisationRegistries {
  return {
    ask: async (at, delegationRequest) => {
      const answer = await askAt(at, delegationRequest);
      if (answer.ok) return answer;
      const { reason, data } = answer.failure;
      return refuse("authorisation_registry_unavailable", { ...data, registry: at.id, cause: reason });
    },
  };

  async function askAt(
    at: AuthorisationRegistryRecord,
    delegationRequest: JsonObject,
  ): Promise<Result<JsonObject>> {
    const url = parsePublicUrl(at.url, options.allowLoopback);
    if (url === undefined) return refuse("authorisation_registry_url");
    const known = await checkIdentity(at.id);
    if (!known.ok) return known;
    const peer = createPeer({ ...options, url, peerId: at.id, bearer: bearerFor(`${at.id} ${url}`) });
    const answer = await peer.request("/delegation", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ delegationRequest }),
    });
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    // Only a signed word is one: a 404 may as well come from a machine that stands there by mistake.
    if (status !== 200) return refuse("registry_status", { status });
    const json = parseJsonObject(body);
    const token = json?.delegation_token ?? json?.delegationToken;
    if (typeof token !== "string") return refuse("registry_answer_malformed", { member: "delegation_token" });
    return verify(token, at);
  }

  /**
   * Whoever stands at the address gets a client assertion for this identifier, and could show it elsewhere: never one for
   * ourselves or the Participant Registry, and only for an Authorisation Registry that is active.
   */
  async function checkIdentity(id: string): Promise<Result<void>> {
    const partyId = parsePartyId(id);
    if (partyId === undefined || options.audience.includes(id) || id === options.registryId)
      return refuse("authorisation_registry_identity");
    const party = await options.registry.describe(partyId);
    if (!party.ok) return party;
    const adherent = checkAdherence(party.value, options.now());
    if (!adherent.ok) return adherent;
    const { ids, roles } = party.value;
    const isAnother = [...options.audience, options.registryId].some((other) => ids.has(other));
    const isRegistry =
      roles.length === 0 ||
      roles.some((it) => isCurrent(it, options.now()) && /^authori[sz]ation ?registry$/i.test(it.role));
    return isAnother || !isRegistry ? refuse("authorisation_registry_identity") : ok(undefined);
  }

  async function verify(token: string, at: AuthorisationRegistryRecord): Promise<Result<JsonObject>> {
    const { registry, now } = options;
    const jwt = await verifyJwt(token, {
      ...options,
      algorithms: algorithmsOf(options.frameworkVersion),
      now: now(),
      maxLength: MAX_ANSWER_BYTES,
      checkLife: true,
      anchor: registry.anchor,
    });
    if (!jwt.ok)
      return refuse("authorisation_registry_signer", { ...jwt.failure.data, signer: jwt.failure.reason });
    // Every participant chains to the same roots: the signer has to be this one, as the registry knows it.
    const issuer = parsePartyId(jwt.value.claims.iss);
    if (issuer === undefined) return refuse("authorisation_registry_signer", { signer: "iss" });
    const party = await registry.party(issuer, jwt.value.chain.leaf);
    if (!party.ok)
      return refuse("authorisation_registry_signer", { ...party.failure.data, signer: party.failure.reason });
    if (!party.value.ids.has(at.id)) return refuse("authorisation_registry_signer", { signer: "iss" });
    const evidence = jwt.value.payload.delegationEvidence;
    return isJsonObject(evidence)
      ? ok(evidence)
      : refuse("registry_answer_malformed", { member: "delegationEvidence" });
  }

  function bearerFor(key: string): Bearer {
    const { bearers } = options;
    const bearer = bearers.get(key) ?? {};
    bearers.delete(key);
    bearers.set(key, bearer);
    const oldest = bearers.keys().next().value;
    if (bearers.size > MAX_BEARERS && oldest !== undefined) bearers.delete(oldest);
    return bearer;
  }
}
