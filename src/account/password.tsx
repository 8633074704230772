/**
 * Changing a password: in a session (`/account/password`), by an administrator's link (`/reset`). Owns what a new one
 * must be and what it counts for; a reset never yields more than low, and ends every session.
 */
import { findPassword, setPassword } from "../directory/credentials.ts";
import { findHuman } from "../directory/human.ts";
import { takeOneTimeCode } from "../directory/one-time-code.ts";
import { hashPassword, verifyPassword } from "../directory/password.ts";
import { listSessions } from "../directory/session-index.ts";
import { hashCode } from "../factors/recovery.ts";
import { checkSameSite, readForm } from "../http/request.ts";
import { respondFailurePage, respondPage } from "../http/respond.tsx";
import { hashSlots } from "../login/hash-slots.ts";
import { hereOf, languageOf } from "../login/language.ts";
import { readNewPassword } from "../login/new-password.tsx";
import { noteRefusal } from "../login/refusals.ts";
import { endSession } from "../login/session.ts";
import {
  ChangePasswordPage,
  type PasswordAlert,
  ResetDonePage,
  ResetPasswordPage,
} from "../pages/account/password.tsx";
import { reaches } from "../protocol/assurance.ts";
import type { SessionId } from "../store/ports.ts";
import { type AccountDeps, accountForm, accountPage, own, seeOther, type Visit } from "./visit.ts";

const WINDOW = { windowSeconds: 900, lockSeconds: 900 };

export const showChangePassword = accountPage(async (visit, _request, deps) => changePage(visit, deps));

export const changePassword = accountForm("account_password", async (visit, form, _request, deps) => {
  const { directory, loginCounters, config, now } = deps;
  const { human, level, session } = visit;
  // Whoever sits at a session left open must not guess on: the same strict counter as everywhere.
  const counter = `password:${human.id}`;
  const turn = await loginCounters.admit(counter, { limit: config.loginMaxFailures, ...WINDOW }, now());
  if (!turn.admitted) return changePage(visit, deps, "locked", 429);
  const current = await findPassword(directory, human.id);
  const right = await hashSlots.run(() => verifyPassword(form.get("current") ?? "", current?.hash), now);
  if (!right.ok) {
    await loginCounters.giveBack(counter, now()); // nothing was guessed
    return changePage(visit, deps, "busy", 503);
  }
  if (!right.value || current === undefined) {
    noteRefusal({ humanId: human.id, reason: "credentials", action: "password.refuse" }, deps);
    return changePage(visit, deps, "wrong", 403);
  }
  await loginCounters.reset(counter);
  const read = readNewPassword(form, human);
  if ("alert" in read) return changePage(visit, deps, read.alert, 400);
  if (read.password === form.get("current")) return changePage(visit, deps, "same", 400);
  const hash = await hashSlots.run(() => hashPassword(read.password), now);
  if (!hash.ok) return changePage(visit, deps, "busy", 503);
  // A reset password counts again once it is changed by somebody who proved more than it.
  const counts = reaches(level, "substantial") ? "substantial" : current.level;
  const audit = [deps.audit.always(own(visit, "password.change"))];
  await setPassword(directory, human.id, { hash: hash.value, level: counts }, now(), audit);
  // Whoever else may have known the old one is out.
  await endSessionsOf(human.id, deps, session.id);
  return seeOther("/account/factors?done=password_changed", deps);
});

async function endSessionsOf(humanId: string, deps: AccountDeps, but?: SessionId): Promise<void> {
  const sessions = await listSessions(deps.directory, humanId, deps.now());
  const ending = sessions.filter(({ objectId }) => objectId !== but);
  const ended = { humanId, reason: "password_changed" };
  await Promise.all(ending.map(({ objectId }) => endSession(objectId, deps, { ended })));
}

function changePage(
  { human, language, here }: Visit,
  deps: AccountDeps,
  alert?: PasswordAlert,
  status = 200,
): Response {
  const shown = alert === undefined ? {} : { alert };
  return respondPage(
    (frame) => <ChangePasswordPage frame={frame} username={human.username} {...shown} />,
    deps,
    {
      language,
      here,
      status,
    },
  );
}

/** `GET /reset?code=…`. Looking at the link uses nothing up: mail filters look too. */
export async function showReset(request: Request, deps: AccountDeps): Promise<Response> {
  return resetPage(request, new URL(request.url).searchParams.get("code") ?? "", deps);
}

export async function reset(request: Request, deps: AccountDeps): Promise<Response> {
  const endpoint = "reset";
  const { directory, now, config } = deps;
  const site = checkSameSite(request, config.issuerUrl);
  if (!site.ok) return respondFailurePage(site.failure, deps, endpoint);
  const form = await readForm(request);
  if (!form.ok) return respondFailurePage(form.failure, deps, endpoint);
  const code = form.value.get("code") ?? "";
  // Judged without the person first, so that a password that is refused leaves the link good.
  const read = readNewPassword(form.value, undefined);
  if ("alert" in read) return resetPage(request, code, deps, read.alert, 400);
  const hash = await hashSlots.run(() => hashPassword(read.password), now);
  if (!hash.ok) return resetPage(request, code, deps, "busy", 503);
  const taken = await takeOneTimeCode(directory, await hashCode(code), "reset", now());
  const human = taken && (await findHuman(directory, taken.humanId));
  if (human === undefined) return respondFailurePage({ reason: "one_time_code" }, deps, endpoint);
  const audit = [deps.audit.always(own({ human }, "password.reset", { reason: "link" }))];
  await setPassword(directory, human.id, { hash: hash.value, level: "low" }, now(), audit);
  await endSessionsOf(human.id, deps);
  deps.log.info("password_reset", {});
  return respondPage((frame) => <ResetDonePage frame={frame} />, deps, {
    language: languageOf(request, config),
  });
}

function resetPage(
  request: Request,
  code: string,
  deps: AccountDeps,
  alert?: PasswordAlert,
  status = 200,
): Response {
  const shown = alert === undefined ? {} : { alert };
  return respondPage((frame) => <ResetPasswordPage frame={frame} code={code} {...shown} />, deps, {
    language: languageOf(request, deps.config),
    here: hereOf(request),
    status,
  });
}
