/** The second step of a sign-in, one page per factor, and the choice between them. */
import type { Level } from "../protocol/assurance.ts";
import { type Alert, alertText, OtherWays, type SignIn, SignInPage } from "./login.tsx";
import { DigitsField, Hidden, TextField, textOf } from "./parts.tsx";
import { PasskeyForm, type PasskeyOptions } from "./passkey-form.tsx";
import { PATHS, wayHref } from "./paths.ts";
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

export const ChooseWayPage = (
  props: SignIn & {
    ways: readonly Way[];
    /** what the service asks for */
    level?: Level | undefined;
  },
) => {
  const { frame, returnUrl, level } = props;
  const text = textOf(frame);
  return (
    <SignInPage
      signIn={props}
      title={text.ways.title}
      intro={level === undefined ? text.ways.intro : text.ways.wanted(text.levels[level])}
      problem={undefined}
    >
      <ul class="ways">
        {props.ways.map((way) => (
          <li>
            <a class="button plain" href={wayHref(way, returnUrl)}>
              {text.ways.names[way]}
            </a>
          </li>
        ))}
      </ul>
    </SignInPage>
  );
};
