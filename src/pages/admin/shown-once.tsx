/** A secret that was made just now, shown this once: a code, a link, a token. */
import type { EpochSeconds } from "../../protocol/time.ts";
import { Time } from "../parts.tsx";
import { type Console, ConsoleFrame, Facts } from "./frame.tsx";

export const ShownOncePage = (
  props: Console & {
    subject: "users" | "tokens";
    title: string;
    /** for whom */
    whose: string;
    secret: string;
    /** what to do with it */
    hint: string;
    until?: EpochSeconds | undefined;
    back: string;
  },
) => (
  <ConsoleFrame {...props}>
    <Facts
      facts={[
        ["For", props.whose],
        props.until === undefined
          ? undefined
          : ["Once, until", <Time at={props.until} frame={props.frame} />],
      ]}
    />
    <p class="key">
      <code>{props.secret}</code>
    </p>
    <p>{props.hint}</p>
    <p class="hint">It is shown this once. Only its hash is kept, so nobody can look it up.</p>
    <a class="button plain" href={props.back}>
      Done
    </a>
  </ConsoleFrame>
);
