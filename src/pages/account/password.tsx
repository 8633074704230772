/** Choosing a new password: of one's own accord, because one has to, or by a one-time link. */
import type { Child } from "hono/jsx";
import { type Frame, Page } from "../layout.tsx";
import { type SignIn, SignInPage } from "../login.tsx";
import { Hidden, PasswordField, Problem, textOf, UsernameField } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import type { PasswordAlert } from "../text.ts";
import { Cancel } from "./totp.tsx";

export type { PasswordAlert } from "../text.ts";

const problemText = (frame: Frame, alert: PasswordAlert | undefined): string | undefined =>
  alert && textOf(frame).newPassword.alerts[alert];

const NEW_ALERTS: readonly PasswordAlert[] = [
  "mismatch",
  "too_short",
  "too_long",
  "same",
  "common",
  "personal",
];

/** The form: whose password, and twice the new one. */
const NewPasswordForm = (props: {
  frame: Frame;
  action: string;
  fields?: Readonly<Record<string, string>>;
  username?: string | undefined;
  alert: PasswordAlert | undefined;
  children?: Child;
}) => {
  const { frame, username, alert } = props;
  const words = textOf(frame);
  const text = words.newPassword;
  const wrong = alert !== undefined && NEW_ALERTS.includes(alert);
  return (
    <form method="post" action={props.action}>
      <Hidden fields={props.fields ?? {}} />
      {username !== undefined && (
        <UsernameField name="username" label={words.signIn.username} value={username} fixed />
      )}
      {props.children}
      <PasswordField
        name="password"
        label={text.password}
        hint={text.rules}
        autocomplete="new-password"
        wrong={wrong}
      />
      <PasswordField
        name="repeat"
        label={text.repeat}
        autocomplete="new-password"
        wrong={alert === "mismatch"}
      />
      <button type="submit">{text.submit}</button>
    </form>
  );
};

export const ChangePasswordPage = (props: {
  frame: Frame;
  username: string;
  alert?: PasswordAlert | undefined;
}) => {
  const { frame, alert } = props;
  const text = textOf(frame).newPassword;
  return (
    <Page frame={frame} title={text.title}>
      <Problem text={problemText(frame, alert)} />
      <NewPasswordForm frame={frame} action={PATHS.changePassword} username={props.username} alert={alert}>
        <PasswordField
          name="current"
          label={text.current}
          autocomplete="current-password"
          wrong={alert === "wrong"}
        />
      </NewPasswordForm>
      <Cancel frame={frame} />
    </Page>
  );
};

/** A password that somebody else chose has to go before the sign-in goes on. */
export const ForcedChangePage = (props: SignIn & { username: string; alert?: PasswordAlert | undefined }) => {
  const { frame, returnUrl, username, alert } = props;
  const text = textOf(frame).newPassword;
  return (
    <SignInPage
      signIn={props}
      title={text.forcedTitle}
      intro={text.forcedIntro}
      problem={problemText(frame, alert)}
    >
      <NewPasswordForm
        frame={frame}
        action={PATHS.forcedPassword}
        fields={{ returnUrl }}
        username={username}
        alert={alert}
      />
    </SignInPage>
  );
};

export const ResetPasswordPage = (props: {
  frame: Frame;
  /** from the one-time link */
  code: string;
  username?: string | undefined;
  alert?: PasswordAlert | undefined;
}) => {
  const { frame, alert } = props;
  const text = textOf(frame).newPassword;
  return (
    <Page frame={frame} title={text.resetTitle}>
      <p>{text.resetIntro}</p>
      <Problem text={problemText(frame, alert)} />
      <NewPasswordForm
        frame={frame}
        action={PATHS.reset}
        fields={{ code: props.code }}
        username={props.username}
        alert={alert}
      />
    </Page>
  );
};

export const ResetDonePage = (props: { frame: Frame }) => {
  const text = textOf(props.frame).newPassword;
  return (
    <Page frame={{ ...props.frame, here: undefined }} title={text.resetDoneTitle}>
      <p>{text.resetDone}</p>
      <a class="button" href={PATHS.account}>
        {text.toAccount}
      </a>
    </Page>
  );
};
