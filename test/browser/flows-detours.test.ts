/**
 * What people do besides: go back, click twice, do without script. And services that send the browser on. None of it
 * does harm, and nobody is left without a way on.
 */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Sandbox } from "../support/sandbox.ts";
import { chromiumPath, startChromium } from "./chromium.ts";
import { type Elsewhere, startElsewhere } from "./elsewhere.ts";
import { codeOf, Visit } from "./visit.ts";

describe.skipIf(chromiumPath === undefined)("detours (needs Chromium)", () => {
  let sandbox: Sandbox;
  let browser: Browser;
  let visit: Visit;
  let elsewhere: Elsewhere;
  beforeAll(async () => {
    [sandbox, browser, elsewhere] = await Promise.all([Sandbox.create(), startChromium(), startElsewhere()]);
  });
  afterAll(async () => {
    await browser?.close();
    elsewhere?.close();
    await sandbox?.remove();
  });
  beforeEach(async () => {
    visit = await Visit.begin(browser, sandbox);
  });
  afterEach(() => visit.end());

  /** Every question is asked, whatever was answered before. */
  const ask = (more: Readonly<Record<string, unknown>> = {}) =>
    visit.ask(0, { redirect_uri: elsewhere.redirectUri, prompt: "login consent select_account", ...more });
  const answer = () => Object.fromEntries(elsewhere.answers.at(-1) ?? []);

  async function land() {
    await visit.look("sp-landed", "Landed");
    expect(answer()).toMatchObject({ state: "s", iss: sandbox.description.idp.partyId });
  }

  test.each([0, 40])("each button twice, %i ms apart", async (pause) => {
    await ask();
    await visit.fillPassword(sandbox.user("noor"));
    await visit.pressTwice("Sign in", pause);
    await visit.look("organisation", "For whom");
    await visit.pressTwice("Continue", pause);
    await visit.look("consent", "Share this");
    await visit.pressTwice("Allow and continue", pause);
    await land();
    expect(answer()).toHaveProperty("code");
  });

  test("back and on again, and back when it is over", async () => {
    await ask();
    await visit.fillPassword(sandbox.user("noor"));
    await visit.press("Sign in");
    await visit.look("organisation", "For whom");
    await visit.page.goBack(); // to the login page, which knows that this is done
    await visit.look("organisation", "For whom");
    await visit.press("Continue");
    await visit.look("consent", "Share this");
    await visit.page.goBack();
    await visit.look("consent", "Share this");
    await visit.press("Allow and continue");
    await land();
    expect(answer()).toHaveProperty("code");
    const given = elsewhere.answers.length;

    await visit.page.goBack();
    await visit.look("over", "already used");
    const back = visit.page.getByRole("link", { name: "Back to Kadelicht Harbour Desk" });
    expect(await back.getAttribute("href")).toBe(new URL(elsewhere.redirectUri).origin);
    await visit.context.addCookies([{ name: "language", value: "nl", url: sandbox.description.idp.url }]);
    await visit.page.reload();
    expect(await visit.page.getAttribute("html", "lang")).toBe("nl");
    expect(elsewhere.answers).toHaveLength(given);
  });

  test("a service that sends the browser on to another origin is reached, however the answer travels", async () => {
    for (const response_mode of ["query", "form_post"]) {
      await ask({ response_mode, prompt: "login consent" });
      await visit.fillPassword(sandbox.user("anna"));
      await visit.press("Sign in");
      await visit.press("Allow and continue");
      await land();
      expect(answer()).toHaveProperty("code");
      await ask({ response_mode, prompt: "login" }); // straight from the form with the password
      await visit.fillPassword(sandbox.user("anna"));
      await visit.press("Sign in");
      await land();
      await ask({ response_mode, prompt: "consent" });
      await visit.press("Do not allow");
      await land();
      expect(answer()).toHaveProperty("error", "access_denied");
    }
  });

  test("the way a client of its own signs out, by a page of its own", async () => {
    const { url } = sandbox.description.idp;
    await visit.page.goto(`${url}/account`);
    await visit.fillPassword(sandbox.user("anna"));
    await visit.press("Sign in");
    await visit.look("account", "Your account");
    await visit.post(`${url}/connect/endsession`, { post_logout_redirect_uri: elsewhere.landing });
    await visit.look("logout", "Sign out?"); // without a hint somebody may be playing a prank
    await visit.press("Stay signed in");
    await visit.look("account", "Your account");
    await visit.post(`${url}/connect/endsession`, { post_logout_redirect_uri: elsewhere.landing });
    await visit.press("Sign out");
    await visit.look("signed-out", "You are signed out");
  });

  test("without script, all but passkeys", async () => {
    await visit.end();
    visit = await Visit.begin(browser, sandbox, { javaScriptEnabled: false });
    const { totpSeed = "", ...bram } = sandbox.user("bram");
    await visit.startAt(0, "substantial");
    expect(await visit.page.getByRole("button").allTextContents()).toEqual(["Sign in"]);
    await visit.fillPassword(bram);
    await visit.press("Sign in");
    await visit.giveCode(codeOf(totpSeed));
    await visit.press("Allow and continue");
    await visit.arrive("Bram Jansen");
    expect(await visit.fact("Level of assurance")).toMatch(/^substantial/);
    await visit.press("Sign out at the Identity Provider");
    await visit.look("sp-signed-out", "You are signed out");

    await ask({ response_mode: "form_post" });
    await visit.fillPassword(sandbox.user("noor"));
    await visit.press("Sign in");
    await visit.page.getByLabel("Tulpenveld").check();
    await visit.press("Continue");
    await visit.press("Allow and continue");
    await visit.look("form-post", "Going back to the service");
    await visit.press("Continue");
    await land();
    expect(answer()).toHaveProperty("code");

    await visit.page.goto(`${sandbox.description.idp.url}/account/totp`);
    const key = (await visit.page.locator(".key").textContent()) ?? "";
    await visit.page.getByLabel("Six-digit code").fill(codeOf(key.replaceAll(/\s/g, "")));
    await visit.press("Add the app");
    await visit.look("account-recovery-codes", "Keep your recovery codes");
    await visit.page.getByRole("link", { name: "I have kept them" }).click();
    await visit.look("account-factors-totp", "Ways to sign in");
  });
});
