/**
 * What a passkey answers through: a form, or a part beside another form that becomes one. Owns what the browser script expects of it: hidden until the script finds
 * that passkeys work here; `data-options` is what the device is asked; `credential` takes the answer.
 */
import type { Child } from "hono/jsx";
import type { Frame } from "./layout.tsx";
import { Hidden, textOf } from "./parts.tsx";
import { PATHS } from "./paths.ts";

/** JSON text of PublicKeyCredentialRequestOptionsJSON, or …CreationOptionsJSON to add one (WebAuthn §5.1). */
export type PasskeyOptions = string;

export const PasskeyForm = (props: {
  frame: Frame;
  ceremony: "get" | "create";
  action: string;
  options: PasskeyOptions;
  fields?: Readonly<Record<string, string>>;
  submit: string;
  plain?: boolean;
  /** offer passkeys in the field of the user name too, where the browser can */
  conditional?: boolean;
  /** beside another form: a page has one, so the script makes this one when it is needed */
  beside?: boolean;
  /** one way of several: say nothing when it can't be had */
  quiet?: boolean;
  children?: Child;
}) => {
  const { frame } = props;
  const text = textOf(frame).passkey;
  const data = {
    "data-passkey": props.ceremony,
    "data-options": props.options,
    "data-conditional": props.conditional ? "yes" : undefined,
    "data-waiting": text.waiting,
    "data-cancelled": text.cancelled,
    "data-already": text.already,
    "data-failed": text.failed,
  };
  const inside = (
    <>
      {props.children}
      <button type={props.beside ? "button" : "submit"} class={props.plain ? "plain" : undefined}>
        {props.submit}
      </button>
      <p class="status" role="status" />
    </>
  );
  return (
    <>
      {props.beside ? (
        <div hidden {...data} data-action={props.action} data-fields={JSON.stringify(props.fields ?? {})}>
          {inside}
        </div>
      ) : (
        <form method="post" action={props.action} hidden {...data}>
          <Hidden fields={{ ...props.fields, credential: "" }} />
          {inside}
        </form>
      )}
      {!props.quiet && (
        <>
          <p hidden data-no-passkey>
            {text.unsupported}
          </p>
          <noscript>
            <p>{text.noScript}</p>
          </noscript>
        </>
      )}
      <script src={PATHS.passkeyScript} nonce={frame.nonce} defer />
    </>
  );
};
