/** How commands print times. */
import type { EpochSeconds } from "../../src/protocol/time.ts";

/** To the minute, in UTC, for people. */
export const utc = (at: EpochSeconds): string =>
  `${new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
