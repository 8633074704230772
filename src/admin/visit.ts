/**
 * How every page of the console begins: a session at substantial or better, of an active human who is an administrator at
 * this moment. The level is asked for before the role, so that a stolen password does not even learn whose role there is;
 * who has none sees what everybody sees where there is no page. Owns that gate, and the token in each form.
 */
import { type AccountDeps, signInFirst, type Visit, visitOf } from "../account/visit.ts";
import type { Deps } from "../deps.ts";
import type { Database } from "../directory/database.ts";
import { listRoles, ROLE_LEVEL } from "../directory/role.ts";
import { asAdministrator, NoAdministrator } from "../directory/versioned.ts";
import { checkSameSite, readForm } from "../http/request.ts";
import { respondFailurePage, respondPage } from "../http/respond.tsx";
import type { Console } from "../pages/admin/frame.tsx";
import { ADMIN } from "../pages/admin/paths.ts";
import { isAdminDone } from "../pages/admin/words.ts";
import { reaches } from "../protocol/assurance.ts";
import type { Parameters } from "../protocol/form.ts";
import { openObject, sealObject } from "../store/handle.ts";

export type AdminDeps = AccountDeps & Pick<Deps, "refusals" | "optional">;

export interface AdminVisit extends Visit {
  /** goes into each form: of this session, and of no other */
  readonly token: string;
  /** for what has to follow a change, whoever made it has become since */
  readonly directory: Database;
}

type Page = (visit: AdminVisit, deps: AdminDeps) => Promise<Response>;
type Form = (visit: AdminVisit, form: Parameters, deps: AdminDeps) => Promise<Response>;
type Entered =
  | { readonly ok: true; readonly visit: AdminVisit }
  | { readonly ok: false; readonly response: Response };

/** A page of the console. Changes nothing. */
export const adminPage =
  (page: Page) =>
  async (request: Request, deps: AdminDeps): Promise<Response> => {
    const entered = await enter(request, deps);
    return entered.ok ? page(entered.visit, deps) : entered.response;
  };

/**
 * A form of the console: from a page of ours, and of this session. What it changes in the directory, it changes as an
 * administrator, or not at all.
 */
export const adminForm =
  (endpoint: string, act: Form) =>
  async (request: Request, deps: AdminDeps): Promise<Response> => {
    const site = checkSameSite(request, deps.config.issuerUrl);
    if (!site.ok) return respondFailurePage(site.failure, deps, endpoint);
    const form = await readForm(request);
    if (!form.ok) return respondFailurePage(form.failure, deps, endpoint);
    const entered = await enter(request, deps);
    if (!entered.ok) return entered.response;
    // CSRF, once more: a client that tells neither Sec-Fetch-Site nor Origin may still be a browser.
    const token = await openObject(deps.handles, "admin_form", form.value.get("token") ?? "");
    if (token?.session !== entered.visit.session.id)
      return respondFailurePage({ reason: "admin_form" }, deps, endpoint);
    try {
      const directory = asAdministrator(deps.directory, entered.visit.human.id);
      return await act(entered.visit, form.value, { ...deps, directory });
    } catch (error) {
      if (!(error instanceof NoAdministrator)) throw error;
      return respondFailurePage({ reason: "not_administrator" }, deps, endpoint);
    } finally {
      deps.audit.settle(); // what it changed
    }
  };

async function enter(request: Request, deps: AdminDeps): Promise<Entered> {
  const visit = await visitOf(request, deps);
  if (visit === undefined || !reaches(visit.level, ROLE_LEVEL))
    return { ok: false, response: await signInFirst(request, deps, [ROLE_LEVEL], ADMIN.overview) };
  const roles = await listRoles(deps.directory, visit.human.id);
  if (!roles.includes("administrator"))
    return { ok: false, response: respondFailurePage({ reason: "not_administrator" }, deps, "admin") };
  const token = await sealObject(deps.handles, "admin_form", { session: visit.session.id });
  return { ok: true, visit: { ...visit, token, directory: deps.directory } };
}

/** In English alone, whatever the browser asks for. */
export function respondConsole(
  render: (shared: Console) => { toString(): string },
  { token, url }: AdminVisit,
  deps: Pick<AdminDeps, "config">,
  status = 200,
): Response {
  const done = url.searchParams.get("done") ?? "";
  const notice = isAdminDone(done) ? { done } : {};
  return respondPage((frame) => render({ frame, token, ...notice }), deps, { language: "en", status });
}

/** What the audit log calls an administrator. */
export const actorOf = ({ human }: Pick<AdminVisit, "human">): string => `human:${human.id}`;

/** A parameter of a page, without its margins; undefined when there is nothing. */
export function asked({ url }: Pick<AdminVisit, "url">, name: string, maxLength = 200): string | undefined {
  const text = (url.searchParams.get(name) ?? "").trim().slice(0, maxLength);
  return text === "" ? undefined : text;
}

/** Which page of a list: how many rows are before it. */
export function askedOffset(visit: Pick<AdminVisit, "url">): number {
  const given = Number(asked(visit, "offset", 9) ?? 0);
  return Number.isSafeInteger(given) && given > 0 ? given : 0;
}
