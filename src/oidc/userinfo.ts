/**
 * `/connect/userinfo` (wire document §8): attributes of the human who signed in, and with a delegation request what they
 * may do, as a signed iSHARE JWT.
 */
import type { DelegationEvidence } from "../delegation/evidence.ts";
import type { Deps } from "../deps.ts";
import { findHuman } from "../directory/human.ts";
import { mediaType, readBearer, readBody } from "../http/request.ts";
import {
  respondBearerError,
  respondInsufficientScope,
  respondJson,
  respondOAuthError,
} from "../http/respond.tsx";
import { type Failure, wireOf } from "../protocol/failure.ts";
import { memberName } from "../protocol/framework.ts";
import { type JsonObject, parseJsonObject } from "../protocol/json.ts";
import type { Entitlement } from "../protocol/redemption.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { buildUserinfo } from "../protocol/userinfo.ts";
import { openGrantHandle } from "../store/handle.ts";
import { answerDelegationRequest, type DelegationDeps, PORTAL_SCOPE } from "./delegation.ts";

const ENDPOINT = "userinfo";

type UserinfoDeps = DelegationDeps & Pick<Deps, "signer" | "grants" | "handles">;

export async function userinfo(request: Request, deps: UserinfoDeps): Promise<Response> {
  const { config, signer, now } = deps;
  const bearer = readBearer(request);
  if (!bearer.ok) return respondBearerError(bearer.failure, deps, ENDPOINT);
  const entitled = await openAccessToken(bearer.value, deps);
  if (!entitled.ok) return respondBearerError(entitled.failure, deps, ENDPOINT);
  const { humanId, authTime, subject, clientId, organisation, membership, party, scopes } = entitled.value;
  deps.log.info("userinfo_asked", { party: party.id });
  const attributes = await findHuman(deps.directory, humanId, authTime, membership);
  if (attributes === undefined) return respondBearerError({ reason: "human_not_active" }, deps, ENDPOINT);
  const body = await parseBody(request);
  if (!body.ok) return respondOAuthError(body.failure, deps, ENDPOINT);

  const evidence: Result<DelegationEvidence | undefined> =
    "delegationRequest" in body.value
      ? await answerDelegationRequest(
          body.value.delegationRequest,
          {
            ...{ humanId, subject, scopes },
            organisationId: organisation.id,
            party: { id: party.id, clientId },
          },
          deps,
        )
      : ok(undefined);
  if (!evidence.ok) return refuseEvidence(evidence.failure, deps);

  const claims = buildUserinfo({
    ...{ subject, clientId, organisation, scopes, attributes },
    delegationEvidence: evidence.value,
  });
  const jwt = await signer.sign(claims, now());
  return wantsJson(request.headers.get("accept"))
    ? respondJson({ [memberName(config.frameworkVersion, "userinfo_token")]: jwt })
    : new Response(jwt, { headers: { "content-type": "application/jwt" } });
}

function refuseEvidence(failure: Failure, deps: UserinfoDeps): Response {
  const { oauth } = wireOf(failure);
  if (oauth === "insufficient_scope") return respondInsufficientScope(failure, deps, ENDPOINT, PORTAL_SCOPE);
  // The SP is no participant any more: its token is worth nothing here.
  if (oauth === "invalid_client") return respondBearerError(failure, deps, ENDPOINT);
  return respondOAuthError(failure, deps, ENDPOINT);
}

async function openAccessToken(
  bearer: string,
  { handles, grants, now }: Pick<Deps, "handles" | "grants" | "now">,
): Promise<Result<Entitlement>> {
  const handle = await openGrantHandle(handles, "access_token", bearer);
  if (handle === undefined) return refuse("bearer_unknown"); // a party's token is of another kind, and fails here
  return grants.access(handle.id, handle.secretHash, now());
}

/** JSON; an empty body is an empty object. */
async function parseBody(request: Request): Promise<Result<JsonObject>> {
  if (request.method !== "POST") return ok({});
  const body = await readBody(request);
  if (!body.ok) return body;
  if (body.value.trim() === "") return ok({});
  const json = mediaType(request) === "application/json" ? parseJsonObject(body.value) : undefined;
  return json === undefined ? refuse("body_malformed") : ok(json);
}

/** JSON only for who names it and does not rank a plain JWT above it (RFC 9110 §12.5.1). */
function wantsJson(accept: string | null): boolean {
  const weights = new Map<string, number>();
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    weights.set(type, q === undefined ? 1 : Number(q.slice(2)) || 0);
  }
  return (weights.get("application/json") ?? 0) > (weights.get("application/jwt") ?? 0);
}
