/** Where pages post to and link to. One table, so that pages and routes cannot drift apart. */
import type { Way } from "./text.ts";

export const PATHS = {
  login: "/login",
  selectAccount: "/login/account",
  totp: "/login/totp",
  recovery: "/login/recovery",
  passkey: "/login/passkey",
  forcedPassword: "/login/new-password",
  organisation: "/organisation",
  consent: "/consent",
  endSession: "/connect/endsession",
  reset: "/reset",
  account: "/account",
  accountOrganisation: "/account/organisation",
  factors: "/account/factors",
  changePassword: "/account/password",
  enrolTotp: "/account/totp",
  removeTotp: "/account/totp/remove",
  renewRecovery: "/account/recovery",
  enrolPasskey: "/account/passkey",
  renamePasskey: "/account/passkey/rename",
  removePasskey: "/account/passkey/remove",
  sessions: "/account/sessions",
  endSessions: "/account/sessions/end",
  consents: "/account/consents",
  withdrawConsent: "/account/consents/withdraw",
  logo: "/assets/logo",
  ishareLogo: "/assets/ishare-logo",
  passkeyScript: "/assets/passkey.js",
  sendOnceScript: "/assets/send-once.js",
  postItselfScript: "/assets/post-itself.js",
} as const;

const WAYS = {
  password: PATHS.login,
  totp: PATHS.totp,
  recovery: PATHS.recovery,
  passkey: PATHS.passkey,
} as const satisfies Record<Way, string>;

/** The page of one way to sign in, for the sign-in that is going on. */
export const wayHref = (way: Way, returnUrl: string): string =>
  `${WAYS[way]}?returnUrl=${encodeURIComponent(returnUrl)}`;

/**
 * The same page in another language. Stays on our own origin whatever `here` holds.
 * @param here path and query
 */
export function languageHref(here: string, language: string): string {
  const end = here.indexOf("?");
  const path = end === -1 ? here : here.slice(0, end);
  const query = new URLSearchParams(end === -1 ? "" : here.slice(end));
  query.set("lang", language);
  // Open redirect: two slashes, or backslashes, would lead to another host.
  return `/${path.replace(/^[/\\]+/, "")}?${query}`;
}
