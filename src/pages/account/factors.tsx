/** The ways to sign in that a human has: password, authenticator app, passkeys; to add, change, name and remove. */
import type { Child } from "hono/jsx";
import type { Level } from "../../protocol/assurance.ts";
import type { EpochSeconds } from "../../protocol/time.ts";
import type { Frame } from "../layout.tsx";
import { Hidden, levelText, TextField, Time, textOf, Unseen } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import { type Account, AccountFrame } from "./frame.tsx";

export interface PasskeyEntry {
  readonly credentialId: string;
  readonly name: string;
  readonly createdAt: EpochSeconds;
  readonly lastUsedAt?: EpochSeconds | undefined;
  /** the level it counts for */
  readonly level: Level;
  /** its attestation was verified */
  readonly hardware: boolean;
}

export const FactorsPage = (
  props: Account & {
    passwordLevel: Level;
    totp?: { readonly level: Level; readonly recoveryCodes: number } | undefined;
    passkeys: readonly PasskeyEntry[];
  },
) => {
  const { frame, totp, passkeys } = props;
  const words = textOf(frame);
  const text = words.account.factors;
  return (
    <AccountFrame {...props} subject="factors" title={words.account.pages.factors}>
      <p>{text.intro}</p>
      <section>
        <h2>{text.password}</h2>
        <p class="hint">{levelText(words, props.passwordLevel)}</p>
        <a class="button plain" href={PATHS.changePassword}>
          {text.changePassword}
        </a>
      </section>
      <section>
        <h2>{text.totp}</h2>
        {totp === undefined ? (
          <>
            <p>{text.totpNone}</p>
            <a class="button plain" href={PATHS.enrolTotp}>
              {text.totpAdd}
            </a>
          </>
        ) : (
          <>
            <p>{text.totpOn}</p>
            <p class="hint">
              {levelText(words, totp.level)} · {text.recoveryLeft(totp.recoveryCodes)}
            </p>
            <Sure summary={text.recoveryRenew} warning={text.recoveryRenewHint}>
              <form method="post" action={PATHS.renewRecovery}>
                <button type="submit" class="plain">
                  {text.recoveryRenew}
                </button>
              </form>
            </Sure>
            <Sure summary={text.remove} of={text.totp} warning={text.removeSure}>
              <form method="post" action={PATHS.removeTotp}>
                <TextField
                  name="code"
                  label={textOf(frame).recovery.code}
                  hint={text.lostApp}
                  maxlength={100}
                  wrong={false}
                />
                <button type="submit" class="danger">
                  {text.removeYes}
                </button>
              </form>
            </Sure>
          </>
        )}
      </section>
      <section>
        <h2>{text.passkeys}</h2>
        {passkeys.length === 0 ? (
          <p>{text.passkeysNone}</p>
        ) : (
          <ul class="rows">
            {passkeys.map((passkey, position) => (
              <Passkey frame={frame} passkey={passkey} position={position} />
            ))}
          </ul>
        )}
        <a class="button plain" href={PATHS.enrolPasskey}>
          {text.passkeyAdd}
        </a>
      </section>
    </AccountFrame>
  );
};

const Passkey = (props: { frame: Frame; passkey: PasskeyEntry; position: number }) => {
  const { frame, passkey } = props;
  const words = textOf(frame);
  const text = words.account.factors;
  const fields = { credential: passkey.credentialId };
  const id = `name-${props.position}`;
  return (
    <li>
      <strong>{passkey.name}</strong>
      <small>
        {levelText(words, passkey.level)}
        {passkey.hardware && ` · ${text.hardware}`}
      </small>
      <small>
        {text.created + words.colon}
        <Time at={passkey.createdAt} frame={frame} />
      </small>
      <small>
        {text.lastUsed + words.colon}
        {passkey.lastUsedAt === undefined ? text.never : <Time at={passkey.lastUsedAt} frame={frame} />}
      </small>
      <Sure summary={text.rename} of={passkey.name}>
        <form method="post" action={PATHS.renamePasskey}>
          <Hidden fields={fields} />
          <label for={id}>{text.name}</label>
          <input
            type="text"
            id={id}
            name="name"
            value={passkey.name}
            maxlength={60}
            autocomplete="off"
            required
          />
          <button type="submit" class="plain">
            {text.save}
          </button>
        </form>
      </Sure>
      <Sure summary={text.remove} of={passkey.name} warning={text.removeSure}>
        <form method="post" action={PATHS.removePasskey}>
          <Hidden fields={fields} />
          <button type="submit" class="danger">
            {text.removeYes}
          </button>
        </form>
      </Sure>
    </li>
  );
};

/** Something behind a second look, without script. @param of what it is about, for those who hear it out of place */
const Sure = (props: { summary: string; of?: string; warning?: string; children?: Child }) => (
  <details>
    <summary>
      {props.summary}
      {props.of !== undefined && <Unseen> – {props.of}</Unseen>}
    </summary>
    {props.warning !== undefined && <p>{props.warning}</p>}
    {props.children}
  </details>
);
