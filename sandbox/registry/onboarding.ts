/**
 * `/ep_creation` (OpenAPI `EpCreationRequest`): an organisation without a certificate of its own joins the registry. Its
 * proof (`spor.signed_request`) is an id_token: an Identity Provider of this registry vouches that the human who signed in
 * acts for that organisation. Owns what such a proof must hold, and the record that comes of it.
 *
 * A real registry demands that the human signed in at level `high`; here any will do, and the record says which.
 */
import { decodeJwt } from "jose";
import { acrOf, LEVELS, type Level } from "../../src/protocol/assurance.ts";
import { isJsonObject } from "../../src/protocol/json.ts";
import { ok, type Result, refuse } from "../../src/protocol/result.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { proveJwt } from "../client-assertion.ts";
import { findParty, type PartyRecord } from "./data.ts";
import type { Registry } from "./registry.ts";

const ROLES = ["EntitledParty", "ServiceConsumer"];
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** @param token the caller's `ep_creation_token` @returns the new party, which the registry knows from now on */
export async function onboard(
  token: string,
  caller: string,
  registry: Registry,
  now: EpochSeconds,
): Promise<Result<PartyRecord>> {
  const { partyId, seen } = registry;
  const trust = registry.trustIn(caller);
  if (!trust.ok) return trust;
  const jwt = await proveJwt(token, { audience: partyId, issuer: caller, trust: trust.value, seen, now });
  if (!jwt.ok) return jwt;
  const request = readRequest(jwt.value.payload.epRequest);
  if (!request.ok) return request;
  const proof = await provePresence(request.value.proof, caller, registry, now);
  if (!proof.ok) return proof;

  const { identifier, level } = proof.value;
  const id = identifier.startsWith("did:") ? identifier : `did:ishare:EU.NL.${identifier}`;
  // What the request says of itself must not go beyond what was vouched for.
  if (request.value.id !== undefined && ![id, identifier].includes(request.value.id))
    return refuse("request_parameter_mismatch", { parameter: "id" });
  if (findParty(registry.data, id) !== undefined || findParty(registry.data, identifier) !== undefined)
    return refuse("request_parameter_mismatch", { parameter: "id", cause: "registered already" });
  const party: PartyRecord = {
    id,
    alsoKnownAs: [identifier],
    name: request.value.name,
    role: request.value.role,
    loa: level,
    active: true,
    since: new Date(now * 1000).toISOString(),
    until: new Date(now * 1000 + YEAR_MS).toISOString(),
    certificates: [],
    signedRequest: request.value.proof,
  };
  registry.add(party);
  return ok(party);
}

interface EpRequest {
  readonly id: string | undefined;
  readonly name: string;
  readonly role: string;
  /** an id_token */
  readonly proof: string;
}

function readRequest(value: unknown): Result<EpRequest> {
  const missing = (claim: string) => refuse("request_claim_missing", { claim });
  if (!isJsonObject(value)) return missing("epRequest");
  const { id, party_name: name, roles, spor } = value;
  if (typeof name !== "string" || name === "" || name.length > 200) return missing("party_name");
  const [first] = Array.isArray(roles) ? roles.filter(isJsonObject) : [];
  const role = first?.role;
  if (typeof role !== "string" || !ROLES.includes(role)) return missing("roles");
  const proof = isJsonObject(spor) ? spor.signed_request : undefined;
  if (typeof proof !== "string") return missing("spor.signed_request");
  return ok({ id: typeof id === "string" ? id : undefined, name, role, proof });
}

/**
 * The id_token: from an Identity Provider that is active here, for the caller and for nobody else, still alive, and used
 * once. @returns the organisation's identifier as the Identity Provider validated it
 */
async function provePresence(
  idToken: string,
  caller: string,
  registry: Registry,
  now: EpochSeconds,
): Promise<Result<{ readonly identifier: string; readonly level: Level }>> {
  const issuer = issuerOf(idToken);
  const record = issuer === undefined ? undefined : findParty(registry.data, issuer);
  if (issuer === undefined || record?.role !== "IdentityProvider") return refuse("jwt_issuer");
  const trust = registry.trustIn(issuer);
  if (!trust.ok) return trust;
  const proof = { audience: caller, issuer, trust: trust.value, seen: registry.seen, now };
  const jwt = await proveJwt(idToken, proof);
  if (!jwt.ok) return jwt;
  const { organisationIdentifier: identifier, acr } = jwt.value.payload;
  if (typeof identifier !== "string" || !/^[A-Za-z0-9][A-Za-z0-9.:_-]{2,99}$/.test(identifier))
    return refuse("request_claim_missing", { claim: "organisationIdentifier" });
  const level = LEVELS.find((it) => acrOf(it) === acr);
  return level === undefined ? refuse("request_claim_missing", { claim: "acr" }) : ok({ identifier, level });
}

/** Whom the token says it is from: only to know whose certificates to compare. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
