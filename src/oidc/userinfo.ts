/** `/connect/userinfo` (wire document §8): attributes of the human who signed in, as a signed iSHARE JWT. */
import type { Deps } from "../deps.ts";
import { findHuman } from "../directory/human.ts";
import { mediaType, readBearer, readBody } from "../http/request.ts";
import { respondBearerError, respondJson, respondOAuthError } from "../http/respond.tsx";
import { memberName } from "../protocol/framework.ts";
import type { GrantRecord } from "../protocol/grant.ts";
import { parseJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { buildUserinfo } from "../protocol/userinfo.ts";
import { openGrantHandle } from "../store/handle.ts";

const ENDPOINT = "userinfo";

type UserinfoDeps = Pick<Deps, "config" | "signer" | "grants" | "handles" | "directory" | "now" | "log">;

export async function userinfo(request: Request, deps: UserinfoDeps): Promise<Response> {
  const { config, signer, now } = deps;
  const bearer = readBearer(request);
  if (!bearer.ok) return respondBearerError(bearer.failure, deps, ENDPOINT);
  const grant = await openAccessToken(bearer.value, deps);
  if (!grant.ok) return respondBearerError(grant.failure, deps, ENDPOINT);
  const { authentication, organisation, code, token } = grant.value;
  if (!authentication || !organisation || !code || !token)
    throw new Error("a token without a finished sign-in");
  const attributes = await findHuman(deps.directory, authentication.humanId);
  if (attributes === undefined) return respondBearerError({ reason: "human_not_active" }, deps, ENDPOINT);
  const body = await checkBody(request);
  if (!body.ok) return respondOAuthError(body.failure, deps, ENDPOINT);

  const { scopes } = grant.value.request;
  const claims = buildUserinfo({
    subject: code.subject,
    clientId: token.clientId,
    organisation,
    scopes,
    attributes,
  });
  const jwt = await signer.sign(claims, now());
  return wantsJson(request.headers.get("accept"))
    ? respondJson({ [memberName(config.frameworkVersion, "userinfo_token")]: jwt })
    : new Response(jwt, { headers: { "content-type": "application/jwt" } });
}

async function openAccessToken(
  bearer: string,
  { handles, grants, now }: Pick<Deps, "handles" | "grants" | "now">,
): Promise<Result<GrantRecord>> {
  const handle = await openGrantHandle(handles, "access_token", bearer);
  if (handle === undefined) return refuse("bearer_unknown"); // a party's token is of another kind, and fails here
  return grants.access(handle.id, handle.secretHash, now());
}

/** Empty, or JSON. */
async function checkBody(request: Request): Promise<Result<void>> {
  if (request.method !== "POST") return ok(undefined);
  const body = await readBody(request);
  if (!body.ok) return body;
  if (body.value.trim() === "") return ok(undefined);
  const json = mediaType(request) === "application/json" ? parseJsonObject(body.value) : undefined;
  if (json === undefined) return refuse("body_malformed");
  return "delegationRequest" in json ? refuse("body_malformed") : ok(undefined);
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
