/** Where a human is signed in, to end one or all. */
import type { EpochSeconds } from "../../protocol/time.ts";
import { describeAgent } from "../agent.ts";
import { Hidden, Time, textOf, Unseen } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import { type Account, AccountFrame } from "./frame.tsx";

export interface SessionEntry {
  /** what the form sends back */
  readonly id: string;
  readonly createdAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
  /** User-Agent header of the sign-in */
  readonly agent?: string | undefined;
  /** the one that shows the page */
  readonly current: boolean;
}

export const SessionsPage = (props: Account & { sessions: readonly SessionEntry[] }) => {
  const { frame } = props;
  const words = textOf(frame);
  const text = words.account.sessions;
  return (
    <AccountFrame {...props} subject="sessions" title={words.account.pages.sessions}>
      <p>{text.intro}</p>
      <ul class="rows">
        {props.sessions.map((session) => (
          <li>
            <strong>{nameOf(session, text.unknown)}</strong>
            {session.current && <span class="tag">{text.this}</span>}
            <small>
              {text.began + words.colon}
              <Time at={session.createdAt} frame={frame} />
            </small>
            <small>
              {text.ends + words.colon}
              <Time at={session.expiresAt} frame={frame} />
            </small>
            <form method="post" action={PATHS.endSessions}>
              <Hidden fields={{ session: session.id }} />
              <button type="submit" class="plain small">
                {text.end}
                <Unseen> – {nameOf(session, text.unknown)}</Unseen>
              </button>
            </form>
          </li>
        ))}
      </ul>
      <form method="post" action={PATHS.endSessions}>
        <p class="hint">{text.endAllHint}</p>
        <button type="submit" name="session" value="all" class="danger">
          {text.endAll}
        </button>
      </form>
    </AccountFrame>
  );
};

const nameOf = ({ agent = "" }: SessionEntry, unknown: string): string => describeAgent(agent) ?? unknown;
