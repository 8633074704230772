/**
 * `/admin/user/status` and `/admin/user/code`: deactivating, activating, and codes to hand out. Each is one transaction with its
 * audit entry. Roles are not given here, by any form: see `directory/role`.
 */
import { seeOther } from "../account/visit.ts";
import { activateStatement, closeStatement, overStatements } from "../directory/administration.ts";
import { oneTimeCodeStatements } from "../directory/one-time-code.ts";
import { commit, mustBeVersion, mustHaveNoRole } from "../directory/versioned.ts";
import { endHuman } from "../login/ending.ts";
import { ADMIN, href } from "../pages/admin/paths.ts";
import type { AdminDone } from "../pages/admin/words.ts";
import { isLevel, type Level, reaches } from "../protocol/assurance.ts";
import { newCode, respondCode } from "./hand-out.tsx";
import { findUser, lockOf, noSuch, respondUser } from "./users.tsx";
import { actorOf, adminForm } from "./visit.ts";

export const changeStatus = adminForm("admin_user_status", async (visit, form, deps) => {
  const { directory, audit, now } = deps;
  const user = await findUser(form.get("id"), deps);
  const wanted = form.get("status");
  if (user === undefined || (wanted !== "active" && wanted !== "inactive")) return noSuch(deps);
  const told = { actor: actorOf(visit), subject: user.id };
  const back = (done: AdminDone) => seeOther(href(ADMIN.user, { id: user.id, done }), deps);
  // Nor activate: a request that was on its way when another deactivated this one would undo it.
  if (lockOf(user, visit) === "own") {
    const problem = `You can't ${wanted === "active" ? "activate" : "deactivate"} yourself.`;
    return respondUser(user, visit, deps, { problem, status: 403 });
  }
  if (wanted === "active") {
    await directory.batch([
      activateStatement(directory, [user.id], now()),
      audit.ifChanged({ ...told, action: "human.activate" }),
    ]);
    const after = await findUser(user.id, deps);
    if (after?.status === "active") return back("user_activated");
    const problem = "The user's own organisation removed them: they can't be active again.";
    return respondUser(user, visit, deps, { problem, status: 409 });
  }
  await directory.batch([
    closeStatement(directory, [user.id], now()),
    audit.ifChanged({ ...told, action: "human.deactivate" }),
    ...overStatements(directory, [user.id], now()),
  ]);
  await endHuman(user.id, { ...deps, directory: visit.directory }); // codes and tokens too, at once
  return back("user_deactivated");
});

/** Words of ours, not the database's. */
const REFUSED = {
  own: "Nobody makes codes for themselves.",
  administrator: "Codes for an administrator are made by command.",
  inactive: "The user is not active.",
  level: "A code can't be for more than your own session has.",
} as const;

export const makeCode = adminForm("admin_user_code", async (visit, form, deps) => {
  const { directory, audit, now } = deps;
  const user = await findUser(form.get("id"), deps);
  const purpose = form.get("purpose");
  const level = purpose === "reset" ? "low" : (form.get("level") ?? "");
  if (user === undefined || (purpose !== "reset" && purpose !== "enrol") || !isLevel(level))
    return noSuch(deps);
  const refusal = lockOf(user, visit) ?? whyNot(user.status, level, visit.level);
  if (refusal !== undefined)
    return respondUser(user, visit, deps, { problem: REFUSED[refusal], status: 403 });
  const code = await newCode(user.id, purpose, level, now());
  const told = { actor: actorOf(visit), action: `${purpose}-code.add`, subject: user.id, reason: level };
  // As it was looked at: neither deactivated since, nor made an administrator.
  const outcome = await commit(directory, [
    ...mustBeVersion(directory, user.id, user.standing.version),
    ...mustHaveNoRole(directory, user.id),
    ...oneTimeCodeStatements(directory, code.record),
    audit.always(told),
  ]);
  if (outcome === "done") return respondCode(code, user, visit, deps);
  const problem =
    "The user was changed meanwhile. No code was made: look at what they are now, and try again.";
  const after = await findUser(user.id, deps);
  return after === undefined ? noSuch(deps) : respondUser(after, visit, deps, { problem, status: 409 });
});

function whyNot(status: string, level: Level, own: Level): "inactive" | "level" | undefined {
  if (status !== "active") return "inactive";
  return reaches(own, level) ? undefined : "level";
}
