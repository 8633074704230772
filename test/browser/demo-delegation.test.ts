/** The demo's two questions about what a human may do, in a real browser: asked, answered, and looked at on phone and desk. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { policySet } from "../support/delegation.ts";
import { run } from "../support/running.ts";
import { Sandbox } from "../support/sandbox.ts";
import { chromiumPath, startChromium } from "./chromium.ts";
import { Visit } from "./visit.ts";

describe.skipIf(chromiumPath === undefined)("what may I do? (needs Chromium)", () => {
  let sandbox: Sandbox;
  let browser: Browser;
  let visit: Visit;
  beforeAll(async () => {
    [sandbox, browser] = await Promise.all([Sandbox.create(), startChromium()]);
    await authorise("anna", [
      policySet({ identifiers: ["ZZZU0000013", "ZZZU0000014"] }, [
        { effect: "Permit" },
        { effect: "Deny", target: { resource: { identifiers: ["ZZZU0000014"] } } },
      ]),
      {
        target: { environment: { licenses: ["ISHARE.0003"] } },
        ...policySet({
          type: "urn:example:bill-of-lading-with-a-long-name",
          identifiers: ["*"],
          actions: ["*"],
          attributes: ["weight", "consignee"],
        }),
      },
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await sandbox?.remove();
  });
  beforeEach(async () => {
    visit = await Visit.begin(browser, sandbox);
  });
  afterEach(() => visit.end());

  async function authorise(username: string, policySets: readonly object[]) {
    const file = join(sandbox.folder, "authorisation.json");
    const [organisation] = sandbox.user(username).organisations;
    await writeFile(file, JSON.stringify({ policyIssuer: organisation?.id, policySets }));
    const state = ["--state", join(sandbox.folder, "state")];
    const what = ["--username", username, "--policy-file", file];
    expect(await run(["directory", "add-authorisation", ...state, ...what])).toMatchObject({ code: 0 });
  }

  const origin = () => new URL(sandbox.serviceProvider(0).redirectUri).origin;
  const follow = (name: string) => visit.page.getByRole("link", { name, exact: true }).click();
  const signIn = async (username: string, name: string) => {
    await visit.startAt(0);
    await visit.fillPassword(sandbox.user(username));
    await visit.press("Sign in");
    await visit.arrive(name);
  };
  const askFor = async (container: string) => {
    await visit.page.getByLabel("Container number").fill(container);
    await visit.press("Ask");
  };
  const failed = () => visit.page.getByText("failed:").count();

  test("about one container, and about everything", async () => {
    await signIn("anna", "Anna de Vries");
    await follow("May I release this container?");
    await visit.look("sp-release", "May I release this container?");
    await askFor("no number!");
    await visit.look("sp-release-wrong", "May I release this container?");
    expect(await visit.page.getByRole("alert").textContent()).toContain("1 to 30 letters");
    await askFor("zzzu0000013");
    await visit.look("sp-release-yes", "Yes, you may release container ZZZU0000013 for De Blauwe Kraan");
    expect(await failed()).toBe(0);
    await askFor("ZZZU0000014");
    await visit.look("sp-release-no", "No, you may not release container ZZZU0000014 for De Blauwe Kraan");
    expect(await failed()).toBe(0);

    await follow("What may I do here?");
    await visit.look("sp-authorisations", "What you may do here");
    expect(await failed()).toBe(0);
    const card = visit.page.getByRole("listitem").filter({ hasText: "ZZZU0000013, ZZZU0000014" });
    expect(await card.textContent()).toContain("Exceptidentifiers: ZZZU0000014");
    await visit.page.getByText("The signed answer that it came in").click();
    await visit.look("sp-authorisations-open", "What you may do here");
    await follow("Start page");
    await visit.look("sp-home-known", "Welcome to Kadelicht Harbour Desk");
    await follow("Sign out of this service");
    await visit.look("sp-signed-out-here", "You are signed out");
  });

  test("as nobody, and as one whom nothing was given", async () => {
    for (const path of ["/release", "/authorisations"]) {
      await visit.page.goto(origin() + path);
      await visit.look("sp-stranger", "Please sign in first");
    }
    await signIn("daan", "Daan Willems");
    const state = ["--state", join(sandbox.folder, "state")];
    const listed = await run(["directory", "list-authorisations", ...state, "--username", "daan", "--json"]);
    for (const { id, status } of JSON.parse(listed.stdout))
      if (status === "active") await run(["directory", "revoke-authorisation", ...state, "--id", id]);
    await follow("What may I do here?");
    await visit.look("sp-authorisations-none", "What you may do here");
    expect(await visit.page.getByText("There is nothing here yet").isVisible()).toBe(true);
  });

  test("for an organisation that keeps its authorisations elsewhere", async () => {
    await signIn("bram", "Bram Jansen");
    await follow("What may I do here?");
    await visit.look("sp-authorisations-elsewhere", "There is no list");
    await follow("May I release this container?");
    await askFor("MSKU7654321");
    await visit.look("sp-release-elsewhere", "Yes, you may release container MSKU7654321 for Tulpenveld");
    expect(await failed()).toBe(0);
  });

  test("from a page of somebody else's: the session stays behind, and nothing is asked", async () => {
    await signIn("anna", "Anna de Vries");
    await visit.post(`${origin()}/release`, { container: "ZZZU0000013" });
    await expect.poll(() => visit.page.textContent("body")).toContain("Start from our own page.");
    await visit.page.goto(`${origin()}/release`);
    await visit.look("sp-release", "May I release this container?");
  });
});
