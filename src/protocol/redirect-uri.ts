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
  if (!/^https?:\/\/[^/?#]/i.test(uri)) return refuse("redirect_uri_scheme");
  if (uri.includes("#")) return refuse("redirect_uri_fragment");
  const url = URL.parse(uri);
  if (url === null || url.hostname === "") return refuse("redirect_uri_malformed");
  if (authority(uri).includes("@")) return refuse("redirect_uri_userinfo");
  if (url.protocol === "http:") {
    if (!isLoopback(url.hostname)) return refuse("redirect_uri_scheme");
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

const authority = (uri: string): string => /^https?:\/\/([^/?]*)/i.exec(uri)?.[1] ?? "";

/** Appends response parameters to the URI exactly as it was given (RFC 6749 §4.1.2). */
export function appendParameters(uri: string, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters).toString();
  const separator = !uri.includes("?") ? "?" : uri.endsWith("?") || uri.endsWith("&") ? "" : "&";
  return uri + separator + query;
}
