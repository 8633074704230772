/** The users of this Identity Provider, page by page. */
import { TextField } from "../parts.tsx";
import { type Console, ConsoleFrame, List, Search } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import type { ListedUser } from "./records.ts";

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
      <p>
        <a href={ADMIN.addUser}>Add a user</a>
      </p>
      <Search action={ADMIN.users} fields={{ organisation }}>
        <TextField name="search" label="Name, user name or e-mail address" maxlength={200} value={search} />
      </Search>
      {organisation !== undefined && (
        <p>
          Who may represent <code>{organisation}</code>. <a href={ADMIN.users}>Show everybody</a>
        </p>
      )}
      <List
        items={users}
        none="There is nobody like that."
        path={ADMIN.users}
        more={after === undefined ? undefined : { search, organisation, after }}
        row={(user) => (
          <>
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
          </>
        )}
      />
    </ConsoleFrame>
  );
};
