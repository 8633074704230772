/** `/account/totp`: enrolling an authenticator app, confirmed by its first code. */
import { beginTotp, confirmTotp, findTotp } from "../directory/totp.ts";
import { checkTotp, createSeed, otpauthUri, qrSvg } from "../factors/totp.ts";
import { respondPage } from "../http/respond.tsx";
import { EnrolTotpPage } from "../pages/account/totp.tsx";
import { authorisedLevel } from "./enrol.ts";
import { showNewRecoveryCodes } from "./factors.tsx";
import { type AccountDeps, accountForm, accountPage, own, seeOther, type Visit } from "./visit.ts";

export const showEnrolTotp = accountPage(async (visit, _request, deps) => {
  const { human } = visit;
  const seed = createSeed();
  // Not over a confirmed one: that is removed first, by who may.
  const sealed = await deps.vault.seal(seed, human.id);
  if (!(await beginTotp(deps.directory, human.id, sealed, "low", deps.now())))
    return seeOther("/account/factors", deps);
  return enrolPage(visit, seed, deps);
});

export const enrolTotp = accountForm("account_totp", async (visit, form, _request, deps) => {
  const { directory, vault, now } = deps;
  const { human } = visit;
  const begun = await findTotp(directory, human.id);
  const seed = begun && !begun.confirmed ? await vault.open(begun.seed, human.id) : undefined;
  if (begun === undefined || seed === undefined) return seeOther("/account/totp", deps);
  const step = checkTotp(seed, form.get("code") ?? "", now());
  if (step === undefined) return enrolPage(visit, seed, deps, "code");
  const level = await authorisedLevel(visit, form, deps);
  if (!level.ok) return enrolPage(visit, seed, deps, "enrolment_code");
  await beginTotp(directory, human.id, begun.seed, level.value, now());
  const reason = `totp ${level.value}`;
  const audit = [deps.audit.ifChanged(own(visit, "factor.add", { reason }))];
  if (!(await confirmTotp(directory, human.id, begun.seed, step, now(), audit)))
    return seeOther("/account/factors", deps);
  deps.log.info("factor_enrolled", { factor: "totp", level: level.value });
  return showNewRecoveryCodes(visit, deps);
});

function enrolPage(
  { human, level, language, here }: Visit,
  seed: string,
  deps: AccountDeps,
  alert?: "code" | "enrolment_code",
): Response {
  const uri = otpauthUri(deps.config.partyName, human.username, seed);
  const shown = alert === undefined ? {} : { alert };
  return respondPage(
    (frame) => (
      <EnrolTotpPage frame={frame} qr={qrSvg(uri)} seed={seed} uri={uri} countsAs={level} {...shown} />
    ),
    deps,
    {
      language,
      here,
      status: alert === undefined ? 200 : 403,
    },
  );
}
