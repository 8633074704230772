/** The console's first page: keys that end, settings in force. And the parties that came by, as the registry has them. */
import { TextField, Time } from "../parts.tsx";
import { type Console, ConsoleFrame, Facts, List, Search } from "./frame.tsx";
import { ADMIN } from "./paths.ts";
import type { Key, SeenParty, Setting } from "./records.ts";

export const OverviewPage = (
  props: Console & {
    keys: readonly Key[];
    settings: readonly Setting[];
    /** optional bindings and services */
    services: readonly Setting[];
    waiting: number;
  },
) => {
  const { frame } = props;
  return (
    <ConsoleFrame {...props} subject="overview" title="Overview">
      <section>
        <h2>Keys</h2>
        <ul class="rows">
          {props.keys.map((key) => (
            <li>
              <strong>{key.name}</strong>
              {key.signs && <span class="tag">signs</span>}
              <small>
                ends <Time at={key.until} frame={frame} />
              </small>
              {key.signsFrom !== undefined && (
                <small>
                  signs from <Time at={key.signsFrom} frame={frame} />
                </small>
              )}
              {key.endsIn !== undefined && (
                <p class="alert">
                  {key.endsIn === 0 ? "It ends today, or has ended." : `It ends in ${key.endsIn} days.`}
                </p>
              )}
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>Audit log</h2>
        <p>{`Entries that wait for their place in a log: ${props.waiting}.`}</p>
      </section>
      <section>
        <h2>Refusals</h2>
        <p>
          What requests were refused for lately, by the reference that somebody quotes:{" "}
          <a href={ADMIN.refusals}>Look</a>
        </p>
      </section>
      <section>
        <h2>Settings in force</h2>
        <p class="hint">Secrets are not among them. Settings are changed by deploying.</p>
        <Facts facts={props.settings.map(factOf)} />
      </section>
      <section>
        <h2>Optional services</h2>
        <p class="hint">For SIGNER_URL: the keys that are kept there.</p>
        <Facts facts={props.services.map(factOf)} />
      </section>
    </ConsoleFrame>
  );
};

const factOf = ({ name, value }: Setting) => [name, value] as const;

export const PartiesPage = (
  props: Console & {
    parties: readonly SeenParty[];
    search?: string | undefined;
    /** how many there are before the next page */
    offset?: number | undefined;
    /** SHA-256 of the authorities' certificates; undefined: no list is held */
    authorities: { readonly granted: readonly string[]; readonly withdrawn: readonly string[] } | undefined;
  },
) => {
  const { frame, parties, search, offset, authorities } = props;
  return (
    <ConsoleFrame {...props} subject="parties" title="Parties">
      <p>
        Whom a request named within a day, as the registry's last answer has them. Looking here asks the
        registry nothing.
      </p>
      <Search action={ADMIN.parties}>
        <TextField name="search" label="Name or identifier" maxlength={256} value={search} />
      </Search>
      <List
        items={parties}
        none="Nobody."
        path={ADMIN.parties}
        more={offset === undefined ? undefined : { search, offset }}
        row={(party) => (
          <>
            <strong>{party.name ?? party.id}</strong>
            <span class="tag">{statusOf(party)}</span>
            <small>{party.id}</small>
            {party.roles.length > 0 && <small>{party.roles.join(" · ")}</small>}
            <small>
              asked for <Time at={party.wantedAt} frame={frame} />
            </small>
          </>
        )}
      />
      <section>
        <h2>Trusted list</h2>
        {authorities === undefined ? (
          <p>None is held: no party has come by, or the registry did not answer.</p>
        ) : (
          <>
            <p>{`Authorities granted: ${authorities.granted.length}; withdrawn or invalid: ${authorities.withdrawn.length}. SHA-256 of their certificates:`}</p>
            <ul class="rows">
              {authorities.granted.map((fingerprint) => (
                <li>
                  <code>{fingerprint}</code>
                </li>
              ))}
              {authorities.withdrawn.map((fingerprint) => (
                <li>
                  <code>{fingerprint}</code>
                  <span class="tag">withdrawn</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
    </ConsoleFrame>
  );
};

const statusOf = ({ isActive }: SeenParty): string =>
  isActive === undefined ? "no answer held" : isActive ? "active" : "not active";
