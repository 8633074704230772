/**
 * `/admin/user/change`: what is known of a user. Fields are judged as the command `change-user` judges its flags, those alone
 * that are to be another; a form that began with an older record changes nothing, and says what it is now.
 */
import { seeOther } from "../account/visit.ts";
import { CHANGEABLE, type Changes, changeStatement } from "../directory/administration.ts";
import { readChanges } from "../directory/attributes.ts";
import { commit, mustBeVersion } from "../directory/versioned.ts";
import { ADMIN, href } from "../pages/admin/paths.ts";
import type { Typed } from "../pages/admin/records.ts";
import { ChangeUserPage } from "../pages/admin/user-form.tsx";
import { isLevel, LEVELS, type Level, reaches } from "../protocol/assurance.ts";
import { PERSON, sayRefusals, typed } from "./naming.ts";
import { type ConsoleUser, findUser, levelsFor, noSuch, respondUser, whyFixed } from "./users.tsx";
import {
  type AdminDeps,
  type AdminVisit,
  actorOf,
  adminForm,
  adminPage,
  asked,
  respondConsole,
} from "./visit.ts";

export const showChangeUser = adminPage(async (visit, deps) => {
  const user = await findUser(asked(visit, "id", 100), deps);
  if (user === undefined) return noSuch(deps);
  const fixed = whyFixed(user, visit);
  return fixed === undefined ? respond(user, visit, deps) : respondUser(user, visit, deps, fixed);
});

interface Refused {
  readonly sent?: Typed;
  readonly problem?: string;
  readonly wrong?: readonly string[];
  readonly outdated?: boolean;
}

function respond(
  user: ConsoleUser,
  visit: AdminVisit,
  deps: AdminDeps,
  refused: Refused = {},
  status = 200,
): Response {
  // What it is, it may stay.
  const own = levelsFor(visit);
  const levels = LEVELS.filter((level) => own.includes(level) || level === user.identityAssurance);
  return respondConsole(
    (shared) => <ChangeUserPage {...shared} user={user} levels={levels} {...refused} />,
    visit,
    deps,
    status,
  );
}

export const changeUser = adminForm("admin_user_change", async (visit, form, deps) => {
  const { directory, audit, now } = deps;
  const user = await findUser(form.get("id"), deps);
  if (user === undefined) return noSuch(deps);
  const { id, standing } = user;
  const fixed = whyFixed(user, visit);
  if (fixed !== undefined) return respondUser(user, visit, deps, fixed);
  const sent = typed(form, PERSON);
  const given = Object.fromEntries(
    CHANGEABLE.filter((field) => sent[field].trim() !== (user[field] ?? "").trim()).map((field) => [
      field,
      sent[field],
    ]),
  );
  const done = () => seeOther(href(ADMIN.user, { id, done: "user_changed" }), deps);
  if (Object.keys(given).length === 0) return done();
  if (form.get("version") !== String(standing.version)) return outdated(sent, user, visit, deps);
  const read = readChanges(given);
  if (!read.ok) {
    const wrong = read.refusals.map(({ field }) => field);
    return respond(user, visit, deps, { sent, problem: sayRefusals(read.refusals), wrong }, 400);
  }
  if (!mayVouch(read.value, user.identityAssurance, visit.level)) {
    const problem =
      "An identity is said to be proven no better here than your own session: nor that of somebody of another name.";
    return respond(user, visit, deps, { sent, problem, wrong: ["identityAssurance"] }, 403);
  }
  const outcome = await commit(directory, [
    ...mustBeVersion(directory, id, standing.version),
    changeStatement(directory, [{ id, changes: read.value }], now()),
    audit.always({
      ...{ actor: actorOf(visit), action: "human.change", subject: id },
      reason: Object.keys(read.value).join(","),
    }),
  ]);
  if (outcome === "done") return done();
  const after = await findUser(id, deps);
  return after === undefined ? noSuch(deps) : outdated(sent, after, visit, deps);
});

function outdated(sent: Typed, user: ConsoleUser, visit: AdminVisit, deps: AdminDeps): Response {
  const problem =
    "The user was changed meanwhile, by somebody else or by a directory. Nothing of yours is saved: look at what it is now, and save again.";
  return respond(user, visit, deps, { sent, problem, outdated: true }, 409);
}

/** A name is part of what was proven: who gives another one, or another level, says that it is proven so. */
function mayVouch({ givenName, familyName, identityAssurance }: Changes, before: Level, own: Level): boolean {
  const after = isLevel(identityAssurance ?? "") ? (identityAssurance as Level) : undefined;
  const isRenamed = givenName !== undefined || familyName !== undefined;
  return (after === undefined && !isRenamed) || reaches(own, after ?? before);
}
