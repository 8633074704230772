/** What an authorisation gives, and for how long. Policies are folded: JSON for people, cut where it is long. */
import type { Frame } from "../layout.tsx";
import { Time, Unseen } from "../parts.tsx";
import type { Authorisation } from "./records.ts";

export const Life = (props: { of: Pick<Authorisation, "notBefore" | "notOnOrAfter">; frame: Frame }) => (
  <>
    {props.of.notBefore !== null && (
      <small>
        from <Time at={props.of.notBefore} frame={props.frame} />
      </small>
    )}
    {props.of.notOnOrAfter !== null && (
      <small>
        until <Time at={props.of.notOnOrAfter} frame={props.frame} />
      </small>
    )}
  </>
);

/** Characters that are shown: a policy may have two million. */
const SHOWN = 4000;

/** @param props.whole who decides on it has to see all of it */
export const Policies = (props: { id: string; policySets: unknown; whole?: boolean }) => (
  <details>
    <summary>
      Policies<Unseen> of {props.id}</Unseen>
    </summary>
    <pre tabindex={0}>{shown(props.policySets, props.whole === true)}</pre>
  </details>
);

function shown(policySets: unknown, whole: boolean): string {
  const text = JSON.stringify(policySets, null, 2);
  return !whole && text.length > SHOWN
    ? `${text.slice(0, SHOWN)}\n… and ${text.length - SHOWN} characters more`
    : text;
}
