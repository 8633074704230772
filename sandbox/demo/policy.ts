/** The Content-Security-Policy of the demo's pages. */

/**
 * @param nonce of the one script that a page may have
 * @param posts where its forms may go beside this Service Provider; Chromium asks that of every redirect that follows
 */
export const policy = ({ nonce, posts = [] }: { nonce?: string; posts?: readonly string[] } = {}): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ["form-action 'self'", ...posts].join(" "),
    ...(nonce === undefined ? [] : [`script-src 'nonce-${nonce}'`]),
  ].join("; ");
