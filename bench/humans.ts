/** Humans with browsers who sign in at the running IdP: with their password or their passkey, and after that by their session. */
import { type Authenticator, type Ceremony, createAuthenticator } from "../test/support/authenticator.ts";
import { readForm, signIn, type TestBrowser, unescapeHtml } from "../test/support/browser.ts";
import { addUser, type Running } from "../test/support/running.ts";
import { authorizeForm, type Sp } from "../test/support/world.ts";

const HUMANS = 8;
const PASSWORD = "a long enough password for a bench";

export interface Browser {
  /** signed in already */
  readonly known: TestBrowser;
  /** The same human at a browser that knows nobody, before the login page. */
  beginAnew(
    sp: Sp,
  ): Promise<{ enterPassword(): Promise<void>; usePasskey(): Promise<void>; toCode(): Promise<string> }>;
}

export async function startHumans(idp: Running): Promise<readonly Browser[]> {
  const humans: Browser[] = [];
  for (let at = 0; at < HUMANS; at++) {
    const username = `human-${at}`;
    const added = await addUser(idp.state, username, PASSWORD);
    if (added.code !== 0) throw new Error(added.stderr);
    const who = { username, password: PASSWORD };
    const known = idp.browser();
    await signIn(known, await begin(known, idp.world.sp), who); // and gives consent, which is remembered
    const passkey = await addPasskey(known, idp.url);
    humans.push({
      known,
      beginAnew: async (sp) => {
        const browser = idp.browser();
        const login = await begin(browser, sp);
        return {
          enterPassword: async () => {
            const form = readForm(await (await browser.get(login)).text());
            const { status } = await browser.post(form.action, { ...form.fields, ...who });
            if (status !== 302) throw new Error(`login: ${status}`);
          },
          usePasskey: async () => {
            const html = await (await browser.get(login)).text();
            const { ceremony } = ceremonyOn(html, idp.url);
            const credential = JSON.stringify(await passkey.sign(ceremony));
            const { returnUrl = "" } = readForm(html).fields;
            const { status } = await browser.post("/login/passkey", { returnUrl, credential });
            if (status !== 302) throw new Error(`login by passkey: ${status}`);
          },
          toCode: async () => (await signIn(browser, login, who)).searchParams.get("code") ?? "",
        };
      },
    });
  }
  return humans;
}

/** @returns a code, by the session alone: no page is shown */
export async function signInAs({ known }: Browser, sp: Sp): Promise<string> {
  const back = await signIn(known, await begin(known, sp), { username: "", password: "" });
  return back.searchParams.get("code") ?? "";
}

async function begin(browser: TestBrowser, sp: Sp): Promise<string> {
  const begun = await browser.post("/connect/authorize", await authorizeForm(sp));
  return begun.headers.get("location") ?? "";
}

/** A passkey for who is signed in. @returns what signs with it */
async function addPasskey(
  known: TestBrowser,
  origin: string,
): Promise<{ sign(ceremony: Ceremony): Promise<object> }> {
  const key: Authenticator = await createAuthenticator();
  const { ceremony, options } = ceremonyOn(await (await known.get("/account/passkey")).text(), origin);
  const credential = JSON.stringify(await key.register(ceremony));
  const { status } = await known.post("/account/passkey", { credential, name: "bench" });
  if (status !== 303) throw new Error(`adding a passkey: ${status}`);
  return { sign: (asked) => key.sign(asked, options.user?.id) };
}

/** What a page asks of a passkey. */
function ceremonyOn(html: string, origin: string) {
  const text = unescapeHtml(/data-options="([^"]*)"/.exec(html)?.[1] ?? "{}");
  const options = JSON.parse(text) as { challenge: string; user?: { id: string } };
  const ceremony: Ceremony = { rpId: new URL(origin).hostname, origin, challenge: options.challenge };
  return { ceremony, options };
}
