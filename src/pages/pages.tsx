/**
 * The pages, server-rendered; plain HTML forms, no script but the one that posts an answer back. Owns structure and
 * escaping (hono/jsx escapes every value); words are in `text`, headers in `http/respond`.
 */
import type { Child } from "hono/jsx";
import type { PageCode } from "../protocol/failure.ts";
import type { Organisation } from "../protocol/grant.ts";
import type { Scope } from "../protocol/scopes.ts";
import { STYLE } from "./style.ts";
import { type Language, texts } from "./text.ts";

/** What every page knows. */
export interface Frame {
  readonly language: Language;
  /** legal name of this Identity Provider */
  readonly idpName: string;
  /** CSP nonce of this answer */
  readonly nonce: string;
}

/** The Service Provider as the registry names it. */
export interface ServiceProvider {
  readonly id: string;
  readonly name: string;
}

const Page = (props: { frame: Frame; title: string; children?: Child }) => (
  <html lang={props.frame.language}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${props.title} – ${props.frame.idpName}`}</title>
      {/* A constant of ours, not data: the quotes of font names must not be escaped. */}
      <style nonce={props.frame.nonce} dangerouslySetInnerHTML={{ __html: STYLE }} />
    </head>
    <body>
      <main class="card">
        <div class="mark">
          <span class="idp">{props.frame.idpName}</span>
          <span class="ishare" title={texts[props.frame.language].identityProvider}>
            iSHARE
          </span>
        </div>
        <h1>{props.title}</h1>
        {props.children}
      </main>
    </body>
  </html>
);

const From = (props: { sp: ServiceProvider }) => (
  <p class="sp">
    {props.sp.name} · <code>{props.sp.id}</code>
  </p>
);

export const LoginPage = (props: {
  frame: Frame;
  sp: ServiceProvider;
  returnUrl: string;
  username: string;
  failed: boolean;
}) => {
  const text = texts[props.frame.language].signIn;
  return (
    <Page frame={props.frame} title={text.title}>
      <p>{text.intro(props.sp.name)}</p>
      <From sp={props.sp} />
      {props.failed && (
        <p class="alert" role="alert" id="wrong">
          {text.wrong}
        </p>
      )}
      <form method="post" action="/login">
        <input type="hidden" name="returnUrl" value={props.returnUrl} />
        <label for="username">{text.username}</label>
        <input
          type="text"
          id="username"
          name="username"
          value={props.username}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          aria-describedby={props.failed ? "wrong" : undefined}
        />
        <label for="password">{text.password}</label>
        <input type="password" id="password" name="password" autocomplete="current-password" required />
        <button type="submit">{text.submit}</button>
      </form>
    </Page>
  );
};

export const OrganisationPage = (props: {
  frame: Frame;
  sp: ServiceProvider;
  authzId: string;
  organisations: readonly Organisation[];
}) => {
  const text = texts[props.frame.language].organisation;
  return (
    <Page frame={props.frame} title={text.title}>
      <p>{text.intro(props.sp.name)}</p>
      <form method="post" action="/organisation">
        <input type="hidden" name="authzId" value={props.authzId} />
        <fieldset>
          <legend>{text.legend}</legend>
          {props.organisations.map((organisation, position) => (
            <label class="choice">
              <input
                type="radio"
                name="organisation"
                value={organisation.id}
                checked={position === 0}
                required
              />
              <span>
                {organisation.name}
                <small>{organisation.id}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <button type="submit" name="decision" value="allow">
          {text.submit}
        </button>
        <button type="submit" name="decision" value="deny" class="plain" formnovalidate>
          {text.cancel}
        </button>
      </form>
    </Page>
  );
};

export const ConsentPage = (props: {
  frame: Frame;
  sp: ServiceProvider;
  authzId: string;
  organisation: Organisation;
  scopes: readonly Scope[];
}) => {
  const text = texts[props.frame.language].consent;
  return (
    <Page frame={props.frame} title={text.title}>
      <p>{text.intro(props.sp.name, props.organisation.name)}</p>
      <From sp={props.sp} />
      <p id="list">{text.list}</p>
      <ul aria-labelledby="list">
        <li>{text.pseudonym}</li>
        {props.scopes.map((scope) => scope !== "openid" && <li>{text.scopes[scope]}</li>)}
      </ul>
      <form method="post" action="/consent">
        <input type="hidden" name="authzId" value={props.authzId} />
        <input type="hidden" name="organisation" value={props.organisation.id} />
        <button type="submit" name="decision" value="allow">
          {text.allow}
        </button>
        <button type="submit" name="decision" value="deny" class="plain">
          {text.deny}
        </button>
      </form>
    </Page>
  );
};

/** `response_mode=form_post` (OAuth 2.0 Form Post Response Mode §2): posts itself, or by its button. */
export const FormPostPage = (props: {
  frame: Frame;
  action: string;
  fields: Readonly<Record<string, string>>;
}) => {
  const text = texts[props.frame.language].returning;
  return (
    <Page frame={props.frame} title={text.title}>
      <p>{text.intro}</p>
      <form method="post" action={props.action} id="answer">
        {Object.entries(props.fields).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit">{text.submit}</button>
      </form>
      <script
        nonce={props.frame.nonce}
        dangerouslySetInnerHTML={{ __html: 'document.getElementById("answer").submit()' }}
      />
    </Page>
  );
};

export const ErrorPage = (props: {
  frame: Frame;
  code: PageCode;
  reference: string;
  sp?: string | undefined;
}) => {
  const text = texts[props.frame.language].error;
  return (
    <Page frame={props.frame} title={text.titles[props.code]}>
      <p>{text.explanations[props.code]}</p>
      {props.sp !== undefined && <p>{text.startAgain(props.sp)}</p>}
      <p class="reference">
        {text.reference}: <code>{props.reference}</code>
      </p>
    </Page>
  );
};
