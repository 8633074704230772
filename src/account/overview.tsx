/** `/account`: who is signed in, for whom they act first, and where they signed in lately. */

import { chooseOrganisation } from "../directory/credentials.ts";
import { listRoles, ROLE_LEVEL } from "../directory/role.ts";
import { listSignIns } from "../directory/session-index.ts";
import { findSituation } from "../directory/situation.ts";
import { respondFailurePage, respondPage } from "../http/respond.tsx";
import { isListed } from "../login/sign-in.ts";
import { AccountPage } from "../pages/account/overview.tsx";
import { reaches } from "../protocol/assurance.ts";
import { doneOf } from "./done.ts";
import { accountForm, accountPage, seeOther } from "./visit.ts";

const SHOWN_SIGN_INS = 20;

export const showOverview = accountPage(async ({ human, language, here, url, level }, _request, deps) => {
  const [situation, signIns, administrator] = await Promise.all([
    findSituation(deps.directory, human.id, deps.config.partyId, isListed(deps.config)),
    listSignIns(deps.directory, human.id, SHOWN_SIGN_INS),
    // Whoever has only a stolen password does not learn that more can be had with it (decision 0020).
    reaches(level, ROLE_LEVEL) &&
      listRoles(deps.directory, human.id).then((roles) => roles.includes("administrator")),
  ]);
  const organisations = situation?.organisations ?? [];
  return respondPage(
    (frame) => (
      <AccountPage
        frame={frame}
        {...doneOf(url)}
        name={`${human.givenName} ${human.familyName}`}
        username={human.username}
        identityAssurance={human.identityAssurance}
        administrator={administrator}
        organisations={organisations}
        {...(situation?.hasChosen && organisations[0] ? { chosen: organisations[0].id } : {})}
        signIns={signIns.map(({ at, partyId, partyName, level, amr }) => ({
          at,
          level,
          amr: [...amr],
          // A sign-in to ourselves is one to the account.
          ...(partyName === undefined || partyId === deps.config.partyId ? {} : { partyName }),
        }))}
      />
    ),
    deps,
    { language, here },
  );
});

export const saveOrganisation = accountForm(
  "account_organisation",
  async ({ human }, form, _request, deps) => {
    const saved = await chooseOrganisation(
      deps.directory,
      human.id,
      form.get("organisation") ?? "",
      deps.now(),
    );
    if (!saved) return respondFailurePage({ reason: "choice_malformed" }, deps, "account_organisation");
    return seeOther("/account?done=organisation_saved", deps);
  },
);
