/**
 * Answers of `/scim/v2`: resources, lists, and errors in their own form (RFC 7644 §3.12). The wire gets a constant text per
 * reason, and the name of an attribute from our own list; the log gets the reason.
 */
import type { Deps } from "../deps.ts";
import { type Failure, type Reason, wireOf } from "../protocol/failure.ts";
import type { JsonObject } from "../protocol/json.ts";

/** What an operation comes to: an answer of its own, or one of several in a bulk. */
export interface Answer {
  readonly status: number;
  readonly body?: JsonObject;
  readonly location?: string;
  readonly version?: string;
}

export const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";
export const LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/** scimType (RFC 7644 table 9) and text. */
const DETAILS: Partial<Record<Reason, readonly [type: string | undefined, detail: string]>> = {
  scim_token_unknown: [undefined, "The bearer token is missing, unknown or revoked."],
  scim_throttled: ["tooMany", "Too many requests. Try again later."],
  scim_syntax: ["invalidSyntax", "The body is not a request of this kind."],
  scim_filter: [
    "invalidFilter",
    "The filter is malformed, too long, or names what can't be filtered or sorted by.",
  ],
  scim_path: ["invalidPath", "A path is malformed or names no attribute that is known here."],
  scim_value: ["invalidValue", "A value is missing or malformed."],
  scim_target: ["noTarget", "A path is missing or names nothing that there is."],
  scim_mutability: ["mutability", "This attribute can't be changed here."],
  scim_groups: ["mutability", "Groups are organisations: they are not made, renamed or removed here."],
  scim_missing: [undefined, "There is no such resource."],
  scim_taken: ["uniqueness", "There is a user of this userName."],
  scim_outdated: [undefined, "The resource has changed: read it again."],
  scim_bulk_reference: ["invalidValue", "A bulkId refers to nothing that was made before."],
  scim_bulk_size: ["tooMany", "More operations, or changes of members, than are taken in one request."],
  content_too_large: ["tooMany", "The body is larger than is taken here."],
  unsupported_media_type: [undefined, "The body must be application/scim+json or application/json."],
  method_not_allowed: [undefined, "This can't be done with this resource."],
  unexpected: [undefined, "An unexpected error happened."],
};
const UNTOLD = DETAILS.scim_syntax;

export function answerFailure(failure: Failure, { log }: Pick<Deps, "log">): Answer {
  log.info("refused", { endpoint: "scim", reason: failure.reason, ...failure.data });
  const isToken = /^(bearer|scim_token)_/.test(failure.reason);
  const reason = isToken ? "scim_token_unknown" : failure.reason;
  const [scimType, detail] = DETAILS[reason] ?? UNTOLD ?? [undefined, ""];
  const status = isToken ? 401 : (wireOf(failure).status ?? 400);
  const attribute = failure.data?.attribute;
  return {
    status,
    body: {
      schemas: [ERROR],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: attribute === undefined ? detail : `${detail} Attribute: ${attribute}.`,
    },
  };
}

export function respond({ status, body, location, version }: Answer): Response {
  const headers: Record<string, string> = {
    ...(body === undefined ? {} : { "content-type": "application/scim+json" }),
    ...(location === undefined ? {} : { location }),
    ...(version === undefined ? {} : { etag: version }),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 429 ? { "retry-after": "30" } : {}),
  };
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

export const respondScimError = (failure: Failure, deps: Pick<Deps, "log">): Response =>
  respond(answerFailure(failure, deps));

export const listOf = (
  resources: readonly JsonObject[],
  total = resources.length,
  startIndex = 1,
): JsonObject => ({
  schemas: [LIST_RESPONSE],
  totalResults: total,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
});
