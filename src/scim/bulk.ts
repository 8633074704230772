/**
 * `POST /scim/v2/Bulk` (RFC 7644 §3.7): operations one after the other, each as it would be alone. Owns the bounds, the
 * references to what was made before in the same bulk, and where it stops.
 */
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Call, Context, Perform } from "./call.ts";
import { MAX_BULK_OPERATIONS } from "./discovery.ts";
import { memberOf } from "./draft.ts";
import { type Answer, answerFailure } from "./respond.ts";
import { mayAsk } from "./token.ts";

export const BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const REFERENCE = "bulkId:";
/** Each reads all members of the organisation. */
const MAX_GROUP_OPERATIONS = 10;

/** @param perform for one operation on users or groups */
export async function performBulk(
  { body }: Call,
  context: Context,
  perform: Perform,
): Promise<Result<Answer>> {
  const operations = memberOf(body, "Operations");
  if (!Array.isArray(operations) || operations.length === 0) return refuse("scim_syntax");
  if (operations.length > MAX_BULK_OPERATIONS) return refuse("scim_bulk_size");
  if (operations.filter(isOnGroup).length > MAX_GROUP_OPERATIONS) return refuse("scim_bulk_size");
  const limit = memberOf(body, "failOnErrors") ?? Number.POSITIVE_INFINITY;
  if (typeof limit !== "number" || limit < 1) return refuse("scim_syntax");
  const made = new Map<string, string>();
  const done: JsonObject[] = [];
  let failed = 0;
  for (const operation of operations) {
    if (failed >= limit) break;
    const one = isJsonObject(operation) ? operation : {};
    const answer = await performOne(one, made, context, perform);
    if (answer.status >= 400) failed++;
    done.push(describe(one, answer));
  }
  return ok({ status: 200, body: { schemas: [BULK_RESPONSE], Operations: done } });
}

async function performOne(
  operation: JsonObject,
  made: Map<string, string>,
  context: Context,
  perform: Perform,
): Promise<Answer> {
  const call = callOf(operation, made);
  const result = call.ok ? await performBounded(call.value, context, perform) : call;
  if (!result.ok) return answerFailure(result.failure, context.deps);
  const { bulkId } = operation;
  const id = result.value.body?.id;
  if (typeof bulkId === "string" && typeof id === "string") made.set(bulkId, id);
  return result.value;
}

/** Each counts as a request of its own would: a bulk is no way around the shield. */
async function performBounded(call: Call, context: Context, perform: Perform): Promise<Result<Answer>> {
  const { token, deps } = context;
  return (await mayAsk(token, deps)) ? perform(call, context) : refuse("scim_throttled", { token: token.id });
}

const segmentsOf = (path: string): readonly string[] => path.split("/").filter((segment) => segment !== "");

const isOnGroup = (operation: unknown): boolean =>
  isJsonObject(operation) && typeof operation.path === "string" && segmentsOf(operation.path)[0] === "Groups";

function callOf(operation: JsonObject, made: ReadonlyMap<string, string>): Result<Call> {
  const { method, path, version } = operation;
  const name = typeof method === "string" ? method.toUpperCase() : "";
  if (!METHODS.has(name) || typeof path !== "string" || path.length > 200) return refuse("scim_syntax");
  if (name === "POST" && typeof operation.bulkId !== "string") return refuse("scim_syntax");
  const segments = segmentsOf(path);
  if (segments[0] !== "Users" && segments[0] !== "Groups") return refuse("scim_path");
  const resolved = resolve([segments, operation.data ?? {}], made);
  if (resolved === undefined) return refuse("scim_bulk_reference");
  const [target, body] = resolved as [string[], unknown];
  if (!isJsonObject(body)) return refuse("scim_syntax");
  const ifMatch = typeof version === "string" ? version : null;
  return ok({ method: name, path: target, query: new Map(), body, ifMatch, ifNoneMatch: null });
}

/** @returns the value with ids in place of references, or undefined when one refers to nothing made before */
function resolve(value: unknown, made: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string")
    return value.startsWith(REFERENCE) ? made.get(value.slice(REFERENCE.length)) : value;
  if (Array.isArray(value)) {
    const items = value.map((item) => resolve(item, made));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, resolve(member, made)] as const);
  return members.some(([, member]) => member === undefined) ? undefined : Object.fromEntries(members);
}

const describe = (
  { method, bulkId }: JsonObject,
  { status, location, version, body }: Answer,
): JsonObject => ({
  ...(typeof method === "string" ? { method } : {}),
  ...(typeof bulkId === "string" ? { bulkId } : {}),
  ...(location === undefined ? {} : { location }),
  ...(version === undefined ? {} : { version }),
  status: String(status),
  ...(status >= 400 ? { response: body } : {}),
});
