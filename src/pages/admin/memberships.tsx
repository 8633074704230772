/** Whom one user may represent: a list, removing, adding. */
import { Hidden, TextField, Unseen } from "../parts.tsx";
import { Change, List } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import type { Typed, User } from "./records.ts";
import { OrganisationName } from "./user-form.tsx";

export const Memberships = (props: {
  token: string;
  user: User;
  /** nobody gives themselves anything, and who was removed gets nothing */
  fixed: boolean;
  /** what was sent and can't be taken */
  sent?: Typed | undefined;
}) => {
  const { token, user, fixed, sent = {} } = props;
  const { organisations, standing } = user;
  const fields = { id: user.id, version: String(standing.version) };
  return (
    <section>
      <h2>May represent</h2>
      <List
        items={organisations}
        none="Nobody."
        row={({ id, name }) => (
          <>
            <strong>
              <a href={href(ADMIN.organisation, { id })}>{name}</a>
            </strong>
            {id === standing.home && <span class="tag">home</span>}
            <small>{id}</small>
            {!fixed && organisations.length > 1 && (
              <details>
                <summary>
                  Remove<Unseen> {id}</Unseen>
                </summary>
                <Change token={token} action={ADMIN.removeMembership} fields={fields}>
                  <Hidden fields={{ organisation: id }} />
                  <p class="hint">
                    Authorisations for it are revoked, consents forgotten, access tokens ended. Coming back
                    brings none back.
                    {id === standing.home &&
                      " It is the user's home: its directory does not reach the user any more."}
                  </p>
                  <button type="submit" class="danger small">
                    Remove<Unseen> {id}</Unseen>
                  </button>
                </Change>
              </details>
            )}
          </>
        )}
      />
      {!fixed && (
        <details open={sent.organisation !== undefined}>
          <summary>Add an organisation</summary>
          <Change token={token} action={ADMIN.addMembership} fields={fields}>
            <TextField
              name="organisation"
              label="Identifier of the organisation"
              maxlength={256}
              value={sent.organisation}
              wrong={sent.organisation !== undefined}
              required
            />
            <OrganisationName name="organisationName" value={sent.organisationName} />
            <button type="submit" class="plain">
              Add organisation
            </button>
          </Change>
        </details>
      )}
    </section>
  );
};
