/** How the demo shows its work: the checks it made, and tokens as they are. */
import type { PropsWithChildren } from "hono/jsx";
import type { Check, Examination } from "./examination.ts";

const MARKS = { held: "✓", failed: "✗", "not reached": "–" } as const;

export const Checks = ({ checks }: { checks: readonly Check[] }) => (
  <ul class="checks">
    {checks.map(({ label, outcome, reason }) => (
      <li class={outcome.replace(" ", "-")}>
        <span class="mark" aria-hidden="true">
          {MARKS[outcome]}
        </span>
        <span class="unseen">{outcome}: </span>
        {label}
        {outcome === "failed" && <strong> – failed: {reason}</strong>}
        {outcome === "not reached" && " (not reached)"}
      </li>
    ))}
  </ul>
);

export const Json = ({ value }: { value: unknown }) => <pre>{layOut(value)}</pre>;

/** JSON for reading: indented, but what is short stays on one line. @param taken of the line by what stands before */
function layOut(value: unknown, indent = "", taken = 0): string {
  const flat = JSON.stringify(value);
  if (typeof value !== "object" || value === null || taken + flat.length <= LINE) return flat;
  const deeper = `${indent}  `;
  const isList = Array.isArray(value);
  const lines = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => {
      const start = isList ? deeper : `${deeper}${JSON.stringify(name)}: `;
      return start + layOut(member, deeper, start.length);
    });
  const [open, close] = isList ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
const LINE = 38;

export const Token = ({ name, token }: { name: string; token: Examination }) => (
  <>
    <h2>{name}</h2>
    <Parts token={token} />
    <details>
      <summary>The {name} as it was received</summary>
      <pre>{token.text}</pre>
    </details>
  </>
);

const Parts = ({ token }: { token: Examination }) => (
  <>
    <h3>Header</h3>
    <Json value={shortenCertificates(token.header)} />
    <h3>Payload</h3>
    <Json value={token.payload} />
  </>
);

/** A chain is five screens of base64; the start of each certificate is enough to tell them apart. */
const shortenCertificates = ({ x5c, ...header }: Examination["header"]) => ({
  ...header,
  x5c: Array.isArray(x5c)
    ? x5c.map((it) => `${String(it).slice(0, 32)}… (${String(it).length} characters)`)
    : x5c,
});

/** In place of an answer that did not hold. */
export const NotBelievable = () => (
  <div class="banner" role="alert">
    <h1>There is no answer that can be believed</h1>
    <p>What came back does not prove anything about what you may do. The list says what failed.</p>
  </div>
);

/** Everything behind an answer about what the human may do. @param children what was asked */
export const AnswerProof = ({ examination, children }: PropsWithChildren<{ examination: Examination }>) => (
  <>
    <h2>What was checked</h2>
    <Checks checks={examination.checks} />
    {children}
    <h2>The evidence that came</h2>
    <Json value={examination.payload.delegationEvidence ?? null} />
    <details>
      <summary>The signed answer that it came in</summary>
      <Parts token={examination} />
      <h3>As it was received</h3>
      <pre>{examination.text}</pre>
    </details>
  </>
);
