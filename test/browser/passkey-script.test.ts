/**
 * The script of the pages against a real browser and its virtual authenticator: what it sends is what the server's
 * library reads, with the browser's own JSON and without; and what a human sees when it does not work out.
 */
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumPath, startChromium } from "./chromium.ts";
import { GALLERY } from "./gallery.tsx";
import { frameOf, ORIGIN, type Posts, setStage } from "./stage.ts";

const NAMES = ["login", "passkey", "enrol-passkey", "totp"] as const;
const PAGES = new Map(NAMES.map((name) => [`/${name}`, GALLERY[name]?.(frameOf("en")).toString() ?? ""]));
const OLD_BROWSER = `
  delete PublicKeyCredential.prototype.toJSON;
  delete PublicKeyCredential.parseRequestOptionsFromJSON;
  delete PublicKeyCredential.parseCreationOptionsFromJSON;`;
const NO_FIELD_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false;";

describe.skipIf(chromiumPath === undefined)("the passkey script (needs Chromium)", () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let cdp: CDPSession;
  let posts: Posts;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(() => open());
  afterEach(() => context.close());

  async function open(javaScriptEnabled = true) {
    context = await browser.newContext({ javaScriptEnabled });
    posts = await setStage(context, PAGES);
    page = await context.newPage();
    cdp = await context.newCDPSession(page);
    await cdp.send("WebAuthn.enable");
  }

  async function addAuthenticator(isUserVerified = true) {
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified,
        automaticPresenceSimulation: true,
      },
    });
    return authenticatorId;
  }

  async function enrol() {
    await page.goto(`${ORIGIN}/enrol-passkey`);
    await page.getByLabel("Name of the passkey").fill("Laptop");
    await page.getByRole("button", { name: "Add the passkey" }).click();
    await expect.poll(() => page.title()).toBe("posted");
    return posts.shift() ?? expect.fail("nothing was posted");
  }

  /** Ends with the answer to the question of the page at `path`. */
  async function use(path: string, button: string) {
    await page.goto(`${ORIGIN}${path}`);
    await page.getByRole("button", { name: button }).click();
    await expect.poll(() => page.title()).toBe("posted");
    return JSON.parse(posts[0]?.fields.credential ?? "");
  }

  test.each([
    ["with the browser's own JSON", ""],
    ["in an older browser", OLD_BROWSER],
  ])("adds a passkey and signs in with it, %s", async (_, change) => {
    await page.addInitScript(change + NO_FIELD_OFFER);
    await addAuthenticator();
    const { path, fields } = await enrol();
    expect(path).toBe("/account/passkey");
    expect(fields).toMatchObject({ name: "Laptop", enrolmentCode: "" });
    const created = JSON.parse(fields.credential ?? "");
    expect(created).toMatchObject({
      id: expect.stringMatching(/^[\w-]{16,}$/),
      rawId: created.id,
      type: "public-key",
      clientExtensionResults: expect.any(Object),
      response: {
        attestationObject: expect.stringMatching(/^[\w-]+$/),
        transports: ["internal"],
      },
    });
    expect(clientData(created)).toMatchObject({ type: "webauthn.create", origin: ORIGIN });

    const used = await use("/login", "Sign in with a passkey");
    expect(posts[0]).toMatchObject({ path: "/login/passkey", fields: { returnUrl: expect.any(String) } });
    expect(used).toMatchObject({
      id: created.id,
      type: "public-key",
      response: {
        authenticatorData: expect.stringMatching(/^[\w-]+$/),
        signature: expect.stringMatching(/^[\w-]+$/),
        userHandle: "AAECAw",
      },
    });
    expect(clientData(used)).toMatchObject({ type: "webauthn.get", challenge: "A".repeat(43) });
  });

  test("offers passkeys in the field of the user name, without a click", async () => {
    await addAuthenticator();
    await enrol();
    await page.goto(`${ORIGIN}/login`);
    await expect.poll(() => posts.map(({ path }) => path)).toEqual(["/login/passkey"]);
  });

  test("two clicks ask once", async () => {
    await page.addInitScript(NO_FIELD_OFFER);
    await addAuthenticator();
    await enrol();
    await page.goto(`${ORIGIN}/passkey`);
    await page.getByRole("button", { name: "Use passkey" }).dblclick();
    await expect.poll(() => page.title()).toBe("posted");
    expect(posts).toHaveLength(1);
  });

  test("says that nothing was confirmed, and asks again on a click", async () => {
    await page.addInitScript(
      `${NO_FIELD_OFFER} navigator.credentials.get = async () => { throw new DOMException("", "NotAllowedError") };`,
    );
    await page.goto(`${ORIGIN}/passkey`);
    const button = page.getByRole("button", { name: "Use passkey" });
    await button.click();
    await expect.poll(() => page.getByRole("status").textContent()).toContain("Nothing was confirmed");
    expect(await button.isEnabled()).toBe(true);
    expect(posts).toEqual([]);
  });

  test("says so when the device holds one already", async () => {
    await page.addInitScript(
      `navigator.credentials.create = async () => { throw new DOMException("", "InvalidStateError") };`,
    );
    await page.goto(`${ORIGIN}/enrol-passkey`);
    await page.getByLabel("Name of the passkey").fill("Laptop");
    await page.getByRole("button", { name: "Add the passkey" }).click();
    await expect.poll(() => page.getByRole("status").textContent()).toContain("already holds a passkey");
  });

  test("a browser without passkeys signs in by password and says what it lacks", async () => {
    await page.addInitScript("delete globalThis.PublicKeyCredential");
    await page.goto(`${ORIGIN}/passkey`);
    expect(await page.getByText("does not support passkeys").isVisible()).toBe(true);
    expect(await page.getByRole("button").count()).toBe(0);
    await page.goto(`${ORIGIN}/login`);
    expect(await page.getByRole("button").allTextContents()).toEqual(["Sign in"]);
  });

  test("without script everything else works", async () => {
    await context.close();
    await open(false);
    await page.goto(`${ORIGIN}/passkey`);
    expect(await page.locator("noscript").textContent()).toContain("Passkeys need JavaScript");
    expect(await page.getByRole("link", { name: "Use your password" }).isVisible()).toBe(true);
    await page.goto(`${ORIGIN}/login`);
    await page.getByLabel("User name").fill("alice");
    await page.getByLabel("Password").fill("secret");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect.poll(() => page.title()).toBe("posted");
    expect(posts).toMatchObject([{ path: "/login", fields: { username: "alice", password: "secret" } }]);
    await page.goto(`${ORIGIN}/totp`);
    await page.getByLabel("Six-digit code").fill("123 456");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect.poll(() => page.title()).toBe("posted");
    expect(posts[1]).toMatchObject({ path: "/login/totp", fields: { code: "123 456" } });
  });
});

const clientData = ({ response }: { response: { clientDataJSON: string } }) =>
  JSON.parse(Buffer.from(response.clientDataJSON, "base64url").toString());
