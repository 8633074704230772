/** `/account/sessions` and `/account/consents`: where a human is signed in, and what they agreed to; ending both. */
import { listConsents, withdrawConsent } from "../directory/consent.ts";
import { listSessions } from "../directory/session-index.ts";
import { respondPage } from "../http/respond.tsx";
import { setCookies } from "../login/browser.ts";
import { endSession, forgetCookie } from "../login/session.ts";
import { ConsentsPage } from "../pages/account/consents.tsx";
import { SessionsPage } from "../pages/account/sessions.tsx";
import { KNOWN_SCOPES } from "../protocol/scopes.ts";
import { doneOf } from "./done.ts";
import { accountForm, accountPage, own, seeOther } from "./visit.ts";

export const showSessions = accountPage(async ({ human, session, language, here, url }, _request, deps) => {
  const sessions = await listSessions(deps.directory, human.id, deps.now());
  return respondPage(
    (frame) => (
      <SessionsPage
        frame={frame}
        {...doneOf(url)}
        sessions={sessions.map(({ objectId, createdAt, expiresAt, agent }) => ({
          id: objectId,
          createdAt,
          expiresAt,
          agent,
          current: objectId === session.id,
        }))}
      />
    ),
    deps,
    { language, here },
  );
});

export const endSessions = accountForm(
  "account_sessions",
  async ({ human, session }, form, _request, deps) => {
    const wanted = form.get("session");
    const own = await listSessions(deps.directory, human.id, deps.now()); // only one's own can be named
    const ending = own.filter(({ objectId }) => wanted === "all" || objectId === wanted);
    await Promise.all(
      ending.map(({ objectId }) =>
        endSession(objectId, deps, { ended: { humanId: human.id, reason: "own" } }),
      ),
    );
    const done = wanted === "all" ? "sessions_ended" : "session_ended";
    const response = seeOther(`/account/sessions?done=${done}`, deps);
    const endsThis = ending.some(({ objectId }) => objectId === session.id);
    return endsThis ? setCookies(response, [forgetCookie(deps)]) : response;
  },
);

export const showConsents = accountPage(async ({ human, language, here, url }, _request, deps) => {
  const consents = await listConsents(deps.directory, human.id);
  return respondPage(
    (frame) => (
      <ConsentsPage
        frame={frame}
        {...doneOf(url)}
        consents={consents.map(({ organisationId, organisationName, scopes, ...consent }) => ({
          ...consent,
          organisation: { id: organisationId, name: organisationName ?? organisationId },
          scopes: KNOWN_SCOPES.filter((scope) => scopes.includes(scope)),
        }))}
      />
    ),
    deps,
    { language, here },
  );
});

export const withdraw = accountForm("account_consents", async (visit, form, _request, deps) => {
  const party = form.get("party") ?? "";
  const organisation = form.get("organisation") ?? "";
  await withdrawConsent(deps.directory, visit.human.id, party, organisation, [
    deps.audit.ifChanged(own(visit, "consent.withdraw", { party, organisation })),
  ]);
  return seeOther("/account/consents?done=consent_withdrawn", deps);
});
