/**
 * A human's browser at the sandbox: what people do at the demo and at the Identity Provider, in a profile of its own.
 * Owns that every page is looked at when it is first met: axe-core finds no fault, nothing is wider than a phone,
 * nothing is refused by a Content-Security-Policy; and a screenshot is left for people to look at.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import { TOTP } from "otpauth";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import type { Sandbox, User } from "../support/sandbox.ts";

const SHOTS = join(import.meta.dirname, "screenshots", "flows");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [360, 1000];

const seen = new Set<string>();

export class Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #sandbox: Sandbox;
  readonly #scripted: boolean;
  /** what the browser complained about */
  readonly refused: string[] = [];

  private constructor(context: BrowserContext, page: Page, sandbox: Sandbox, scripted: boolean) {
    this.#scripted = scripted;
    this.context = context;
    this.page = page;
    this.#sandbox = sandbox;
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.refused.push(message.text());
    });
  }

  static async begin(browser: Browser, sandbox: Sandbox, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(15_000);
    return new Visit(context, await context.newPage(), sandbox, options.javaScriptEnabled ?? true);
  }

  async end(): Promise<void> {
    await this.context.close();
    expect(this.refused).toEqual([]);
  }

  /** Looks at the page that should be there now. @param name of the screenshot */
  async look(name: string, title: string): Promise<void> {
    const heading = () => this.page.getByRole("heading", { level: 1 }).textContent();
    await expect
      .poll(heading, { timeout: 15_000, message: `${name} at ${this.page.url()}` })
      .toContain(title);
    if (seen.has(name) || !this.#scripted) return; // axe-core is a script
    seen.add(name);
    mkdirSync(SHOTS, { recursive: true });
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate<AxeResults>("axe.run()");
    const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    expect(faults, name).toEqual([]);
    for (const width of WIDTHS) {
      await this.page.setViewportSize({ width, height: 800 });
      const overflow = await this.page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(overflow, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0);
      await this.page.screenshot({ path: join(SHOTS, `${name}.${width}.png`), fullPage: true });
    }
  }

  press(name: string): Promise<void> {
    return this.page.getByRole("button", { name, exact: true }).click();
  }

  /** Two clicks at one place, whatever is there the second time. */
  async pressTwice(name: string, pauseMs: number): Promise<void> {
    const button = this.page.getByRole("button", { name, exact: true });
    await button.scrollIntoViewIfNeeded();
    const box = await button.boundingBox();
    if (box === null) throw new Error(`there is no button ${name}`);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await this.page.mouse.click(x, y);
    await this.page.waitForTimeout(pauseMs);
    await this.page.mouse.click(x, y);
  }

  /** At a demo Service Provider, with a level chosen, up to the Identity Provider's first page. */
  async startAt(sp: 0 | 1, level = "low"): Promise<void> {
    await this.page.goto(new URL(this.#sandbox.serviceProvider(sp).redirectUri).origin);
    await this.page.getByLabel("Level of assurance").selectOption(level);
    await this.press("Sign in with iSHARE");
    if (!this.#scripted) await this.press("Continue"); // on the page that hands over
  }

  async fillPassword({ username, password }: User): Promise<void> {
    await this.page.getByLabel("User name").fill(username);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
  }

  async giveCode(code: string): Promise<void> {
    await this.page.getByLabel("Six-digit code").fill(code);
    await this.press("Continue");
  }

  /** Says yes, if asked, and ends at the demo's page about the one who is signed in. */
  async arrive(name: string): Promise<void> {
    const allow = this.page.getByRole("button", { name: "Allow and continue", exact: true });
    await allow
      .or(this.page.getByRole("heading", { name: "is signed in" }))
      .first()
      .waitFor();
    if (await allow.isVisible()) await allow.click();
    await this.look("sp-signed-in", `${name} is signed in`);
    expect(await this.page.getByRole("listitem").filter({ hasText: "failed" }).count()).toBe(0);
  }

  /** What the demo's page says under a term. */
  async fact(term: string): Promise<string> {
    const value = this.page.locator(`dt:text-is("${term}") + dd`);
    return (await value.textContent()) ?? "";
  }

  /** Takes a hand-made request to the Identity Provider, as an SP's page would. */
  async ask(sp: 0 | 1, claims: Readonly<Record<string, unknown>>): Promise<void> {
    const form = await this.#sandbox.authorizationForm(this.#sandbox.serviceProvider(sp), claims);
    await this.post(`${this.#sandbox.description.idp.url}/connect/authorize`, form);
  }

  /** From a page of nobody's, so cross-site. */
  async post(action: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const inputs = Object.entries(fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    );
    await this.page.goto("about:blank");
    await this.page.setContent(
      `<form method="post" action="${action}">${inputs.join("")}<button>Post</button></form>`,
    );
    await this.press("Post");
  }
}

/** Of now; it works once. @param steps of 30 seconds from now: the next one is good already */
export const codeOf = (seed: string, steps: 0 | 1 = 0): string =>
  new TOTP({ secret: seed }).generate({ timestamp: Date.now() + steps * 30_000 });
