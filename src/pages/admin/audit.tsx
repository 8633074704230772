/** The audit log, the latest entries first, to be searched by an id or a reference. Shows ids, as the log has them. */
import { TextField, Time } from "../parts.tsx";
import { type Console, ConsoleFrame, List, Search } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import type { AuditEntry } from "./records.ts";

export const AuditPage = (
  props: Console & {
    entries: readonly AuditEntry[];
    /** undefined: the Identity Provider's own log */
    organisation?: string | undefined;
    search?: string | undefined;
    /** number of the oldest entry that was looked at, when there are older ones */
    older?: number | undefined;
    /** entries that have no place in the chains yet */
    waiting: number;
  },
) => {
  const { frame, entries, organisation, search, older, waiting } = props;
  return (
    <ConsoleFrame {...props} subject="audit" title="Audit log">
      <p>
        {organisation === undefined
          ? "The Identity Provider's own log: sign-ins and refusals of humans, changes of users. "
          : "The log of one organisation. "}
        {waiting > 0 && `${waiting} entries wait for their place in a log: a minute as a rule.`}
      </p>
      <Search action={ADMIN.audit}>
        <TextField
          name="search"
          label="Reference or identifier"
          hint="A reference (correlation id) that somebody quoted, or the identifier of a user, session or token."
          maxlength={200}
          value={search}
        />
        <TextField
          name="organisation"
          label="Identifier of the organisation"
          hint="Empty for the Identity Provider's own log."
          maxlength={256}
          value={organisation}
        />
      </Search>
      <List
        items={entries}
        none={
          older === undefined
            ? "There is nothing."
            : "There is nothing among the entries that were looked through."
        }
        path={ADMIN.audit}
        more={older === undefined ? undefined : { organisation, search, before: older }}
        label="Older"
        row={(entry) => (
          <>
            <strong>{entry.action}</strong>
            {entry.reason !== undefined && <span class="tag">{entry.reason}</span>}
            <small>
              {entry.seq} · <Time at={entry.at} frame={frame} />
            </small>
            <small>
              by <Actor name={entry.actor} />
            </small>
            {entry.subject !== undefined && <small>to {entry.subject}</small>}
            {entry.party !== undefined && <small>with {entry.party}</small>}
            <small>
              reference{" "}
              <a href={href(ADMIN.audit, { organisation, search: entry.correlationId })}>
                {entry.correlationId}
              </a>
            </small>
          </>
        )}
      />
      <p class="hint">
        What requests of Service Providers and directories were refused for is at{" "}
        <a href={href(ADMIN.refusals, { reference: search })}>Refusals</a>, under the same kind of reference.
      </p>
    </ConsoleFrame>
  );
};

const HUMAN = "human:";
const Actor = ({ name }: { name: string }) =>
  name.startsWith(HUMAN) && name.length > HUMAN.length ? (
    <a href={href(ADMIN.user, { id: name.slice(HUMAN.length) })}>{name}</a>
  ) : (
    <span>{name}</span>
  );
