/** Authorisations that wait for a second administrator. */
import { Hidden, TextField, Time, Unseen } from "../parts.tsx";
import { Change, type Console, ConsoleFrame, List, Search } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import { Life, Policies } from "./policies.tsx";
import type { Proposal } from "./records.ts";

export const ProposalsPage = (
  props: Console & {
    proposals: readonly Proposal[];
    search?: string | undefined;
    /** how many there are before the next page */
    offset?: number | undefined;
  },
) => {
  const { frame, token, proposals, search, offset } = props;
  return (
    <ConsoleFrame {...props} subject="proposals" title="Proposals">
      <p>
        Authorisations that one administrator proposed. Another one accepts them, but not the user whom they
        are for. After a month they are over.
      </p>
      <Search action={ADMIN.proposals}>
        <TextField
          name="search"
          label="User name or identifier of the organisation"
          maxlength={256}
          value={search}
        />
      </Search>
      <List
        items={proposals}
        none={search === undefined ? "There are none." : "There is none like that."}
        path={ADMIN.proposals}
        more={offset === undefined ? undefined : { search, offset }}
        row={(it) => (
          <>
            <strong>
              <a href={href(ADMIN.authorisations, { id: it.humanId })}>{it.username}</a>
            </strong>
            {it.mine && <span class="tag">yours</span>}
            {it.aboutMe && <span class="tag">for you</span>}
            <small>for {it.organisationId}</small>
            <small>
              proposed by human:{it.proposedBy}, <Time at={it.proposedAt} frame={frame} />
            </small>
            <Life of={it} frame={frame} />
            <Policies id={it.id} policySets={it.policySets} whole />
            <Change token={token} action={ADMIN.decide}>
              <Hidden fields={{ id: it.id }} />
              {!it.mine && !it.aboutMe && (
                <button type="submit" name="decision" value="accept" class="small">
                  Accept<Unseen> {it.id}</Unseen>
                </button>
              )}{" "}
              <button type="submit" name="decision" value="decline" class="danger small">
                Decline<Unseen> {it.id}</Unseen>
              </button>
            </Change>
          </>
        )}
      />
    </ConsoleFrame>
  );
};
