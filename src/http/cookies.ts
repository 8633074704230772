/**
 * Our cookies: names, attributes, reading. Over https they are `__Host-`, Secure, HttpOnly, SameSite=Lax; over http on
 * localhost, where browsers other than Chromium would drop them, they lose `__Host-` and `Secure`.
 */

export interface CookieRules {
  /** false only for http://localhost */
  readonly secure: boolean;
}

export type CookieName = "browser" | `arrival-${string}`;

const fullName = (name: CookieName, { secure }: CookieRules): string => (secure ? `__Host-${name}` : name);

/** @param maxAge seconds; 0 deletes; undefined lasts as long as the browser runs */
export function buildCookie(name: CookieName, value: string, rules: CookieRules, maxAge?: number): string {
  const parts = [`${fullName(name, rules)}=${value}`, "Path=/", "HttpOnly", "SameSite=Lax"];
  if (rules.secure) parts.push("Secure");
  if (maxAge !== undefined) parts.push(`Max-Age=${maxAge}`);
  return parts.join("; ");
}

/** The value, or undefined when it is absent or not one of ours (43 base64url characters: 32 random bytes). */
export function readCookie(header: string | null, name: CookieName, rules: CookieRules): string | undefined {
  const wanted = fullName(name, rules);
  for (const pair of (header ?? "").split(";")) {
    const [key, value = ""] = pair.trim().split("=", 2);
    if (key === wanted) return /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
  }
  return undefined;
}
