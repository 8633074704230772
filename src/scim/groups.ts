/**
 * `/scim/v2/Groups`: the one group that there is for a token, its organisation; its members are who may represent it. Owns
 * reading and changing members; groups are not made, renamed or removed here.
 */
import { type Condition, findUsers, isGroupMeant, listMemberIds } from "../directory/provisioned-user.ts";
import { changeUsers } from "../directory/provisioning.ts";
import { endRepresentationsWithoutMembership } from "../login/ending.ts";
import { isJsonObject } from "../protocol/json.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { Column } from "./attributes.ts";
import { authorOf, type Call, type Context, checkVersion, isKnown, type Perform } from "./call.ts";
import { columnOf, conditionOf } from "./condition.ts";
import { invalid, memberOf } from "./draft.ts";
import { parseFilter } from "./filter.ts";
import { type Operation, parseOperations } from "./patch.ts";
import { parsePath } from "./path.ts";
import { parseListQuery, parseProjection } from "./query.ts";
import { groupIdOf, groupResource, project, type Resource } from "./resource.ts";
import { type Answer, listOf } from "./respond.ts";

/** Memberships that one request may change. */
export const MAX_CHANGES = 200;

const COLUMNS: ReadonlyMap<string, Column> = new Map<string, Column>([
  ["id", { sql: "group_id", kind: "exact" }],
  ["displayname", { sql: "display_name", kind: "text" }],
  ["externalid", { sql: "NULL", kind: "exact" }],
  ...["members", "members.value"].map((name) => [name, { sql: "member", kind: "exact" } as const] as const),
]);

export const performOnGroups: Perform = async (call, context) => {
  const { method, path } = call;
  const [, id, ...more] = path;
  if (more.length > 0) return refuse("scim_missing");
  if (id === undefined) {
    if (method === "GET") return list(call, context);
    return method === "POST" ? refuseNew(call, context) : refuse("method_not_allowed");
  }
  if (id !== (await groupIdOf(context.token.organisation))) return refuse("scim_missing");
  switch (method) {
    case "GET":
      return read(call, context);
    case "PUT":
      return change(call, context, replaced(call));
    case "PATCH":
      return change(call, context, patched(call, context));
    case "DELETE":
      return refuse("scim_groups");
    default:
      return refuse("method_not_allowed");
  }
};

/** A directory that made it before would see it in the list. */
const refuseNew = ({ body }: Call, { token }: Context): Result<Answer> =>
  refuse(memberOf(body, "displayName") === token.organisation.name ? "scim_taken" : "scim_groups");

const load = async ({ token, base, deps }: Context): Promise<Resource> =>
  groupResource(token.organisation, await listMemberIds(deps.directory, token.organisation.id), base);

async function list({ query }: Call, context: Context): Promise<Result<Answer>> {
  const { token, deps } = context;
  const where = await parseWhere(query.get("filter"));
  if (!where.ok) return where;
  const sortBy = query.get("sortBy");
  if (sortBy !== undefined && columnOf(sortBy, COLUMNS) === undefined) return refuse("scim_filter");
  const rest = new Map([...query].filter(([name]) => name !== "filter" && name !== "sortBy"));
  const page = parseListQuery(rest);
  if (!page.ok) return page;
  const { id: organisationId, name } = token.organisation;
  const group = { id: await groupIdOf(token.organisation), name, organisationId };
  const isMeant = where.value === undefined || (await isGroupMeant(deps.directory, group, where.value));
  const { limit, offset, projection, startIndex } = page.value;
  const isShown = isMeant && limit > 0 && offset === 0;
  const shown = isShown ? [project((await load(context)).json, projection)] : [];
  return ok({ status: 200, body: listOf(shown, Number(isMeant), startIndex) });
}

async function parseWhere(text: string | undefined): Promise<Result<Condition | undefined>> {
  if (text === undefined) return ok(undefined);
  const filter = parseFilter(text);
  return filter.ok ? conditionOf(filter.value, COLUMNS) : filter;
}

