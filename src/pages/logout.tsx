/** Signing out: the question, and the end. */
import { type Frame, Page } from "./layout.tsx";
import { Hidden, textOf } from "./parts.tsx";
import { PATHS } from "./paths.ts";

export const LogoutPage = (props: {
  frame: Frame;
  /** who is signed in */
  name: string;
  /** of the request; they come back unchanged */
  fields: Readonly<Record<string, string>>;
}) => {
  const text = textOf(props.frame).logout;
  return (
    <Page frame={props.frame} title={text.title}>
      <p>{text.intro(props.name)}</p>
      <p class="hint">{text.effect}</p>
      <form method="post" action={PATHS.endSession}>
        <Hidden fields={props.fields} />
        <button type="submit" name="decision" value="allow">
          {text.submit}
        </button>
        <button type="submit" name="decision" value="deny" class="plain">
          {text.cancel}
        </button>
      </form>
    </Page>
  );
};

export const SignedOutPage = (props: {
  frame: Frame;
  back?: { readonly name: string; readonly href?: string | undefined } | undefined;
}) => {
  const text = textOf(props.frame).logout;
  const { back } = props;
  return (
    <Page frame={props.frame} title={text.doneTitle}>
      <p>{text.done}</p>
      {back?.href !== undefined && (
        <a class="button plain" href={back.href}>
          {text.back(back.name)}
        </a>
      )}
    </Page>
  );
};
