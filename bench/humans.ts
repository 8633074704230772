/** Humans with browsers who sign in at the running IdP: once with their password, and after that by their session. */
import { readForm, signIn, type TestBrowser } from "../test/support/browser.ts";
import { addUser, type Running } from "../test/support/running.ts";
import { authorizeForm, type Sp } from "../test/support/world.ts";

const HUMANS = 8;
const PASSWORD = "a long enough password for a bench";

export interface Browser {
  /** signed in already */
  readonly known: TestBrowser;
  /** The same human at a browser that knows nobody, before the login page. */
  beginAnew(sp: Sp): Promise<{ enterPassword(): Promise<void>; toCode(): Promise<string> }>;
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
