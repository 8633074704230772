/** What a sign-in asks after it is known who signs in: for which organisation, and whether to share what is asked. */
import type { Organisation } from "../protocol/grant.ts";
import type { Scope } from "../protocol/scopes.ts";
import { type Frame, Page, type ServiceProvider } from "./layout.tsx";
import { Hidden, scopeTexts, textOf } from "./parts.tsx";
import { PATHS } from "./paths.ts";

/** One organisation out of several. @param chosen the one proposed; the first otherwise */
export const OrganisationChoice = (props: {
  organisations: readonly Organisation[];
  chosen?: string | undefined;
  legend: string;
}) => {
  const { organisations } = props;
  const proposed = organisations.find(({ id }) => id === props.chosen) ?? organisations[0];
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      {organisations.map((organisation) => (
        <label class="choice">
          <input
            type="radio"
            name="organisation"
            value={organisation.id}
            checked={organisation === proposed}
            required
          />
          <span>
            {organisation.name}
            <small>{organisation.id}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
};

export const OrganisationPage = (props: {
  frame: Frame;
  sp: ServiceProvider;
  authzId: string;
  organisations: readonly Organisation[];
  chosen?: string | undefined;
}) => {
  const text = textOf(props.frame).organisation;
  return (
    <Page frame={props.frame} title={text.title}>
      <p>{text.intro(props.sp.name)}</p>
      <form method="post" action={PATHS.organisation}>
        <Hidden fields={{ authzId: props.authzId }} />
        <OrganisationChoice organisations={props.organisations} chosen={props.chosen} legend={text.legend} />
        <button type="submit" name="decision" value="allow">
          {text.submit}
        </button>
        <button type="submit" name="decision" value="deny" class="plain" formnovalidate>
          {text.cancel}
        </button>
      </form>
    </Page>
  );
};

export const ConsentPage = (props: {
  frame: Frame;
  sp: ServiceProvider;
  authzId: string;
  organisation: Organisation;
  scopes: readonly Scope[];
}) => {
  const { frame, sp, organisation } = props;
  const words = textOf(frame);
  const text = words.consent;
  return (
    <Page frame={frame} title={text.title}>
      <p>{text.intro(sp.name, organisation.name)}</p>
      <dl class="facts">
        <Named term={text.asks} {...sp} />
        <Named term={text.represented} {...organisation} />
      </dl>
      <p id="list">{text.list}</p>
      <ul aria-labelledby="list">
        {scopeTexts(words, props.scopes).map((line) => (
          <li>{line}</li>
        ))}
      </ul>
      <p class="hint">{text.remembered}</p>
      <form method="post" action={PATHS.consent}>
        <Hidden fields={{ authzId: props.authzId, organisation: organisation.id }} />
        <button type="submit" name="decision" value="allow">
          {text.allow}
        </button>
        <button type="submit" name="decision" value="deny" class="plain">
          {text.deny}
        </button>
      </form>
    </Page>
  );
};

const Named = (props: { term: string; id: string; name: string }) => (
  <div>
    <dt>{props.term}</dt>
    <dd>
      {props.name}
      <small>{props.id}</small>
    </dd>
  </div>
);
