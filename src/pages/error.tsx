/** What a human reads when something does not go on: what happened, the way back, and a reference to quote. */
import type { PageCode } from "../protocol/failure.ts";
import { type Frame, Page } from "./layout.tsx";
import { textOf } from "./parts.tsx";

export const ErrorPage = (props: {
  frame: Frame;
  code: PageCode;
  reference: string;
  /** registered name of the SP that the human came from */
  sp?: string | undefined;
  /** an address at that SP */
  back?: string | undefined;
}) => {
  const words = textOf(props.frame);
  const text = words.error;
  const { sp, back } = props;
  return (
    <Page frame={props.frame} title={text.titles[props.code]}>
      <p>{text.explanations[props.code]}</p>
      {sp !== undefined && <p>{text.startAgain(sp)}</p>}
      {sp !== undefined && back !== undefined && (
        <a class="button" href={back}>
          {text.back(sp)}
        </a>
      )}
      <p class="reference">
        {text.reference}
        {words.colon}
        <code>{props.reference}</code>
      </p>
    </Page>
  );
};
