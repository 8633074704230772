/**
 * What requests were refused for lately, the latest first: reason, its words, who it was. For whoever got a reference from
 * somebody who was refused. Says what it is not: a sample under load, kept for some days.
 */
import { KEPT_DAYS, type Refusal, type RefusalSearch } from "../../protocol/refusal.ts";
import { TextField, Time } from "../parts.tsx";
import { type Console, ConsoleFrame, More, Search } from "./frame.tsx";
import { ADMIN, href } from "./paths.ts";
import { wordsOf } from "./reasons.ts";

export const RefusalsPage = (
  props: Console & {
    refusals: readonly Refusal[];
    filter: RefusalSearch;
    /** number of the last one, when there are more */
    older?: number | undefined;
    kept: number;
    dropped: number;
  },
) => {
  const { frame, refusals, filter, older, kept, dropped } = props;
  return (
    <ConsoleFrame {...props} subject="refusals" title="Refusals">
      <p>
        {`What requests were refused for, within ${KEPT_DAYS} days. Kept: ${kept}. `}
        {dropped > 0 && <strong>{`${dropped} more are not, or no longer. `}</strong>}
        The latest come first, seconds after they happened.
      </p>
      <Search action={ADMIN.refusals}>
        <Field
          {...{ filter, name: "reference" }}
          label="Reference"
          hint="The correlation id that somebody quotes: on the error page, or in the answer's X-Correlation-Id."
        />
        <details
          open={filter.reason !== undefined || filter.party !== undefined || filter.endpoint !== undefined}
        >
          <summary>By reason, party or path</summary>
          <Field {...{ filter, name: "reason" }} label="Reason" hint="Such as jwt_expired." />
          <Field {...{ filter, name: "party" }} label="Identifier of the party" />
          <Field {...{ filter, name: "endpoint" }} label="Path" hint="Such as /connect/token, or scim." />
        </details>
      </Search>
      {refusals.length === 0 && (
        <p>There is nothing like that. It may be in the Worker's log, under the same reference.</p>
      )}
      <ul class="rows">
        {refusals.map((refusal) => (
          <li>
            <Entry refusal={refusal} />
            <small>
              <Time at={refusal.at} frame={frame} />
            </small>
            <small>
              reference{" "}
              <a href={href(ADMIN.refusals, { reference: refusal.correlationId })}>{refusal.correlationId}</a>
            </small>
            {refusal.traceId !== undefined && <small>trace {refusal.traceId}</small>}
          </li>
        ))}
      </ul>
      <More
        path={ADMIN.refusals}
        parameters={older === undefined ? undefined : { ...filter, before: older }}
        label="Older"
      />
      <p class="hint">
        Under load this is a sample: there is room for some of each reason, and of each party that was proven,
        so that the rare outlives the common. Every refusal is in the Worker's log. Refused sign-ins of humans
        are in the <a href={href(ADMIN.audit, { search: filter.reference })}>audit log</a> as well.
      </p>
    </ConsoleFrame>
  );
};

const Field = (props: { filter: RefusalSearch; name: keyof RefusalSearch; label: string; hint?: string }) => {
  const { filter, name, label, hint } = props;
  const value = filter[name];
  return <TextField {...{ name, label, hint, maxlength: 256 }} {...(value === undefined ? {} : { value })} />;
};

const Entry = ({ refusal }: { refusal: Refusal }) => {
  const { reason, detail, method, endpoint, status, answer, party } = refusal;
  const words = wordsOf(reason);
  return (
    <>
      <strong>
        <a href={href(ADMIN.refusals, { reason })}>{reason}</a>
      </strong>
      {answer !== undefined && <span class="tag">{answer}</span>}
      {words !== undefined && <p>{words}</p>}
      {detail !== undefined && <small>{detail}</small>}
      <small>
        {method} <a href={href(ADMIN.refusals, { endpoint })}>{endpoint}</a> · {status}
      </small>
      {party !== undefined && (
        <small>
          {party.proven ? "by " : "by somebody who says to be "}
          <a href={href(ADMIN.refusals, { party: party.id })}>{party.id}</a>
        </small>
      )}
    </>
  );
};
