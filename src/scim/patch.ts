/**
 * PATCH (RFC 7644 §3.5.2), in the forms that directories really send: operations in any case, values without a path, paths
 * as names of members, one element by a filter. Owns reading operations; what they do to a user is `draft`'s.
 */
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { assign, assignAll, type Draft, memberOf } from "./draft.ts";
import { parsePath } from "./path.ts";

export const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const MAX_OPERATIONS = 100;

export interface Operation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string | undefined;
  readonly value: unknown;
}

export function parseOperations(body: JsonObject): Result<readonly Operation[]> {
  const listed = memberOf(body, "Operations");
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MAX_OPERATIONS)
    return refuse("scim_syntax");
  const operations: Operation[] = [];
  for (const one of listed) {
    if (!isJsonObject(one)) return refuse("scim_syntax");
    const name = memberOf(one, "op");
    const op = typeof name === "string" ? name.toLowerCase() : "";
    const path = memberOf(one, "path") ?? undefined;
    if (op !== "add" && op !== "replace" && op !== "remove") return refuse("scim_syntax");
    if (path !== undefined && typeof path !== "string") return refuse("scim_path");
    operations.push({ op, path: path === "" ? undefined : path, value: memberOf(one, "value") });
  }
  return ok(operations);
}

/** Changes the draft; what was changed before a refusal is not to be kept. */
export function patchUser(draft: Draft, operations: readonly Operation[]): Result<void> {
  for (const { op, path: text, value } of operations) {
    if (text === undefined) {
      const done = op === "remove" ? refuse("scim_target") : assignAll(draft, value, op === "add");
      if (!done.ok) return done;
      continue;
    }
    const path = parsePath(text);
    if (!path.ok) return path;
    const manner = { adds: op === "add", named: true };
    const done = assign(draft, path.value, op === "remove" ? null : value, manner);
    if (!done.ok) return done;
  }
  return ok(undefined);
}
