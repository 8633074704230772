/** The policies of an authorisation, folded: JSON for people, cut where it is long. */
import { Unseen } from "../parts.tsx";

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
