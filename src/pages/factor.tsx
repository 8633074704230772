/** The second step of a sign-in, one page per factor. */
import { type Alert, alertText, OtherWays, type SignIn, SignInPage } from "./login.tsx";
import { DigitsField, Hidden, TextField, textOf } from "./parts.tsx";
import { PasskeyForm, type PasskeyOptions } from "./passkey-form.tsx";
import { PATHS } from "./paths.ts";
import type { Way } from "./text.ts";

type FactorProps = SignIn & { alert?: Alert | undefined; others?: readonly Way[] | undefined };

export const TotpPage = (props: FactorProps) => {
  const { frame, returnUrl, alert } = props;
  const text = textOf(frame).totp;
  return (
    <SignInPage
      signIn={props}
      title={text.title}
      intro={text.intro}
      problem={alertText(frame, alert, text.wrong)}
    >
      <form method="post" action={PATHS.totp}>
        <Hidden fields={{ returnUrl }} />
        <DigitsField name="code" label={text.code} wrong={alert?.kind === "wrong"} />
        <button type="submit">{text.submit}</button>
      </form>
      <OtherWays signIn={props} others={props.others} />
    </SignInPage>
  );
};

export const RecoveryPage = (props: FactorProps) => {
  const { frame, returnUrl, alert } = props;
  const text = textOf(frame).recovery;
  return (
    <SignInPage
      signIn={props}
      title={text.title}
      intro={text.intro}
      problem={alertText(frame, alert, text.wrong)}
    >
      <form method="post" action={PATHS.recovery}>
        <Hidden fields={{ returnUrl }} />
        <TextField name="code" label={text.code} maxlength={64} required wrong={alert?.kind === "wrong"} />
        <button type="submit">{text.submit}</button>
      </form>
      <OtherWays signIn={props} others={props.others} />
    </SignInPage>
  );
};

export const PasskeyPage = (props: FactorProps & { options: PasskeyOptions }) => {
  const { frame, returnUrl, alert } = props;
  const text = textOf(frame);
  return (
    <SignInPage
      signIn={props}
      title={text.passkey.title}
      intro={text.passkey.intro}
      problem={alertText(frame, alert, text.signIn.passkeyRefused)}
    >
      <PasskeyForm
        frame={frame}
        ceremony="get"
        action={PATHS.passkey}
        options={props.options}
        fields={{ returnUrl }}
        submit={text.passkey.submit}
      />
      <OtherWays signIn={props} others={props.others} />
    </SignInPage>
  );
};
