/** Tokens of organisations' own directories: a list, adding, revoking. */
import { TextField, Time, Unseen } from "../parts.tsx";
import { Change, type Console, ConsoleFrame, List, Search } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import type { Token } from "./records.ts";

export const TokensPage = (
  props: Console & {
    tokens: readonly Token[];
    /** only of this one */
    organisation?: string | undefined;
    /** how many there are before the next page */
    offset?: number | undefined;
    /** what was sent and can't be taken */
    sent?: { readonly organisation: string; readonly name: string; readonly suffix: string } | undefined;
    problem?: string | undefined;
  },
) => {
  const { frame, token, tokens, organisation, offset, sent } = props;
  return (
    <ConsoleFrame {...props} subject="tokens" title="Tokens">
      <p>With a token an organisation's own directory adds, changes and deactivates its users (SCIM).</p>
      <Search action={ADMIN.tokens}>
        <TextField
          name="organisation"
          label="Identifier of the organisation"
          maxlength={256}
          value={organisation}
        />
      </Search>
      <List
        items={tokens}
        none="There are none."
        path={ADMIN.tokens}
        more={offset === undefined ? undefined : { organisation, offset }}
        row={(it) => (
          <>
            <strong>
              {it.revokedAt === undefined ? (
                <a href={href(ADMIN.organisation, { id: it.organisation.id })}>{it.organisation.name}</a>
              ) : (
                it.organisation.name
              )}
            </strong>
            {it.revokedAt !== undefined && <span class="tag">revoked</span>}
            <small>{it.organisation.id}</small>
            <small>{it.id}</small>
            {it.usernameSuffix !== undefined && <small>user names end with {it.usernameSuffix}</small>}
            <small>
              made by {it.createdBy}, <Time at={it.createdAt} frame={frame} />
            </small>
            {it.lastUsedAt !== undefined && (
              <small>
                last used around <Time at={it.lastUsedAt} frame={frame} />
              </small>
            )}
            {it.revokedAt === undefined ? (
              <Change token={token} action={ADMIN.revokeToken} fields={{ id: it.id }}>
                <button type="submit" class="danger small">
                  Revoke<Unseen> {it.id}</Unseen>
                </button>
              </Change>
            ) : (
              <small>
                revoked by {it.revokedBy}, <Time at={it.revokedAt} frame={frame} />
              </small>
            )}
          </>
        )}
      />
      <section>
        <h2>Add</h2>
        <Change token={token} action={ADMIN.tokens}>
          <TextField
            name="owner"
            label="Identifier of its organisation"
            hint="As memberships spell it."
            maxlength={256}
            required
            value={sent?.organisation}
          />
          <TextField
            name="name"
            label="Name of its organisation"
            hint="Empty for one that is here already."
            maxlength={200}
            value={sent?.name}
          />
          <TextField
            name="suffix"
            label="User names end with"
            hint="Such as @example.com, which has to be theirs: all these names are in their hands."
            maxlength={200}
            required
            value={sent?.suffix}
          />
          <button type="submit">Add</button>
        </Change>
      </section>
    </ConsoleFrame>
  );
};
