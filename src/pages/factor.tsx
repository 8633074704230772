/** The second step of a sign-in, one page per factor. */
import type { Child } from "hono/jsx";
import { type Alert, alertText, OtherWays, type SignIn, SignInPage } from "./login.tsx";
import { DigitsField, Hidden, TextField, textOf } from "./parts.tsx";
import { PasskeyForm, type PasskeyOptions } from "./passkey-form.tsx";
import { PATHS } from "./paths.ts";
import type { Way } from "./text.ts";

type FactorProps = SignIn & { alert?: Alert | undefined; others?: readonly Way[] | undefined };

/** One code to type, whichever it is. */
const CodePage = ({
  props,
  text,
  action,
  children,
}: {
  props: FactorProps;
  text: { title: string; intro: string; wrong: string; submit: string };
  action: string;
  children: Child;
}) => (
  <SignInPage
    signIn={props}
    title={text.title}
    intro={text.intro}
    problem={alertText(props.frame, props.alert, text.wrong)}
  >
    <form method="post" action={action}>
      <Hidden fields={{ returnUrl: props.returnUrl }} />
      {children}
      <button type="submit">{text.submit}</button>
    </form>
    <OtherWays signIn={props} others={props.others} />
  </SignInPage>
);

export const TotpPage = (props: FactorProps) => {
  const text = textOf(props.frame).totp;
  return (
    <CodePage props={props} text={text} action={PATHS.totp}>
      <DigitsField name="code" label={text.code} wrong={props.alert?.kind === "wrong"} />
    </CodePage>
  );
};

export const RecoveryPage = (props: FactorProps) => {
  const text = textOf(props.frame).recovery;
  return (
    <CodePage props={props} text={text} action={PATHS.recovery}>
      <TextField
        name="code"
        label={text.code}
        maxlength={64}
        required
        wrong={props.alert?.kind === "wrong"}
      />
    </CodePage>
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
