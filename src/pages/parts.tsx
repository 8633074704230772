/** Small parts that several pages are made of: who asks, what went wrong, fields, times. Owns their markup and ids. */
import type { Child } from "hono/jsx";
import type { Level } from "../protocol/assurance.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import type { Frame, ServiceProvider } from "./layout.tsx";
import { type Language, type Text, texts } from "./text.ts";

export const From = (props: { sp: ServiceProvider }) => (
  <p class="sp">
    {props.sp.name}
    <code>{props.sp.id}</code>
  </p>
);

/** What went wrong, in the words of the page it happened on. Fields refer to it by its id. */
export const Problem = (props: { text: string | undefined }) =>
  props.text === undefined ? null : (
    <p class="alert" role="alert" id={PROBLEM}>
      {props.text}
    </p>
  );
const PROBLEM = "problem";

interface FieldProps {
  name: string;
  label: string;
  hint?: string | undefined;
  /** the page says what is wrong with it */
  wrong?: boolean;
}

const described = ({ name, hint, wrong }: FieldProps) => ({
  id: name,
  name,
  "aria-describedby":
    [wrong && PROBLEM, hint !== undefined && `${name}-hint`].filter(Boolean).join(" ") || undefined,
  "aria-invalid": wrong ? ("true" as const) : undefined,
});

const Label = ({ name, label, hint }: FieldProps) => (
  <>
    <label for={name}>{label}</label>
    {hint !== undefined && (
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
    )}
  </>
);

/** The name that somebody signs in with. Fixed: shown, and there for password managers, but not to be changed. */
export const UsernameField = (props: FieldProps & { value: string; fixed?: boolean; passkeys?: boolean }) => (
  <>
    <Label {...props} />
    <input
      type="text"
      {...described(props)}
      value={props.value}
      autocomplete={props.passkeys ? "username webauthn" : "username"}
      autocapitalize="none"
      spellcheck={false}
      readonly={props.fixed}
      required
    />
  </>
);

export const PasswordField = (props: FieldProps & { autocomplete: "current-password" | "new-password" }) => (
  <>
    <Label {...props} />
    <input type="password" {...described(props)} autocomplete={props.autocomplete} required />
  </>
);

/** Six digits from an app. */
export const DigitsField = (props: FieldProps) => (
  <>
    <Label {...props} />
    <input
      type="text"
      class="digits"
      {...described(props)}
      inputmode="numeric"
      autocomplete="one-time-code"
      pattern="[0-9 ]*"
      maxlength={9}
      required
    />
  </>
);

/** Any other line of text; not remembered by the browser. */
export const TextField = (
  props: FieldProps & { value?: string | undefined; required?: boolean; maxlength: number },
) => (
  <>
    <Label {...props} />
    <input
      type="text"
      {...described(props)}
      value={props.value}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
      maxlength={props.maxlength}
      required={props.required}
    />
  </>
);

/** One of several, closed. */
export const SelectField = (
  props: FieldProps & { value?: string | undefined; options: readonly (readonly [string, string])[] },
) => (
  <>
    <Label {...props} />
    <select {...described(props)}>
      {props.options.map(([value, text]) => (
        <option value={value} selected={value === props.value}>
          {text}
        </option>
      ))}
    </select>
  </>
);

/** For those who listen: what a button or a fold is about. */
export const Unseen = (props: { children?: Child }) => <span class="unseen">{props.children}</span>;

export const Hidden = (props: { fields: Readonly<Record<string, string>> }) => (
  <>
    {Object.entries(props.fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
);

const FORMATS: Partial<Record<Language, Intl.DateTimeFormat>> = {};

/** A time as people write it, in UTC and saying so: the Worker does not know where the human is. */
export function timeText(at: EpochSeconds, language: Language): string {
  FORMATS[language] ??= new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${FORMATS[language].format(at * 1000)} UTC`;
}

export const Time = (props: { at: EpochSeconds; frame: Frame }) => (
  <time datetime={new Date(props.at * 1000).toISOString()}>{timeText(props.at, props.frame.language)}</time>
);

export const levelText = (text: Text, level: Level): string => text.account.level(text.levels[level]);

/** The words for scopes; `openid` is the pseudonym, said first. */
export const scopeTexts = (
  text: Text,
  scopes: readonly (keyof Text["consent"]["scopes"] | "openid")[],
): string[] => [
  text.consent.pseudonym,
  ...scopes.flatMap((scope) => (scope === "openid" ? [] : [text.consent.scopes[scope]])),
];

export const textOf = (frame: Frame): Text => texts[frame.language];
