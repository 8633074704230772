/** What a human agreed to share, with whom and for which organisation; to withdraw. */
import type { Organisation } from "../../protocol/grant.ts";
import type { Scope } from "../../protocol/scopes.ts";
import type { EpochSeconds } from "../../protocol/time.ts";
import { Hidden, scopeTexts, Time, textOf, Unseen } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import { type Account, AccountFrame } from "./frame.tsx";

export interface ConsentEntry {
  readonly partyId: string;
  readonly partyName: string;
  readonly organisation: Organisation;
  readonly scopes: readonly Scope[];
  readonly givenAt: EpochSeconds;
}

export const ConsentsPage = (props: Account & { consents: readonly ConsentEntry[] }) => {
  const { frame, consents } = props;
  const words = textOf(frame);
  const text = words.account.consents;
  return (
    <AccountFrame {...props} subject="consents" title={words.account.pages.consents}>
      <p>{consents.length === 0 ? text.none : text.intro}</p>
      {consents.length > 0 && (
        <ul class="rows">
          {consents.map((consent) => (
            <li>
              <strong>{consent.partyName}</strong>
              <small>{consent.partyId}</small>
              <small>
                {words.consent.represented + words.colon}
                {consent.organisation.name} ({consent.organisation.id})
              </small>
              <small>
                {text.given + words.colon}
                <Time at={consent.givenAt} frame={frame} />
              </small>
              <details>
                <summary>
                  {text.shared}
                  <Unseen> – {consent.partyName}</Unseen>
                </summary>
                <ul>
                  {scopeTexts(words, consent.scopes).map((line) => (
                    <li>{line}</li>
                  ))}
                </ul>
              </details>
              <form method="post" action={PATHS.withdrawConsent}>
                <Hidden fields={{ party: consent.partyId, organisation: consent.organisation.id }} />
                <button type="submit" class="plain small">
                  {text.withdraw}
                  <Unseen> – {consent.partyName}</Unseen>
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
      {consents.length > 0 && <p class="hint">{text.effect}</p>}
    </AccountFrame>
  );
};
