/**
 * People sign in at the sandbox's demo in a real browser: by password, with an authenticator app, with a passkey; once
 * for several services; and sign out. Each level is claimed only when it was reached.
 */
import { join } from "node:path";
import type { Browser, CDPSession } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mintAttestationCa, mintAttestationLeaf } from "../support/attestation-pki.ts";
import { sealAsMaker } from "../support/authenticator.ts";
import { fingerprintOf } from "../support/pki.ts";
import { run } from "../support/running.ts";
import { Sandbox } from "../support/sandbox.ts";
import { chromiumPath, startChromium } from "./chromium.ts";
import { codeOf, Visit } from "./visit.ts";

/** the AAGUID of Chromium's virtual authenticators, which every browser of its kind can claim */
const VIRTUAL = "01020304-0506-0708-0102-030405060708";
const UNREACHABLE = "You could not prove who you are as strongly as this service asks.";

describe.skipIf(chromiumPath === undefined)("signing in at the demo (needs Chromium)", () => {
  let sandbox: Sandbox;
  let browser: Browser;
  let visit: Visit;
  const maker = mintAttestationCa();
  beforeAll(async () => {
    const pair = `${VIRTUAL}:${await fingerprintOf(await maker)}`;
    const sandboxed = Sandbox.create({ HIGH_ASSURANCE_AUTHENTICATORS: pair });
    [sandbox, browser] = await Promise.all([sandboxed, startChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await sandbox?.remove();
  });
  beforeEach(async () => {
    visit = await Visit.begin(browser, sandbox);
  });
  afterEach(() => visit.end());

  const answer = () => new URL(visit.page.url()).searchParams;

  test("by password, at a second service without it, and out again", async () => {
    await visit.page.goto(new URL(sandbox.serviceProvider(0).redirectUri).origin);
    await visit.look("sp-home", "Welcome to Kadelicht Harbour Desk");
    await visit.startAt(0);
    await visit.look("login", "Sign in");
    await visit.fillPassword({ ...sandbox.user("anna"), password: "wrong" });
    await visit.press("Sign in");
    await visit.look("login-wrong", "Sign in");
    await visit.fillPassword(sandbox.user("anna"));
    await visit.press("Sign in");
    await visit.look("consent", "Share this");
    await visit.press("Allow and continue");
    await visit.arrive("Anna de Vries");
    expect(await visit.fact("Level of assurance")).toMatch(/^low/);
    expect(await visit.fact("Proven by")).toBe("password");
    const pseudonym = await visit.fact("Pseudonym here");

    await visit.ask(1, { prompt: "none" });
    await expect.poll(() => answer().get("error")).toBe("consent_required");
    await visit.startAt(1);
    await visit.look("consent", "Share this");
    await visit.press("Allow and continue");
    await visit.arrive("Anna de Vries");
    expect(await visit.fact("Pseudonym here")).not.toBe(pseudonym);
    await visit.startAt(1); // known, and agreed: nothing is left to ask
    await visit.arrive("Anna de Vries");
    await visit.ask(1, { prompt: "none", scope: "openid iSHARE name" });
    await expect.poll(() => answer().get("code")).toBeTruthy();

    await visit.startAt(0);
    await visit.arrive("Anna de Vries");
    await visit.press("Sign out at the Identity Provider");
    await visit.look("sp-signed-out", "You are signed out");
    expect(visit.page.url()).toBe(`http://127.0.0.1:${sandbox.port + 2}/signed-out`);
    await visit.ask(1, { prompt: "none" });
    await expect.poll(() => answer().get("error")).toBe("login_required");
    await visit.startAt(0);
    await visit.look("login", "Sign in");
  });

  test("with an authenticator app, at once and as a step up", async () => {
    const { totpSeed = "", ...bram } = sandbox.user("bram");
    await visit.startAt(0, "substantial");
    await visit.fillPassword(bram);
    await visit.press("Sign in");
    await visit.look("totp", "Enter your code");
    await visit.giveCode("000000");
    await visit.look("totp-wrong", "Enter your code");
    const code = codeOf(totpSeed);
    await visit.giveCode(code);
    await visit.press("Allow and continue");
    await visit.arrive("Bram Jansen");
    expect(await visit.fact("Level of assurance")).toMatch(/^substantial/);
    expect(await visit.fact("Proven by")).toBe("password, one-time code, more than one factor");

    await visit.press("Sign out at the Identity Provider");
    await visit.look("sp-signed-out", "You are signed out");
    await visit.startAt(0, "low");
    await visit.fillPassword(bram);
    await visit.press("Sign in");
    await visit.arrive("Bram Jansen");
    expect(await visit.fact("Level of assurance")).toMatch(/^low/);
    await visit.startAt(0, "substantial");
    await visit.giveCode(code); // used already
    expect(await visit.page.getByRole("alert").textContent()).toContain("was used before");
    await visit.giveCode(codeOf(totpSeed, 1));
    await visit.arrive("Bram Jansen");
    expect(await visit.fact("Level of assurance")).toMatch(/^substantial/);

    await visit.startAt(0, "high");
    await visit.look("sp-unmet", "The sign-in did not succeed");
    expect(await visit.page.getByText(UNREACHABLE).isVisible()).toBe(true);
  });

  test("with a passkey, and no name", async () => {
    const { enrolmentCode = "", ...daan } = sandbox.user("daan");
    await visit.startAt(0, "substantial"); // nothing to prove it with yet
    await visit.fillPassword(daan);
    await visit.press("Sign in");
    await visit.look("sp-unmet", "The sign-in did not succeed");

    await addAuthenticator(await visit.context.newCDPSession(visit.page));
    await visit.page.goto(`${sandbox.description.idp.url}/account/passkey`);
    await visit.look("login-own", "Sign in");
    await visit.fillPassword(daan);
    await visit.press("Sign in");
    await visit.look("account-passkey", "Add a passkey");
    await visit.page.getByLabel("Name of the passkey").fill("This laptop");
    await visit.page.getByLabel("Enrolment code").fill(enrolmentCode.toLowerCase());
    await visit.press("Add the passkey");
    await visit.look("account-factors-passkey", "Ways to sign in");
    expect(await visit.page.getByText("Your passkey was added.").isVisible()).toBe(true);
    await visit.page.getByRole("link", { name: "Sign out" }).click();
    await visit.look("logout", "Sign out?");
    await visit.press("Sign out");
    await visit.look("signed-out", "You are signed out");

    await visit.startAt(0, "substantial"); // the browser offers it in the field of the name, and the human nods
    await visit.look("consent", "Share this");
    await visit.press("Allow and continue");
    await visit.arrive("Daan Willems");
    expect(await visit.fact("Level of assurance")).toMatch(/^substantial/);
    expect(await visit.fact("Proven by")).toBe("passkey, confirmed on the device, more than one factor");
    await visit.startAt(0, "high"); // of a listed kind, but no maker vouches for it
    await visit.look("sp-unmet", "The sign-in did not succeed");
    expect(await visit.page.getByText(UNREACHABLE).isVisible()).toBe(true);
  });

  test("with a passkey that its maker vouches for, at the highest level", async () => {
    const root = await maker;
    const device = await mintAttestationLeaf(root, VIRTUAL);
    const state = join(sandbox.folder, "state");
    const told = await run([
      ...["directory", "enrol-code"],
      ...["--state", state, "--username", "anna", "--level", "high"],
    ]);
    const code = /(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}/.exec(told.stdout)?.[0] ?? expect.fail(told.stderr);

    await addAuthenticator(await visit.context.newCDPSession(visit.page));
    await visit.page.goto(`${sandbox.description.idp.url}/account/passkey`);
    await visit.fillPassword(sandbox.user("anna"));
    await visit.press("Sign in");
    await visit.look("account-passkey", "Add a passkey");
    await visit.page.getByLabel("Name of the passkey").fill("Security key");
    await visit.page.getByLabel("Enrolment code").fill(code);
    await visit.page.route("**/account/passkey", async (route) => {
      const form = new URLSearchParams(route.request().postData() ?? "");
      const sealed = await sealAsMaker(JSON.parse(form.get("credential") ?? ""), {
        ...{ format: "packed", chain: [device.der, root.der], key: device.keys.privateKey },
      });
      form.set("credential", JSON.stringify(sealed));
      await route.continue({ postData: form.toString() });
    });
    await visit.press("Add the passkey");
    await visit.look("account-factors-passkey", "Ways to sign in");
    await visit.page.unroute("**/account/passkey");
    await visit.page.getByRole("link", { name: "Sign out" }).click();
    await visit.press("Sign out");
    await visit.look("signed-out", "You are signed out");

    await visit.startAt(0, "high");
    await visit.arrive("Anna de Vries");
    expect(await visit.fact("Level of assurance")).toMatch(/^high/);
    expect(await visit.fact("Proven by")).toMatch(/^passkey/);
    await visit.startAt(1, "high"); // what was proven counts at the next service
    await visit.arrive("Anna de Vries");
    expect(await visit.fact("Level of assurance")).toMatch(/^high/);
  });

  test("as one who does not agree", async () => {
    await visit.startAt(1);
    await visit.fillPassword(sandbox.user("noor"));
    await visit.press("Sign in");
    await visit.look("organisation", "For whom");
    await visit.page.getByLabel("Tulpenveld").check();
    await visit.press("Continue");
    await visit.look("consent", "Share this");
    await visit.press("Do not allow");
    await visit.look("sp-denied", "You are not signed in");
    expect(await visit.page.getByText("you chose not to share your details").isVisible()).toBe(true);
    expect(answer().get("error")).toBe("access_denied");
  });

  test("looks at the account", async () => {
    const account = `${sandbox.description.idp.url}/account`;
    await visit.page.goto(account);
    await visit.fillPassword(sandbox.user("noor"));
    await visit.press("Sign in");
    await visit.look("account", "Your account");
    expect(await visit.page.locator(".rows strong").first().textContent()).toBe("Your account");
    await visit.page.getByLabel("Tulpenveld").check();
    await visit.press("Save");
    await visit.look("account-saved", "Your account");
    for (const [link, name] of [
      ["Ways to sign in", "account-factors"],
      ["Sessions", "account-sessions"],
      ["Services", "account-consents"],
    ] as const) {
      await visit.page.getByRole("link", { name: link }).click();
      await visit.look(name, link);
    }
    await visit.page.goto(`${account}/password`);
    await visit.look("account-password", "Change your password");
    await visit.page.goto(`${account}/totp`);
    await visit.look("account-totp", "Add an authenticator app");
    const key = (await visit.page.locator(".key").textContent()) ?? "";
    await visit.page.getByLabel("Six-digit code").fill(codeOf(key.replaceAll(/\s/g, "")));
    await visit.press("Add the app");
    await visit.look("account-recovery-codes", "Keep your recovery codes");
    await visit.page.getByRole("link", { name: "I have kept them" }).click();
    await visit.look("account-factors-totp", "Ways to sign in");
    await visit.page.goto(`${account}/sessions`);
    await visit.press("End all sessions");
    await visit.look("login-own", "Sign in");
  });

  test("in another language, which is remembered", async () => {
    const { idp } = sandbox.description;
    await visit.startAt(0);
    await visit.page.getByRole("link", { name: "Nederlands" }).click();
    await visit.look("login-nl", "Inloggen");
    expect(new URL(visit.page.url()).pathname).toBe("/login");
    await visit.page.getByLabel("Gebruikersnaam").fill("noor");
    await visit.page.getByLabel("Wachtwoord").fill(sandbox.user("noor").password);
    await visit.press("Inloggen");
    await expect.poll(() => visit.page.getAttribute("html", "lang")).toBe("nl");
    await visit.page.getByRole("link", { name: "Français" }).click();
    await expect.poll(() => visit.page.getAttribute("html", "lang")).toBe("fr");
    await visit.page.goto(`${idp.url}/account`);
    expect(await visit.page.getAttribute("html", "lang")).toBe("fr");
    await visit.startAt(1);
    await expect.poll(() => visit.page.getAttribute("html", "lang")).toBe("fr");
  });
});

async function addAuthenticator(cdp: CDPSession): Promise<void> {
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
