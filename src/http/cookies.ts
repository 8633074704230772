/**
 * Our cookies: names, attributes, reading. Over https they are `__Host-`, Secure, HttpOnly, SameSite=Lax; over http on
 * localhost, where browsers other than Chromium would drop them, they lose `__Host-` and `Secure`.
 */

export interface CookieRules {
  /** false only for http://localhost */
  readonly secure: boolean;
}

export type CookieName = "browser" | `arrival-${string}` | "known-browser" | "session" | "language";

const SECRET = /^[\w-]{43}$/; // 32 random bytes
const HANDLE = /^[\w-]{22,1500}$/; // a MAC at the least
const formOf = (name: CookieName): RegExp => {
  if (name === "language") return /^[a-z]{2}$/;
  return name === "known-browser" || name === "session" ? HANDLE : SECRET;
};

const fullName = (name: CookieName, { secure }: CookieRules): string => (secure ? `__Host-${name}` : name);

/** @param maxAge seconds; 0 deletes; undefined lasts as long as the browser runs */
export function buildCookie(name: CookieName, value: string, rules: CookieRules, maxAge?: number): string {
  const parts = [`${fullName(name, rules)}=${value}`, "Path=/", "HttpOnly", "SameSite=Lax"];
  if (rules.secure) parts.push("Secure");
  if (maxAge !== undefined) parts.push(`Max-Age=${maxAge}`);
  return parts.join("; ");
}

/** The value, or undefined when it is absent or has not the form of one of ours. */
export function readCookie(header: string | null, name: CookieName, rules: CookieRules): string | undefined {
  const wanted = fullName(name, rules);
  for (const pair of (header ?? "").split(";")) {
    const [key, ...rest] = pair.trim().split("=");
    const value = rest.join("=");
    if (key === wanted) return formOf(name).test(value) ? value : undefined;
  }
  return undefined;
}
