/** The console's paths, each with what answers it. A part of the table in `app`. */
import { ADMIN } from "../pages/admin/paths.ts";
import { showAudit } from "./audit.tsx";
import { add, revoke, showAuthorisations } from "./authorisations.tsx";
import { addMembership, removeMembership } from "./memberships.tsx";
import { addUser, showNewUser } from "./new-user.tsx";
import { rename, showOrganisation, showOrganisations } from "./organisations.tsx";
import { showAdmin, showParties } from "./overview.tsx";
import { decide, showProposals } from "./proposals.tsx";
import { showRefusals } from "./refusals.tsx";
import { addToken, revokeToken, showTokens } from "./tokens.tsx";
import { changeStatus, makeCode } from "./user-changes.tsx";
import { changeUser, showChangeUser } from "./user-record.tsx";
import { showUser, showUsers } from "./users.tsx";

export const CONSOLE = {
  [ADMIN.overview]: { GET: showAdmin },
  [ADMIN.users]: { GET: showUsers },
  [ADMIN.addUser]: { GET: showNewUser, POST: addUser },
  [ADMIN.user]: { GET: showUser },
  [ADMIN.changeUser]: { GET: showChangeUser, POST: changeUser },
  [ADMIN.addMembership]: { POST: addMembership },
  [ADMIN.removeMembership]: { POST: removeMembership },
  [ADMIN.status]: { POST: changeStatus },
  [ADMIN.code]: { POST: makeCode },
  [ADMIN.authorisations]: { GET: showAuthorisations, POST: add },
  [ADMIN.revokeAuthorisation]: { POST: revoke },
  [ADMIN.proposals]: { GET: showProposals },
  [ADMIN.decide]: { POST: decide },
  [ADMIN.organisations]: { GET: showOrganisations },
  [ADMIN.organisation]: { GET: showOrganisation, POST: rename },
  [ADMIN.tokens]: { GET: showTokens, POST: addToken },
  [ADMIN.revokeToken]: { POST: revokeToken },
  [ADMIN.parties]: { GET: showParties },
  [ADMIN.audit]: { GET: showAudit },
  [ADMIN.refusals]: { GET: showRefusals },
};
