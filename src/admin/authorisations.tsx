/**
 * `/admin/authorisations`: what one user may do for organisations; adding by JSON, judged as the command judges a file, and
 * revoking. Owns that nobody gives themselves anything, and where the two-person rule is on, nobody alone.
 */
import { seeOther } from "../account/visit.ts";
import { readRegistration, spellPath } from "../delegation/policy.ts";
import {
  addAuthorisation,
  findAuthorisation,
  listAuthorisations,
  revokeAuthorisation,
} from "../directory/authorisation.ts";
import { addProposal } from "../directory/proposal.ts";
import type { Enrolled } from "../directory/roll.ts";
import { AuthorisationsPage } from "../pages/admin/authorisations.tsx";
import { ADMIN, href } from "../pages/admin/paths.ts";
import type { AdminDone } from "../pages/admin/words.ts";
import { describeProblem, findSecondReading } from "../protocol/json.ts";
import { registrationOf } from "./authorisation-form.ts";
import { pageOf } from "./page.ts";
import { findUser, noSuch } from "./users.tsx";
import {
  type AdminDeps,
  type AdminVisit,
  actorOf,
  adminForm,
  adminPage,
  asked,
  askedOffset,
  respondConsole,
} from "./visit.ts";

const PER_PAGE = 20;
const MAX_DEPTH = 32;

export const showAuthorisations = adminPage(async (visit, deps) => {
  const user = await findUser(asked(visit, "id", 100), deps);
  return user === undefined ? noSuch(deps) : respond(user, visit, deps);
});

async function respond(
  user: Enrolled,
  visit: AdminVisit,
  deps: AdminDeps,
  refused: { readonly problem?: string; readonly json?: string } = {},
): Promise<Response> {
  const offset = askedOffset(visit);
  const found = await listAuthorisations(deps.directory, user.id, { limit: PER_PAGE + 1, offset });
  const { rows, next } = pageOf(found, PER_PAGE, offset);
  return respondConsole(
    (shared) => (
      <AuthorisationsPage
        {...shared}
        user={user}
        authorisations={rows}
        offset={next}
        own={user.id === visit.human.id}
        {...refused}
      />
    ),
    visit,
    deps,
    refused.problem === undefined ? 200 : 400,
  );
}

/** As JSON, or by the fields of the form. */
export const add = adminForm("admin_authorisation_add", async (visit, form, deps) => {
  const { directory, now, correlationId } = deps;
  const user = await findUser(form.get("id"), deps);
  if (user === undefined) return noSuch(deps);
  const json = form.get("json") ?? registrationOf(form);
  const refuse = (problem: string) => respond(user, visit, deps, { problem, json });
  if (user.id === visit.human.id) return refuse("Nobody gives themselves anything.");
  if (user.status !== "active") return refuse("The user is not active.");
  const read = readStrictly(json);
  if (!read.ok) return refuse(read.problem);
  const { policyIssuer, ...authorisation } = read.value;
  if (!user.organisations.some(({ id }) => id === policyIssuer))
    return refuse("policyIssuer is none of the organisations of the user.");
  const actor = actorOf(visit);
  const record = { ...authorisation, humanId: user.id, organisationId: policyIssuer };
  const told = { actor, subject: user.id, organisation: policyIssuer, correlationId };
  if (deps.config.twoPersonAuthorisations) {
    const proposal = { ...record, proposedBy: visit.human.id };
    const action = "authorisation.propose";
    await addProposal(directory, proposal, now(), (reason) => ({ ...told, action, reason }));
    return back(user.id, "authorisation_proposed", deps);
  }
  await addAuthorisation(directory, { ...record, registeredBy: actor }, now(), (reason) => [
    { ...told, action: "authorisation.add", reason },
  ]);
  return back(user.id, "authorisation_added", deps);
});

export const revoke = adminForm("admin_authorisation_revoke", async (visit, form, deps) => {
  const { directory, now, correlationId } = deps;
  const user = await findUser(form.get("id"), deps);
  const id = form.get("authorisation") ?? "";
  const found = await findAuthorisation(directory, id);
  if (user === undefined || found === undefined || found.humanId !== user.id) return noSuch(deps);
  const actor = actorOf(visit);
  const entry = {
    ...{ actor, action: "authorisation.revoke", subject: user.id, organisation: found.organisationId },
    ...{ reason: id, correlationId },
  };
  await revokeAuthorisation(directory, id, actor, now(), [entry]);
  return back(user.id, "authorisation_revoked", deps);
});

const back = (id: string, done: AdminDone, deps: AdminDeps): Response =>
  seeOther(href(ADMIN.authorisations, { id, done }), deps);

/** JSON that every parser reads alike, of the shape that is registered. */
function readStrictly(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: "This is not JSON." } as const;
  }
  const second = findSecondReading(text, MAX_DEPTH);
  if (second !== undefined)
    return {
      ok: false,
      problem: `${spellPath(second.path)} ${describeProblem(second.problem, MAX_DEPTH)}`,
    } as const;
  const registration = readRegistration(json);
  if (registration.ok) return registration;
  const { place, problem } = registration;
  return { ok: false, problem: `${place === "" ? "The whole" : place} ${problem}` } as const;
}
