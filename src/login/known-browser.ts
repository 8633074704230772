/**
 * Known browsers: a cookie of ours says to which accounts somebody signed in with this browser before, so that strangers
 * who guess at an account can't lock its owner out (threat: lock-out as denial of service). Owns what the cookie holds
 * and how long it holds; it opens nothing and proves nobody, it only gives the browser a counter of its own.
 */
import type { Deps } from "../deps.ts";
import { buildCookie, readCookie } from "../http/cookies.ts";
import { encodeBase64url } from "../protocol/encoding.ts";
import { isJsonObject } from "../protocol/json.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { openObject, sealObject } from "../store/handle.ts";

const KNOWN_SECONDS = 180 * 86_400;
const MAX_ACCOUNTS = 8; // people who share one machine; the one longest away makes room

type KnownDeps = Pick<Deps, "config" | "handles" | "now">;

export interface KnownBrowser {
  /** random; the same as long as the browser is known */
  readonly id: string;
  /** disguised account → until when it is known, latest sign-in first */
  readonly accounts: ReadonlyMap<string, EpochSeconds>;
}

export async function readKnownBrowser(request: Request, deps: KnownDeps): Promise<KnownBrowser> {
  const handle = readCookie(request.headers.get("cookie"), "known-browser", deps.config);
  const content = handle === undefined ? {} : await openObject(deps.handles, "known_browser", handle);
  const { id, accounts } = content ?? {};
  if (typeof id !== "string" || !isJsonObject(accounts)) return { id: newId(), accounts: new Map() };
  // The browser may keep a cookie for longer than it was told to; we do not.
  const known = Object.entries(accounts).filter(
    (entry): entry is [string, EpochSeconds] => typeof entry[1] === "number" && deps.now() < entry[1],
  );
  return { id, accounts: new Map(known) };
}

/** @returns the cookie that says it */
export async function rememberAccount(
  browser: KnownBrowser,
  account: string,
  { config, handles, now }: KnownDeps,
): Promise<string> {
  const others = [...browser.accounts].filter(([it]) => it !== account);
  const accounts = [[account, now() + KNOWN_SECONDS] as const, ...others].slice(0, MAX_ACCOUNTS);
  const handle = await sealObject(handles, "known_browser", {
    id: browser.id,
    accounts: Object.fromEntries(accounts),
  });
  return buildCookie("known-browser", handle, config, KNOWN_SECONDS);
}

const newId = (): string => encodeBase64url(crypto.getRandomValues(new Uint8Array(16)));
