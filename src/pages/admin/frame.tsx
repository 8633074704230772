/** What the pages of the console share: the way between them, the notice of what was done, forms with their token, lists. */
import type { Child } from "hono/jsx";
import { type Frame, Page } from "../layout.tsx";
import { Hidden, Problem } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import { ADMIN, href } from "./paths.ts";
import { ADMIN_DONE, type AdminDone } from "./words.ts";

export interface Console {
  readonly frame: Frame;
  /** of the session, for forms */
  readonly token: string;
  readonly done?: AdminDone;
}

const PAGES = {
  overview: "Overview",
  users: "Users",
  organisations: "Organisations",
  proposals: "Proposals",
  tokens: "Tokens",
  parties: "Parties",
  audit: "Audit log",
  refusals: "Refusals",
} as const;
type Subject = keyof typeof PAGES;

export const ConsoleFrame = (
  props: Console & { subject: Subject; title: string; problem?: string | undefined; children?: Child },
) => {
  const { frame, done, problem } = props;
  const navigation = (
    <nav class="account" aria-label="Console">
      {(Object.keys(PAGES) as Subject[]).map((subject) => (
        <a href={ADMIN[subject]} aria-current={subject === props.subject ? "page" : undefined}>
          {PAGES[subject]}
        </a>
      ))}
      <a href={PATHS.account}>Your account</a>
    </nav>
  );
  return (
    <Page frame={frame} title={props.title} navigation={navigation} wide>
      {done !== undefined && problem === undefined && (
        <p class="done" role="status">
          {ADMIN_DONE[done]}
        </p>
      )}
      <Problem text={problem} />
      {props.children}
    </Page>
  );
};

/** A form that changes something. */
export const Change = (props: {
  token: string;
  action: string;
  fields?: Readonly<Record<string, string>>;
  children?: Child;
}) => (
  <form method="post" action={props.action}>
    <Hidden fields={{ token: props.token, ...props.fields }} />
    {props.children}
  </form>
);

/** A form that asks: its fields stand in the address. */
export const Search = (props: {
  action: string;
  fields?: Readonly<Record<string, string | undefined>>;
  children?: Child;
}) => (
  <form method="get" action={props.action}>
    <Hidden fields={definedOf(props.fields ?? {})} />
    {props.children}
    <button type="submit" class="plain small">
      Search
    </button>
  </form>
);

const definedOf = (fields: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** One page of a list, or that there is nothing, and the way to the next page. */
export const List = <T,>(props: {
  items: readonly T[];
  /** what an item is shown as, within its row */
  row: (item: T) => Child;
  /** said when there is nothing */
  none?: string;
  /** where the next page is; without parameters there is none */
  path?: string;
  more?: Query | undefined;
  label?: string;
}) => (
  <>
    {props.items.length === 0 ? (
      props.none !== undefined && <p>{props.none}</p>
    ) : (
      <ul class="rows">
        {props.items.map((item) => (
          <li>{props.row(item)}</li>
        ))}
      </ul>
    )}
    {props.path !== undefined && <More path={props.path} parameters={props.more} label={props.label} />}
  </>
);

/** The next page, where there is one. */
export const More = (props: { path: string; parameters: Query | undefined; label?: string | undefined }) =>
  props.parameters === undefined ? null : (
    <p>
      <a href={href(props.path, props.parameters)} rel="next">
        {props.label ?? "More"}
      </a>
    </p>
  );
type Query = Readonly<Record<string, string | number | undefined>>;

export const Facts = (props: { facts: readonly (readonly [string, Child] | undefined)[] }) => (
  <dl class="facts">
    {props.facts.map(
      (fact) =>
        fact !== undefined && (
          <div>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </div>
        ),
    )}
  </dl>
);
