/**
 * Rolling keys: which secrets one set of key and chain is kept in, and what has to change to put a set in its slot or to
 * take one away. Pure. Owns the names of the parts: parts of a longer chain that was there before would end the new one,
 * and a `NEXT_FROM` of the last roll is over, so each goes with its set. docs/keys.md has the order of the steps.
 */
import { SET_NAMES, type SetName } from "../../src/jwt/key-sets.ts";
import { parseTimestamp } from "../../src/protocol/time.ts";
import { BadInput } from "../directory/input.ts";
import { type Finding, warning } from "../doctor/finding.ts";
import type { Flags } from "./answers.ts";
import { split } from "./environment.ts";
import type { Identity } from "./identity.ts";
import type { Step } from "./step.ts";
import type { Cloudflare } from "./wrangler.ts";

export interface Roll {
  /** where the given set goes; undefined: none is given */
  readonly slot: SetName | undefined;
  readonly drop: readonly SetName[];
  /** NEXT_FROM or PREVIOUS_UNTIL, of the slot that has one */
  readonly time: string | undefined;
}

/** value, or null to take it away */
export type Changes = Readonly<Record<string, string | null>>;

const PREFIX: Readonly<Record<SetName, string>> = { current: "", next: "NEXT_", previous: "PREVIOUS_" };
const TIME: Readonly<Record<SetName, string | undefined>> = {
  ...{ current: undefined, next: "NEXT_FROM", previous: "PREVIOUS_UNTIL" },
};
/** What a roll takes; any other flag is about settings, which it leaves alone. */
const FLAGS: ReadonlySet<string> = new Set([
  ...["environment", "config", "dry-run", "yes", "skip-registry-checks", "signer-token-file"],
  ...["p12", "password-stdin", "key", "chain", "as", "from", "until", "drop"],
]);

/** @returns undefined: an ordinary run @throws BadInput */
export function readRoll(flags: Flags): Roll | undefined {
  const { as: slot, drop = [], from, until } = flags;
  if (from !== undefined && slot !== "next") throw new BadInput("--from goes with --as next.");
  if (until !== undefined && slot !== "previous") throw new BadInput("--until goes with --as previous.");
  if (slot === undefined && drop.length === 0) return undefined;
  if (slot !== undefined && !isSlot(slot)) throw new BadInput("--as must be next, current or previous.");
  if (!drop.every(isSlot) || drop.includes("current"))
    throw new BadInput("--drop must be next or previous: without current keys every path answers 503.");
  if (slot !== undefined && drop.includes(slot)) throw new BadInput(`--as and --drop both say ${slot}.`);
  const isGiven = flags.p12 !== undefined || flags.key !== undefined || flags.chain !== undefined;
  if (isGiven !== (slot !== undefined))
    throw new BadInput(isGiven ? "--as is missing." : "--p12 is missing, or --key and --chain.");
  const foreign = Object.entries(flags).find(
    ([flag, value]) => !FLAGS.has(flag) && value !== undefined && value !== false,
  );
  if (foreign !== undefined)
    throw new BadInput(
      `--${foreign[0]} has no place beside --as and --drop: they change keys and nothing else.`,
    );
  const [flag, time] = from === undefined ? ["--until", until] : ["--from", from];
  if (time !== undefined && parseTimestamp(time) === undefined)
    throw new BadInput(`${flag} must be a time such as 2026-12-01T03:00:00Z.`);
  return { slot, drop, time };
}

const isSlot = (text: string): text is SetName => SET_NAMES.some((name) => name === text);

/** All of a set in its slot, and whatever else was there gone. @param present names of secrets */
export function put(slot: SetName, { key, chain }: Identity, present: ReadonlySet<string>): Changes {
  const set = {
    ...(key === undefined ? {} : { [`${PREFIX[slot]}SIGNING_KEY`]: key }),
    ...split(`${PREFIX[slot]}CERTIFICATE_CHAIN`, chain),
  };
  return { ...set, ...clear(slot, new Set([...present].filter((name) => !(name in set)))) };
}

function clear(slot: SetName, present: ReadonlySet<string>): Changes {
  const parts = new RegExp(`^${PREFIX[slot]}(SIGNING_KEY|CERTIFICATE_CHAIN(_\\d+)?)$`);
  return Object.fromEntries(
    [...present].filter((name) => parts.test(name) || name === TIME[slot]).map((name) => [name, null]),
  );
}

