/**
 * The registry as the endpoints see it: is this path anchored, is this party sound, what is this organisation's id?
 * Composes client, answer, cache and dialect; owns no rule of its own but when to ask a second time.
 */

import type { PathCache } from "../jwt/path-cache.ts";
import { algorithmsOf, type FrameworkVersion } from "../protocol/framework.ts";
import { type PartyId, parsePartyId } from "../protocol/party-id.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Certificate } from "../trust/certificate.ts";
import { type Anchors, checkPath, type VerifiedChain, type VerifiedPath } from "../trust/chain.ts";
import { type RegistryPin, verifyAnswer } from "./answer.ts";
import type { AnswerCache, Entry, Wanted } from "./cache.ts";
import type { RegistryClient } from "./client.ts";
import { dialectOf } from "./dialect.ts";
import { checkParty, condense, type Party } from "./party.ts";
import type { RevocationCheck } from "./revocation.ts";

/** Answers of the registry that are held, old ones too as long as they are usable. */
export interface AtHand {
  /** undefined: none */
  readonly trustedList: Anchors | undefined;
  /** those wanted within a day, the latest first */
  readonly parties: readonly {
    readonly id: PartyId;
    readonly wantedAt: EpochSeconds;
    /** undefined: none that is usable */
    readonly party: Party | undefined;
  }[];
}

/** Some of the parties: a page of those whose identifier or name holds this. */
export interface Which {
  readonly search?: string | undefined;
  readonly offset?: number;
  readonly limit: number;
}

export interface Registry {
  /** Does the path hold now, reach a CA on the trusted list, and is nothing below that one revoked? */
  anchor(path: VerifiedPath): Promise<Result<VerifiedChain>>;
  /** The active party behind a leaf. Call only when chain and signature hold: strangers can't drive look-ups. */
  party(id: PartyId, leaf: Certificate): Promise<Result<Party>>;
  /** A party as it stands, for its id and name alone. */
  describe(id: PartyId): Promise<Result<Party>>;
  /** Can parties be checked now? Asks the registry only when the list at hand is past its time. */
  standing(): Promise<"fresh" | "stale" | "unavailable">;
  /** What is at hand, for people to look at: asks nobody. */
  atHand(which: Which): Promise<AtHand>;
  /** Makes what was wanted lately fresh, before anybody waits for it. */
  refresh(): Promise<void>;
}

export interface RegistryOptions {
  readonly client: RegistryClient;
  readonly cache: AnswerCache;
  readonly pin: RegistryPin;
  readonly audience: readonly string[];
  readonly frameworkVersion: FrameworkVersion;
  readonly skew: number;
  readonly paths: PathCache;
  /** of every chain that reached an anchor, the registry's own included */
  readonly checkRevocation: RevocationCheck;
  readonly now: () => EpochSeconds;
}

