/**
 * What the registry answers differs by framework version: which paths there are, and how claims are laid out. Each dialect
 * is a file of its own; this is what they have in common.
 */
import type { EpochSeconds } from "../../src/protocol/time.ts";
import type { Answer } from "../participant-api.ts";
import type { Authority, PartyRecord } from "./data.ts";

/** Claims to be signed, and the member that carries the token. Pure. What is optional has no path in some versions. */
export interface Dialect {
  readonly trustedListPath: string;
  buildTrustedList(authorities: readonly Authority[]): Answer;
  readonly buildParty?: (party: PartyRecord, registrarId: string) => Answer;
  /** Pages hold ten parties. @param page from 1 */
  buildParties(found: readonly PartyRecord[], page: number, registrarId: string): Answer;
  /** The organisation has joined: its record, as everybody will see it. */
  readonly buildEpCreation?: (party: PartyRecord, registrarId: string, now: EpochSeconds) => Answer;
}

export const PAGE_SIZE = 10;