async function read(call: Call, context: Context): Promise<Result<Answer>> {
  const projection = parseProjection(call.query);
  if (!projection.ok) return projection;
  const resource = await load(context);
  const { version } = resource;
  if (isKnown(call, resource)) return ok({ status: 304, version });
  return ok({ status: 200, body: project(resource.json, projection.value), version });
}

/** From the members there are to those there shall be. */
type Edit = (members: Set<string>) => Result<void>;

const replaced =
  ({ body }: Call): Edit =>
  (members) => {
    const named = memberOf(body, "members") ?? [];
    members.clear();
    return add(members, named);
  };

const patched =
  ({ body }: Call, { token }: Context): Edit =>
  (members) => {
    const operations = parseOperations(body);
    if (!operations.ok) return operations;
    for (const operation of operations.value) {
      const done = apply(members, operation, token.organisation.name);
      if (!done.ok) return done;
    }
    return ok(undefined);
  };

function apply(members: Set<string>, { op, path: text, value }: Operation, name: string): Result<void> {
  if (text === undefined) {
    if (op === "remove" || !isJsonObject(value)) return refuse("scim_target");
    for (const [path, part] of Object.entries(value)) {
      const done = apply(members, { op, path, value: part }, name);
      if (!done.ok) return done;
    }
    return ok(undefined);
  }
  const path = parsePath(text);
  if (!path.ok) return path;
  const { attribute, element } = path.value;
  // What stays as it is, may be said; our id and theirs are no news.
  if (attribute === "displayname") return value === name ? ok(undefined) : refuse("scim_mutability");
  if (["id", "externalid", "schemas", "meta"].includes(attribute)) return ok(undefined);
  if (attribute !== "members") return refuse("scim_path");
  if (op !== "remove") {
    if (op === "replace") members.clear();
    return add(members, value ?? []);
  }
  if (element !== undefined) {
    const id = element.get("members.value") ?? element.get("value");
    if (typeof id === "string") members.delete(id);
    return ok(undefined);
  }
  // Entra ID names those to remove in the value; without any, all go (RFC 7644 §3.5.2.2).
  if (value === undefined || value === null) members.clear();
  const gone = new Set<string>();
  const read = add(gone, value ?? []);
  for (const id of gone) members.delete(id);
  return read;
}

function add(members: Set<string>, value: unknown): Result<void> {
  for (const item of Array.isArray(value) ? value : [value]) {
    const id = isJsonObject(item) ? memberOf(item, "value") : item;
    if (typeof id !== "string") return invalid("members");
    members.add(id);
  }
  return ok(undefined);
}

async function change(call: Call, context: Context, edit: Edit): Promise<Result<Answer>> {
  const { token, deps } = context;
  const displayName = call.method === "PUT" ? memberOf(call.body, "displayName") : undefined;
  if (displayName !== undefined && displayName !== token.organisation.name) return refuse("scim_mutability");
  const before = new Set(await listMemberIds(deps.directory, token.organisation.id));
  if (call.ifMatch !== null) {
    // Only then: made of all members, it costs more than the change.
    const current = checkVersion(call, await groupResource(token.organisation, [...before], context.base));
    if (!current.ok) return current;
  }
  const members = new Set(before);
  const edited = edit(members);
  if (!edited.ok) return edited;
  const changing = [...new Set([...members, ...before])].filter((id) => members.has(id) !== before.has(id));
  if (changing.length > MAX_CHANGES) return refuse("scim_bulk_size");
  const users = await findUsers(deps.directory, token.organisation.id, changing);
  // Somebody else's user is as unknown as nobody's.
  if (users.length !== changing.length) return invalid("members");
  const changes = users.map((user) => ({ user, state: { ...user, member: members.has(user.id) } }));
  if (changes.length > 0) {
    const author = authorOf(context);
    const outcome = await changeUsers(deps.directory, changes, token.organisation, author, deps.now());
    if (outcome !== "done") return refuse("scim_outdated");
  }
  await endRepresentationsWithoutMembership(token.organisation.id, deps);
  return call.method === "PUT" ? answer(context) : ok({ status: 204 });
}

async function answer(context: Context): Promise<Result<Answer>> {
  const { json, version, location } = await load(context);
  return ok({ status: 200, body: json, version, location });
}
