/** An administrator at work in a real browser: given the role by command, signs in with an app, and ends somebody's session. */
import { join } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
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
    const state = join(sandbox.folder, "state");
    const role = ["--username", "bram", "--role", "administrator"];
    const granted = await run(["directory", "grant-role", "--state", state, ...role]);
    expect(granted.code, granted.stderr).toBe(0);
  });
  afterAll(async () => {
    await browser?.close();
    await sandbox?.remove();
  });

  /** At the console's first page. @param steps of the app: a code works once */
  async function enter(steps: 0 | 1, options?: BrowserContextOptions): Promise<Visit> {
    const { totpSeed = "", ...bram } = sandbox.user("bram");
    const admin = await Visit.begin(browser, sandbox, options);
    await admin.page.goto(`${sandbox.description.idp.url}/admin`);
    await admin.fillPassword(bram);
    await admin.press("Sign in");
    await admin.giveCode(codeOf(totpSeed, steps));
    await admin.look("console-overview", "Overview");
    return admin;
  }

  test("from the role to a deactivation", async () => {
    const anna = await Visit.begin(browser, sandbox);
    await anna.startAt(0);
    await anna.fillPassword(sandbox.user("anna"));
    await anna.press("Sign in");
    await anna.arrive("Anna de Vries");

    const admin = await enter(0);
    const { page } = admin;
    const { url } = sandbox.description.idp;
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

  test("a user is added and changed, with and without script", async () => {
    const scripted = await enter(1);
    await addAndChange(scripted, { givenName: "Nina", organisation: "Proeftuin B.V." });
    const cookies = await scripted.context.cookies();
    await scripted.end();
    const plain = await Visit.begin(browser, sandbox, { javaScriptEnabled: false });
    await plain.context.addCookies(cookies);
    await plain.page.goto(`${sandbox.description.idp.url}/admin`);
    await addAndChange(plain, { givenName: "Otto", organisation: "Kweekplaats B.V." });
    await plain.end();
  });

  /** A new user of a new organisation, who sets a password by the link; then record, memberships and the organisation's name. */
  async function addAndChange(admin: Visit, of: { givenName: string; organisation: string }): Promise<void> {
    const { page } = admin;
    const { givenName, organisation } = of;
    const id = `NTRNL-${givenName}`;
    const said = (words: string) => page.getByRole("status").filter({ hasText: words }).waitFor();
    await page.getByRole("link", { name: "Users" }).click();
    await page.getByRole("link", { name: "Add a user" }).click();
    await admin.look("console-user-add", "Add a user");
    await page.getByLabel("User name").fill(givenName);
    await page.getByLabel("Given name").fill(givenName);
    await page.getByLabel("Family name").fill("Berg");
    await page.getByLabel("E-mail address").fill("somebody@proeftuin.example");
    await page.getByLabel("Identity proven").selectOption("substantial");
    await page.getByLabel("Identifier of the organisation").fill(id);
    await admin.press("Add");
    await page.getByRole("alert").waitFor();
    await admin.look("console-user-add-wrong", "Add a user");
    expect(await page.getByLabel("Given name").inputValue()).toBe(givenName);
    expect(await page.getByLabel("Identity proven").inputValue()).toBe("substantial");
    await page.getByLabel("Name of the organisation").fill(organisation);
    await admin.press("Add");
    await admin.look("console-link", "Reset link");
    const link = (await page.locator(".key code").textContent()) ?? "";

    const human = await Visit.begin(browser, sandbox);
    await human.page.goto(link);
    for (const label of ["New password", "New password once more"])
      await human.page.getByLabel(label, { exact: true }).fill("violet-tractor-lamp-93");
    await human.press("Save password");
    await human.look("reset-done", "Your password is set");
    await human.end();

    await page.getByRole("link", { name: "Done" }).click();
    await admin.look("console-new-user", `${givenName} Berg`);
    await page.getByText("Add an organisation").click();
    const known = sandbox.user("anna").organisations[0];
    await page.getByLabel("Identifier of the organisation").fill(known?.id ?? "");
    await admin.press("Add organisation");
    await said("may represent that organisation");
    await admin.look("console-user-two-organisations", `${givenName} Berg`);
    await page.getByText(`Remove ${known?.id}`).first().click();
    await admin.press(`Remove ${known?.id}`);
    await said("may not represent that organisation any more");

    await page.getByRole("link", { name: "Change the record" }).click();
    await admin.look("console-user-change", `Change ${givenName} Berg`);
    await page.getByLabel("Phone (optional)").fill("+31 6 1234");
    await page.getByLabel("Gender (optional)").selectOption("female");
    await admin.press("Save");
    await said("The user is changed");
    expect(await page.getByText("+31 6 1234").isVisible()).toBe(true);

    await page.getByRole("link", { name: "Organisations" }).click();
    await admin.look("console-organisations", "Organisations");
    await page.getByLabel("Name or identifier").fill(id);
    await admin.press("Search");
    await page.getByRole("link", { name: organisation }).click();
    await admin.look("console-organisation", organisation);
    await page.getByLabel("Name of the organisation").fill(`${organisation} i.l.`);
    await admin.press("Rename");
    await said("The organisation is renamed");
    await admin.look("console-organisation-renamed", `${organisation} i.l.`);
    await page.getByRole("link", { name: "Your account" }).click();
    await page.getByRole("link", { name: "Administration" }).click();
    await admin.look("console-overview", "Overview");
  }
});
