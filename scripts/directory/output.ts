/** How commands print times. */
import type { EpochSeconds } from "../../src/protocol/time.ts";

/** To the minute, in UTC, for people. */
export const utc = (at: EpochSeconds): string =>
  `${new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** Text of the directory for a terminal: nothing that moves the cursor or turns the line around (CWE-150). */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
