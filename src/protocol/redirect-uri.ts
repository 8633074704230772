/**
 * `redirect_uri` (wire document §5): trusted because it is signed, never registered before. Owns the rules on its
 * form and the appending of response parameters; the string itself is never re-serialised.
 */
import { ok, type Result, refuse } from "./result.ts";

export interface RedirectRules {
  /** ALLOW_LOOPBACK_REDIRECTS: http to this machine, for development */
  readonly allowLoopback: boolean;
}

const RESERVED = ["code", "state", "error", "iss"];

export function checkRedirectUri(uri: string, rules: RedirectRules): Result<string> {
  // Printable ASCII without space, quotes, angle brackets, backslash, caret, backquote, braces or bar: what RFC 3986
  // allows. Browsers read `\` as `/` and drop tabs and newlines, so that another host would be reached than was checked.
  if (uri.length > 2000 || !/^[!#-;=?-[\]_a-z~]+$/.test(uri)) return refuse("redirect_uri_malformed");
  const parts = /^(https?):\/\/([^/?#]+)/i.exec(uri);
  if (parts === null) return refuse("redirect_uri_scheme");
  const [, scheme = "", authority = ""] = parts;
  if (uri.includes("#")) return refuse("redirect_uri_fragment");
  if (authority.includes("@")) return refuse("redirect_uri_userinfo");
  // The host as written: `http://2130706433` and `http://127.1` are read as 127.0.0.1 by some and not by others.
  const host = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.exec(authority.toLowerCase())?.[1];
  const url = URL.parse(uri);
  if (host === undefined || url === null || url.hostname !== host) return refuse("redirect_uri_malformed");
  if (scheme.toLowerCase() === "http") {
    if (!isLoopback(host)) return refuse("redirect_uri_scheme");
    if (!rules.allowLoopback) return refuse("redirect_uri_loopback");
  }
  // A response parameter already there would be read instead of ours (or beside it).
  for (const name of url.searchParams.keys()) {
    if (RESERVED.includes(name)) return refuse("redirect_uri_reserved_parameter", { parameter: name });
  }
  return ok(uri);
}

export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "127.0.0.1" ||
  hostname === "[::1]";

/** Appends response parameters to the URI exactly as it was given (RFC 6749 §4.1.2). */
export function appendParameters(uri: string, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters).toString();
  const hasQuery = uri.includes("?");
  const separator = !hasQuery ? "?" : uri.indexOf("?") === uri.length - 1 || uri.endsWith("&") ? "" : "&";
  return uri + separator + query;
}
