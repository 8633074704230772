/** "What may I do here?": all that the human may do, as far as this Service Provider may see it. */
import type { Context } from "hono";
import type { ForeignEvidence } from "../../src/delegation/policy.ts";
import { type Answer, ask, refuseStranger } from "./asking.tsx";
import { type Authorised, describeAuthorisations } from "./authorisation-words.ts";
import { describeTime, Page, PLACES, SignedInAs } from "./layout.tsx";
import { AnswerProof, Json, NotBelievable } from "./proof.tsx";
import { EVERYTHING } from "./question.ts";
import type { Demo, ServiceProvider } from "./service-provider.ts";
import { readSession, type Session } from "./session.ts";

export async function askAuthorisations(c: Context<Demo>): Promise<Response> {
  const sp = c.get("sp");
  const session = await readSession(c);
  if (session === undefined) return refuseStranger(c);
  return ask(c, session, EVERYTHING, (answer) => <AuthorisationsPage {...{ sp, session, answer }} />);
}

interface Shown {
  readonly sp: ServiceProvider;
  readonly session: Session;
  readonly answer: Answer;
}

const AuthorisationsPage = ({ sp, session, answer: { evidence, examination } }: Shown) => (
  <Page sp={sp} title={PLACES.authorisations.label}>
    {evidence === undefined ? (
      <NotBelievable />
    ) : (
      <Words evidence={evidence} organisation={session.organisationName} />
    )}
    <SignedInAs session={session} to={[PLACES.release, PLACES.home]} />
    <AnswerProof examination={examination}>
      <h2>The question that was sent</h2>
      <Json value={{ delegationRequest: EVERYTHING }} />
    </AnswerProof>
  </Page>
);

function Words({ evidence, organisation }: { evidence: ForeignEvidence; organisation: string }) {
  const authorised = describeAuthorisations(evidence);
  return (
    <>
      <h1>What you may do here</h1>
      {authorised.length === 0 ? (
        <Nothing organisation={organisation} />
      ) : (
        <>
          <p class="lead">This is what {organisation} lets you do for it, as far as this service may know.</p>
          <p>
            It may be relied on until {describeTime(evidence.notOnOrAfter)}; after that this service has to
            ask again.
          </p>
          <h2>You may</h2>
          <ul class="cards">
            {authorised.map((it) => (
              <Card {...it} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const Nothing = ({ organisation }: { organisation: string }) => (
  <>
    <p class="lead">
      There is nothing here yet: {organisation} has not authorised you for anything that this service may know
      of.
    </p>
    <p>If you expected something, ask whoever looks after the authorisations of {organisation}.</p>
  </>
);

const Card = ({ actions, facts }: Authorised) => (
  <li>
    <h3>{actions}</h3>
    <dl>
      {facts.map(([term, words]) => (
        <>
          <dt>{term}</dt>
          <dd>{words}</dd>
        </>
      ))}
    </dl>
  </li>
);
