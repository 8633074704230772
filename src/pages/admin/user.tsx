/** One user: record, factors, sign-ins; deactivating, activating, and codes to hand out. Memberships: see there. */
import type { Level } from "../../protocol/assurance.ts";
import type { RecentSignIn } from "../account/overview.tsx";
import { levelText, Time, textOf } from "../parts.tsx";
import { Change, type Console, ConsoleFrame, Facts, List } from "./frame.tsx";
import { Memberships } from "./memberships.tsx";
import { ADMIN, href } from "./paths.ts";
import type { Typed, User, UserFactors } from "./records.ts";

export const UserPage = (
  props: Console & {
    user: User;
    factors: UserFactors;
    sessions: number;
    signIns: readonly RecentSignIn[];
    /** why the administrator may not change this one here; undefined: they may */
    locked?: "own" | "administrator" | undefined;
    /** levels that an enrolment code may have */
    levels: readonly Level[];
    /** an organisation that was sent and can't be added */
    sent?: Typed | undefined;
    problem?: string | undefined;
  },
) => {
  const { frame, user, factors, signIns } = props;
  const words = textOf(frame);
  const fixed = props.locked === "own" || user.standing.isRemoved;
  return (
    <ConsoleFrame {...props} subject="users" title={`${user.givenName} ${user.familyName}`}>
      <Facts
        facts={[
          ["User name", user.username],
          ["Identifier", <code>{user.id}</code>],
          ["Status", user.status],
          user.roles.length > 0 ? ["Role", user.roles.join(", ")] : undefined,
          ["E-mail address", user.email],
          user.phone === null ? undefined : ["Phone", user.phone],
          user.gender === null ? undefined : ["Gender", user.gender],
          user.locale === null ? undefined : ["Language", user.locale],
          ["Identity proven", words.levels[user.identityAssurance]],
          ["Here since", <Time at={user.createdAt} frame={frame} />],
        ]}
      />
      <p>
        {!fixed && (
          <>
            <a href={href(ADMIN.changeUser, { id: user.id })}>Change the record</a>
            {" · "}
          </>
        )}
        <a href={href(ADMIN.authorisations, { id: user.id })}>Authorisations</a>
        {" · "}
        <a href={href(ADMIN.audit, { search: user.id })}>In the audit log</a>
      </p>
      <Memberships token={props.token} user={user} fixed={fixed} sent={props.sent} />
      <section>
        <h2>Signs in with</h2>
        <ul class="rows">
          {factors.password !== undefined && (
            <li>
              <strong>Password</strong>
              <small>{levelText(words, factors.password)}</small>
            </li>
          )}
          {factors.totp !== undefined && (
            <li>
              <strong>Authenticator app</strong>
              <small>{`${levelText(words, factors.totp)} · ${factors.recoveryCodes} recovery codes left`}</small>
            </li>
          )}
          {factors.passkeys.map((passkey) => (
            <li>
              <strong>{passkey.name}</strong>
              <span class="tag">{passkey.hardware ? "passkey, hardware" : "passkey"}</span>
              <small>{levelText(words, passkey.level)}</small>
              <small>
                added <Time at={passkey.createdAt} frame={frame} />
              </small>
              {passkey.lastUsedAt !== undefined && (
                <small>
                  last used <Time at={passkey.lastUsedAt} frame={frame} />
                </small>
              )}
            </li>
          ))}
        </ul>
        <p>{`Sessions that stand: ${props.sessions}.`}</p>
      </section>
      <section>
        <h2>Recent sign-ins</h2>
        <List
          items={signIns}
          none="None."
          row={({ at, partyName, level, amr }) => (
            <>
              <strong>{partyName ?? "The own account"}</strong>
              <small>
                <Time at={at} frame={frame} />
              </small>
              <small>{[levelText(words, level), amr.join(" ")].join(" · ")}</small>
            </>
          )}
        />
      </section>
      <Changes {...props} />
    </ConsoleFrame>
  );
};

const LOCKED = {
  own: "This is you. You are changed, deactivated and given codes by another administrator or by command.",
  administrator: "Codes for an administrator are made by command: whoever has them could act in that name.",
} as const;

const Changes = ({ token, user, locked, levels }: Parameters<typeof UserPage>[0]) => (
  <section>
    <h2>Change</h2>
    {locked !== undefined && <p>{LOCKED[locked]}</p>}
    {user.standing.isRemoved && (
      <p>
        The user's own organisation removed them: nothing is changed any more, and they can't be active again.
      </p>
    )}
    {user.status === "inactive" && !user.standing.isRemoved && (
      <Change token={token} action={ADMIN.status} fields={{ id: user.id, status: "active" }}>
        <p class="hint">May sign in again. What has ended stays ended.</p>
        <button type="submit" class="plain">
          Activate
        </button>
      </Change>
    )}
    {user.status === "active" && locked === undefined && (
      <>
        <Change token={token} action={ADMIN.code} fields={{ id: user.id, purpose: "reset" }}>
          <p class="hint">
            A link with which the user sets a new password, once, within a day. That password counts for low.
          </p>
          <button type="submit" class="plain">
            Make a reset link
          </button>
        </Change>
        <Change token={token} action={ADMIN.code} fields={{ id: user.id, purpose: "enrol" }}>
          <label for="level">Level that a factor will count for</label>
          <select id="level" name="level" aria-describedby="level-hint">
            {levels.map((level) => (
              <option value={level}>{level}</option>
            ))}
          </select>
          <p class="hint" id="level-hint">
            Not more than your own session has. Hand the code to the user in person, or as your rules say.
          </p>
          <button type="submit" class="plain">
            Make an enrolment code
          </button>
        </Change>
      </>
    )}
    {user.status === "active" && locked !== "own" && (
      <Change token={token} action={ADMIN.status} fields={{ id: user.id, status: "inactive" }}>
        <p class="hint">Ends sessions, sign-ins and access tokens at once.</p>
        <button type="submit" class="danger">
          Deactivate
        </button>
      </Change>
    )}
  </section>
);
