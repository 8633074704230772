/** The account at a glance: who one is here, for whom one may act, and the latest sign-ins. */
import type { Level } from "../../protocol/assurance.ts";
import type { Organisation } from "../../protocol/grant.ts";
import type { EpochSeconds } from "../../protocol/time.ts";
import { ADMIN } from "../admin/paths.ts";
import { OrganisationChoice } from "../choices.tsx";
import { levelText, Time, textOf } from "../parts.tsx";
import { PATHS } from "../paths.ts";
import type { Text } from "../text.ts";
import { type Account, AccountFrame } from "./frame.tsx";

export interface RecentSignIn {
  readonly at: EpochSeconds;
  /** undefined: to the account itself */
  readonly partyName?: string | undefined;
  readonly level: Level;
  /** RFC 8176 */
  readonly amr: readonly string[];
}

export const AccountPage = (
  props: Account & {
    name: string;
    username: string;
    identityAssurance: Level;
    organisations: readonly Organisation[];
    /** id of the one proposed first */
    chosen?: string | undefined;
    signIns: readonly RecentSignIn[];
    /** whose account it is administers this Identity Provider */
    administrator?: boolean;
  },
) => {
  const { frame, organisations, signIns } = props;
  const words = textOf(frame);
  const text = words.account.overview;
  return (
    <AccountFrame {...props} subject="overview" title={words.account.title}>
      <dl class="facts">
        <div>
          <dt>{text.name}</dt>
          <dd>{props.name}</dd>
        </div>
        <div>
          <dt>{text.username}</dt>
          <dd>{props.username}</dd>
        </div>
        <div>
          <dt>{text.identity}</dt>
          <dd>{words.levels[props.identityAssurance]}</dd>
        </div>
        {organisations.length === 1 && (
          <div>
            <dt>{text.organisation}</dt>
            <dd>
              {organisations[0]?.name}
              <small>{organisations[0]?.id}</small>
            </dd>
          </div>
        )}
      </dl>
      {props.administrator && (
        <p>
          <a href={ADMIN.overview}>{text.console}</a>
        </p>
      )}
      {organisations.length === 0 && <p>{text.noOrganisation}</p>}
      {organisations.length > 1 && (
        <section>
          <h2>{text.organisations}</h2>
          <form method="post" action={PATHS.accountOrganisation}>
            <OrganisationChoice organisations={organisations} chosen={props.chosen} legend={text.first} />
            <button type="submit" class="plain">
              {text.save}
            </button>
          </form>
        </section>
      )}
      <section>
        <h2>{text.recent}</h2>
        {signIns.length === 0 ? (
          <p>{text.none}</p>
        ) : (
          <ul class="rows">
            {signIns.map((signIn) => (
              <li>
                <strong>{signIn.partyName ?? text.ownAccount}</strong>
                <small>
                  <Time at={signIn.at} frame={frame} />
                </small>
                <small>{[levelText(words, signIn.level), ...usedTexts(words, signIn.amr)].join(" · ")}</small>
              </li>
            ))}
          </ul>
        )}
      </section>
    </AccountFrame>
  );
};

const USED: Readonly<Record<string, keyof Text["account"]["used"]>> = {
  pwd: "pwd",
  otp: "otp",
  kba: "recovery",
  hwk: "passkey",
  pop: "passkey",
};

/** Of RFC 8176 values, those that name something the human did. */
function usedTexts(words: Text, amr: readonly string[]): string[] {
  const used = new Set(amr.flatMap((value) => USED[value] ?? []));
  const list = [...used].map((it) => words.account.used[it]).join(", ");
  return list === "" ? [] : [list];
}
