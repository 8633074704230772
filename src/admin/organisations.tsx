/** `/admin/organisations`, `/admin/organisation`: whom somebody may represent, and renaming one of them. */
import { seeOther } from "../account/visit.ts";
import { readOrganisation } from "../directory/attributes.ts";
import {
  findOrganisation,
  listAllOrganisations,
  type NamedOrganisation,
  renameOrganisation,
} from "../directory/membership.ts";
import { OrganisationPage, OrganisationsPage } from "../pages/admin/organisations.tsx";
import { ADMIN, href } from "../pages/admin/paths.ts";
import { sayRefusals, typed } from "./naming.ts";
import { pageOf } from "./page.ts";
import { noSuch } from "./users.tsx";
import {
  type AdminDeps,
  type AdminVisit,
  actorOf,
  adminForm,
  adminPage,
  asked,
  respondConsole,
} from "./visit.ts";

const PER_PAGE = 50;

export const showOrganisations = adminPage(async (visit, deps) => {
  const search = asked(visit, "search");
  const found = await listAllOrganisations(deps.directory, {
    after: asked(visit, "after", 256) ?? "",
    search,
    limit: PER_PAGE + 1,
  });
  const { rows: organisations, last } = pageOf(found, PER_PAGE);
  return respondConsole(
    (shared) => <OrganisationsPage {...shared} {...{ organisations, search, after: last?.id }} />,
    visit,
    deps,
  );
});

export const showOrganisation = adminPage(async (visit, deps) => {
  const organisation = await findOrganisation(deps.directory, asked(visit, "id", 256) ?? "");
  return organisation === undefined ? noSuch(deps) : respond(organisation, visit, deps);
});

function respond(
  organisation: NamedOrganisation,
  visit: AdminVisit,
  deps: AdminDeps,
  {
    status,
    ...refused
  }: { readonly problem?: string; readonly sent?: string; readonly status?: number } = {},
): Response {
  return respondConsole(
    (shared) => <OrganisationPage {...shared} organisation={organisation} {...refused} />,
    visit,
    deps,
    status,
  );
}

export const rename = adminForm("admin_organisation_rename", async (visit, form, deps) => {
  const { directory, audit } = deps;
  const { name: sent } = typed(form, ["name"]);
  const organisation = await findOrganisation(directory, form.get("id") ?? "");
  if (organisation === undefined) return noSuch(deps);
  const { id } = organisation;
  const read = readOrganisation(id, sent);
  if ("problem" in read) {
    const problem = sayRefusals([{ field: "organisations", problem: read.problem }]);
    return respond(organisation, visit, deps, { problem, sent, status: 400 });
  }
  const done = () => seeOther(href(ADMIN.organisation, { id, done: "organisation_renamed" }), deps);
  if (organisation.names === 1 && organisation.name === read.name) return done();
  const seen = { name: form.get("seen") ?? "", names: Number(form.get("names")) };
  const told = { actor: actorOf(visit), action: "organisation.rename", subject: id, organisation: id };
  if (await renameOrganisation(directory, read, seen, audit.ifChanged(told))) return done();
  const now = await findOrganisation(directory, id);
  if (now === undefined) return noSuch(deps);
  const problem = `Somebody else renamed it meanwhile: it is called “${now.name}” now. Nothing was changed.`;
  return respond(now, visit, deps, { problem, sent, status: 409 });
});