export function changesOf(
  { slot, drop, time }: Roll,
  identity: Identity | undefined,
  present: ReadonlySet<string>,
): Changes {
  const timed = slot === undefined ? undefined : TIME[slot];
  return {
    ...Object.assign({}, ...drop.map((it) => clear(it, present))),
    ...(slot === undefined || identity === undefined ? {} : put(slot, identity, present)),
    ...(timed === undefined || time === undefined ? {} : { [timed]: time }),
  };
}

/**
 * In one request: a key beside another's chain for a moment, and every path answers 503.
 * @param present names of secrets; undefined: nobody could look @throws BadInput when something stands in the way
 */
export function planRoll(
  roll: Roll,
  identity: Identity | undefined,
  {
    environment,
    variables,
    present,
  }: {
    readonly environment: string;
    readonly variables: Readonly<Record<string, string>>;
    readonly present: ReadonlySet<string> | undefined;
  },
  cloudflare: Pick<Cloudflare, "putSecrets">,
): readonly Step[] {
  if (present?.size === 0)
    throw new BadInput(`There is no Worker of ${environment} with keys yet: run setup without --as first.`);
  if (roll.slot === "current" && identity?.key === undefined && present !== undefined) {
    const missing = ["SIGNER_TOKEN", "DATA_KEY"].filter((name) => !present.has(name));
    if (missing.length > 0)
      throw new BadInput(
        `The Worker lacks ${missing.join(" and ")}, without which nothing answers once its key is elsewhere: run setup without --as first, and deploy.`,
      );
  }
  const changes = changesOf(roll, identity, present ?? new Set());
  const times = [roll.slot, ...roll.drop].flatMap((slot) => (slot && TIME[slot]) ?? []);
  const misplaced = [...new Set([...Object.keys(changes), ...times])].filter(
    (name) => variables[name] !== undefined,
  );
  if (misplaced.length > 0)
    throw new BadInput(
      `wrangler.toml has ${misplaced.join(", ")} among its vars: take it out and deploy first, it is kept as a secret.`,
    );
  const names = (isKept: boolean) =>
    Object.entries(changes).flatMap(([name, value]) => ((value !== null) === isKept ? [name] : []));
  const [set, away] = [names(true), names(false)];
  if (set.length + away.length === 0) return [{ says: `nothing of ${roll.drop.join(" and ")} keys` }];
  const says = [
    ...(set.length > 0 ? [`set the secrets ${set.join(", ")} (by standard input)`] : []),
    ...(away.length > 0 ? [`take away ${away.join(", ")}`] : []),
  ].join(", and ");
  return [{ says, run: async () => void (await cloudflare.putSecrets(changes, environment)) }];
}

/**
 * What the operator may not have thought of, for values of secrets nobody can read back.
 * @param isKeyless a chain is given and no key
 */
export function notesOn(
  { slot, drop }: Roll,
  present: ReadonlySet<string> | undefined,
  isKeyless = false,
): readonly Finding[] {
  const has = (name: SetName): boolean =>
    present?.has(`${PREFIX[name]}CERTIFICATE_CHAIN`) === true && !drop.includes(name);
  const notes: Finding[] = [];
  if (slot === "current" && isKeyless && present?.has("SIGNING_KEY"))
    notes.push(
      warning(
        "SIGNER_URL",
        "the Worker's own key will be gone: one that was deployed without SIGNER_URL answers nothing then.",
        "Has it been deployed since? The doctor tells.",
      ),
    );
  if (slot === "next" && has("next"))
    notes.push(
      warning(
        "next keys",
        "those that are there are replaced.",
        "If they sign by now, put them in as current first.",
      ),
    );
  if (slot === "current" && !has("previous"))
    notes.push(
      warning(
        "previous keys",
        "the key that is there now will be gone, and requests encrypted to it can't be read.",
        "To keep it, put it there first: --as previous, with its files. Not if it was stolen.",
      ),
    );
  if (slot === "current" && has("next"))
    notes.push(
      warning("next keys", "they stay beside the new ones.", "Are they the same ones? Then add --drop next."),
    );
  if (slot === "current" && present !== undefined && !present.has("DATA_KEY"))
    notes.push(
      warning(
        "DATA_KEY",
        "it is derived from SIGNING_KEY: what it protects is read only while the old key is there as previous.",
        "See docs/keys.md.",
      ),
    );
  if (slot !== "current" && drop.includes("next"))
    notes.push(
      warning("current keys", "they sign again, if the next ones do by now.", "Are they valid still?"),
    );
  return notes;
}
