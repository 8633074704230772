/** Signing in by name and password, and going on as somebody who is signed in already. */
import type { Child } from "hono/jsx";
import { type Frame, Page, type ServiceProvider } from "./layout.tsx";
import { From, Hidden, PasswordField, Problem, textOf, UsernameField } from "./parts.tsx";
import { PasskeyForm, type PasskeyOptions } from "./passkey-form.tsx";
import { PATHS, wayHref } from "./paths.ts";
import type { Way } from "./text.ts";

export type { Way } from "./text.ts";

/** What every page of a sign-in knows. */
export interface SignIn {
  readonly frame: Frame;
  /** undefined: the human signs in to the account here */
  readonly sp?: ServiceProvider | undefined;
  /** our own address to go on to; each form brings it back unchanged */
  readonly returnUrl: string;
}

/** Why the last try did not do. `wrong` is about what the page asks. */
export type Alert =
  | { readonly kind: "wrong" }
  | { readonly kind: "locked"; readonly minutes: number }
  | { readonly kind: "busy" }
  | { readonly kind: "passkey" };

/** @param wrong the page's own words for a wrong answer */
export function alertText(frame: Frame, alert: Alert | undefined, wrong: string): string | undefined {
  const text = textOf(frame).signIn;
  switch (alert?.kind) {
    case undefined:
      return undefined;
    case "wrong":
      return wrong;
    case "locked":
      return text.locked(alert.minutes);
    case "busy":
      return text.busy;
    case "passkey":
      return text.passkeyRefused;
  }
}

/** A page of a sign-in: its title, who asks, what went wrong, and what is asked. */
export const SignInPage = (props: {
  signIn: SignIn;
  title: string;
  intro: string;
  problem: string | undefined;
  children?: Child;
}) => {
  const { frame, sp } = props.signIn;
  return (
    <Page frame={frame} title={props.title}>
      <p>{props.intro}</p>
      {sp !== undefined && <From sp={sp} />}
      <Problem text={props.problem} />
      {props.children}
    </Page>
  );
};

/** Links to the other ways that would do. */
export const OtherWays = ({
  signIn,
  others = [],
}: {
  signIn: SignIn;
  others?: readonly Way[] | undefined;
}) => {
  const text = textOf(signIn.frame).ways;
  if (others.length === 0) return null;
  return (
    <nav class="others" aria-label={text.others}>
      <ul>
        {others.map((way) => (
          <li>
            <a href={wayHref(way, signIn.returnUrl)}>{text.names[way]}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
};

export const LoginPage = (
  props: SignIn & { username: string; alert?: Alert | undefined; passkey?: PasskeyOptions | undefined },
) => {
  const { frame, sp, returnUrl, username, alert } = props;
  const text = textOf(frame).signIn;
  const wrong = alert?.kind === "wrong";
  return (
    <SignInPage
      signIn={props}
      title={text.title}
      intro={sp === undefined ? text.ownAccount : text.intro(sp.name)}
      problem={alertText(frame, alert, text.wrong)}
    >
      <form method="post" action={PATHS.login}>
        <Hidden fields={{ returnUrl }} />
        <UsernameField
          name="username"
          label={text.username}
          value={username}
          wrong={wrong}
          passkeys={props.passkey !== undefined}
        />
        <PasswordField name="password" label={text.password} autocomplete="current-password" wrong={wrong} />
        <button type="submit">{text.submit}</button>
      </form>
      {props.passkey !== undefined && (
        <PasskeyForm
          frame={frame}
          ceremony="get"
          action={PATHS.passkey}
          options={props.passkey}
          fields={{ returnUrl }}
          submit={text.passkey}
          plain
          beside
          conditional
          quiet
        >
          <p class="or">{text.or}</p>
        </PasskeyForm>
      )}
    </SignInPage>
  );
};

/** Again, from somebody who is known: the name stands. */
export const PasswordPage = (
  props: SignIn & {
    username: string;
    alert?: Alert | undefined;
    others?: readonly Way[] | undefined;
    /** where to go when that is somebody else */
    switchHref?: string | undefined;
  },
) => {
  const { frame, returnUrl, username, alert } = props;
  const text = textOf(frame);
  return (
    <SignInPage
      signIn={props}
      title={text.stepUp.title}
      intro={text.stepUp.intro(username)}
      problem={alertText(frame, alert, text.stepUp.wrong)}
    >
      <form method="post" action={PATHS.login}>
        <Hidden fields={{ returnUrl }} />
        <UsernameField name="username" label={text.signIn.username} value={username} fixed />
        <PasswordField
          name="password"
          label={text.signIn.password}
          autocomplete="current-password"
          wrong={alert?.kind === "wrong"}
        />
        <button type="submit">{text.signIn.submit}</button>
      </form>
      <OtherWays signIn={props} others={props.others} />
      {props.switchHref !== undefined && (
        <p>
          <a href={props.switchHref}>{text.stepUp.switch}</a>
        </p>
      )}
    </SignInPage>
  );
};

/** `prompt=select_account`: as who one is, or as somebody else. */
export const SelectAccountPage = (props: SignIn & { username: string; name: string }) => {
  const { frame, sp, returnUrl } = props;
  const text = textOf(frame).select;
  return (
    <SignInPage signIn={props} title={text.title} intro={text.intro(sp?.name)} problem={undefined}>
      <form method="post" action={PATHS.selectAccount}>
        <Hidden fields={{ returnUrl }} />
        <button type="submit" name="decision" value="continue">
          {text.proceed(props.name)}
          <small>{props.username}</small>
        </button>
        <button type="submit" name="decision" value="other" class="plain">
          {text.other}
        </button>
      </form>
    </SignInPage>
  );
};
