/**
 * "May I release this container?": the human names one, the Identity Provider is asked about it with a mask. Owns the
 * form, what the evidence means for this one question, and both pages.
 */
import type { Context } from "hono";
import { licencesOf } from "../../src/delegation/evaluation.ts";
import type { Mask } from "../../src/delegation/mask.ts";
import type { ForeignEvidence } from "../../src/delegation/policy.ts";
import { type Answer, ask, refuseStranger } from "./asking.tsx";
import { describeLicences } from "./authorisation-words.ts";
import { describeTime, Page, PLACES, SignedInAs } from "./layout.tsx";
import { AnswerProof, Json, NotBelievable } from "./proof.tsx";
import { mayRelease, readContainerNumber } from "./question.ts";
import type { Demo, ServiceProvider } from "./service-provider.ts";
import { readSession, type Session } from "./session.ts";

export async function showReleaseForm(c: Context<Demo>): Promise<Response> {
  const session = await readSession(c);
  return session === undefined
    ? refuseStranger(c)
    : c.html(<ReleasePage sp={c.get("sp")} session={session} />);
}

export async function askRelease(c: Context<Demo>): Promise<Response> {
  const sp = c.get("sp");
  const session = await readSession(c);
  if (session === undefined) return refuseStranger(c);
  const { container } = await c.req.parseBody();
  const typed = typeof container === "string" ? container : "";
  const number = readContainerNumber(typed);
  if (number === undefined) return c.html(<ReleasePage sp={sp} session={session} refused={typed} />, 400);
  const mask = mayRelease(number, session);
  return ask(c, session, mask, (answer) => <VerdictPage {...{ sp, session, number, mask, answer }} />);
}

interface Shown {
  readonly sp: ServiceProvider;
  readonly session: Session;
}

const ReleasePage = ({ sp, session, refused }: Shown & { refused?: string }) => (
  <Page sp={sp} title={(refused === undefined ? "" : "Error: ") + PLACES.release.label}>
    <h1>{PLACES.release.label}</h1>
    <p class="lead">
      This service asks the Identity Provider whether {session.organisationName} lets you, {session.name},
      release one container.
    </p>
    <ContainerForm refused={refused} />
    <SignedInAs session={session} to={[PLACES.authorisations, PLACES.home]} />
  </Page>
);

const ContainerForm = ({ refused }: { refused?: string | undefined }) => (
  <form method="post" action="/release">
    <label for="container">Container number</label>
    {refused !== undefined && (
      <p class="fault" id="fault" role="alert">
        A container number has 1 to 30 letters, digits and hyphens, and nothing else.
      </p>
    )}
    <input
      id="container"
      name="container"
      value={refused?.slice(0, 60)}
      required
      autocomplete="off"
      autocapitalize="characters"
      spellcheck={false}
      aria-invalid={refused === undefined ? undefined : "true"}
      aria-describedby={refused === undefined ? "hint" : "fault hint"}
    />
    <p class="hint" id="hint">
      Try MSKU1234565 or MSKU7654321.
    </p>
    <button type="submit" class="plain">
      Ask
    </button>
  </form>
);

interface Verdict extends Shown {
  readonly number: string;
  readonly mask: Mask;
  readonly answer: Answer;
}

const VerdictPage = ({ sp, session, number, mask, answer: { evidence, examination } }: Verdict) => (
  <Page sp={sp} title={evidence === undefined ? "No answer" : `Release ${number}`}>
    {evidence === undefined ? (
      <NotBelievable />
    ) : (
      <Words {...{ evidence, number, organisation: session.organisationName }} />
    )}
    <h2>Ask about another container</h2>
    <ContainerForm />
    <SignedInAs session={session} to={[PLACES.authorisations, PLACES.home]} />
    <AnswerProof examination={examination}>
      <h2>The mask that was sent</h2>
      <Json value={{ delegationRequest: mask }} />
    </AnswerProof>
  </Page>
);

interface Told {
  readonly evidence: ForeignEvidence;
  readonly number: string;
  readonly organisation: string;
}

function Words({ evidence, number, organisation }: Told) {
  const what = `release container ${number} for ${organisation}`;
  const decision = decide(evidence);
  if (decision === "permit") {
    return (
      <div class="banner good">
        <h1>Yes, you may {what}</h1>
        <p>
          {organisation} authorised you, and this answer may be relied on until{" "}
          {describeTime(evidence.notOnOrAfter)}. After that this service has to ask again.
        </p>
        <Licences evidence={evidence} />
      </div>
    );
  }
  return (
    <div class="banner">
      <h1>No, you may not {what}</h1>
      <p>
        {decision === "deny"
          ? `Nothing that ${organisation} authorised you for covers this. Whoever looks after its authorisations can change that.`
          : `${organisation} lets you do this under conditions. This demo can't tell whether they hold, so it takes the answer for a No.`}
      </p>
    </div>
  );
}

const Licences = ({ evidence }: { evidence: ForeignEvidence }) => {
  const licences = evidence.policySets.flatMap(licencesOf);
  return licences.length === 0 ? null : <p>Licences that apply: {describeLicences(licences)}.</p>;
};

/** Of evidence that repeats the one policy asked about: a Permit of all of it and nothing beside counts. */
function decide({ policySets }: ForeignEvidence): "permit" | "deny" | "conditional" {
  const rules = policySets.flatMap(({ policies }) => policies.flatMap((policy) => policy.rules));
  const isPermitted =
    rules.length > 0 && rules.every(({ effect, target }) => effect === "Permit" && target === undefined);
  if (!isPermitted) return "deny";
  return rules.every(({ conditions }) => conditions === undefined) ? "permit" : "conditional";
}
