/**
 * Who may try to sign in now? Asked before anything is looked up or hashed. Owns whose counters a try is taken from, and
 * in which order; the rule is `protocol/throttle`'s. Counters go by disguised names, so that neither an object's name
 * nor a log line says who somebody is or where they are.
 *
 * First the address prefix: one that is over its limit must not go on to lock accounts. Then the account, whether it
 * exists or not; or, for a browser that signed in to it before, that browser's own counter at that account.
 */
import type { Deps } from "../deps.ts";
import { usernameKey } from "../directory/human.ts";
import { addressPrefix } from "../protocol/address-prefix.ts";
import { ok, type Result, refuse } from "../protocol/result.ts";
import { type KnownBrowser, readKnownBrowser, rememberAccount } from "./known-browser.ts";

const WINDOW_SECONDS = 900;
const LOCK_SECONDS = 900;
const SHIELD_SECONDS = 60; // the longest period that the platform's limiter knows

type ThrottleDeps = Pick<Deps, "config" | "loginCounters" | "loginShield" | "handles" | "now">;

/** An admitted try. It counts as failed unless it is given back. */
export interface Ticket {
  /** It was no failure: each counter gets this one try back. They start over only with a sign-in. */
  giveBack(): Promise<void>;
}

/**
 * Somebody is signed in, with all the factors that were wanted: the account's counters start over. Not after a first
 * factor while a second is wanted: whoever has the password could then guess at the second for ever.
 * @returns a cookie: this browser is known from now on
 */
export async function rememberSignIn(
  request: Request,
  username: string,
  deps: ThrottleDeps,
): Promise<string> {
  const { loginCounters } = deps;
  const account = await accountOf(username, deps);
  const browser = await readKnownBrowser(request, deps);
  await loginCounters.reset(account);
  if (await knows(browser, account, username, deps))
    await loginCounters.reset(await browserCounter(browser.id, account, deps));
  return rememberAccount(browser, account, deps);
}

const browserCounter = (id: string, account: string, { handles }: Pick<Deps, "handles">): Promise<string> =>
  handles.disguise(`browser ${id} ${account}`);

/** Disguised: a name is personal, and the counters' names are not to be tried out. */
const accountOf = async (username: string, { handles }: Pick<Deps, "handles">): Promise<string> =>
  (await handles.disguise(`account ${usernameKey(username)}`)).slice(0, 32);

/** A browser that came to know the account under another DATA_KEY keeps knowing it. */
async function knows(
  browser: KnownBrowser,
  account: string,
  username: string,
  { handles }: Pick<Deps, "handles">,
): Promise<boolean> {
  if (browser.accounts.has(account)) return true;
  const others = await handles.otherDisguises(`account ${usernameKey(username)}`);
  return others.some((it) => browser.accounts.has(it.slice(0, 32)));
}

/** @param username as typed: the spellings that are one name share one counter */
export async function admitLogin(
  request: Request,
  username: string,
  deps: ThrottleDeps,
): Promise<Result<Ticket>> {
  const { config, loginCounters: counters, loginShield, handles } = deps;
  const now = deps.now();

  // Cloudflare sets this header itself, whatever a client sends.
  const prefix = addressPrefix(request.headers.get("cf-connecting-ip"));
  const address = await handles.disguise(`address ${prefix}`);
  const throttled = (retryAfter: number) =>
    refuse("address_throttled", { address: address.slice(0, 16), retryAfter });
  if (!(await loginShield(address))) return throttled(SHIELD_SECONDS);
  const addressRule = {
    limit: config.loginMaxFailuresAddress,
    windowSeconds: WINDOW_SECONDS,
    lockSeconds: 0,
  };
  const here = await counters.admit(address, addressRule, now);
  if (!here.admitted) return throttled(here.retryAfter);

  const account = await accountOf(username, deps);
  const browser = await readKnownBrowser(request, deps);
  const isKnown = await knows(browser, account, username, deps);
  const counter = isKnown ? await browserCounter(browser.id, account, deps) : account;
  const accountRule = {
    limit: config.loginMaxFailures,
    windowSeconds: WINDOW_SECONDS,
    lockSeconds: LOCK_SECONDS,
  };
  const there = await counters.admit(counter, accountRule, now);
  if (!there.admitted) {
    const data = { account: account.slice(0, 16), known: isKnown, retryAfter: there.retryAfter };
    return refuse("account_locked", data);
  }

  return ok({
    giveBack: async () => {
      await Promise.all([counters.giveBack(counter, now), counters.giveBack(address, now)]);
    },
  });
}
