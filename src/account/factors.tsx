/**
 * `/account/factors`: what a human proves themselves with. Removing a factor is for who could have used it: a session
 * that reached its level, so that a stolen password takes nothing away. Owns that rule; enrolling is beside it.
 */
import { findPassword } from "../directory/credentials.ts";
import { listPasskeys, removePasskey, renamePasskey } from "../directory/passkey.ts";
import { countRecoveryCodes, replaceRecoveryCodes, useRecoveryCode } from "../directory/recovery.ts";
import { findTotp, removeTotp } from "../directory/totp.ts";
import { createRecoveryCodes, hashCode } from "../factors/recovery.ts";
import { respondFailurePage, respondPage } from "../http/respond.tsx";
import { FactorsPage } from "../pages/account/factors.tsx";
import { RecoveryCodesPage } from "../pages/account/totp.tsx";
import { type Level, lower, reaches } from "../protocol/assurance.ts";
import { doneOf } from "./done.ts";
import {
  type AccountDeps,
  accountForm,
  accountPage,
  own,
  seeOther,
  signInFirst,
  type Visit,
} from "./visit.ts";

export const showFactors = accountPage(async ({ human, language, here, url }, _request, deps) => {
  const { directory } = deps;
  const [password, totp, recoveryCodes, passkeys] = await Promise.all([
    findPassword(directory, human.id),
    findTotp(directory, human.id),
    countRecoveryCodes(directory, human.id),
    listPasskeys(directory, human.id),
  ]);
  return respondPage(
    (frame) => (
      <FactorsPage
        frame={frame}
        {...doneOf(url)}
        passwordLevel={password?.level ?? "low"}
        {...(totp?.confirmed ? { totp: { level: totp.level, recoveryCodes } } : {})}
        passkeys={passkeys.map(({ credentialId, name, createdAt, lastUsedAt, level, hardware }) => ({
          credentialId,
          name,
          createdAt,
          level: lower(level, hardware ? "high" : "substantial"),
          hardware,
          ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
        }))}
      />
    ),
    deps,
    { language, here },
  );
});

/** What a factor leads this human to: more can't be demanded of who takes it away. */
const worth = (enrolled: Level, kind: Level, { human }: Visit): Level =>
  lower(lower(enrolled, kind), human.identityAssurance);

export const removeTotpFactor = accountForm("account_totp_remove", async (visit, form, request, deps) => {
  const { directory } = deps;
  const totp = await findTotp(directory, visit.human.id);
  if (totp === undefined) return seeOther("/account/factors", deps);
  const level = worth(totp.level, "substantial", visit);
  const code = form.get("code");
  // Whoever lost the phone has a recovery code; whoever stole the password has neither.
  const allowed =
    reaches(visit.level, level) ||
    (code !== undefined && (await useRecoveryCode(directory, visit.human.id, await hashCode(code))));
  if (!allowed) return signInFirst(request, deps, [level]);
  const told = own(visit, "factor.remove", { reason: "totp" });
  await removeTotp(directory, visit.human.id, [deps.audit.ifChanged(told)]);
  await replaceRecoveryCodes(directory, visit.human.id, []);
  return seeOther("/account/factors?done=totp_removed", deps);
});

export const renewRecoveryCodes = accountForm("account_recovery", async (visit, _form, request, deps) => {
  const totp = await findTotp(deps.directory, visit.human.id);
  if (!totp?.confirmed) return seeOther("/account/factors", deps);
  const level = worth(totp.level, "substantial", visit);
  if (!reaches(visit.level, level)) return signInFirst(request, deps, [level]);
  return showNewRecoveryCodes(visit, deps);
});

/** Ten new codes in place of the old; this is the only time they are seen. */
export async function showNewRecoveryCodes(visit: Visit, deps: AccountDeps): Promise<Response> {
  const { human, language } = visit;
  const codes = createRecoveryCodes();
  const hashes = await Promise.all(codes.map(hashCode));
  const audit = [deps.audit.always(own(visit, "recovery-codes.replace"))];
  await replaceRecoveryCodes(deps.directory, human.id, hashes, audit);
  return respondPage((frame) => <RecoveryCodesPage frame={frame} codes={[...codes]} />, deps, { language });
}

export const renamePasskeyFactor = accountForm(
  "account_passkey_rename",
  async (visit, form, _request, deps) => {
    const name = (form.get("name") ?? "").trim().slice(0, 60);
    const credentialId = form.get("credential") ?? "";
    const audit = [deps.audit.ifChanged(own(visit, "factor.rename", { reason: "passkey" }))];
    const renamed =
      name !== "" && (await renamePasskey(deps.directory, visit.human.id, credentialId, name, audit));
    if (!renamed) return respondFailurePage({ reason: "choice_malformed" }, deps, "account_passkey_rename");
    return seeOther("/account/factors?done=passkey_renamed", deps);
  },
);

export const removePasskeyFactor = accountForm(
  "account_passkey_remove",
  async (visit, form, request, deps) => {
    const credentialId = form.get("credential") ?? "";
    const passkey = (await listPasskeys(deps.directory, visit.human.id)).find(
      (it) => it.credentialId === credentialId,
    );
    if (passkey === undefined) return seeOther("/account/factors", deps);
    const level = worth(passkey.level, passkey.hardware ? "high" : "substantial", visit);
    if (!reaches(visit.level, level)) return signInFirst(request, deps, [level]);
    const audit = [deps.audit.ifChanged(own(visit, "factor.remove", { reason: "passkey" }))];
    await removePasskey(deps.directory, visit.human.id, credentialId, audit);
    return seeOther("/account/factors?done=passkey_removed", deps);
  },
);
