/**
 * Which language a page speaks: the human's choice in this sign-in, then the SP's `language` and `ui_locales`, then the
 * cookie of an earlier choice, then the browser's wish. Owns the order and the cookie.
 */
import { buildCookie, type CookieRules, readCookie } from "../http/cookies.ts";
import { parseAcceptLanguage } from "../pages/accept-language.ts";
import { chooseLanguage, isLanguage, type Language } from "../pages/text.ts";
import type { GrantRecord } from "../protocol/grant.ts";

const YEAR_SECONDS = 365 * 86_400;

export function languageOf(request: Request, rules: CookieRules, grant?: GrantRecord): Language {
  const cookie = readCookie(request.headers.get("cookie"), "language", rules);
  return chooseLanguage([
    ...(chosenNow(request) ?? []),
    ...(grant?.language === undefined ? [] : [grant.language]),
    ...(grant?.request.languages ?? []),
    ...(cookie === undefined ? [] : [cookie]),
    ...parseAcceptLanguage(request.headers.get("accept-language")),
  ]);
}

/** What the language links of a page say. */
export function chosenNow(request: Request): readonly [Language] | undefined {
  const lang = new URL(request.url).searchParams.get("lang");
  return lang !== null && isLanguage(lang) ? [lang] : undefined;
}

export const languageCookie = (language: Language, rules: CookieRules): string =>
  buildCookie("language", language, rules, YEAR_SECONDS);

/** Path and query of this page, for its language links. */
export function hereOf(request: Request): string {
  const url = new URL(request.url);
  url.searchParams.delete("lang");
  return url.pathname + url.search;
}
