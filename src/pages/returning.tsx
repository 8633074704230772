/** The page that carries an answer to the SP by form (OAuth 2.0 Form Post Response Mode §2): posts itself, or by its button. */
import { type Frame, Page } from "./layout.tsx";
import { Hidden, textOf } from "./parts.tsx";
import { PATHS } from "./paths.ts";

export const FormPostPage = (props: {
  frame: Frame;
  action: string;
  fields: Readonly<Record<string, string>>;
}) => {
  const text = textOf(props.frame).returning;
  return (
    <Page frame={{ ...props.frame, here: undefined }} title={text.title}>
      <p>{text.intro}</p>
      <form method="post" action={props.action} id="answer">
        <Hidden fields={props.fields} />
        <button type="submit">{text.submit}</button>
      </form>
      <script src={PATHS.postItselfScript} nonce={props.frame.nonce} defer />
    </Page>
  );
};
