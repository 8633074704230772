/** A browser reduced to what sign-ins need: a cookie jar, forms as HTML says, redirects one at a time. */

export type Send = (request: Request) => Promise<Response>;

export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly html: string;
}

export class TestBrowser {
  readonly cookies = new Map<string, string>();
  readonly #origin: string;
  readonly #send: Send;

  constructor(origin: string, send: Send) {
    this.#origin = origin;
    this.#send = send;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.#request(path, { headers });
  }

  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return this.#request(path, posted(form, headers));
  }

  /** As a page of another site posts it: SameSite=Lax cookies stay behind. */
  postFromElsewhere(path: string, form: Readonly<Record<string, string>>): Promise<Response> {
    const headers = {
      "sec-fetch-mode": "navigate",
      "sec-fetch-site": "cross-site",
      origin: "https://elsewhere.example",
    };
    return this.#request(path, posted(form, headers), false);
  }

  async #request(path: string, init: RequestInit, withCookies = true): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookie !== "" && withCookies) headers.set("cookie", cookie);
    const response = await this.#send(
      new Request(new URL(path, this.#origin), { ...init, headers, redirect: "manual" }),
    );
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";");
      const at = pair.indexOf("=");
      if (attributes.some((it) => it.trim() === "Max-Age=0")) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }
}

const posted = (
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(form).toString(),
  headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
});

/** The one form of a page. */
export function readForm(html: string): Form {
  const forms = readForms(html);
  const [form] = forms;
  if (form === undefined || forms.length !== 1)
    throw new Error(`a page of ours has one form; this has ${forms.length}: ${html}`);
  return form;
}

/** All forms of a page of the account, which has several. */
export const readForms = (html: string): readonly Form[] =>
  [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].map(([, action = "", body = ""]) =>
    formOf(action, body, html),
  );

function formOf(action: string, body: string, html: string): Form {
  const fields: Record<string, string> = {};
  for (const [tag] of body.matchAll(/<input[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
    const name = attribute("name");
    const type = attribute("type") ?? "text";
    if (name !== undefined && (type === "hidden" || (type === "radio" && /\bchecked\b/.test(tag)))) {
      fields[name] = unescapeHtml(attribute("value") ?? "");
    }
  }
  return { action: unescapeHtml(action), fields, html };
}

export const unescapeHtml = (text: string): string =>
  text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** Signs in and says yes to everything, from the authorize answer's Location to the SP's. */
export async function signIn(
  browser: TestBrowser,
  location: string,
  who: { readonly username: string; readonly password: string; readonly organisation?: string },
): Promise<URL> {
  const returnUrl = new URL(location).searchParams.get("returnUrl") ?? "";
  let response = await browser.get(location);
  // Or somebody is signed in already.
  if (response.status === 200) {
    const login = readForm(await response.text());
    response = await browser.post(login.action, {
      ...login.fields,
      username: who.username,
      password: who.password,
    });
  }
  if (response.status !== 302) throw new Error(`login: ${response.status}`);
  let next = response.headers.get("location") ?? "";
  if (next !== returnUrl) throw new Error(`login went to ${next}`);
  for (let step = 0; step < 6; step++) {
    response = await browser.get(next);
    if (response.status === 302) return new URL(response.headers.get("location") ?? "");
    if (response.status !== 200) throw new Error(`callback: ${response.status} ${await response.text()}`);
    const form = readForm(await response.text());
    const choice =
      "organisation" in form.fields && who.organisation ? { organisation: who.organisation } : {};
    response = await browser.post(form.action, { ...form.fields, ...choice, decision: "allow" });
    if (response.status !== 302) throw new Error(`${form.action}: ${response.status}`);
    next = response.headers.get("location") ?? "";
  }
  throw new Error("the sign-in does not end");
}
