/**
 * `/scim/v2/…` (RFC 7644): token, then path, query and body, then the operation. Owns what is refused before anything is
 * looked up, and that each operation is the token's organisation's.
 */
import { mediaType, readBody, readQuery } from "../http/request.ts";
import { type JsonObject, parseJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { performBulk } from "./bulk.ts";
import type { Call, Context, Perform, ScimDeps } from "./call.ts";
import { performOnDiscovery } from "./discovery.ts";
import { performOnGroups } from "./groups.ts";
import { type Answer, respond, respondScimError } from "./respond.ts";
import { authenticate } from "./token.ts";
import { performOnUsers } from "./users.ts";

export const SCIM_PATH = "/scim/v2";
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

export async function scim(request: Request, deps: ScimDeps): Promise<Response> {
  const token = await authenticate(request, deps);
  if (!token.ok) return respondScimError(token.failure, deps);
  const call = await readCall(request);
  if (!call.ok) return respondScimError(call.failure, deps);
  const context = { token: token.value, base: deps.config.issuerUrl + SCIM_PATH, deps };
  const answer = await perform(call.value, context);
  if (call.value.method !== "GET") deps.audit.settle(); // what it changed
  return answer.ok ? respond(answer.value) : respondScimError(answer.failure, deps);
}

const perform: Perform = async (call, context): Promise<Result<Answer>> => {
  const { method, path } = call;
  switch (path[0]) {
    case "Users":
    case "Groups":
      return performOnResource(call, context);
    case "ServiceProviderConfig":
    case "ResourceTypes":
    case "Schemas":
      return performOnDiscovery(call, context);
    case "Bulk":
      if (path.length > 1) return refuse("scim_missing");
      return method === "POST" ? performBulk(call, context, performOnResource) : refuse("method_not_allowed");
    default:
      return refuse("scim_missing");
  }
};

const performOnResource = (call: Call, context: Context): Promise<Result<Answer>> =>
  call.path[0] === "Users" ? performOnUsers(call, context) : performOnGroups(call, context);

async function readCall(request: Request): Promise<Result<Call>> {
  const query = readQuery(request);
  if (!query.ok) return query;
  const path = pathOf(new URL(request.url).pathname);
  if (path === undefined) return refuse("scim_missing");
  const method = request.method === "HEAD" ? "GET" : request.method;
  const body = WITH_BODY.has(method) ? await readJson(request) : ok({});
  if (!body.ok) return body;
  const { headers } = request;
  const [ifMatch, ifNoneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  return ok({ method, path, query: query.value, body: body.value, ifMatch, ifNoneMatch });
}

/** Behind `/scim/v2`, wherever that is; a slash at the end changes nothing. */
function pathOf(pathname: string): readonly string[] | undefined {
  try {
    const rest = pathname.slice(pathname.indexOf(SCIM_PATH) + SCIM_PATH.length);
    return rest.split("/").flatMap((segment) => (segment === "" ? [] : [decodeURIComponent(segment)]));
  } catch {
    return undefined; // no UTF-8
  }
}

async function readJson(request: Request): Promise<Result<JsonObject>> {
  const type = mediaType(request);
  if (type !== "application/scim+json" && type !== "application/json")
    return refuse("unsupported_media_type");
  const text = await readBody(request);
  if (!text.ok) return text;
  const body = parseJsonObject(text.value);
  return body === undefined ? refuse("scim_syntax") : ok(body);
}
