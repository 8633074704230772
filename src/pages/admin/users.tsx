/** The users of this Identity Provider, page by page, and the organisations that somebody may represent. */

import { TextField } from "../parts.tsx";
import { type Console, ConsoleFrame, More, Search } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import type { CountedOrganisation, ListedUser } from "./records.ts";

export const UsersPage = (
  props: Console & {
    users: readonly ListedUser[];
    search?: string | undefined;
    /** only who may represent it */
    organisation?: string | undefined;
    /** the last user name, when there are more */
    after?: string | undefined;
  },
) => {
  const { users, search, organisation, after } = props;
  return (
    <ConsoleFrame {...props} subject="users" title="Users">
      <Search action={ADMIN.users} fields={{ organisation }}>
        <TextField
          name="search"
          label="Name, user name or e-mail address"
          maxlength={200}
          {...(search === undefined ? {} : { value: search })}
        />
      </Search>
      {organisation !== undefined && (
        <p>
          Who may represent <code>{organisation}</code>. <a href={ADMIN.users}>Show everybody</a>
        </p>
      )}
      {users.length === 0 && <p>There is nobody like that.</p>}
      <ul class="rows">
        {users.map((user) => (
          <li>
            <strong>
              <a href={href(ADMIN.user, { id: user.id })}>
                {user.givenName} {user.familyName}
              </a>
            </strong>
            {user.status === "inactive" && <span class="tag">inactive</span>}
            {user.roles.map((role) => (
              <span class="tag">{role}</span>
            ))}
            <small>{user.username}</small>
            <small>{user.organisations.map(({ name }) => name).join(" · ")}</small>
          </li>
        ))}
      </ul>
      <More
        path={ADMIN.users}
        parameters={after === undefined ? undefined : { search, organisation, after }}
      />
    </ConsoleFrame>
  );
};

export const OrganisationsPage = (
  props: Console & { organisations: readonly CountedOrganisation[]; after?: string | undefined },
) => (
  <ConsoleFrame {...props} subject="organisations" title="Organisations">
    <p>
      Those that somebody may represent. Their memberships are changed by command, or by their own directory.
    </p>
    {props.organisations.length === 0 && <p>There are none.</p>}
    <ul class="rows">
      {props.organisations.map(({ id, name, humans }) => (
        <li>
          <strong>{name}</strong>
          <small>{id}</small>
          <small>
            <a
              href={href(ADMIN.users, { organisation: id })}
            >{`${humans} active ${humans === 1 ? "user" : "users"}`}</a>
            {" · "}
            <a href={href(ADMIN.tokens, { organisation: id })}>tokens</a>
            {" · "}
            <a href={href(ADMIN.audit, { organisation: id })}>audit log</a>
          </small>
        </li>
      ))}
    </ul>
    <More
      path={ADMIN.organisations}
      parameters={props.after === undefined ? undefined : { after: props.after }}
    />
  </ConsoleFrame>
);
