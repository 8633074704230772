/**
 * Refusals that are kept for a while, so that whoever is asked about a correlation id finds the reason. Pure. Owns what one
 * holds (ids and constants, nothing that was sent) and who has room for how many. The same rule is the isolate's, between
 * two deliveries, and the object's.
 *
 * Strangers can be refused as often as they like, so room is shared: by reason, and where the party is proven, by party
 * and reason. A share that is full loses its own oldest; where there is no room at all, the largest share loses its oldest.
 * What is rare outlives what is common. A party that is only claimed has no share of its own, or claims would be shares.
 */
import type { EpochSeconds } from "./time.ts";

/** No longer, however much room there is. */
export const KEPT_DAYS = 14;

export interface Refusal {
  readonly at: EpochSeconds;
  readonly correlationId: string;
  /** of a valid `traceparent`: the caller's choice */
  readonly traceId?: string;
  /** the path of the route, never what was asked for */
  readonly endpoint: string;
  readonly method: string;
  readonly status: number;
  /** a `Reason` as a rule; a plain string, since an older version may have written it */
  readonly reason: string;
  /** what the other side was told: an OAuth code, or that of our error page */
  readonly answer?: string;
  /** more about the reason: names of ours and numbers */
  readonly detail?: string;
  readonly party?: {
    readonly id: string;
    /** false: it signed as a participant, but the registry did not confirm that it is this one */
    readonly proven: boolean;
  };
}

export interface KeptRefusal extends Refusal {
  /** by arrival */
  readonly seq: number;
}

export interface Room {
  readonly total: number;
  readonly share: number;
}

/** By share, the oldest first. */
export type Shares<T extends Refusal> = Map<string, T[]>;

export const shareOf = ({ party, reason }: Refusal): string => `${party?.proven ? party.id : ""} ${reason}`;

/**
 * Puts one in.
 * @param shares is changed
 * @returns the share that lost its oldest for it
 */
export function putRefusal<T extends Refusal>(shares: Shares<T>, refusal: T, room: Room): string | undefined {
  const name = shareOf(refusal);
  const own = shares.get(name) ?? [];
  shares.set(name, own);
  own.push(refusal);
  const loser =
    own.length > room.share ? name : countRefusals(shares) > room.total ? largest(shares) : undefined;
  if (loser === undefined) return undefined;
  const rest = shares.get(loser)?.slice(1) ?? [];
  if (rest.length === 0) shares.delete(loser);
  else shares.set(loser, rest);
  return loser;
}

export function countRefusals(shares: Shares<Refusal>): number {
  let count = 0;
  for (const share of shares.values()) count += share.length;
  return count;
}

/** Of several that are as large, the one that begins the earliest. */
function largest(shares: Shares<Refusal>): string | undefined {
  let most: readonly [name: string, size: number, first: EpochSeconds] | undefined;
  for (const [name, share] of shares) {
    const [size, first] = [share.length, share[0]?.at ?? 0];
    if (most === undefined || size > most[1] || (size === most[1] && first < most[2]))
      most = [name, size, first];
  }
  return most?.[0];
}

/** All exact; undefined: any. */
export interface RefusalSearch {
  /** a correlation id, or the caller's trace id */
  readonly reference?: string | undefined;
  readonly reason?: string | undefined;
  /** proven or claimed */
  readonly party?: string | undefined;
  readonly endpoint?: string | undefined;
}

export const isSought = (refusal: Refusal, search: RefusalSearch): boolean =>
  isOneOf(search.reference, refusal.correlationId, refusal.traceId) &&
  isOneOf(search.reason, refusal.reason) &&
  isOneOf(search.party, refusal.party?.id) &&
  isOneOf(search.endpoint, refusal.endpoint);

const isOneOf = (sought: string | undefined, ...values: readonly (string | undefined)[]): boolean =>
  sought === undefined || values.includes(sought);