export function createRegistry(options: RegistryOptions): Registry {
  const { client, cache, checkRevocation, now } = options;
  const dialect = dialectOf(options.frameworkVersion);
  const prefix = `${options.frameworkVersion}:${options.pin.partyId}`;

  const verify = (token: string, arrived: boolean) =>
    verifyAnswer(token, {
      pin: options.pin,
      audience: options.audience,
      algorithms: algorithmsOf(options.frameworkVersion),
      skew: options.skew,
      now: now(),
      paths: options.paths,
      checkLife: arrived,
      checkRevocation,
    });

  const trustedList: Entry<Anchors> = {
    key: `${prefix}:trusted_list`,
    fetch: async () => {
      const fetched = await client.trustedList();
      return fetched.ok && fetched.value.kind === "unknown"
        ? refuse("registry_answer_malformed", { member: "trusted_list_token" })
        : fetched;
    },
    verify,
    read: ({ payload }) => dialect.readTrustedList(payload),
  };
  const partyEntry = (id: PartyId): Entry<Party> => ({
    key: `${prefix}:party:${id}`,
    fetch: () => client.party(id),
    verify,
    read: async ({ payload }) => {
      const party = dialect.readParty(payload, id);
      return party.ok ? ok(await condense(party.value)) : party;
    },
    nameOf: ({ name }) => name,
  });

  /** Checks the current answer; where it does not fit, a newer one may. */
  async function checkAgain<T, R>(entry: Entry<T>, check: (value: T) => Result<R>): Promise<Result<R>> {
    const current = await cache.get(entry);
    if (!current.ok) return current;
    const checked = check(current.value.value);
    if (checked.ok || current.value.justAsked || !WORTH_ASKING.includes(checked.failure.reason))
      return checked;
    const newer = await cache.provoke(entry);
    return newer?.ok ? check(newer.value) : checked;
  }

  async function findAnchor(path: VerifiedPath): Promise<Result<VerifiedChain>> {
    const onNothing = checkPath(path, NO_ANCHORS, now());
    // What the list can't mend needs no list: certificates that are not valid now.
    if (!onNothing.ok && onNothing.failure.reason !== "chain_not_anchored") return onNothing;
    // Anybody can make a chain that is not on the list: it has one try a minute to find a newer list, and no other.
    const list = await cache.held(trustedList);
    if (list === undefined) return checkAgain(trustedList, (anchors) => checkPath(path, anchors, now()));
    const onHeld = checkPath(path, list, now());
    if (onHeld.ok) return checkAgain(trustedList, (anchors) => checkPath(path, anchors, now()));
    const newer = await cache.provoke(trustedList);
    return newer?.ok ? checkPath(path, newer.value, now()) : onHeld;
  }

  const parties = `${prefix}:party:`;
  /** The latest first. */
  const latestParties = (wanted: readonly Wanted[], { search = "", offset = 0, limit }: Which) =>
    wanted
      .filter(({ key }) => key.startsWith(parties))
      .filter(({ key, name }) =>
        `${key.slice(parties.length)} ${name}`.toLowerCase().includes(search.toLowerCase()),
      )
      .toSorted((one, other) => other.wantedAt - one.wantedAt)
      .slice(offset, offset + limit)
      .flatMap(({ key, wantedAt }) => {
        const id = parsePartyId(key.slice(parties.length));
        return id === undefined ? [] : [{ id, wantedAt }];
      });

  /** The list first: without it no party is of use. */
  async function refresh(): Promise<void> {
    const wanted = await cache.wanted(`${prefix}:`);
    const list = wanted.find(({ key }) => key === trustedList.key);
    if (list !== undefined) await cache.refresh(trustedList, list.wantedAt);
    for (const { id, wantedAt } of latestParties(wanted, { limit: REFRESHED_AT_ONCE }))
      await cache.refresh(partyEntry(id), wantedAt);
  }

  async function atHand(which: Which): Promise<AtHand> {
    const latest = latestParties(await cache.wanted(parties), which);
    const held = latest.map(async (it) => ({ ...it, party: await cache.held(partyEntry(it.id)) }));
    return { trustedList: await cache.held(trustedList), parties: await Promise.all(held) };
  }

  return {
    refresh,
    atHand,
    standing: async () => {
      const list = await cache.get(trustedList);
      if (!list.ok) return "unavailable";
      return list.value.isStale ? "stale" : "fresh";
    },
    anchor: async (path) => {
      const chain = await findAnchor(path);
      return chain.ok ? checkRevocation(chain.value) : chain;
    },
    party: (id, leaf) => checkAgain(partyEntry(id), (party) => checkParty(party, leaf, now())),
    describe: async (id) => {
      const current = await cache.get(partyEntry(id));
      return current.ok ? ok(current.value.value) : current;
    },
  };
}

/** The platform counts calls per run: the parties wanted last come first. */
const REFRESHED_AT_ONCE = 40;
const NO_ANCHORS: Anchors = { granted: new Set(), withdrawn: new Set() };
/** A new CA on the list, or a new certificate of a party, that our copy does not show yet. */
const WORTH_ASKING: readonly string[] = [
  "chain_not_anchored",
  "chain_ca_withdrawn",
  "party_certificate_unknown",
];
