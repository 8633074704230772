/** The organisations that somebody may represent, page by page; and one of them, to be renamed. */
import { TextField } from "../parts.tsx";
import { Change, type Console, ConsoleFrame, List, Search } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import type { CountedOrganisation, NamedOrganisation } from "./records.ts";

export const OrganisationsPage = (
  props: Console & {
    organisations: readonly CountedOrganisation[];
    search?: string | undefined;
    /** the last identifier, when there are more */
    after?: string | undefined;
  },
) => {
  const { organisations, search, after } = props;
  return (
    <ConsoleFrame {...props} subject="organisations" title="Organisations">
      <p>
        Those that somebody may represent. Memberships are changed on the page of the user, or by the
        organisation's own directory.
      </p>
      <Search action={ADMIN.organisations}>
        <TextField name="search" label="Name or identifier" maxlength={200} value={search} />
      </Search>
      <List
        items={organisations}
        none={search === undefined ? "There are none." : "There is none like that."}
        path={ADMIN.organisations}
        more={after === undefined ? undefined : { search, after }}
        row={(it) => (
          <>
            <strong>
              <a href={href(ADMIN.organisation, { id: it.id })}>{it.name}</a>
            </strong>
            <small>{it.id}</small>
            <Ways organisation={it} />
          </>
        )}
      />
    </ConsoleFrame>
  );
};

const Ways = ({ organisation: { id, humans } }: { organisation: CountedOrganisation }) => (
  <small>
    <a
      href={href(ADMIN.users, { organisation: id })}
    >{`${humans} active ${humans === 1 ? "user" : "users"}`}</a>
    {" · "}
    <a href={href(ADMIN.tokens, { organisation: id })}>tokens</a>
    {" · "}
    <a href={href(ADMIN.audit, { organisation: id })}>audit log</a>
  </small>
);

export const OrganisationPage = (
  props: Console & {
    organisation: NamedOrganisation;
    /** what was sent and can't be taken */
    sent?: string | undefined;
    problem?: string | undefined;
  },
) => {
  const { organisation, sent } = props;
  const { id, name, names } = organisation;
  return (
    <ConsoleFrame {...props} subject="organisations" title={name}>
      <p>
        <code>{id}</code>
        <Ways organisation={organisation} />
      </p>
      {names > 1 && (
        <p>{`It has ${names} names here, in memberships and for its directory: rename it to have one.`}</p>
      )}
      <section>
        <h2>Rename</h2>
        <Change
          token={props.token}
          action={ADMIN.organisation}
          fields={{ id, seen: name, names: String(names) }}
        >
          <TextField
            name="name"
            label="Name of the organisation"
            hint="For everybody who may represent it. Its own directory, where it has one, finds its group under this name from then on."
            maxlength={200}
            value={sent ?? name}
            wrong={sent !== undefined}
            required
          />
          <button type="submit" class="plain">
            Rename
          </button>
        </Change>
      </section>
    </ConsoleFrame>
  );
};
