/**
 * What every page has around it: document, style, legal name of the Identity Provider, the iSHARE mark, the languages.
 * Owns the frame; what a page is about is in its own file. hono/jsx escapes every value.
 */
import type { Child } from "hono/jsx";
import { languageHref, PATHS } from "./paths.ts";
import { STYLE } from "./style.ts";
import { LANGUAGE_NAMES, LANGUAGES, type Language, texts } from "./text.ts";

/** What every page knows. */
export interface Frame {
  readonly language: Language;
  /** legal name of this Identity Provider */
  readonly idpName: string;
  /** CSP nonce of this answer */
  readonly nonce: string;
  /** path and query that show this page in another language; undefined: it can't be shown twice */
  readonly here?: string | undefined;
  /** the operator supplied a logo of its own */
  readonly operatorLogo?: boolean | undefined;
  /** the operator supplied the scheme's official logo; a text mark stands in for it until then */
  readonly ishareLogo?: boolean | undefined;
}

/** The Service Provider as the registry names it. */
export interface ServiceProvider {
  readonly id: string;
  readonly name: string;
}

export const Page = (props: {
  frame: Frame;
  title: string;
  /** navigation between the name and the page itself */
  navigation?: Child;
  wide?: boolean;
  children?: Child;
}) => {
  const { frame, title } = props;
  return (
    <html lang={frame.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} – ${frame.idpName}`}</title>
        {/* A constant of ours, not data: the quotes of font names must not be escaped. */}
        <style nonce={frame.nonce} dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <div class={props.wide ? "card wide" : "card"}>
          <Mark frame={frame} />
          {props.navigation}
          <main>
            <h1>{title}</h1>
            {props.children}
          </main>
          <Languages frame={frame} />
        </div>
        <script src={PATHS.sendOnceScript} nonce={frame.nonce} defer />
      </body>
    </html>
  );
};

/** The name is said in words beside the operator's logo, so that is decoration; the iSHARE logo is said by its `alt`. */
const Mark = ({ frame }: { frame: Frame }) => (
  <header class="mark">
    <span class="idp">
      {frame.operatorLogo && <img src={PATHS.logo} alt="" />}
      <span>{frame.idpName}</span>
    </span>
    <span class="ishare" title={texts[frame.language].identityProvider}>
      {frame.ishareLogo ? <img src={PATHS.ishareLogo} alt="iSHARE" /> : "iSHARE"}
    </span>
  </header>
);

const Languages = ({ frame }: { frame: Frame }) => {
  const { here } = frame;
  if (here === undefined) return null;
  return (
    <footer>
      <nav class="languages" aria-label={texts[frame.language].language}>
        {LANGUAGES.map((language) =>
          language === frame.language ? (
            <span lang={language} aria-current="true">
              {LANGUAGE_NAMES[language]}
            </span>
          ) : (
            <a href={languageHref(here, language)} lang={language} hreflang={language}>
              {LANGUAGE_NAMES[language]}
            </a>
          ),
        )}
      </nav>
    </footer>
  );
};
