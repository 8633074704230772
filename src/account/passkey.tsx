/** `/account/passkey`: enrolling a passkey. The challenge is the session's, and works once. */
import { addPasskey, listPasskeys } from "../directory/passkey.ts";
import { verifyRegistration } from "../factors/passkey.ts";
import { registrationOptions } from "../factors/passkey-options.ts";
import { respondPage } from "../http/respond.tsx";
import { newSecret } from "../login/browser.ts";
import { EnrolPasskeyPage } from "../pages/account/passkey.tsx";
import { parseJsonObject } from "../protocol/json.ts";
import { authorisedLevel } from "./enrol.ts";
import { type AccountDeps, accountForm, accountPage, own, seeOther, type Visit } from "./visit.ts";

export const showEnrolPasskey = accountPage((visit, _request, deps) =>
  enrolPage(visit, visit.session.record.challenge, deps),
);

export const enrolPasskey = accountForm("account_passkey", async (visit, form, _request, deps) => {
  const { directory, config, sessions, now, log } = deps;
  const { human, session } = visit;
  const { challenge } = session.record;
  const next = newSecret();
  const name = (form.get("name") ?? "").trim().slice(0, 60);
  const again = (reason: string, alert: "passkey" | "enrolment_code" = "passkey") => {
    log.info("refused", { endpoint: "account_passkey", reason });
    return enrolPage(visit, next, deps, alert, name);
  };
  if (!(await sessions.takeChallenge(session.id, challenge, next))) return seeOther("/account/passkey", deps);
  const response = parseJsonObject(form.get("credential") ?? "");
  const verified = await verifyRegistration({
    response,
    challenge,
    ...config.relyingParty,
    trusted: config.trustedAuthenticators,
    now: now(),
  });
  if (!verified.ok) return again(verified.failure.reason);
  const level = await authorisedLevel(visit, form, deps);
  if (!level.ok) return again(level.failure.reason, "enrolment_code");
  const passkey = { ...verified.value, humanId: human.id, level: level.value, name: name || "Passkey" };
  const reason = `passkey ${level.value}${passkey.hardware ? " hardware" : ""}`;
  const audit = [deps.audit.ifChanged(own(visit, "factor.add", { reason }))];
  if (!(await addPasskey(directory, passkey, now(), audit))) return again("passkey_unknown");
  log.info("factor_enrolled", { factor: "passkey", level: level.value, hardware: passkey.hardware });
  return seeOther("/account/factors?done=passkey_added", deps);
});

async function enrolPage(
  { human, level, language, here }: Visit,
  challenge: string,
  { config, directory }: AccountDeps,
  alert?: "passkey" | "enrolment_code",
  name?: string,
): Promise<Response> {
  const options = registrationOptions({
    rpId: config.relyingParty.rpId,
    rpName: config.partyName,
    human: { id: human.id, username: human.username, displayName: `${human.givenName} ${human.familyName}` },
    challenge,
    exclude: await listPasskeys(directory, human.id),
  });
  const shown = { ...(alert === undefined ? {} : { alert }), ...(name === undefined ? {} : { name }) };
  return respondPage(
    (frame) => (
      <EnrolPasskeyPage frame={frame} options={JSON.stringify(options)} countsAs={level} {...shown} />
    ),
    { config },
    { language, here, status: alert === undefined ? 200 : 403 },
  );
}
