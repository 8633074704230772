/**
 * What a check found, in words for whoever runs the thing: what is so, and what to do about it. Owns the shape and how it
 * is printed. No stack trace, no secret, no datum of a human ever goes into one.
 */

export type Verdict =
  | "good"
  /** works, and will not for long, or not as it should */
  | "warning"
  | "wrong"
  /** could not be looked at from here */
  | "unknown";

export interface Finding {
  readonly verdict: Verdict;
  /** what was looked at, in a word or two */
  readonly about: string;
  /** one plain sentence */
  readonly says: string;
  /** what to do, when something is to be done */
  readonly todo?: string;
}

type Make = (about: string, says: string, todo?: string) => Finding;
const make =
  (verdict: Verdict): Make =>
  (about, says, todo) => ({ verdict, about, says, ...(todo !== undefined && { todo }) });

export const good = make("good");
export const warning = make("warning");
export const wrong = make("wrong");
export const unknown = make("unknown");

export const anyWrong = (findings: readonly Finding[]): boolean =>
  findings.some(({ verdict }) => verdict === "wrong");

const MARKS: Readonly<Record<Verdict, string>> = {
  good: "ok     ",
  warning: "warning",
  wrong: "WRONG  ",
  unknown: "?      ",
};

/** Text of others in it can't steer a terminal. */
export const print = ({ verdict, about, says, todo }: Finding): string =>
  [`${MARKS[verdict]}  ${about}: ${says}`, ...(todo === undefined ? [] : [`         → ${todo}`])]
    .map((line) => line.replace(/\p{Cc}/gu, " "))
    .join("\n");
