/**
 * `/admin/user/organisations`: whom a user may represent, added and removed. Each is one transaction with its audit entry, and
 * finds the user as the page showed them or changes nothing. Who lost a membership has neither code nor token for it when
 * the answer leaves.
 */
import { seeOther } from "../account/visit.ts";
import { addMembershipStatements, removeMembershipStatements } from "../directory/membership.ts";
import { commit, mustBeVersion, mustRepresentAnother } from "../directory/versioned.ts";
import { endRepresentation } from "../login/ending.ts";
import { ADMIN, href } from "../pages/admin/paths.ts";
import type { AdminDone } from "../pages/admin/words.ts";
import { nameOrganisation, typed } from "./naming.ts";
import { findUser, noSuch, type Refused, respondUser, whyFixed } from "./users.tsx";
import { type AdminDeps, type AdminVisit, actorOf, adminForm } from "./visit.ts";

const OUTDATED =
  "The user was changed meanwhile, by somebody else or by a directory. Nothing of yours is saved: look at what it is now, and try again.";

export const addMembership = adminForm("admin_membership_add", async (visit, form, deps) => {
  const { directory, audit, now } = deps;
  const user = await findUser(form.get("id"), deps);
  if (user === undefined) return noSuch(deps);
  const fixed = whyFixed(user, visit);
  if (fixed !== undefined) return respondUser(user, visit, deps, fixed);
  const sent = typed(form, ["organisation", "organisationName"]);
  const refuse = (problem: string, status: number) =>
    respondUser(user, visit, deps, { problem, status, sent });
  const named = await nameOrganisation(sent.organisation, sent.organisationName, deps);
  if (!named.ok) return refuse(named.problem, 400);
  const { organisation } = named;
  if (user.organisations.some(({ id }) => id === organisation.id))
    return refuse("The user may represent that organisation already.", 409);
  if (form.get("version") !== String(user.standing.version)) return refuse(OUTDATED, 409);
  const outcome = await commit(directory, [
    ...mustBeVersion(directory, user.id, user.standing.version),
    ...addMembershipStatements(directory, user.id, organisation, now()),
    audit.always({
      ...{ actor: actorOf(visit), action: "membership.add", subject: user.id },
      organisation: organisation.id,
    }),
  ]);
  return outcome === "done"
    ? back(user.id, "membership_added", deps)
    : refuseOutdated(user.id, visit, deps, { sent });
});

export const removeMembership = adminForm("admin_membership_remove", async (visit, form, deps) => {
  const { directory, audit, now } = deps;
  const user = await findUser(form.get("id"), deps);
  if (user === undefined) return noSuch(deps);
  const fixed = whyFixed(user, visit);
  if (fixed !== undefined) return respondUser(user, visit, deps, fixed);
  const organisation = form.get("organisation") ?? "";
  const refuse = (problem: string, status: number) => respondUser(user, visit, deps, { problem, status });
  const end = async () => {
    await endRepresentation(user.id, organisation, { ...deps, directory: visit.directory });
    return back(user.id, "membership_removed", deps);
  };
  const actor = actorOf(visit);
  const told = { actor, action: "membership.remove", subject: user.id, organisation };
  const [revoked, ...rest] = removeMembershipStatements(directory, user.id, organisation, actor, now());
  if (revoked === undefined) throw new Error("nothing would be revoked");
  // A directory took it away meanwhile, which keeps what the human may do for when they are back: that goes too. And whoever
  // tries again after a fault ends what was left.
  if (!user.organisations.some(({ id }) => id === organisation)) {
    await directory.batch([revoked, audit.ifChanged(told), ...rest]);
    return end();
  }
  if (user.organisations.length === 1)
    return refuse("That is all that the user may represent: deactivate the user instead.", 409);
  if (form.get("version") !== String(user.standing.version)) return refuse(OUTDATED, 409);
  const outcome = await commit(directory, [
    ...mustBeVersion(directory, user.id, user.standing.version),
    ...mustRepresentAnother(directory, user.id, organisation),
    revoked,
    ...rest,
    audit.always(told),
  ]);
  return outcome === "done" ? end() : refuseOutdated(user.id, visit, deps);
});

/** As the user is now, if they are here still. */
async function refuseOutdated(
  id: string,
  visit: AdminVisit,
  deps: AdminDeps,
  refused: Refused = {},
): Promise<Response> {
  const user = await findUser(id, deps);
  if (user === undefined) return noSuch(deps);
  return respondUser(user, visit, deps, { ...refused, problem: OUTDATED, status: 409 });
}

const back = (id: string, done: AdminDone, deps: AdminDeps): Response =>
  seeOther(href(ADMIN.user, { id, done }), deps);
