/** The system's Chromium, where there is one. Owns finding and starting it; says loudly when tests must do without. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"];

export const chromiumPath = PLACES.find((place) => place !== undefined && place !== "" && existsSync(place));

if (chromiumPath === undefined) {
  console.warn(
    "\n!! NO CHROMIUM FOUND: the browser tests are skipped. Install chromium, or set CHROMIUM to its path.\n",
  );
}

/** As any user, root too; it calls nobody by itself. */
export function startChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("no Chromium");
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
