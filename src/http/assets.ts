/** The few files that pages load: scripts, and the pictures that the operator supplied. */

import type { Deps } from "../deps.ts";
import type { Image } from "../environment.ts";
import { SCRIPTS } from "../pages/scripts.ts";
import { cacheable } from "./headers.ts";
import { respondOAuthError } from "./respond.tsx";

/** A script of ours by its path. */
export const script = (path: string) => (): Response =>
  new Response(SCRIPTS[path], {
    headers: { "content-type": "text/javascript; charset=utf-8", ...cacheable(3600) },
  });

type AssetDeps = Pick<Deps, "config" | "log">;

export const ishareLogo = (_request: Request, deps: AssetDeps): Response =>
  picture(deps.config.logos.ishare, deps);
export const operatorLogo = (_request: Request, deps: AssetDeps): Response =>
  picture(deps.config.logos.operator, deps);

/** An SVG may hold script: as an image it does not run, and opened by itself the policy stops it. */
function picture(image: Image | undefined, deps: AssetDeps): Response {
  if (image === undefined) return respondOAuthError({ reason: "not_found" }, deps, "assets");
  const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
  return new Response(image.bytes, {
    headers: { "content-type": image.type, "content-security-policy": policy, ...cacheable(3600) },
  });
}
