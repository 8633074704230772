/** An administrator at work in a real browser: given the role by command, signs in with an app, and ends somebody's session. */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../support/running.ts";
import { Sandbox } from "../support/sandbox.ts";
import { chromiumPath, startChromium } from "./chromium.ts";
import { codeOf, Visit } from "./visit.ts";

describe.skipIf(chromiumPath === undefined)("the console (needs Chromium)", () => {
  let sandbox: Sandbox;
  let browser: Browser;
  beforeAll(async () => {
    [sandbox, browser] = await Promise.all([Sandbox.create(), startChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await sandbox?.remove();
  });

  test("from the role to a deactivation", async () => {
    const { totpSeed = "", ...bram } = sandbox.user("bram");
    const state = join(sandbox.folder, "state");
    const role = ["--username", "bram", "--role", "administrator"];
    const granted = await run(["directory", "grant-role", "--state", state, ...role]);
    expect(granted.code, granted.stderr).toBe(0);

    const anna = await Visit.begin(browser, sandbox);
    await anna.startAt(0);
    await anna.fillPassword(sandbox.user("anna"));
    await anna.press("Sign in");
    await anna.arrive("Anna de Vries");

    const admin = await Visit.begin(browser, sandbox);
    const { page } = admin;
    const { url } = sandbox.description.idp;
    await page.goto(`${url}/admin`);
    await admin.fillPassword(bram);
    await admin.press("Sign in");
    await admin.giveCode(codeOf(totpSeed));
    await admin.look("console-overview", "Overview");
    await page.getByRole("link", { name: "Parties" }).click();
    await admin.look("console-parties", "Parties");
    expect(await page.getByText("Kadelicht Harbour Desk").isVisible()).toBe(true);

    // Seconds after somebody was refused, it is found by what their answer says.
    const refused = await fetch(`${url}/connect/token`, {
      method: "POST",
      body: new URLSearchParams({ code: "x" }),
    });
    await page.getByRole("link", { name: "Refusals", exact: true }).click();
    await page.getByLabel("Reference").fill(refused.headers.get("x-correlation-id") ?? "");
    await admin.press("Search");
    const isFound = async () => {
      await page.reload();
      return page.getByText("A parameter is missing.").count();
    };
    await expect.poll(isFound, { timeout: 15_000, interval: 1000 }).toBe(1);
    await admin.look("console-refusals", "Refusals");

    await page.getByRole("link", { name: "Users" }).click();
    await admin.look("console-users", "Users");
    await page.getByLabel("Name, user name or e-mail address").fill("de vries");
    await admin.press("Search");
    await page.getByRole("link", { name: "Anna de Vries" }).click();
    await admin.look("console-user", "Anna de Vries");
    await page.getByLabel("Level that a factor will count for").selectOption("substantial");
    await admin.press("Make an enrolment code");
    await admin.look("console-code", "Enrolment code");
    await page.getByRole("link", { name: "Done" }).click();
    await admin.press("Deactivate");
    await page.getByRole("status").waitFor();
    expect(await page.getByRole("status").textContent()).toContain("The user is deactivated");

    await anna.page.goto(`${url}/account`);
    await anna.look("login-own", "Sign in");
    await anna.page.goto(`${url}/admin`);
    await anna.look("login-own", "Sign in");
    await anna.end();
    await admin.end();
  });
});
