/** `/admin/proposals`: authorisations that one administrator proposed, for another to accept. The rule is `directory/proposal`'s. */
import { seeOther } from "../account/visit.ts";
import { acceptProposal, declineProposal, findProposal, listProposals } from "../directory/proposal.ts";
import { ADMIN } from "../pages/admin/paths.ts";
import { ProposalsPage } from "../pages/admin/proposals.tsx";
import { pageOf } from "./page.ts";
import { noSuch } from "./users.tsx";
import { actorOf, adminForm, adminPage, asked, askedOffset, respondConsole } from "./visit.ts";

const SHOWN = 20;

export const showProposals = adminPage(async (visit, deps) => {
  const search = asked(visit, "search", 256);
  const offset = askedOffset(visit);
  const found = await listProposals(deps.directory, deps.now(), { search, offset, limit: SHOWN + 1 });
  const { rows, next } = pageOf(found, SHOWN, offset);
  const proposals = rows.map((it) => ({
    ...it,
    mine: it.proposedBy === visit.human.id,
    aboutMe: it.humanId === visit.human.id,
  }));
  return respondConsole(
    (shared) => <ProposalsPage {...shared} {...{ proposals, search, offset: next }} />,
    visit,
    deps,
  );
});

export const decide = adminForm("admin_proposal_decide", async (visit, form, deps) => {
  const { directory, now, correlationId } = deps;
  const found = await findProposal(directory, form.get("id") ?? "", now());
  const decision = form.get("decision");
  if (found === undefined || (decision !== "accept" && decision !== "decline")) return noSuch(deps);
  const isAccepted = decision === "accept";
  const entry = {
    ...{
      actor: actorOf(visit),
      subject: found.humanId,
      organisation: found.organisationId,
      reason: found.id,
    },
    ...{ action: isAccepted ? "authorisation.add" : "authorisation.decline", correlationId },
  };
  const change = isAccepted ? acceptProposal : declineProposal;
  if (!(await change(directory, found.id, visit.human.id, now(), entry))) return noSuch(deps);
  const done = isAccepted ? "proposal_accepted" : "proposal_declined";
  return seeOther(`${ADMIN.proposals}?done=${done}`, deps);
});
