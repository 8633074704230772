/** Adding a passkey. */
import type { Level } from "../../protocol/assurance.ts";
import { type Frame, Page } from "../layout.tsx";
import { Problem, TextField, textOf } from "../parts.tsx";
import { PasskeyForm, type PasskeyOptions } from "../passkey-form.tsx";
import { PATHS } from "../paths.ts";
import type { EnrolAlert } from "../text.ts";
import { Cancel, Counting } from "./totp.tsx";

export const EnrolPasskeyPage = (props: {
  frame: Frame;
  options: PasskeyOptions;
  countsAs: Level;
  /** what was typed before */
  name?: string | undefined;
  alert?: EnrolAlert | undefined;
}) => {
  const { frame, alert } = props;
  const text = textOf(frame).enrol;
  return (
    <Page frame={frame} title={text.passkey.title}>
      <p>{text.passkey.intro}</p>
      <Problem text={alert && text.alerts[alert]} />
      <PasskeyForm
        frame={frame}
        ceremony="create"
        action={PATHS.enrolPasskey}
        options={props.options}
        submit={text.passkey.submit}
      >
        <TextField
          name="name"
          label={text.passkey.name}
          hint={text.passkey.nameHint}
          value={props.name ?? ""}
          maxlength={60}
          required
        />
        <Counting frame={frame} countsAs={props.countsAs} alert={alert} />
      </PasskeyForm>
      <Cancel frame={frame} />
    </Page>
  );
};
