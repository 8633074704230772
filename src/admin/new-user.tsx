/**
 * `/admin/users/add`: a new user, with a link to hand out in place of a password. Human, membership, link and what the audit
 * log is told are one transaction. Fields are judged as the command `add-user` judges its flags.
 */
import { type Refusal, readNewHuman } from "../directory/attributes.ts";
import { addHumansStatements } from "../directory/human.ts";
import { oneTimeCodeStatements } from "../directory/one-time-code.ts";
import { findOwnerOfName } from "../directory/scim-token.ts";
import { commit } from "../directory/versioned.ts";
import type { Typed } from "../pages/admin/records.ts";
import { NewUserPage } from "../pages/admin/user-form.tsx";
import { reaches } from "../protocol/assurance.ts";
import { newCode, respondCode } from "./hand-out.tsx";
import { nameOrganisation, PERSON, sayRefusals, typed } from "./naming.ts";
import { levelsFor } from "./users.tsx";
import { type AdminDeps, type AdminVisit, actorOf, adminForm, adminPage, respondConsole } from "./visit.ts";

export const showNewUser = adminPage(async (visit, deps) => respond(visit, deps));

interface Refused {
  readonly sent?: Typed;
  readonly problem?: string;
  readonly wrong?: readonly string[];
}

function respond(visit: AdminVisit, deps: AdminDeps, refused: Refused = {}, status = 200): Response {
  return respondConsole(
    (shared) => <NewUserPage {...shared} levels={levelsFor(visit)} {...refused} />,
    visit,
    deps,
    status,
  );
}

export const addUser = adminForm("admin_user_add", async (visit, form, deps) => {
  const { directory, audit, now } = deps;
  const sent = typed(form, ["username", ...PERSON, "organisation", "organisationName"]);
  const refuse = (problem: string, wrong: readonly string[], status = 400) =>
    respond(visit, deps, { sent, problem, wrong }, status);
  const { organisation: organisationId, organisationName, ...fields } = sent;
  const named = await nameOrganisation(organisationId, organisationName, deps);
  const read = readNewHuman({ ...fields, organisations: named.ok ? [named.organisation] : undefined });
  if (!named.ok || !read.ok) {
    const refusals: readonly Refusal[] = read.ok ? [] : read.refusals;
    const ofFields = refusals.filter(({ field }) => field !== "organisations");
    return refuse([sayRefusals(ofFields), named.ok ? "" : named.problem].filter(Boolean).join(" "), [
      ...ofFields.map(({ field }) => field),
      ...(named.ok ? [] : ["organisation", "organisationName"]),
    ]);
  }
  const human = { ...read.value, id: crypto.randomUUID() };
  if (!reaches(visit.level, human.identityAssurance))
    return refuse(
      "An identity is said to be proven no better here than your own session.",
      ["identityAssurance"],
      403,
    );
  // The directory of the one whose names these are would find the name taken, and its own human without the membership.
  const owner = await findOwnerOfName(directory, human.username, named.organisation.id);
  if (owner !== undefined)
    return refuse(
      `User names that end like this are given by the directory of ${owner.name} (${owner.id}).`,
      ["username"],
      409,
    );
  const code = await newCode(human.id, "reset", "low", now());
  const told = { actor: actorOf(visit), subject: human.id };
  const outcome = await commit(directory, [
    ...addHumansStatements(directory, [human], now()),
    audit.always({ ...told, action: "human.add" }),
    ...oneTimeCodeStatements(directory, code.record),
    audit.always({ ...told, action: "reset-code.add", reason: "low" }),
  ]);
  if (outcome === "name_taken") return refuse("There is already a user of that name.", ["username"], 409);
  return respondCode(code, human, visit, deps);
});
