/**
 * Pages without a server: HTML by path, answered inside the browser, under the headers that the Worker sends. Owns the
 * made-up origin; nothing leaves the browser.
 */
import type { BrowserContext } from "playwright-core";
import { pagePolicy } from "../../src/http/headers.ts";
import type { Frame } from "../../src/pages/layout.tsx";
import { PATHS } from "../../src/pages/paths.ts";
import { SCRIPTS } from "../../src/pages/scripts.ts";

export const ORIGIN = "http://localhost:8799";
export const NONCE = "c3RhZ2Utbm9uY2U";

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40" width="120" height="40"><rect width="120" height="40" rx="6" fill="#0b6"/></svg>`;

export const frameOf = (language: Frame["language"], more: Partial<Frame> = {}): Frame => ({
  language,
  nonce: NONCE,
  idpName: "Noordzee Identiteit B.V.",
  here: "/somewhere?returnUrl=%2Fconnect%2Fauthorize%2Fcallback%3FauthzId%3Dx&lang=en",
  ...more,
});

/** What was posted where, in order. */
export type Posts = { readonly path: string; readonly fields: Readonly<Record<string, string>> }[];

/** @param pages HTML documents by path */
export async function setStage(context: BrowserContext, pages: ReadonlyMap<string, string>): Promise<Posts> {
  const posts: Posts = [];
  await context.route("**/*", (route) => {
    const request = route.request();
    const { origin, pathname } = new URL(request.url());
    if (origin !== ORIGIN) return route.abort();
    if (request.method() === "POST") {
      posts.push({
        path: pathname,
        fields: Object.fromEntries(new URLSearchParams(request.postData() ?? "")),
      });
      return route.fulfill({ contentType: "text/html", body: "<!DOCTYPE html><title>posted</title>" });
    }
    const script = SCRIPTS[pathname];
    if (script !== undefined) return route.fulfill({ contentType: "text/javascript", body: script });
    if (pathname === PATHS.logo || pathname === PATHS.ishareLogo) {
      return route.fulfill({ contentType: "image/svg+xml", body: LOGO });
    }
    const html = pages.get(pathname);
    if (html === undefined) return route.fulfill({ status: 404, body: "" });
    return route.fulfill({
      contentType: "text/html; charset=utf-8",
      headers: { "content-security-policy": pagePolicy(NONCE, false) },
      body: `<!DOCTYPE html>${html}`,
    });
  });
  return posts;
}
