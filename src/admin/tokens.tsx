/** `/admin/tokens`: bearer tokens of organisations' own directories. Owns that one is shown once, when it is made. */
import { seeOther } from "../account/visit.ts";
import { readField } from "../directory/attributes.ts";
import { addScimToken, listScimTokens, revokeScimToken } from "../directory/scim-token.ts";
import { ADMIN } from "../pages/admin/paths.ts";
import { ShownOncePage } from "../pages/admin/shown-once.tsx";
import { TokensPage } from "../pages/admin/tokens.tsx";
import { makeToken } from "../scim/token.ts";
import { nameOrganisation } from "./naming.ts";
import { pageOf } from "./page.ts";
import { noSuch } from "./users.tsx";
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

const SHOWN = 100;

export const showTokens = adminPage((visit, deps) => respond(visit, deps));

async function respond(
  visit: AdminVisit,
  deps: AdminDeps,
  refused: {
    readonly problem?: string;
    readonly sent?: { readonly organisation: string; readonly name: string; readonly suffix: string };
  } = {},
): Promise<Response> {
  const organisation = asked(visit, "organisation", 256);
  const offset = askedOffset(visit);
  const page = { limit: SHOWN + 1, offset };
  const { rows, next } = pageOf(await listScimTokens(deps.directory, organisation, page), SHOWN, offset);
  return respondConsole(
    (shared) => (
      <TokensPage {...shared} tokens={rows} offset={next} organisation={organisation} {...refused} />
    ),
    visit,
    deps,
    refused.problem === undefined ? 200 : 400,
  );
}

export const addToken = adminForm("admin_token_add", async (visit, form, deps) => {
  const { directory, correlationId, now } = deps;
  const sent = {
    organisation: (form.get("owner") ?? "").trim(),
    name: form.get("name") ?? "",
    suffix: form.get("suffix") ?? "",
  };
  const named = await nameOrganisation(sent.organisation, sent.name, deps);
  if (!named.ok) return respond(visit, deps, { problem: named.problem, sent });
  const { organisation } = named;
  // One that may give every name makes others' humans act for its organisation: by command only, where it is said.
  const suffix = readField("username", sent.suffix);
  if (suffix === undefined || "problem" in suffix)
    return respond(visit, deps, { problem: "The ending of user names must be one line of text.", sent });
  const { token, id, hash } = await makeToken();
  const actor = actorOf(visit);
  const record = { id, hash, organisation, usernameSuffix: suffix.text, createdBy: actor };
  const overlapping = await addScimToken(directory, record, correlationId, now(), actor);
  if (overlapping !== undefined)
    return respond(visit, deps, { problem: `That ending overlaps one of ${overlapping.name}.`, sent });
  return respondConsole(
    (shared) => (
      <ShownOncePage
        {...shared}
        subject="tokens"
        title="Token"
        whose={`${organisation.name} (${organisation.id})`}
        secret={token}
        hint="Hand it to the organisation over a channel that nobody else reads."
        back={ADMIN.tokens}
      />
    ),
    visit,
    deps,
  );
});

export const revokeToken = adminForm("admin_token_revoke", async (visit, form, deps) => {
  const { directory, correlationId, now } = deps;
  const actor = actorOf(visit);
  const revoked = await revokeScimToken(directory, form.get("id") ?? "", actor, correlationId, now(), actor);
  return revoked ? seeOther(`${ADMIN.tokens}?done=token_revoked`, deps) : noSuch(deps);
});
