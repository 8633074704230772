/**
 * `/scim/v2/Users` (RFC 7644 §3). Owns what each method does to a user of the token's organisation; who else's user an id
 * or a name may be makes no difference to the answer (decision 0016). Who is deactivated, or lost the membership, has
 * neither session nor grant when the answer leaves.
 */

import { usernameKey } from "../directory/human.ts";
import {
  findUser,
  findUserIdByName,
  listUsers,
  type ProvisionedUser,
  type UserState,
} from "../directory/provisioned-user.ts";
import { addUser, changeUsers, removeUser } from "../directory/provisioning.ts";
import type { ScimToken } from "../directory/scim-token.ts";
import { endHuman, endRepresentation } from "../login/ending.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { authorOf, type Call, type Context, checkVersion, isKnown, type Perform } from "./call.ts";
import { assignAll, type Draft, draftOf, invalid, stateOf } from "./draft.ts";
import { parseOperations, patchUser } from "./patch.ts";
import { parseListQuery, parseProjection } from "./query.ts";
import { project, userResource } from "./resource.ts";
import { type Answer, listOf } from "./respond.ts";

export const performOnUsers: Perform = async (call, context) => {
  const [, id, ...more] = call.path;
  if (more.length > 0) return refuse("scim_missing");
  if (id === undefined) {
    if (call.method === "GET") return list(call, context);
    return call.method === "POST" ? create(call, context) : refuse("method_not_allowed");
  }
  switch (call.method) {
    case "GET":
      return read(id, call, context);
    case "PUT":
      return change(id, call, context, replacement(call));
    case "PATCH":
      return change(id, call, context, patched(call));
    case "DELETE":
      return remove(id, call, context);
    default:
      return refuse("method_not_allowed");
  }
};

async function list({ query }: Call, { token, base, deps }: Context): Promise<Result<Answer>> {
  const page = parseListQuery(query);
  if (!page.ok) return page;
  const { total, users } = await listUsers(deps.directory, token.organisation.id, page.value);
  const resources = await Promise.all(users.map((user) => userResource(user, token.organisation, base)));
  const { projection, startIndex } = page.value;
  const shown = resources.map(({ json }) => project(json, projection));
  return ok({ status: 200, body: listOf(shown, total, startIndex) });
}

async function read(id: string, call: Call, context: Context): Promise<Result<Answer>> {
  const { token, base, deps } = context;
  const projection = parseProjection(call.query);
  if (!projection.ok) return projection;
  const user = await findUser(deps.directory, token.organisation.id, id);
  if (user === undefined) return refuse("scim_missing");
  const resource = await userResource(user, token.organisation, base);
  const { version } = resource;
  if (isKnown(call, resource)) return ok({ status: 304, version });
  return ok({ status: 200, body: project(resource.json, projection.value), version });
}

async function create({ body, query }: Call, context: Context): Promise<Result<Answer>> {
  const { token, deps } = context;
  const projection = parseProjection(query);
  if (!projection.ok) return projection;
  const draft: Draft = new Map([["active", true]]);
  const assigned = assignAll(draft, body);
  if (!assigned.ok) return assigned;
  const state = stateOf(draft, true);
  if (!state.ok) return state;
  const named = await checkName(state.value.username, undefined, context);
  if (!named.ok) return named;
  const namesAreOwn = token.usernameSuffix !== undefined;
  const author = authorOf(context);
  const { organisation } = token;
  const user = await addUser(deps.directory, organisation, state.value, author, deps.now(), namesAreOwn);
  if (user === undefined) return refuse("scim_taken");
  if (user.isWithheld) deps.log.warn("scim_membership_withheld", { user: user.id });
  return answer(201, user, context);
}

type Edit = (user: ProvisionedUser) => Result<UserState>;

const replacement =
  ({ body }: Call): Edit =>
  (user) => {
    const draft: Draft = new Map([["active", user.active]]);
    const assigned = assignAll(draft, body);
    return assigned.ok ? stateOf(draft, user.member) : assigned;
  };

const patched =
  ({ body }: Call): Edit =>
  (user) => {
    const operations = parseOperations(body);
    if (!operations.ok) return operations;
    const draft = draftOf(user);
    const done = patchUser(draft, operations.value);
    return done.ok ? stateOf(draft, user.member) : done;
  };

const TRIES = 3;

async function change(id: string, call: Call, context: Context, edit: Edit): Promise<Result<Answer>> {
  const { token, base, deps } = context;
  const { directory, now } = deps;
  // Who named no version has the change made on whatever the user is by now.
  for (let left = TRIES; left > 0; left--) {
    const user = await findUser(directory, token.organisation.id, id);
    if (user === undefined) return refuse("scim_missing");
    const current = checkVersion(call, await userResource(user, token.organisation, base));
    if (!current.ok) return current;
    const state = edit(user);
    if (!state.ok) return state;
    const named = await checkName(state.value.username, user, context);
    if (!named.ok) return named;
    const changes = [{ user, state: state.value }];
    const outcome = await changeUsers(directory, changes, token.organisation, authorOf(context), now());
    if (outcome === "name_taken") return refuse("scim_taken");
    if (outcome === "outdated") continue;
    const after = await findUser(directory, token.organisation.id, id);
    if (after === undefined) return refuse("scim_missing");
    if (after.nameIsTaken && !user.nameIsTaken) deps.log.warn("scim_name_taken", { user: user.id });
    await endWhatIsOver(after, context);
    return answer(200, after, context);
  }
  return refuse("scim_outdated");
}

async function remove(id: string, call: Call, context: Context): Promise<Result<Answer>> {
  const { token, base, deps } = context;
  const { directory, now } = deps;
  for (let left = TRIES; left > 0; left--) {
    const user = await findUser(directory, token.organisation.id, id);
    if (user === undefined) return refuse("scim_missing");
    const current = checkVersion(call, await userResource(user, token.organisation, base));
    if (!current.ok) return current;
    const outcome = await removeUser(directory, user, token.organisation, authorOf(context), now());
    if (outcome !== "done") continue;
    await endWhatIsOver({ ...user, active: false, member: false }, context);
    return ok({ status: 204 });
  }
  return refuse("scim_outdated");
}

/** Whatever it was before: who tries again after a fault ends what was left. */
export async function endWhatIsOver(user: ProvisionedUser, { token, deps }: Context): Promise<void> {
  if (user.kind === "home" && !user.active) await endHuman(user.humanId, deps);
  else if (!user.active || !user.member) await endRepresentation(user.humanId, token.organisation.id, deps);
}

/** A new name is free among this organisation's own users, and one that the token may give. */
async function checkName(
  username: string,
  user: ProvisionedUser | undefined,
  { token, deps }: Context,
): Promise<Result<void>> {
  if (username === user?.username) return ok(undefined);
  if (!mayGive(token, username)) return invalid("userName");
  const holder = await findUserIdByName(deps.directory, token.organisation.id, username);
  return holder === undefined || holder === user?.id ? ok(undefined) : refuse("scim_taken");
}

const mayGive = ({ usernameSuffix = "" }: ScimToken, username: string): boolean =>
  usernameKey(username).endsWith(usernameKey(usernameSuffix));

async function answer(
  status: number,
  user: ProvisionedUser,
  { token, base }: Context,
): Promise<Result<Answer>> {
  const { json, version, location } = await userResource(user, token.organisation, base);
  return ok({ status, body: json, version, location });
}
