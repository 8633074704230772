/** The page that carries an answer to the SP by form (OAuth 2.0 Form Post Response Mode §2): posts itself, or by its button. */
import { type Frame, Page } from "./layout.tsx";
import { Hidden, textOf } from "./parts.tsx";

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
      <script nonce={props.frame.nonce} dangerouslySetInnerHTML={{ __html: POST_ITSELF }} />
    </Page>
  );
};

/** Its button is for who has no script: pressed as well it would bring the answer twice. */
const POST_ITSELF = `{
  const form = document.getElementById("answer");
  form.submit();
  form.querySelector("button").disabled = true;
}`;
