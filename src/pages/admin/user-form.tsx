/** The forms about a user's record: a new one, and what is known of one who is there. What was typed is kept. */
import type { Level } from "../../protocol/assurance.ts";
import { SelectField, TextField } from "../parts.tsx";
import { Change, type Console, ConsoleFrame } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import type { Typed, User } from "./records.ts";

interface FormProps extends Console {
  /** what was sent and can't be taken */
  readonly sent?: Typed | undefined;
  readonly problem?: string | undefined;
  /** names of the fields that are wrong */
  readonly wrong?: readonly string[] | undefined;
  /** how well an identity may be said to be proven here */
  readonly levels: readonly Level[];
}

export const NewUserPage = (props: FormProps) => {
  const { sent = {}, wrong = [] } = props;
  const field = fieldOf(sent, wrong);
  return (
    <ConsoleFrame {...props} subject="users" title="Add a user">
      <p>
        The next page shows a link, this once, with which the user sets a password. Nobody else knows or types
        it.
      </p>
      <Change token={props.token} action={ADMIN.addUser}>
        <TextField
          {...field("username")}
          label="User name"
          hint="What they sign in with. It can't be changed here later."
          maxlength={200}
          required
        />
        <PersonFields field={field} levels={props.levels} />
        <TextField
          {...field("organisation")}
          label="Identifier of the organisation"
          hint="The first that the user may represent. Its own directory, where it has one, may change the user."
          maxlength={256}
          required
        />
        <OrganisationName {...field("organisationName")} />
        <button type="submit">Add</button>
      </Change>
      <Cancel to={ADMIN.users} />
    </ConsoleFrame>
  );
};

export const ChangeUserPage = (
  props: FormProps & {
    user: User;
    /** somebody else changed the record since the form was opened: its fields say what it is now */
    outdated?: boolean;
  },
) => {
  const { user, sent, wrong = [] } = props;
  const record = recordOf(user);
  const field = fieldOf(sent ?? record, wrong, props.outdated ? record : undefined);
  return (
    <ConsoleFrame {...props} subject="users" title={`Change ${user.givenName} ${user.familyName}`}>
      <p>
        <a href={href(ADMIN.user, { id: user.id })}>{user.username}</a>
      </p>
      {user.standing.isProvisioned && (
        <p class="hint">
          The directory of {user.standing.home} keeps this user as well: what it sends later replaces what is
          written here.
        </p>
      )}
      <Change
        token={props.token}
        action={ADMIN.changeUser}
        fields={{ id: user.id, version: String(user.standing.version) }}
      >
        <PersonFields field={field} levels={props.levels} isChange />
        <button type="submit">Save</button>
      </Change>
      <Cancel to={href(ADMIN.user, { id: user.id })} />
    </ConsoleFrame>
  );
};

type Field = (name: string) => { name: string; value: string | undefined; wrong: boolean; now?: string };

const fieldOf =
  (typed: Typed, wrong: readonly string[], record?: Typed): Field =>
  (name) => {
    const isOther = record !== undefined && record[name] !== typed[name];
    const now = { now: record?.[name] || "empty" };
    return { name, value: typed[name], wrong: wrong.includes(name), ...(isOther ? now : {}) };
  };

/** As the form's fields spell it. */
const recordOf = (user: User): Typed => ({
  givenName: user.givenName,
  familyName: user.familyName,
  email: user.email,
  phone: user.phone ?? "",
  gender: user.gender ?? "",
  locale: user.locale ?? "",
  identityAssurance: user.identityAssurance,
});

const PersonFields = (props: { field: Field; levels: readonly Level[]; isChange?: boolean }) => {
  const field = (name: string, hint?: string) => {
    const { now, ...rest } = props.field(name);
    const told = [hint, now === undefined ? undefined : `It is now: ${now}.`].filter(Boolean).join(" ");
    return { ...rest, hint: told === "" ? undefined : told };
  };
  return (
    <>
      <TextField {...field("givenName")} label="Given name" maxlength={200} required />
      <TextField {...field("familyName")} label="Family name" maxlength={200} required />
      <TextField
        {...field("email", props.isChange ? "Another address counts as not verified." : undefined)}
        label="E-mail address"
        maxlength={320}
        required
      />
      <TextField {...field("phone")} label="Phone (optional)" maxlength={40} />
      <SelectField
        {...field("gender")}
        label="Gender (optional)"
        options={[
          ["", "Not said"],
          ["female", "Female"],
          ["male", "Male"],
        ]}
      />
      <TextField {...field("locale", "Such as nl or nl-NL.")} label="Language (optional)" maxlength={200} />
      <SelectField
        {...field(
          "identityAssurance",
          "How well it was proven who this is. No more than your own session has.",
        )}
        label="Identity proven"
        options={props.levels.map((level) => [level, level])}
      />
    </>
  );
};

/** One organisation has one name. */
export const OrganisationName = (props: { name: string; value?: string | undefined; wrong?: boolean }) => (
  <TextField
    {...props}
    label="Name of the organisation"
    hint="Empty if somebody may represent it already: it has a name then."
    maxlength={200}
  />
);

const Cancel = (props: { to: string }) => (
  <a class="button plain" href={props.to}>
    Cancel
  </a>
);
