/** The page for an answer that was examined: who signed in, whether everything held, and what the tokens say. */
import type { JsonObject } from "../../src/protocol/json.ts";
import { describeLevel, describeMethods } from "./assurance.ts";
import type { Check, Examination } from "./examination.ts";
import { Links, Page, PLACES, SignInButton } from "./layout.tsx";
import { Checks, Token } from "./proof.tsx";
import type { ServiceProvider } from "./service-provider.ts";

interface SignedIn {
  readonly sp: ServiceProvider;
  /** of the answer that the browser brought */
  readonly answer: readonly Check[];
  /** absent when the answer did not hold */
  readonly idToken?: Examination;
  /** absent when the id_token did not hold */
  readonly userinfo?: Examination;
}

export function SignedInPage({ sp, answer, idToken, userinfo }: SignedIn) {
  const genuine = idToken?.genuine === true && userinfo?.genuine === true;
  return (
    <Page sp={sp} title={genuine ? "Signed in" : "No sign-in"}>
      {genuine ? <Person idToken={idToken.payload} userinfo={userinfo.payload} /> : <NotGenuine />}
      {genuine && <SignOut sp={sp} idToken={idToken.text} />}
      {genuine && <WhatNext />}
      <h2>What was checked</h2>
      <h3>The answer that your browser brought</h3>
      <Checks checks={answer} />
      {idToken && <h3>id_token</h3>}
      {idToken && <Checks checks={idToken.checks} />}
      {userinfo && <h3>userinfo</h3>}
      {userinfo && <Checks checks={userinfo.checks} />}
      {idToken && <Token name="id_token" token={idToken} />}
      {userinfo && <Token name="userinfo" token={userinfo} />}
      <h2>Once more</h2>
      <p>
        {genuine
          ? "This demo keeps a session of its own for an hour at most, in a sealed cookie; the Identity Provider keeps another. Signing in again starts it anew."
          : "The Identity Provider keeps a session of its own."}
        {sp.others.map(({ name, origin }) => (
          <>
            {" "}
            At <a href={origin}>{name}</a> you need not prove again who you are, and have another pseudonym.
          </>
        ))}
      </p>
      <SignInButton />
    </Page>
  );
}

const WhatNext = () => (
  <>
    <h2>What you may do</h2>
    <p>
      This service asks the Identity Provider what you may do for this organisation: about one thing, or about
      all at once.
    </p>
    <Links to={[PLACES.release, PLACES.authorisations]} />
  </>
);

/** OpenID Connect RP-Initiated Logout 1.0. A real service would keep the id_token; this one keeps it in its page. */
const SignOut = ({ sp, idToken }: { sp: ServiceProvider; idToken: string }) => (
  <form method="post" action={`${sp.idp.url}/connect/endsession`}>
    <input type="hidden" name="id_token_hint" value={idToken} />
    <input type="hidden" name="client_id" value={sp.partyId} />
    <input type="hidden" name="post_logout_redirect_uri" value={`${sp.origin}/signed-out`} />
    <button type="submit" class="plain">
      Sign out at the Identity Provider
    </button>
  </form>
);

const NotGenuine = () => (
  <div class="banner" role="alert">
    <h1>This answer signs nobody in</h1>
    <p>What came back does not prove who you are. The list says what failed.</p>
  </div>
);

const text = (value: unknown): string => (typeof value === "string" ? value : "not told");

const Person = ({ idToken, userinfo }: { idToken: JsonObject; userinfo: JsonObject }) => (
  <>
    <h1>{text(userinfo.name)} is signed in</h1>
    <p class="lead">
      Acting for <strong>{text(userinfo.company_name)}</strong>.
    </p>
    <dl>
      <dt>Name</dt>
      <dd>{text(userinfo.name)}</dd>
      <dt>E-mail address</dt>
      <dd>
        {text(userinfo.email)}
        {userinfo.email_verified === false && " (not verified)"}
      </dd>
      <dt>Organisation</dt>
      <dd>
        {text(userinfo.company_name)}, {text(idToken.organisationIdentifier)}
      </dd>
      <dt>Pseudonym here</dt>
      <dd>{text(idToken.sub)}</dd>
      <dt>Level of assurance</dt>
      <dd>{describeLevel(idToken.acr)}</dd>
      <dt>Proven by</dt>
      <dd>{describeMethods(idToken.amr)}</dd>
      <dt>Signed in at</dt>
      <dd>
        {typeof idToken.auth_time === "number"
          ? new Date(idToken.auth_time * 1000).toUTCString()
          : "not told"}
      </dd>
    </dl>
  </>
);
