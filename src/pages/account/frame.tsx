/** What the pages of the account share: the way between them, and the notice of what was just done. */
import type { Child } from "hono/jsx";
import { type Frame, Page } from "../layout.tsx";
import { textOf } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import type { Done } from "../text.ts";

export { type Done, isDone } from "../text.ts";

export interface Account {
  readonly frame: Frame;
  readonly done?: Done | undefined;
}

const PAGES = {
  overview: PATHS.account,
  factors: PATHS.factors,
  sessions: PATHS.sessions,
  consents: PATHS.consents,
} as const;
type Subject = keyof typeof PAGES;

export const AccountFrame = (props: Account & { subject: Subject; title: string; children?: Child }) => {
  const { frame, done } = props;
  const text = textOf(frame).account;
  const navigation = (
    <nav class="account" aria-label={text.navigation}>
      {(Object.keys(PAGES) as Subject[]).map((subject) => (
        <a href={PAGES[subject]} aria-current={subject === props.subject ? "page" : undefined}>
          {text.pages[subject]}
        </a>
      ))}
      <a href={PATHS.endSession}>{text.pages.signOut}</a>
    </nav>
  );
  return (
    <Page frame={frame} title={props.title} navigation={navigation} wide>
      {done !== undefined && (
        <p class="done" role="status">
          {text.done[done]}
        </p>
      )}
      {props.children}
    </Page>
  );
};
