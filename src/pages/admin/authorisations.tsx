/** What one user may do for organisations: a list, revoking, and adding: by a form, or by JSON as the command takes it. */
import { TextField, Time, Unseen } from "../parts.tsx";
import { Change, type Console, ConsoleFrame, List } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import { Life, Policies } from "./policies.tsx";
import type { Authorisation, ListedUser } from "./records.ts";

export const AuthorisationsPage = (
  props: Console & {
    user: ListedUser;
    authorisations: readonly Authorisation[];
    /** how many there are before the next page */
    offset?: number | undefined;
    /** nobody gives themselves anything */
    own: boolean;
    /** what was sent and can't be taken */
    json?: string | undefined;
    problem?: string | undefined;
  },
) => {
  const { frame, token, user, authorisations } = props;
  return (
    <ConsoleFrame {...props} subject="users" title={`Authorisations of ${user.givenName} ${user.familyName}`}>
      <p>
        <a href={href(ADMIN.user, { id: user.id })}>{user.username}</a>
      </p>
      <List
        items={authorisations}
        none="There are none."
        path={ADMIN.authorisations}
        more={props.offset === undefined ? undefined : { id: user.id, offset: props.offset }}
        row={(it) => (
          <>
            <strong>{it.organisationId}</strong>
            {it.status === "revoked" && <span class="tag">revoked</span>}
            <small>{it.id}</small>
            <small>
              registered by {it.registeredBy}, <Time at={it.registeredAt} frame={frame} />
            </small>
            <Life of={it} frame={frame} />
            {it.revokedAt !== null && (
              <small>
                revoked by {it.revokedBy}, <Time at={it.revokedAt} frame={frame} />
              </small>
            )}
            <Policies id={it.id} policySets={it.policySets} />
            {it.status === "active" && (
              <Change
                token={token}
                action={ADMIN.revokeAuthorisation}
                fields={{ id: user.id, authorisation: it.id }}
              >
                <button type="submit" class="danger small">
                  Revoke<Unseen> {it.id}</Unseen>
                </button>
              </Change>
            )}
          </>
        )}
      />
      <section>
        <h2>Add</h2>
        {props.own ? (
          <p>This is you: another administrator, or the command, gives you authorisations.</p>
        ) : user.status === "inactive" ? (
          <p>The user is not active.</p>
        ) : (
          <Add {...props} />
        )}
      </section>
    </ConsoleFrame>
  );
};

const Add = ({ token, user, json, problem }: Parameters<typeof AuthorisationsPage>[0]) => (
  <>
    {json === undefined && (
      <Change token={token} action={ADMIN.authorisations} fields={{ id: user.id }}>
        <label for="organisation">For</label>
        <select id="organisation" name="organisation">
          {user.organisations.map(({ id, name }) => (
            <option value={id}>{`${name} (${id})`}</option>
          ))}
        </select>
        <TextField
          name="type"
          label="Type of resource"
          hint="Such as GS1.CONTAINER."
          maxlength={500}
          required
        />
        <Lines name="identifiers" label="Identifiers" value="*" hint="One per line; * for all." />
        <Lines name="attributes" label="Attributes" value="*" hint="One per line; * for all." />
        <Lines name="actions" label="Actions" hint="One per line, such as ISHARE.READ." />
        <Lines
          name="serviceProviders"
          label="Service Providers"
          hint="One identifier per line. Without any: every Service Provider."
        />
        <label for="until">Until</label>
        <p class="hint" id="until-hint">
          The last day, in UTC. Without one: until revoked.
        </p>
        <input type="date" id="until" name="until" aria-describedby="until-hint" />
        <button type="submit">Add</button>
      </Change>
    )}
    <details open={json !== undefined}>
      <summary>As JSON</summary>
      <Change token={token} action={ADMIN.authorisations} fields={{ id: user.id }}>
        <label for="json">Authorisation as JSON</label>
        <p class="hint" id="json-hint">
          policyIssuer (an organisation of the user), policySets, and where wanted notBefore and notOnOrAfter
          in seconds since 1970. For what is larger than some 60 kB there is the command.
        </p>
        <textarea
          id="json"
          name="json"
          rows={10}
          spellcheck={false}
          aria-describedby="json-hint"
          aria-invalid={problem === undefined ? undefined : "true"}
          required
        >
          {json ?? ""}
        </textarea>
        <button type="submit">Add as JSON</button>
      </Change>
    </details>
  </>
);

const Lines = (props: { name: string; label: string; hint: string; value?: string }) => (
  <>
    <label for={props.name}>{props.label}</label>
    <p class="hint" id={`${props.name}-hint`}>
      {props.hint}
    </p>
    <textarea
      id={props.name}
      name={props.name}
      rows={2}
      spellcheck={false}
      aria-describedby={`${props.name}-hint`}
    >
      {props.value ?? ""}
    </textarea>
  </>
);
