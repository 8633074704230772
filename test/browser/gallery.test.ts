/**
 * Looks at every page in every language, on a desk and on a phone: no accessibility fault that axe-core can find, nothing
 * wider than the screen, nothing that our own CSP refuses. Writes screenshots for people to look at.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LANGUAGES } from "../../src/pages/text.ts";
import { chromiumPath, startChromium } from "./chromium.ts";
import { GALLERY } from "./gallery.tsx";
import { CONSOLE_GALLERY } from "./gallery-console.tsx";
import { frameOf, ORIGIN, setStage } from "./stage.ts";

const SHOTS = join(import.meta.dirname, "screenshots", "gallery");
const WIDTHS = { desk: 1000, phone: 360, small: 320 } as const;
/** The console speaks English alone. */
const galleryOf = (language: string) => (language === "en" ? { ...GALLERY, ...CONSOLE_GALLERY } : GALLERY);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(chromiumPath === undefined)("every page (needs Chromium)", () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  describe.each(LANGUAGES)("%s", (language) => {
    let context: BrowserContext;
    let page: Page;
    const refused: string[] = [];
    beforeAll(async () => {
      const pages = Object.entries(galleryOf(language)).map(([name, draw]) => [
        `/${name}`,
        draw(frameOf(language)).toString(),
      ]);
      context = await browser.newContext({ reducedMotion: "reduce" });
      await setStage(context, new Map(pages as [string, string][]));
      page = await context.newPage();
      page.on("console", (message) => {
        if (message.type() === "error") refused.push(message.text());
      });
    });
    afterAll(() => context?.close());

    test.each(Object.keys(galleryOf(language)))("%s", async (name) => {
      refused.length = 0;
      // The page that posts itself would be gone: here it waits for its button.
      if (name === "form-post") await context.route(`${ORIGIN}/${name}`, withoutScript(language));
      await page.setViewportSize({ width: WIDTHS.desk, height: 800 });
      await page.goto(`${ORIGIN}/${name}`);
      expect(await page.getAttribute("html", "lang")).toBe(language);

      await page.evaluate("for (const it of document.querySelectorAll('details')) it.open = true");
      await page.evaluate(AXE);
      for (const [device, width] of Object.entries(WIDTHS)) {
        await page.setViewportSize({ width, height: 800 });
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        expect(overflow, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0);
        if (device === "small") continue;
        // The desk's layout does not depend on the words: one language stands for all.
        if (device === "phone" || language === "en") {
          const { violations } = await page.evaluate<AxeResults>("axe.run()");
          const found = violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
          );
          expect(found, device).toEqual([]);
        }
        await page.screenshot({ path: join(SHOTS, `${name}.${language}.${device}.png`), fullPage: true });
      }
      expect(refused).toEqual([]);
    });
  });
});

function withoutScript(language: (typeof LANGUAGES)[number]) {
  const html = GALLERY["form-post"]?.(frameOf(language))
    .toString()
    .replace(/<script.*<\/script>/s, "");
  return (route: { fulfill(answer: { contentType: string; body: string }): Promise<void> }) =>
    route.fulfill({ contentType: "text/html; charset=utf-8", body: `<!DOCTYPE html>${html}` });
}
