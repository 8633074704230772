/** Adding an authenticator app, and the recovery codes that come with it. */
import type { Level } from "../../protocol/assurance.ts";
import { type Frame, Page } from "../layout.tsx";
import { DigitsField, Problem, TextField, textOf } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import type { EnrolAlert } from "../text.ts";

/** For what the new factor will count, and how it could count for more. */
export const Counting = (props: { frame: Frame; countsAs: Level; alert: EnrolAlert | undefined }) => {
  const words = textOf(props.frame);
  const text = words.enrol;
  return (
    <>
      <p class="hint">{text.countsAs(words.levels[props.countsAs])}</p>
      <TextField
        name="enrolmentCode"
        label={text.enrolmentCode}
        hint={text.enrolmentHint}
        maxlength={100}
        wrong={props.alert === "enrolment_code"}
      />
    </>
  );
};

export const Cancel = (props: { frame: Frame }) => (
  <p>
    <a href={PATHS.factors}>{textOf(props.frame).enrol.cancel}</a>
  </p>
);

export const EnrolTotpPage = (props: {
  frame: Frame;
  /** the picture as SVG, made by us */
  qr: string;
  /** base32 */
  seed: string;
  /** otpauth: address, for an app on this same device */
  uri?: string | undefined;
  countsAs: Level;
  alert?: EnrolAlert | undefined;
}) => {
  const { frame, alert } = props;
  const text = textOf(frame).enrol;
  return (
    <Page frame={frame} title={text.totp.title}>
      <Problem text={alert && text.alerts[alert]} />
      <p>{text.totp.scan}</p>
      <div class="qr" role="img" aria-label={text.totp.qr} dangerouslySetInnerHTML={{ __html: props.qr }} />
      {props.uri !== undefined && (
        <p>
          <a href={props.uri}>{text.totp.open}</a>
        </p>
      )}
      <p>{text.totp.manual}</p>
      <p class="key">
        <code>{inGroups(props.seed)}</code>
      </p>
      <p>{text.totp.confirm}</p>
      <form method="post" action={PATHS.enrolTotp}>
        <DigitsField name="code" label={text.totp.code} wrong={alert === "code"} />
        <Counting frame={frame} countsAs={props.countsAs} alert={alert} />
        <button type="submit">{text.totp.submit}</button>
      </form>
      <Cancel frame={frame} />
    </Page>
  );
};

/** Four by four, for people who type it. */
const inGroups = (seed: string): string => seed.match(/.{1,4}/g)?.join(" ") ?? "";

/** Shown once: nothing but their hashes is kept. */
export const RecoveryCodesPage = (props: { frame: Frame; codes: readonly string[] }) => {
  const text = textOf(props.frame).enrol.codes;
  return (
    <Page frame={{ ...props.frame, here: undefined }} title={text.title}>
      <p>{text.intro}</p>
      <p>{text.keep}</p>
      <ol class="codes" aria-label={text.list}>
        {props.codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <a class="button" href={PATHS.factors}>
        {text.submit}
      </a>
    </Page>
  );
};
