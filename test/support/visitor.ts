/**
 * A human with a browser, on the way through our pages: follows redirects, answers what each page asks, and notes what
 * was asked, until it leads away to an SP or nothing is known to answer. Knows the wire and nothing of `src`.
 */
import { readForm, readForms, type TestBrowser } from "./browser.ts";
import { decodePayload } from "./jwt.ts";
import { type Instance, ISSUER, type User } from "./worker.ts";
import { authorizeForm, codeForm, type Sp } from "./world.ts";

/** Where a way ended: a page of ours, or an address elsewhere. */
export interface Stop {
  readonly url: URL;
  /** undefined when it leads away */
  readonly status?: number;
  readonly html: string;
  readonly response: Response;
}

type Fields = Readonly<Record<string, string>>;
/** By the action of the form that asks. */
export type Answers = Readonly<Record<string, Fields | ((stop: Stop) => Fields | Promise<Fields>)>>;

export class Visitor {
  readonly browser: TestBrowser;
  readonly at: Instance;
  /** actions of the forms that were answered, since the last `visit` */
  readonly asked: string[] = [];
  #answers: Answers = {};

  constructor(at: Instance, user?: User, browser = at.browser()) {
    this.at = at;
    this.browser = browser;
    this.#answers = {
      "/organisation": { decision: "allow" },
      "/consent": { decision: "allow" },
      ...(user === undefined ? {} : { "/login": { username: user.username, password: user.password } }),
    };
  }

  /** The same browser, who answers something otherwise. Without an answer the way stops at that page. */
  with(answers: Readonly<Record<string, Answers[string] | undefined>>): Visitor {
    const other = new Visitor(this.at, undefined, this.browser);
    const known = Object.entries({ ...this.#answers, ...answers }).filter(([, it]) => it !== undefined);
    other.#answers = Object.fromEntries(known) as Answers;
    return other;
  }

  /** An SP sends the browser with a request: a cross-site POST. */
  async visit(sp: Sp, request: Readonly<Record<string, unknown>> = {}): Promise<Stop> {
    const response = await this.browser.postFromElsewhere(
      "/connect/authorize",
      await authorizeForm(sp, request),
    );
    return this.through(await this.follow(response));
  }

  /** A page of ours, through a sign-in where it wants one. */
  async open(path: string): Promise<Stop> {
    return this.through(await this.look(path));
  }

  /** The page itself, or where it sends the browser. */
  async look(path: string): Promise<Stop> {
    return this.follow(await this.browser.get(path), path);
  }

  /** Sends the form of a page that stopped the way, and follows. */
  async answer(stop: Stop, fields: Fields, action?: string): Promise<Stop> {
    const form =
      action === undefined ? readForm(stop.html) : readForms(stop.html).find((it) => it.action === action);
    if (form === undefined) throw new Error(`no form goes to ${action}: ${stop.html}`);
    return this.post(form.action, { ...form.fields, ...fields });
  }

  async post(path: string, fields: Fields): Promise<Stop> {
    return this.follow(await this.browser.post(path, fields, { "sec-fetch-site": "same-origin" }), path);
  }

  async through(from: Stop): Promise<Stop> {
    this.asked.splice(0);
    let stop = from;
    for (let step = 0; step < 12; step++) {
      const action = stop.status === 200 ? askedBy(stop) : undefined;
      const answer = action === undefined ? undefined : this.#answers[action];
      if (action === undefined || answer === undefined) return stop;
      this.asked.push(action);
      stop = await this.answer(stop, typeof answer === "function" ? await answer(stop) : answer);
    }
    throw new Error(`the way does not end: ${this.asked}`);
  }

  /** @param from where that came from */
  async follow(first: Response, from = "/"): Promise<Stop> {
    let response = first;
    let url = new URL(from, ISSUER);
    for (let hop = 0; hop < 8; hop++) {
      const location = response.headers.get("location");
      if (location === null) {
        const html = await response.text();
        return { url, status: response.status, html, response };
      }
      url = new URL(location, ISSUER);
      if (url.origin !== ISSUER) return { url, html: "", response };
      response = await this.browser.get(url.href);
    }
    throw new Error(`redirects do not end: ${url}`);
  }

  /** What the SP gets for the code that a visit ended with. */
  async redeem(sp: Sp, stop: Stop) {
    const code = stop.url.searchParams.get("code");
    if (code === null) throw new Error(`no code: ${stop.url} ${stop.status} ${stop.html.slice(0, 2000)}`);
    const answer = await this.at.browser().post("/connect/token", await codeForm(sp, code));
    const tokens: Record<string, string> = await answer.json();
    if (answer.status !== 200) throw new Error(`token: ${JSON.stringify(tokens)}`);
    const { id_token: idToken = "", access_token: accessToken = "" } = tokens;
    return { idToken, accessToken, claims: decodePayload(idToken) };
  }

  /** @param body sent as JSON; without one it is a GET */
  async userinfo(accessToken: string, body?: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${accessToken}` };
    const url = `${ISSUER}/connect/userinfo`;
    if (body === undefined) return this.at.send(new Request(url, { headers }));
    const json = {
      method: "POST",
      body: JSON.stringify(body),
      headers: { ...headers, "content-type": "application/json" },
    };
    return this.at.send(new Request(url, json));
  }
}

/** The action of the one form of a page. */
export function askedBy({ html }: Stop): string | undefined {
  const forms = readForms(html);
  return forms.length === 1 ? forms[0]?.action : undefined;
}

/** `error` of an answer to an SP, or what there is in its place. */
export const errorOf = ({ url, status }: Stop): string =>
  url.searchParams.get("error") ?? (url.searchParams.has("code") ? "none: a code" : `none: page ${status}`);
