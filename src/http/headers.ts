/**
 * Security and caching headers of every answer. Owns the defaults; an answer that sets one of them itself keeps its own.
 */

export interface HeaderRules {
  readonly secure: boolean;
}

/** Adds what every answer carries (threat: sniffing, framing, referrer and cache leaks). @returns the same answer, as a rule */
export function addCommonHeaders(answer: Response, rules: HeaderRules, correlationId?: string): Response {
  const response = isOpen(answer) ? answer : new Response(answer.body, answer);
  const { headers } = response;
  const byDefault = (name: string, value: string): void => {
    if (!headers.has(name)) headers.set(name, value);
  };
  byDefault("x-content-type-options", "nosniff");
  byDefault("x-frame-options", "DENY");
  byDefault("referrer-policy", "no-referrer");
  byDefault("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  byDefault("cross-origin-opener-policy", "same-origin");
  byDefault("permissions-policy", "camera=(), geolocation=(), microphone=()");
  if (rules.secure) byDefault("strict-transport-security", "max-age=63072000; includeSubDomains");
  if (!headers.has("cache-control")) {
    headers.set("cache-control", "no-store");
    headers.set("pragma", "no-cache");
  }
  if (correlationId !== undefined) byDefault("x-correlation-id", correlationId);
  return response;
}

/** A redirect made by the platform can't be written to, and only trying tells. */
function isOpen({ headers }: Response): boolean {
  try {
    headers.delete("x-correlation-id");
    return true;
  } catch {
    return false;
  }
}

/** Something that may be kept for `seconds`. */
export const cacheable = (seconds: number): Record<string, string> => ({
  "cache-control": `public, max-age=${seconds}`,
});

/**
 * CSP of a page. `form-action` governs every hop of the redirects that follow a form (Chromium), so a page whose form
 * can end at an SP must allow wherever the SP sends the human on to: any https, and this machine in development.
 */
export function pagePolicy(nonce: string, allowLoopback: boolean): string {
  const loopback = allowLoopback ? " http://localhost:* http://*.localhost:* http://127.0.0.1:*" : "";
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self'",
    `form-action 'self' https:${loopback}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}
